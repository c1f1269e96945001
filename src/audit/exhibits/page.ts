// Exhibits as one HTML file: each claim, what the attack got from the form of before and gets today, and what changed.
// Source: docs/how-to/run-exhibits.md; ../report/page.ts for the frame that it shares with the leak reports.
// It names no table and no person: exhibits attack data of their own making.

import { escaped, shownFrom } from '../report/html.ts'
import { pageHead } from '../report/page.ts'
import { writePair } from '../report/write.ts'
import { type ExhibitReport, figureText, type JudgedExhibit } from './judge.ts'

/**
 * Writes the page, and the same as JSON beside it.
 * @throws FrostglassError `usage` when a file is there and `force` is not given; `io`; then nothing new is left
 */
export const writeExhibits = (
  report: ExhibitReport,
  path: string,
  options: { readonly force?: boolean | undefined } = {},
): Promise<void> => writePair(exhibitsPage(report), report, path, options)

const headings = {
  broken: '✗ A claim is broken',
  held: '✓ Held against these attacks',
  undecided: 'Not all was told',
} as const

/** The page of a report. */
export function exhibitsPage(report: ExhibitReport): string {
  const shown = shownFrom(report)
  const { verdict, exhibits } = report
  const cell = (one: JudgedExhibit, form: 'before' | 'today', what: 'allowed' | 'measured') =>
    `<td>${one[form] === null ? '–' : escaped(figureText(one[form][what]))}</td>`
  const row = (one: JudgedExhibit, e: number) => {
    const at = `/exhibits/${e}`
    const status =
      one.verdict === 'broken' ? 'broken' : one.verdict === 'held against this attack' ? 'held' : 'none'
    return `<tr><th scope="row"><a href="#exhibit-${e}">${shown.text(`${at}/name`)}</a></th>${cell(one, one.today ? 'today' : 'before', 'allowed')}${cell(one, 'before', 'measured')}${cell(one, 'today', 'measured')}<td class="status-${status}">${shown.text(`${at}/verdict`)}</td></tr>`
  }
  const described = (one: JudgedExhibit, e: number) => {
    const at = `/exhibits/${e}`
    const item = (name: string, field: string) => `<dt>${name}</dt><dd>${shown.text(`${at}/${field}`)}</dd>`
    return `<section class="attack" aria-labelledby="exhibit-${e}"><h3 id="exhibit-${e}">${shown.text(`${at}/title`)}</h3><dl class="about">${[
      item('claim', 'claim'),
      ...(one.unit === null ? [] : [item('measured in', 'unit')]),
      item('shown by', 'source'),
      item('mended', 'mended'),
      ...(one.failure === null ? [] : [item('did not finish', 'failure')]),
    ].join('')}</dl></section>`
  }
  return `${pageHead(false, 'Exhibits')}
<header>
<h1>Exhibits: attacks that broke a claim</h1>
<section class="verdict ${verdict.status}" aria-labelledby="verdict">
<h2 id="verdict">${headings[verdict.status]}</h2>
<p>${shown.text('/verdict/sentence')}</p>
</section>
</header>
<main>
<section aria-labelledby="measured"><h2 id="measured">What the attacks got</h2>
<p>Before is the form that the attack once broke, today the one that runs; – was not attacked. Above what is allowed, the claim is broken.</p>
<div class="scroll" tabindex="0" role="region" aria-label="What the attacks got"><table>
<thead><tr><th scope="col">exhibit</th><th scope="col">allowed</th><th scope="col">before</th><th scope="col">today</th><th scope="col">verdict today</th></tr></thead>
<tbody>${exhibits.map(row).join('')}</tbody></table></div></section>
<section aria-labelledby="exhibits"><h2 id="exhibits">What was claimed, and what changed</h2>
${exhibits.map(described).join('\n')}</section>
<section aria-labelledby="limits"><h2 id="limits">What this does not say</h2><ul>
<li>That an attack fails today is no proof that another would fail. The proofs stand beside the mechanisms, with their assumptions.</li>
<li>These are the attacks that are known to have worked once; who looks for others looks elsewhere.</li></ul></section>
</main>
<footer><h2 id="made">How it was made</h2><dl class="about">
<dt>date</dt><dd>${shown.text('/run/date')}</dd><dt>made by</dt><dd>frostglass ${shown.text('/run/frostglass')}</dd>
<dt>quick</dt><dd>${shown.text('/run/quick')}</dd><dt>took</dt><dd>${shown.number('/run/seconds', 'seconds')}</dd></dl></footer>
</body>
</html>
`
}
