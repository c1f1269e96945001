// Refuses the original as its own control: whatever is got of its people is then got of the strangers, too, and hides every leak.
// Source: ours; readable.ts refuses a control that shares some rows, as far as rows differ from each other.
// Here the rows of both must be the same ones, as often, in any order.

import { FrostglassError } from '../../../errors.ts'
import { type Partition, refined, wholePartition } from '../risk/classes.ts'
import type { SyntheticSight } from './contract.ts'

/** @throws FrostglassError `input` for a control that is the original */
export function requireAnother(sight: SyntheticSight): void {
  const { original } = sight
  const { classOf, count } = rowKinds(sight)
  const [own, others] = [new Float64Array(count), new Float64Array(count)]
  for (let i = 0; i < classOf.length; i++) (i < original.rows ? own : others)[classOf[i]!]!++
  if (own.every((many, kind) => many === others[kind]))
    throw new FrostglassError(
      'input',
      'the control is the original: its rows were used, so that nothing is got of the original beyond it',
      'Give rows of the same population that the synthetic ones were not made from.',
    )
}

/** Rows of the original and then of the control, by all columns as they are compared. */
function rowKinds({ original, control }: SyntheticSight): Partition {
  const rows = original.rows + control.rows
  return original.features.reduce((parent, { values }, c) => {
    const places = new Map<number, number>()
    const codes = new Uint32Array(rows)
    const code = (value: number) => {
      const place = places.get(value) ?? places.size
      places.set(value, place)
      return place
    }
    for (let i = 0; i < original.rows; i++) codes[i] = code(values[i]!)
    const more = control.features[c]!.values
    for (let i = 0; i < control.rows; i++) codes[original.rows + i] = code(more[i]!)
    return refined(parent, codes, places.size)
  }, wholePartition(rows))
}
