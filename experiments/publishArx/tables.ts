// The tables of the page of ARX's outcomes: how many came out how, and each of them.
// Source: results.ts.

import type { markdownTable } from '../textTables.ts'
import { type ArxResults, type ArxRow, type Verdict, verdicts } from './results.ts'

const meanings: Readonly<Record<Verdict, string>> = {
  same: 'the same node, the same loss',
  'same loss': 'another node of the same loss',
  less: 'ours loses less',
  neither: 'neither finds a solution',
  'theirs fails': 'ARX’s node does not pass',
  otherwise: 'other rows are suppressed at ARX’s node',
  more: 'ours loses more',
  'left out': 'not compared',
}

const lossText = (loss: readonly number[]): string =>
  loss.map((one) => (Number.isInteger(one) ? `${one}` : one.toPrecision(loss.length > 1 ? 5 : 12))).join(' ')

/** Outcomes by what came of them: those that ARX promises to be the best, and its others. */
export function counts({ rows }: ArxResults, drawn: typeof markdownTable): string {
  const many = (verdict: Verdict, exact: boolean) =>
    `${rows.filter((row) => row.verdict === verdict && row.exact === exact).length}`
  return drawn(
    ['', 'exact searches of ARX', 'heuristic, by chance, in turns, or first that passes'],
    verdicts
      .filter((verdict) => rows.some((row) => row.verdict === verdict))
      .map((verdict) => [meanings[verdict], many(verdict, true), many(verdict, false)]),
  )
}

/** An outcome as a line of the table of all. */
export function line(row: ArxRow): string[] {
  const { id, theirs, ours, verdict } = row
  return [
    id,
    theirs ? `${lossText(theirs.loss)} at ${theirs.levels.join(' ')}` : 'none',
    ours ? `${lossText(ours.loss)} at ${ours.levels.join(' ')}` : '–',
    ours ? `${ours.checked}` : '–',
    verdict,
  ]
}
