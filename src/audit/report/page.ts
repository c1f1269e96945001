// The leak report as one HTML file that needs nothing else: no script, no network, a strict content security policy.
// Source: docs/architecture.md#the-audit: verdict, what to change, each attack, curves, attributes, worst cells, what was not tested.
// Whatever depends on the audit goes through html.ts: escaped, and traceable to a place in report.json.

import { createHash } from 'node:crypto'
import { pointerOf } from '../policy/place.ts'
import { bestOf } from '../tables/reportCurves.ts'
import type { LeakReport } from '../tables/reportSchema.ts'
import { curveKey, curvesSvg } from './charts.ts'
import { coverageSection } from './coverageSection.ts'
import { type Shown, shownFrom } from './html.ts'
import { attackCard, attributeTable, cellTable, glossary, policyList } from './sections.ts'
import { styleSheet } from './style.ts'

/** The page of a report. */
export async function reportPage(report: LeakReport): Promise<string> {
  const shown = shownFrom(report)
  const { findings } = report
  const order = findings.map((_, f) => f)
  return `${pageHead()}
<header>
<h1>Leak report for ${shown.text('/audited/file')}</h1>
${verdictBox(report, shown)}
${facts(report, shown)}
<p class="owner small">This page is for the owner of the table. It names columns and row numbers: do not send it along with the
protected file. The summary in the file’s manifest holds neither, and may go with it.</p>
<nav aria-label="Parts of this report"><ul>
<li><a href="#change">What to change</a></li><li><a href="#policy">The policy, rule by rule</a></li>
<li><a href="#attacks">The attacks</a></li><li><a href="#curves">Cost of known rows</a></li>
<li><a href="#covered">What was tried</a></li><li><a href="#columns">Columns</a></li><li><a href="#cells">Worst cells</a></li><li><a href="#limits">What this does not say</a></li>
</ul></nav>
</header>
<main>
${changeAndPolicy(report, shown)}
<section aria-labelledby="attacks"><h2 id="attacks">The attacks, worst first</h2>
<p><strong>Chance</strong> is what a guess without the released file gets. <strong>Baseline</strong> is what a row’s other true cells
tell about a cell: correlation within the table, and no leak. What lies beyond both comes from the released file. The measures:</p>
${glossary(report)}
${order.map((f) => attackCard(report, shown, f)).join('\n')}</section>
${coverageSection(report, shown)}
${await curvesSection(report, shown)}
${tables(report, shown)}
${limits(report, shown)}
</main>
<footer>${made(report, shown)}</footer>
</body>
</html>
`
}

/**
 * The page up to its body: nothing is loaded and nothing runs.
 * @param pictures whether the page holds images, as data URIs
 */
