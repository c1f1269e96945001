// The report of ARX's outcomes: how many agree, and every one of them.
// Source: results.ts.

import type { Report, Settings } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { reasonOf } from './reasons.ts'
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
function counts({ rows }: ArxResults, drawn: typeof markdownTable): string {
  const many = (verdict: Verdict, exact: boolean) =>
    `${rows.filter((row) => row.verdict === verdict && row.exact === exact).length}`
  return drawn(
    ['', 'exact searches of ARX', 'heuristic, by chance, in turns, or first that passes'],
    verdicts
      .filter((verdict) => rows.some((row) => row.verdict === verdict))
      .map((verdict) => [meanings[verdict], many(verdict, true), many(verdict, false)]),
  )
}

function line(row: ArxRow): string[] {
  const { id, theirs, ours, verdict } = row
  return [
    id,
    theirs ? `${lossText(theirs.loss)} at ${theirs.levels.join(' ')}` : 'none',
    ours ? `${lossText(ours.loss)} at ${ours.levels.join(' ')}` : '–',
    ours ? `${ours.checked}` : '–',
    verdict,
  ]
}

export function publishArxReport(results: ArxResults, { quick }: Settings): Report {
  const { rows } = results
  const apart = rows.filter(({ verdict }) => verdict !== 'same' && verdict !== 'neither')
  return {
    figures: {},
    page: {
      quick,
      outcomes: rows.length,
      counts: counts(results, markdownTable),
      apart: markdownTable(
        ['outcome', 'verdict', 'why'],
        apart.map((row) => [row.id, row.verdict, reasonOf(row)]),
      ),
      all: markdownTable(['outcome', 'ARX', 'ours', 'nodes looked at', 'verdict'], rows.map(line)),
    },
    summary: counts(results, plainTable),
  }
}
