// The leak report on what nodes of a fleet send as one HTML file that needs nothing else.
// Source: docs/architecture.md#the-audit; picturePage.ts for what it shares with the others that have pictures.
// Whatever depends on the audit goes through html.ts: escaped, and traceable to a place in report.json.

import type { UpdateLeakReport } from '../fleet/reportSchema.ts'
import type { Shown } from './html.ts'
import { picturePage } from './picturePage.ts'
import { card, measuresAndPictures } from './sections.ts'

/** The page of a report on updates. */
export function updateReportPage(report: UpdateLeakReport): string {
  return picturePage(report, {
    subject: 'update',
    owner:
      'This page is for whoever audits a fleet. It may show rows of nodes: do not send it to the server.',
    measures: `<strong>Chance</strong> is what a guess without the messages gets. <strong>Baseline</strong> is what the class of a row tells of it,
by the server’s own rows. What lies beyond both comes from the messages.`,
    card: updateCard,
    limits,
    made,
  })
}

const updateCard = (report: UpdateLeakReport, shown: Shown, f: number): string =>
  card(
    report.findings[f]!,
    shown,
    f,
    `<strong>The server.</strong> It sent the weights, and sees ${what(report, shown)}. Judged on ${shown.number(`/findings/${f}/rows`, 'count')} rows.`,
    { subject: 'update', more: measuresAndPictures(report.findings[f]!, shown, f) },
  )

const what = ({ audited: { facts: made } }: UpdateLeakReport, shown: Shown): string =>
  made.nodes === 1
    ? 'what each node sends'
    : `sums of what ${shown.number('/audited/facts/nodes', 'count')} nodes send`

function limits({ untested }: UpdateLeakReport, shown: Shown): string {
  const list = untested.length
    ? `<p>Not run on these messages:</p><ul>${untested.map((_, i) => `<li>${shown.text(`/untested/${i}/title`)}: ${shown.text(`/untested/${i}/why`)}</li>`).join('')}</ul>`
    : '<p>Every attack that is built in was run.</p>'
  return `<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2>
${list}
<ul>
<li>That an attack failed is no proof that a better one would. What bounds every attack is noise of a known law, with an account of all rounds.</li>
<li>These are messages of one state of the weights. A server may choose weights that make nodes tell more, and sees many rounds.</li>
<li>Confidence intervals cover the choice of the rows that were judged, not that of the weights or of the attack’s seed.</li>
</ul></section>`
}

function made({ audited }: UpdateLeakReport, shown: Shown): string {
  const item = (name: string, value: string) => `<dt>${name}</dt><dd>${value}</dd>`
  const number = (name: string, kind: 'count' | 'number' = 'count') => shown.number(`/audited/${name}`, kind)
  return `<h2 id="made">How it was made</h2><dl class="about">${[
    item('audited', shown.text('/audited/name')),
    item('messages', `${number('messages')} of ${number('numbers')} numbers, from ${number('rows')} rows`),
    item(
      'how nodes made them',
      `${shown.text('/audited/facts/sends')} of ${number('facts/rows')} rows, steps: ${number('facts/steps')}, rate ${number('facts/rate', 'number')}, nodes in a message: ${number('facts/nodes')}`,
    ),
    item(
      'cut off at',
      audited.facts.clip === null ? 'nothing' : `an L2 norm of ${number('facts/clip', 'number')}`,
    ),
    item('noise', `standard deviation ${number('facts/noise', 'number')} on each number`),
    item('the server’s own rows', number('own')),
    item('candidates', number('candidates')),
    item('date', shown.text('/run/date')),
    item('made by', `frostglass ${shown.text('/run/frostglass')}`),
    item('settings', `effort ${shown.text('/run/effort')}, seed ${shown.number('/run/seed', 'count')}`),
    item('took', shown.number('/run/seconds', 'seconds')),
  ].join('')}</dl>`
}
