// A dial of numbers of codes: what the service still answers at each, and what any adversary can tell at most.
// Source: docs/certified.md; the radio group of the HTML standard, which keys, touch and screen readers turn. No script runs.
// What is certified and what is estimated differ in words and in shape, not by colour alone.

import type { CodeLeakReport } from '../codes/reportSchema.ts'
import { intervalBar } from './charts.ts'
import type { Shown } from './html.ts'
import { box } from './sections.ts'

/** What the dial is turned over. Its rows stand at `/prices/rows` of what is shown. */
export type Priced = NonNullable<CodeLeakReport['prices']>

/** What stands beside every row: blind guesses, and what the true label tells; where they are known. */
export interface PriceLines {
  readonly blind: number
  readonly floor: number | null
}

/**
 * The dial and its table, at the first certified row.
 * @param more HTML that stands below what a row tells
 */
export function pricePanel(
  { rows }: Priced,
  shown: Shown,
  lines: PriceLines | null,
  more: (row: number) => string = () => '',
): string {
  const start = Math.max(
    0,
    rows.findIndex(({ certified }) => certified),
  )
  const number = (r: number, name: string, format: 'share' | 'limit' | 'count') =>
    shown.number(`/prices/rows/${r}/${name}`, format)
  const stops = rows.map(({ certified, estimate, upper }, r) => {
    const fact = (name: string, value: string) => `<div><dt>${name}</dt><dd>${value}</dd></div>`
    const bar = lines
      ? intervalBar({
          value: estimate,
          interval: [estimate, upper],
          chance: lines.blind,
          ...(lines.floor === null ? {} : { baseline: lines.floor }),
        })
      : ''
    return `<input type="radio" name="codes" id="codes-${r}"${r === start ? ' checked' : ''}><label for="codes-${r}">${number(r, 'codes', 'count')}${certified ? ' <span class="status-held" title="certified">✓</span>' : ''}</label>
<div class="told${certified ? '' : ' estimated'}"><dl class="facts">${[
      fact('the service reads the label rightly', number(r, 'accuracy', 'share')),
      fact('of the label’s information', number(r, 'information', 'share')),
      certified
        ? fact(
            '✓ certified: any adversary is right, at most',
            `<strong>${number(r, 'upper', 'limit')}</strong>`,
          )
        : fact('estimate, <strong>not certified</strong>: at most about', `≈ ${number(r, 'upper', 'limit')}`),
    ].join('')}</dl>${bar}${more(r)}</div>`
  })
  const table = rows.map(
    ({ certified }, r) =>
      `<tr><th scope="row">${number(r, 'codes', 'count')}</th><td>${number(r, 'accuracy', 'share')}</td><td>${number(r, 'information', 'share')}</td><td>${number(r, 'estimate', 'share')}</td><td>${certified ? '' : '≈ '}${number(r, 'upper', 'limit')}</td><td>${certified ? '<span class="status-held">✓ certified</span>' : '<span class="status-none">estimate</span>'}</td></tr>`,
  )
  return `<div class="dial" role="radiogroup" aria-label="Number of codes">
${stops.join('\n')}
</div>
<p class="small quiet">Turn it with a click, or by the arrow keys.${lines ? ' A bar goes from what the table’s own best rule gets to the limit; the dashed line is a blind guess, the full one what the true label tells.' : ''}</p>
<details><summary>All of them, as a table</summary>
${box('Numbers of codes', ['codes', 'label right', 'of its information', 'best rule of the table', 'any adversary, at most', ''], table.join(''))}
</details>`
}