export function pageHead(pictures = false, title = 'Leak report'): string {
  const digest = createHash('sha256').update(styleSheet).digest('base64')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${digest}';${pictures ? ' img-src data:;' : ''} base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${styleSheet}</style>
</head>
<body>`
}

type Status = LeakReport['verdict']['status']

const headings: Readonly<Record<Status, string>> = {
  broken: '✗ The policy is broken',
  held: '✓ The policy holds',
  'not measured': '✗ The policy does not hold: not all of it was measured',
}

/** The verdict in its box. */
export const verdictBox = ({ verdict: { status } }: Pick<LeakReport, 'verdict'>, shown: Shown): string =>
  verdictUnder(headings[status], status, shown)

/** The same under a heading of the report's own. */
export function verdictUnder(heading: string, status: Status, shown: Shown): string {
  return `<section class="verdict ${status === 'held' ? 'held' : 'broken'}" aria-labelledby="verdict">
<h2 id="verdict">${heading}</h2>
<p class="headline">${shown.text('/verdict/headline')}</p>
<p>${shown.text('/verdict/sentence')}</p>
</section>`
}

/** What to change, and the policy rule by rule. */
export function changeAndPolicy(
  report: Parameters<typeof policyList>[0] & Pick<LeakReport, 'advice'>,
  shown: Shown,
  subject?: Parameters<typeof policyList>[2],
): string {
  return `<section aria-labelledby="change"><h2 id="change">What to change</h2>
<ol class="advice">${report.advice
    .map(
      (_, i) =>
        `<li><strong>${shown.text(`/advice/${i}/action`)}</strong> ${shown.text(`/advice/${i}/reason`)}</li>`,
    )
    .join('')}</ol></section>
<section aria-labelledby="policy"><h2 id="policy">The policy, rule by rule</h2>
<p>Policy “${shown.text('/policy/name')}”. A rule is judged by the attack that comes nearest to breaking it, and by the upper end of
its 95% confidence interval: doubt counts against the release. An attack that does no better than a constant guess is too weak to tell:
no rule rests on it, and a rule that nothing could break has not held. A rule that was not measured has not held${report.policy.unmeasured === 'fails' ? ', and this policy fails on it' : ', though this policy lets it pass'}.</p>
<ul class="key">${legend()}</ul>
${policyList(report, shown, subject)}</section>`
}

/** The numbers that the verdict speaks of. */
export function facts({ verdict }: Pick<LeakReport, 'verdict'>, shown: Shown): string {
  const { worst, judgement } = verdict
  if (worst === null) return ''
  const metric = pointerOf(worst)
  const fact = (name: string, value: string, kind = '') =>
    `<div><dt>${name}</dt><dd${kind}>${value}</dd></div>`
  return `<dl class="facts">${[
    fact('the attack got', shown.number(`${metric}/value`, 'share')),
    fact(
      '95% confidence interval',
      `${shown.number(`${metric}/interval/0`, 'share')} to ${shown.number(`${metric}/interval/1`, 'share')}`,
      ' class="range"',
    ),
    fact('guessing gets', shown.number(`${metric}/chance`, 'share')),
    judgement === null
      ? fact('the policy', 'does not ask', ' class="range"')
      : fact('the policy allows', shown.number(`/judgements/${judgement}/ceiling`, 'share')),
  ].join('')}</dl>`
}

/** What the drawn intervals mean. */
function legend(): string {
  const item = (drawing: string, text: string) =>
    `<li><svg class="bar" aria-hidden="true" focusable="false">${drawing}</svg>${text}</li>`
  return [
    item('<circle class="value" cx="13" cy="7" r="4"/>', 'measured'),
    item('<rect class="range" x="2" y="2" width="22" height="10"/>', '95% confidence interval'),
    item('<line class="chance" x1="13" x2="13" y1="0" y2="14"/>', 'chance'),
    item('<line class="baseline" x1="13" x2="13" y1="0" y2="14"/>', 'baseline'),
    item('<line class="ceiling" x1="13" x2="13" y1="0" y2="14"/>', 'most that the policy allows'),
  ].join('')
}

async function curvesSection(report: LeakReport, shown: Shown): Promise<string> {
  const { curves } = report
  const head = '<section aria-labelledby="curves"><h2 id="curves">What known rows cost</h2>'
  if (!curves) return `${head}<p>No attack with known rows applies to this table.</p></section>`
  const best = curves.lines.findIndex(({ attack }) => attack === curves.best)
  const { half: cost } = curves
  // Where guessing hits half already, half of the rest is what counts: see audit.ts.
  const easy = curves.reference.some(({ known, chance }) => known === cost?.known && chance >= 0.5)
  const half = cost
    ? `With ${shown.number('/curves/half/known', 'count')} known rows an attack recovers half or more of all other cells${easy ? ', counted from what guessing gets' : ''}.`
    : `No attack recovered half of the other cells, with up to ${shown.number(`/curves/reference/${curves.reference.length - 1}/known`, 'count')} known rows.`
  const label = 'Line chart of recovered cells against known rows; the table below it holds the numbers.'
  const charts = await Promise.all(
    [
      ['wide', 870],
      ['narrow', 356],
    ].map(async ([kind, width]) => {
      const svg = await curvesSvg(report, curves, width as number)
      return `<div class="${kind}" role="img" aria-label="${label}">${svg}</div>`
    }),
  )
  return `${head}<p>${half}</p>
<figure>${charts.join('')}
<ul class="key">${curveKey(curves)
    .map(
      ({ drawing, line }) =>
        `<li>${drawing}${line === 'baseline' ? 'baseline: the best guess from a row’s other true cells' : line === 'chance' ? 'chance: a guess without the file' : shown.text(`/curves/lines/${line}/title`)}</li>`,
    )
    .join('')}</ul>
<figcaption>The thick line is the attack that gets most at this audit’s number of known rows
(${shown.number('/run/known', 'count')}, the dotted upright line): ${shown.text(`/curves/lines/${best}/title`)}; the band is its 95% interval.
Draws of known rows behind each point: ${shown.number('/curves/draws', 'count')}.</figcaption></figure>
<details><summary>The numbers of the chart</summary>${curveTable(curves, shown)}</details></section>`
}

function curveTable(curves: NonNullable<LeakReport['curves']>, shown: Shown): string {
  const rows = curves.reference.map(({ known, baseline }, r) => {
    const cells = curves.lines.map(({ points }, l) => {
      const p = points.findIndex((point) => point.known === known)
      return `<td>${p < 0 ? '–' : shown.number(`/curves/lines/${l}/points/${p}/value`, 'share')}</td>`
    })
    const at = `/curves/reference/${r}`
    return `<tr><th scope="row">${shown.number(`${at}/known`, 'count')}</th>${cells.join('')}<td>${shown.number(`${at}/chance`, 'share')}</td><td>${baseline === undefined ? '–' : shown.number(`${at}/baseline`, 'share')}</td></tr>`
  })
  const heads = curves.lines.map((_, l) => `<th scope="col">${shown.text(`/curves/lines/${l}/title`)}</th>`)
  return `<div class="scroll" tabindex="0" role="region" aria-label="Numbers of the chart"><table>
<caption>Share of unseen cells within 5% of their range, by known rows</caption>
<thead><tr><th scope="col">known rows</th>${heads.join('')}<th scope="col">chance</th><th scope="col">baseline</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div>`
}

/** Columns and cells, for the attacks that got most with known rows and without. */
function tables(report: LeakReport, shown: Shown): string {
  const { findings } = report
  const chosen = ['leak', 'blind'].flatMap((standpoint) => {
    const best = bestOf(findings.filter((f) => f.standpoint === standpoint && f.attributes))
    return best ? [findings.indexOf(best)] : []
  })
  if (chosen.length === 0) return ''
  return `<section aria-labelledby="columns"><h2 id="columns">Column by column</h2>
<p>Under the attack that recovers most with known rows, and the one that recovers most without. Errors are relative to the column’s range;
for categories they are shares of wrong guesses. The JSON beside this page holds those of all attacks.</p>
${chosen.map((f) => attributeTable(report, shown, f)).join('')}</section>
<section aria-labelledby="cells"><h2 id="cells">Worst cells</h2>
<p>Cells that the attack knows far better than a guess without the file would: where the guess is most wrong, and the attack is right.
Rows are numbered as in the original table, the first below the header being row one.</p>
${chosen.map((f) => cellTable(report, shown, f)).join('')}</section>`
}

function limits({ untested, audited }: LeakReport, shown: Shown): string {
  const sampled =
    audited.auditedRows < audited.rows
      ? `<li>Audited were ${shown.number('/audited/auditedRows', 'count')} of ${shown.number('/audited/rows', 'count')} rows, drawn at random. An adversary with more known rows than were tried here gets more.</li>`
      : ''
  const list = untested.length
    ? `<p>Not run on this file:</p><ul>${untested.map((_, i) => `<li>${shown.text(`/untested/${i}/title`)}: ${shown.text(`/untested/${i}/why`)}</li>`).join('')}</ul>`
    : '<p>Every attack that is built in was run.</p>'
  return `<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2>
${list}
<ul>
<li>That an attack failed is no proof that a better one would. There is no theorem behind this protection:
no bound is known on what the released rows tell. What is certified for every attacker are releases of few codes, or of noise of a known law.</li>
<li>Confidence intervals cover the choice of the rows that were judged. Another key, or other known rows, can give other numbers:
audit again with another seed.</li>
<li>Whoever can have rows of their own choice encoded, as a customer can, makes known rows at will.</li>
<li>The owner’s machine, what the owner tells others, and a service that answers wrongly on purpose were not looked at.</li>
${sampled}</ul></section>`
}

function made({ audited }: LeakReport, shown: Shown): string {
  const item = (name: string, value: string) => `<dt>${name}</dt><dd>${value}</dd>`
  const protection = `${shown.text('/audited/scheme')}, ${shown.number('/audited/layers', 'count')} ${audited.layers === 1 ? 'layer' : 'layers'}${audited.activation === null ? '' : `, activation ${shown.text('/audited/activation')}`}`
  return `<h2 id="made">How it was made</h2><dl class="about">${[
    item('audited file', shown.text('/audited/file')),
    item('its SHA-256', shown.text('/audited/sha256')),
    item(
      'table',
      `${shown.number('/audited/rows', 'count')} rows (audited: ${shown.number('/audited/auditedRows', 'count')}), ${shown.number('/audited/attributes', 'count')} attributes, ${shown.number('/audited/columns', 'count')} protected columns, ${shown.number('/audited/classes', 'count')} hidden classes`,
    ),
    ...(audited.labels
      ? [item('labels', audited.labels.map((_, l) => shown.text(`/audited/labels/${l}/name`)).join(', '))]
      : []),
    item('protection', protection),
    item('key', shown.text('/audited/keyFingerprint')),
    item('date', shown.text('/run/date')),
    item('made by', `frostglass ${shown.text('/run/frostglass')}`),
    item(
      'settings',
      `known rows ${shown.number('/run/known', 'count')}, effort ${shown.text('/run/effort')}, seed ${shown.number('/run/seed', 'count')}`,
    ),
    item('took', shown.number('/run/seconds', 'seconds')),
  ].join('')}</dl>`
}
