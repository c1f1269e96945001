// One node of a Flower fleet reads counts of another's table, of which it is told nothing, by ids of what the reply may be.
// Source: flowerObjects/BREAK.md; flwr 1.42, whose server names no owner of an object. The form of before sends numbers as they are.
// Today's form sends what fleet/privacy makes of them. Its noise is what hides them; that no id is found is a consequence.

import type { FlowerObject } from '../../fleet/flower/objects.ts'
import { addNoise, updateNoise, wholeUpdate } from '../../fleet/privacy/updateNoise.ts'
import { seededStream } from '../../random/seeded.ts'
import type { Exhibit } from './exhibit.ts'
import { chunkOf, countOf, heldOf } from './flowerObjects/guesses.ts'
import { openObjectStore, sendReply } from './flowerObjects/store.ts'

/** Tables of at most so many rows are guessed. */
const mostRows = 300
const rate = 0.5

/** A node's rows: how many, and how many of them are ill. */
interface Table {
  readonly rows: number
  readonly ill: number
}

/**
 * A logistic regression's offset after one step from zero, where such training starts: every row is taken for ill by one half, so that
 * the step is the rate times the share of the ill, less a half.
 */
const offsetOf = ({ rows, ill }: Table): number => rate * (ill / rows - 0.5)

/** A reply as trainers send it. */
const sentBefore = (table: Table): FlowerObject[] => [
  countOf(table.rows),
  chunkOf(Float32Array.of(offsetOf(table))),
]

/** A reply with noise: a bound of one instead of the count, an update clipped to 1 with as much noise. */
function sentToday(table: Table): FlowerObject[] {
  const noise = updateNoise(1, 1)
  const whole = wholeUpdate(Float64Array.of(offsetOf(table)), noise)
  addNoise(whole, noise)
  return [countOf(1), chunkOf(Float32Array.of(whole[0]! * 2 ** noise.exponent))]
}

/** Ids of the offsets of tables of so many rows, and the share of the ill that each tells. */
const sharesOf = (rows: readonly number[]): Map<string, number> =>
  new Map(
    rows.flatMap((count) =>
      Array.from({ length: count + 1 }, (_, ill): [string, number] => [
        chunkOf(Float32Array.of(offsetOf({ rows: count, ill }))).id,
        ill / count,
      ]),
    ),
  )

/**
 * What another node reads of replies, by the store alone: rows, from the count, and the share of the ill, from the offset. Where
 * the count tells nothing, it tries every count of tables that there are.
 * @returns counts read a table, of two
 */
export function readByGuesses(
  tables: readonly Table[],
  sent: (table: Table) => readonly FlowerObject[],
): number {
  const counts = new Map(Array.from({ length: mostRows }, (_, i) => [countOf(i + 1).id, i + 1]))
  const all = Array.from({ length: mostRows }, (_, i) => i + 1)
  let every: Map<string, number> | undefined
  const told = tables.map((table) => {
    const store = openObjectStore()
    sendReply(store, sent(table))
    const [rows = 1] = heldOf(store, counts)
    if (rows === 1) every ??= sharesOf(all)
    const [share] = heldOf(store, rows === 1 ? every! : sharesOf([rows]))
    return Number(rows === table.rows) + Number(share === table.ill / table.rows)
  })
  return told.reduce((sum, count) => sum + count, 0) / tables.length
}

/** Tables of 50 rows and more. */
export function madeUpTables(count: number): Table[] {
  const random = seededStream(11, 'tables of other nodes')
  return Array.from({ length: count }, () => {
    const rows = 50 + random.below(mostRows - 49)
    return { rows, ill: random.below(rows + 1) }
  })
}

export const guessedObjects: Exhibit = {
  name: 'guessed-objects',
  title: 'Another node’s reply, guessed by its hash',
  claim: 'What a node sends to the server of a fleet, other nodes are not told.',
  source: 'Flower’s object store (flwr 1.42), before; flowerObjects/BREAK.md',
  mended:
    'Not in Flower, whose server names no owner of an object. Our node sends numbers with exact noise, and no count of its rows.',
  async run(form, { quick = false } = {}) {
    return {
      allowed: 0,
      measured: readByGuesses(madeUpTables(quick ? 5 : 100), form === 'before' ? sentBefore : sentToday),
      unit: 'counts of another node’s table, of two, that one node read',
    }
  },
}
