// The report of a participant who attacks: what it gets behind each defence, beside an honest twin.
// Source: Bagdasaryan et al. 2018; Bhagoji et al. 2018; Hitaj et al. 2017; Sun et al. 2019.

import type { Report, Settings } from '../experiment.ts'
import { plainTable } from '../textTables.ts'
import { nodes } from './fleetPoisoning.ts'
import type { PoisoningResults } from './results.ts'
import { attackTable, titles } from './tables.ts'

export function fleetPoisoningReport({ rows, lines }: PoisoningResults, { quick }: Settings): Report {
  const groups = Map.groupBy(
    rows,
    ({ attack, rounds, side }) =>
      `${titles[attack]} (${side === null ? '' : `${side} pixels a side, `}${rounds} rounds)`,
  )
  const sides = [...new Set(lines.map(({ side }) => side))]
  return {
    figures: {},
    page: {
      quick,
      nodes,
      each: [...groups].map(([title, members]) => ({ title, table: attackTable(members) })),
      pictures: sides.map((side) => ({
        side,
        lines: lines
          .filter((line) => line.side === side)
          .map(({ victim, defence }) => `${victim} (${defence})`)
          .join(', '),
      })),
    },
    summary: [...groups]
      .map(([title, members]) => `${title}\n${attackTable(members, plainTable)}`)
      .join('\n'),
  }
}
