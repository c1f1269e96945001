// The tables on the page of private queries.
// Source: results.ts. True answers stand in them: Adult is public. They are never shown by the product.

import { percent } from '../../src/statistics/figures.ts'
import { share, shareText } from '../shares.ts'
import { markdownTable } from '../textTables.ts'
import type { BarsAnswer, MeanAnswer, SessionAnswer } from './queries.ts'

type Drawn = typeof markdownTable

/** A number for reading, with five digits if it is not whole. */
export const figure = (x: number): string =>
  Number.isInteger(x) ? x.toLocaleString('en') : x.toLocaleString('en', { maximumSignificantDigits: 5 })

export const barTable = (bars: readonly BarsAnswer[], drawn: Drawn = markdownTable): string =>
  drawn(
    ['query', 'answer', 'bars that held', 'in the worst group', 'half a bar', 'root mean square error'],
    bars.map((bar) => [
      String(bar.query + 1),
      bar.name,
      shareText(share(bar.held, bar.of)),
      percent(bar.worst.held / bar.worst.of),
      figure(bar.halfWidth),
      figure(bar.error),
    ]),
  )

export const meanTable = (means: readonly MeanAnswer[], drawn: Drawn = markdownTable): string =>
  drawn(
    ['mean of', 'rows', 'ε', 'ours', 'centred sum / count', 'sum / count'],
    means.map((one) => [
      one.what,
      one.rows.toLocaleString('en'),
      String(one.epsilon),
      figure(one.shared),
      figure(one.centred),
      figure(one.naive),
    ]),
  )

/** The groups of one query, true and private. */
export const answerTable = ({ groups, names }: SessionAnswer): string =>
  markdownTable(
    [groups[0]?.keys.length ? 'group' : 'answer', 'true', 'private', '95% bar'],
    groups.flatMap(({ keys, answers }) =>
      answers.map((answer, j) => [
        keys.length ? `${keys.join(', ')}${names.length > 1 ? `: ${names[j]}` : ''}` : names[j]!,
        figure(answer.truth),
        figure(answer.value),
        `${figure(answer.low)} … ${figure(answer.high)}${holds(answer) ? '' : ' (missed)'}`,
      ]),
    ),
  )

/** Whether a bar has the true answer in it. */
export const holds = ({ low, high, truth }: SessionAnswer['groups'][number]['answers'][number]): boolean =>
  low <= truth && truth <= high
