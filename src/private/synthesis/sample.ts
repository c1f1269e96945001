// Rows of a model, column by column, by rounding expected counts within each group of rows that agree in the column's parents.
// Source: McKenna, Miklau and Sheldon 2021 (rounding instead of independent draws); carrying what rounding left is error diffusion.
// Rows are no independent draws: their tables are nearer to the model's than those of such would be.

import type { Turn } from '../../learn/pauses.ts'
import { drawBelow } from '../../random/integers.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { drawUniform, type RandomSource } from '../../random/source.ts'
import type { Sizes } from './graphical/factor.ts'
import type { Conditional } from './graphical/network.ts'

/**
 * Draws rows.
 * @param rows how many, 0 or more
 * @returns [columns][rows] codes.
 * @throws FrostglassError `aborted`
 */
export async function sampleRows(
  network: readonly Conditional[],
  sizes: Sizes,
  rows: number,
  random: RandomSource,
  turn?: Turn,
): Promise<Int32Array[]> {
  const codes = sizes.map(() => new Int32Array(rows))
  const source = { below: (count: number) => drawBelow(count, random) }
  for (const { column, parents, expected } of network) {
    await turn?.()
    // A fresh order for each column: else children of one parent would move together.
    const order = grouped(
      parents.map((parent) => codes[parent]!),
      parents.map((parent) => sizes[parent]!),
      shuffle(upTo(rows), source),
    )
    fill(codes[column]!, order, { expected, size: sizes[column]! }, random)
  }
  return codes
}

/** Rows by group: all of a group in succession, in the order in which they came. */
function grouped(parents: readonly Int32Array[], sizes: readonly number[], order: Int32Array) {
  const groups = new Int32Array(order.length)
  let count = 1
  parents.forEach((codes, p) => {
    count *= sizes[p]!
    for (let row = 0; row < groups.length; row++) groups[row] = groups[row]! * sizes[p]! + codes[row]!
  })
  const starts = new Int32Array(count + 1)
  for (const group of groups) starts[group + 1]!++
  for (let group = 0; group < count; group++) starts[group + 1]! += starts[group]!
  const places = starts.slice()
  const sorted = new Int32Array(order.length)
  for (const row of order) sorted[places[groups[row]!]!++] = row
  return { rows: sorted, starts }
}

/** Writes the column's codes, a group after the other. What a code is owed by rounding, the next groups give. */
function fill(
  codes: Int32Array,
  { rows, starts }: { readonly rows: Int32Array; readonly starts: Int32Array },
  { expected, size }: { readonly expected: Float64Array; readonly size: number },
  random: RandomSource,
): void {
  const owed = Float64Array.from({ length: size }, () => drawUniform(random) - 0.5)
  const whole = new Int32Array(size)
  for (let group = 0; group + 1 < starts.length; group++) {
    const count = starts[group + 1]! - starts[group]!
    if (count === 0) continue
    const from = group * size
    let sum = 0
    for (let code = 0; code < size; code++) sum += expected[from + code]!
    let left = count
    const open: number[] = []
    for (let code = 0; code < size; code++) {
      const share = sum > 0 ? (count * expected[from + code]!) / sum : count / size
      whole[code] = Math.floor(share)
      left -= whole[code]!
      owed[code]! += share - whole[code]!
      if (share > 0) open.push(code)
    }
    // Those that are owed most get one more.
    open.sort((a, b) => owed[b]! - owed[a]!)
    for (let i = 0; i < left; i++) {
      const code = open[i % open.length]!
      whole[code]!++
      owed[code]!--
    }
    let place = starts[group]!
    for (let code = 0; code < size; code++)
      for (let i = 0; i < whole[code]!; i++) codes[rows[place++]!] = code
  }
}
