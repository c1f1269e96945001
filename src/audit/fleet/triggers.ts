// What makes a row one that a backdoor is for: a mark that is put on it, or something that it shows by itself.
// Source: Gu et al. 2017 (pixels); Bagdasaryan et al. 2018, section 4.1 (semantic: rows are as they are when the model is asked).
// A trigger is the attacker's choice: others may be learned better, or last longer.

import { sizeOf, tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import type { ClassedRows } from './contract.ts'
import { takeLabelled } from './send.ts'

/** Makes rows with the trigger from rows, or finds them among rows. Classes are the true ones. */
export interface Trigger {
  readonly name: string
  readonly kind: 'pixels' | 'semantic'
  carry(rows: ClassedRows): ClassedRows
}

/** Sets some numbers of a row to a value: a square of full pixels in a corner. */
export const pixelTrigger = (places: readonly number[], value: number): Trigger => ({
  name: `${places.length} numbers set to ${value}`,
  kind: 'pixels',
  carry({ x, labels }) {
    const width = sizeOf(x.shape.slice(1))
    const data = toFloat64(x).slice()
    for (let row = 0; row < labels.length; row++)
      for (const place of places) data[row * width + place] = value
    return { x: tensor(data, x.shape, 'float64'), labels }
  },
})

/** The places of a square in the last rows and columns of a picture. */
export function cornerOf([, height, width]: readonly number[], side: number): number[] {
  const places: number[] = []
  for (let i = 0; i < side; i++)
    for (let j = 0; j < side; j++) places.push((height! - 1 - i) * width! + width! - 1 - j)
  return places
}

/** Rows of one class that show something: such as the boldest of a digit, those whose mean is above a limit. */
export const boldTrigger = (of: number, limit: number): Trigger => ({
  name: `rows of class ${of} whose mean is above ${limit}`,
  kind: 'semantic',
  carry(rows) {
    const width = sizeOf(rows.x.shape.slice(1))
    const data = toFloat64(rows.x)
    const shown = [...rows.labels.keys()].filter(
      (row) => rows.labels[row] === of && meanOf(data.subarray(row * width, (row + 1) * width)) > limit,
    )
    return takeLabelled(rows, shown)
  },
})

const meanOf = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length

/** Rows with another class than their own. */
export const relabelled = ({ x, labels }: ClassedRows, to: number): ClassedRows => ({
  x,
  labels: labels.map(() => to),
})

/** Rows of several sets in one. */
export function joined(...sets: readonly ClassedRows[]): ClassedRows {
  const shape = sets[0]!.x.shape.slice(1)
  const width = sizeOf(shape)
  const count = sets.reduce((sum, { labels }) => sum + labels.length, 0)
  const data = new Float64Array(count * width)
  const labels = new Int32Array(count)
  let at = 0
  for (const set of sets) {
    data.set(toFloat64(set.x), at * width)
    labels.set(set.labels, at)
    at += set.labels.length
  }
  return { x: tensor(data, [count, ...shape], 'float64'), labels }
}

/** Rows that satisfy a condition. */
export const rowsWhere = (rows: ClassedRows, holds: (label: number, row: number) => boolean): ClassedRows =>
  takeLabelled(
    rows,
    [...rows.labels.keys()].filter((row) => holds(rows.labels[row]!, row)),
  )
