// The tables on the page of the encrypted network.
// Source: results.ts; Sayyad and Kulkarni, section V.

import { percent } from '../../src/statistics/figures.ts'
import { shareText } from '../shares.ts'
import { markdownTable } from '../textTables.ts'
import { longest } from './limits.ts'
import type { Break, SentimentRow } from './results.ts'
import { leastSquares, taylor } from './sigmoids.ts'

type Drawn = typeof markdownTable

/** What the paper prints: [right, of]. */
const paper: Readonly<Record<string, readonly [number, number]>> = {
  'plain, sigmoid': [20_523, 25_000],
  'published, taylor': [18_799, 25_000],
}

export const activations: Readonly<Record<string, string>> = {
  sigmoid: 'sigmoid',
  taylor: taylor.title,
  'least squares': leastSquares.title,
}

/** @param quick leaves out what the paper prints: it is of all reviews */
export const accuracyTable = (
  rows: readonly SentimentRow[],
  quick: boolean,
  drawn: Drawn = markdownTable,
): string =>
  drawn(
    ['weights', 'in the sigmoid’s place', 'right in one pass', 'paper', 'held out', 'reviews/s'],
    rows.map((row) => [
      row.encryption,
      activations[row.activation]!,
      shareText(row.online) + (row.lost > 0 ? ` (lost after ${row.firstLost!.toLocaleString('en')})` : ''),
      paperText(row, quick),
      row.lost === row.trainings ? 'lost' : shareText(row.heldOut),
      Math.round(row.perSecond).toLocaleString('en'),
    ]),
  )

export const breakTable = (breaks: readonly Break[], drawn: Drawn = markdownTable): string =>
  drawn(
    ['scheme', 'key found by', 'keys found', 'ms', 'fresh noise', 'doublings', 'products'],
    breaks.map(({ scheme, how, found, milliseconds, limits }) => [
      scheme,
      how,
      `${Math.round(found.value * found.of)} of ${found.of}`,
      milliseconds.toFixed(1),
      limits.freshNoise === null ? 'none' : `2^${limits.freshNoise.toFixed(1)}`,
      atMost(limits.doublings, longest.doublings),
      atMost(limits.products, longest.products),
    ]),
  )

const atMost = (steps: number, most: number): string => (steps === most ? `${most} or more` : String(steps))

const paperText = (row: SentimentRow, quick: boolean): string => {
  const printed = paper[`${row.encryption}, ${row.activation}`]
  return printed && !quick ? percent(printed[0] / printed[1]) : '–'
}
