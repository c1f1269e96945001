// The leak reports on a published table and on synthetic rows as one HTML file each that needs nothing else.
// Source: docs/architecture.md#the-audit; picturePage.ts for what they share with the others that have pictures.
// Whatever depends on the audit goes through html.ts: escaped, and traceable to a place in report.json.

import type { PublishedLeakReport, SyntheticLeakReport } from '../published/reportSchema.ts'
import { adversary, type Subject } from '../words.ts'
import { escaped, type Shown } from './html.ts'
import { picturePage } from './picturePage.ts'
import { box, card, measuresAndPictures } from './sections.ts'

/** The page of a report on a published table. */
export function publishedReportPage(report: PublishedLeakReport): string {
  return picturePage(report, {
    subject: 'published',
    owner: 'This page is for whoever publishes the table. It names its columns, and holds no value of it.',
    measures: `<strong>Chance</strong> is what the shares of the whole table tell, or one row of all. <strong>Baseline</strong> is what the quasi-identifiers
tell of somebody who is not in the table. What lies beyond both comes from each person’s own row. Every attack was also run on rows of the original with a name beside each:
one that gets no more than chance there is too weak to tell.`,
    card: (of, shown, f) => attackerCard(of, shown, f, 'published'),
    limits: (of, shown) => `${tableSection(of, shown)}${publishedLimits(of, shown)}`,
    made: publishedMade,
  })
}

/** The page of a report on synthetic rows. */
export function syntheticReportPage(report: SyntheticLeakReport): string {
  return picturePage(report, {
    subject: 'synthetic',
    owner: 'This page is for whoever publishes the rows. It names their columns, and holds no value of them.',
    measures: `Each attack was tried on people whose rows the synthetic ones were made from, and on people whose rows were kept out: what is
got of strangers as well is what the data are for. <strong>Got</strong> is the rest, (main − control) / (1 − control). Every attack was also run on the original rows in place of
synthetic ones: one that gets nothing there is too weak to tell.`,
    card: (of, shown, f) => attackerCard(of, shown, f, 'synthetic'),
    limits: syntheticLimits,
    made: syntheticMade,
  })
}

function attackerCard(
  { findings }: PublishedLeakReport | SyntheticLeakReport,
  shown: Shown,
  f: number,
  subject: Subject,
): string {
  const { standpoint, known } = findings[f]!
  const who = adversary(standpoint, known, subject)
  const about = findings[f]!.about === undefined ? '' : ` About “${shown.text(`/findings/${f}/about`)}”.`
  return card(
    findings[f]!,
    shown,
    f,
    `<strong>${escaped(who.replace(/,$/, ''))}.</strong>${about} Judged on ${shown.number(`/findings/${f}/rows`, 'count')} people.`,
    { subject, more: measuresAndPictures(findings[f]!, shown, f) },
  )
}

function tableSection({ audited }: PublishedLeakReport, shown: Shown): string {
  const rows = audited.columns.map((_, c) => {
    const at = `/audited/columns/${c}`
    return `<tr><th scope="row">${shown.text(`${at}/name`)}</th><td>${shown.number(`${at}/values`, 'count')}</td><td>${shown.number(`${at}/labels`, 'count')}</td><td>${shown.number(`${at}/loss`, 'share')}</td></tr>`
  })
  const pictures = audited.pictures.map(
    ({ data, alternative }, p) =>
      `<figure><div role="img" aria-label="${escaped(alternative)}">${data}</div><figcaption>${shown.text(`/audited/pictures/${p}/title`)}</figcaption></figure>`,
  )
  return `<section aria-labelledby="table"><h2 id="table">The table</h2>
<p>${shown.number('/audited/published', 'count')} rows of ${shown.number('/audited/rows', 'count')} were published, in ${shown.number('/audited/classes', 'count')} classes of equal quasi-identifiers.</p>
<div class="pictures">${pictures.join('')}</div>
${box('Columns', ['column', 'values', 'labels', 'loss'], rows.join(''))}
${latticeSection(audited, shown)}</section>`
}

