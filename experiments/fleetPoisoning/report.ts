// The report of a participant who attacks: what it gets behind each defence, beside an honest twin.
// Source: Bagdasaryan et al. 2018; Bhagoji et al. 2018; Hitaj et al. 2017; Sun et al. 2019.

import { percent } from '../../src/statistics/figures.ts'
import type { Report, Settings } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { nodes } from './fleetPoisoning.ts'
import type { PoisoningResults, PoisoningRow, Spread } from './results.ts'

const titles: Readonly<Record<PoisoningRow['attack'], string>> = {
  replacement: 'Backdoor by model replacement: a square in a corner is a two',
  constrained: 'The same, by short updates in every round, drawn to the shared model',
  semantic: 'A backdoor of rows as they are: bold digits',
  boosted: 'Ten rows of the attacker’s choice, boosted',
  stealthy: 'The same, with stealth',
  gan: 'Pictures of a class that the attacker does not hold, by a GAN',
}

const spread = ({ mean, least, most }: Spread) =>
  least === most
    ? percent(mean)
    : `${percent(mean)} [${(100 * least).toFixed(1)}, ${(100 * most).toFixed(1)}]`

/** Of 15, where it was got at all. */
const rounded = ({ mean, least, most }: Spread) =>
  least === most ? `${mean}` : `${mean.toFixed(1)} [${least}, ${most}]`

const table = (rows: readonly PoisoningRow[], drawn = markdownTable) =>
  drawn(
    ['defence', 'success', 'without attack', 'honest rounds it lasted', 'accuracy', 'without attack', 'runs'],
    rows.map(({ defence, success, control, lasted, accuracy, honest, runs }) => [
      defence,
      spread(success),
      spread(control),
      lasted === null ? '–' : rounded(lasted),
      spread(accuracy),
      spread(honest),
      `${runs}`,
    ]),
  )

export function fleetPoisoningReport({ rows }: PoisoningResults, { quick }: Settings): Report {
  const groups = Map.groupBy(
    rows,
    ({ attack, rounds, side }) =>
      `${titles[attack]} (${side === null ? '' : `${side} pixels a side, `}${rounds} rounds)`,
  )
  const sides = [...new Set(rows.flatMap(({ side }) => (side === null ? [] : [side])))]
  return {
    figures: {},
    page: {
      quick,
      nodes,
      each: [...groups].map(([title, members]) => ({ title, table: table(members) })),
      pictures: sides.map((side) => ({ side })),
    },
    summary: [...groups].map(([title, members]) => `${title}\n${table(members, plainTable)}`).join('\n'),
  }
}
