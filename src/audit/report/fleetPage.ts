// The leak report on a fleet with a participant who attacks as one HTML file that needs nothing else.
// Source: docs/architecture.md#the-audit; picturePage.ts for what it shares with the others that have pictures.
// Whatever depends on the audit goes through html.ts: escaped, and traceable to a place in report.json.

import type { FleetLeakReport } from '../fleet/fleetReport.ts'
import type { Shown } from './html.ts'
import { picturePage } from './picturePage.ts'
import { card, measuresAndPictures } from './sections.ts'

/** The page of a report on a fleet. */
export function fleetReportPage(report: FleetLeakReport): string {
  return picturePage(report, {
    subject: 'fleet',
    owner:
      'This page is for whoever audits a fleet. It may show what nodes hold: do not send it to the others.',
    measures: `Each was played on the fleet, and the same fleet was played with everybody honest: <strong>chance</strong> is what that gives.
An attack that gets nothing of the fleet without a defence either is not listed here, but under what was not tested.`,
    card: fleetCard,
    limits,
    made,
  })
}

const fleetCard = ({ findings }: FleetLeakReport, shown: Shown, f: number): string =>
  card(
    findings[f]!,
    shown,
    f,
    `<strong>One participant.</strong> It has the model of every round, rows of its own, and sends what it likes. Judged on ${shown.number(`/findings/${f}/rows`, 'count')} rows.`,
    { subject: 'fleet', more: measuresAndPictures(findings[f]!, shown, f) },
  )

function limits({ untested, audited: { seesUpdates } }: FleetLeakReport, shown: Shown): string {
  const list = untested.length
    ? `<p>Not tested by:</p><ul>${untested.map((_, i) => `<li>${shown.text(`/untested/${i}/title`)}: ${shown.text(`/untested/${i}/why`)}</li>`).join('')}</ul>`
    : '<p>Every attack that is built in was run, and works where there is no defence.</p>'
  const secure = seesUpdates
    ? ''
    : '<li>The server sees a sum alone: the median, trimmed means and Krum do not exist here, and no bound on one update is checked by anybody. All that holds is the reach of the sum: in a round the mean moves by the honest range in each number at most, which is that range times the root of their count in norm. Only proofs that nodes send with their masked updates could bind more.</li>'
  return `<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2>
${list}
<ul>
${secure}
<li>One participant attacked. Several who agree move means, medians and Krum further.</li>
<li>These are rounds that were played: a bound on what a round may change bounds no patience.</li>
<li>Attacks made for one rule for adding up, of which many are published, were not run.</li>
<li>Confidence intervals cover the choice of the rows that were judged, not that of nodes' rows, weights or seeds.</li>
</ul></section>`
}

function made(_: FleetLeakReport, shown: Shown): string {
  const item = (name: string, value: string) => `<dt>${name}</dt><dd>${value}</dd>`
  const number = (name: string) => shown.number(`/audited/${name}`, 'count')
  return `<h2 id="made">How it was made</h2><dl class="about">${[
    item('audited', shown.text('/audited/name')),
    item(
      'fleet',
      `${number('nodes')} nodes with ${number('rows')} rows, a model of ${number('numbers')} numbers`,
    ),
    item('how updates become one', shown.text('/audited/defence')),
    item(
      'rounds',
      `honest before: ${number('before')}, attacked: ${number('attacked')}, honest after: ${number('after')}`,
    ),
    item('date', shown.text('/run/date')),
    item('made by', `frostglass ${shown.text('/run/frostglass')}`),
    item('seed', shown.number('/run/seed', 'count')),
    item('took', shown.number('/run/seconds', 'seconds')),
  ].join('')}</dl>`
}
