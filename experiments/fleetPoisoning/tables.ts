// The tables on the page of a participant who attacks.
// Source: results.ts.

import { percent } from '../../src/statistics/figures.ts'
import { markdownTable } from '../textTables.ts'
import type { PoisoningRow, Spread } from './results.ts'

/** What each attack is, in a line. */
export const titles: Readonly<Record<PoisoningRow['attack'], string>> = {
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

export const attackTable = (rows: readonly PoisoningRow[], drawn = markdownTable) =>
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