function latticeSection({ lattice, quasi }: PublishedLeakReport['audited'], shown: Shown): string {
  if (lattice === null) return ''
  const at = '/audited/lattice'
  const losses = (path: string, loss: readonly number[]) =>
    loss.map((_, i) => shown.number(`${path}/${i}`, 'number')).join(', ')
  const rows = lattice.neighbours.map(({ column, step, passes, loss }, n) => {
    const path = `${at}/neighbours/${n}`
    return `<tr><th scope="row">${shown.text(`/audited/quasi/${column}`)}</th><td>${step > 0 ? 'one level coarser' : 'one level finer'}</td><td>${passes ? 'passes' : 'does not pass'}</td><td>${shown.number(`${path}/suppressed`, 'count')}</td><td>${loss === null ? '–' : losses(`${path}/loss`, loss)}</td></tr>`
  })
  const levels = quasi.map(
    (_, c) =>
      `${shown.text(`/audited/quasi/${c}`)} ${shown.number(`${at}/levels/${c}`, 'count')} of ${shown.number(`${at}/heights/${c}`, 'count')}`,
  )
  return `<h3>The lattice</h3>
<p>Published at level ${levels.join(', ')}: loss ${losses(`${at}/loss`, lattice.loss)}, ${shown.number(`${at}/suppressed`, 'count')} rows left out.
${lattice.optimal ? 'No other node loses less' : 'It is the best node that was found, and another may lose less'}: ${shown.number(`${at}/checked`, 'count')} of ${shown.number(`${at}/nodes`, 'count')} nodes were looked at.</p>
${box('Neighbours', ['column', 'step', 'models', 'rows left out', 'loss'], rows.join(''))}`
}

function untestedList({ untested }: PublishedLeakReport | SyntheticLeakReport, shown: Shown): string {
  return untested.length
    ? `<p>Not run:</p><ul>${untested.map((_, i) => `<li>${shown.text(`/untested/${i}/title`)}: ${shown.text(`/untested/${i}/why`)}</li>`).join('')}</ul>`
    : '<p>Every attack that is built in was run.</p>'
}

const publishedLimits = (report: PublishedLeakReport, shown: Shown): string =>
  `<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2>
${untestedList(report, shown)}
<ul>
<li>That an attack failed is no proof that a better one would. Classes and their models bound nobody who knows more than they assume; only differential privacy bounds every attacker.</li>
<li>Who may know which column is the owner’s judgement: a quasi-identifier that nobody named is asked about by one attack alone.</li>
<li>Another table of the same people, published by anybody, adds to this one.</li>
<li>Confidence intervals cover the choice of the people who were judged; people of one class fare alike.</li>
</ul></section>`

const syntheticLimits = (report: SyntheticLeakReport, shown: Shown): string =>
  `<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2>
${untestedList(report, shown)}
<ul>
<li>That an attack failed is no proof that a better one would. What bounds every attack is the ε that the rows were made with.</li>
<li>One table of rows was judged. More tables made from the same people tell more.</li>
<li>Averages over people say little of those who are unlike the others; the measures at few false alarms say more.</li>
</ul></section>`

const item = (name: string, value: string): string => `<dt>${name}</dt><dd>${value}</dd>`

const listed = (shown: Shown, at: string, of: readonly unknown[]): string =>
  of.map((_, i) => shown.text(`${at}/${i}`)).join(', ') || 'none'

const made = (items: readonly string[], shown: Shown): string =>
  `<h2 id="made">How it was made</h2><dl class="about">${[
    item('audited', shown.text('/audited/name')),
    ...items,
    item('date', shown.text('/run/date')),
    item('made by', `frostglass ${shown.text('/run/frostglass')}`),
    item('seed', shown.number('/run/seed', 'count')),
    item('took', shown.number('/run/seconds', 'seconds')),
  ].join('')}</dl>`

const publishedMade = ({ audited }: PublishedLeakReport, shown: Shown): string =>
  made(
    [
      item('quasi-identifiers', listed(shown, '/audited/quasi', audited.quasi)),
      item('sensitive', listed(shown, '/audited/sensitive', audited.sensitive)),
      ...(audited.list === null ? [] : [item('people on the list', shown.number('/audited/list', 'count'))]),
      ...(audited.previous === null
        ? []
        : [item('rows of the earlier release', shown.number('/audited/previous', 'count'))]),
    ],
    shown,
  )

const syntheticMade = ({ audited }: SyntheticLeakReport, shown: Shown): string =>
  made(
    [
      item(
        'rows',
        `${shown.number('/audited/synthetic', 'count')} synthetic, made from ${shown.number('/audited/rows', 'count')}; kept out: ${shown.number('/audited/control', 'count')}`,
      ),
      item('columns', listed(shown, '/audited/columns', audited.columns)),
      item('attempts of each attack', shown.number('/audited/attacks', 'count')),
    ],
    shown,
  )
