// A row replaced by nothing in its place changes no other row on the way to a private training: bit by bit.
// Source: PROOF.md, section 6. A row's place may matter (pieces of a batch), its neighbours must not.

import { describe, expect, it } from 'vitest'
import { sizeOf, type Tensor, tensor } from '../../graph/index.ts'
import { scatter } from '../../learn/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { type Dampening, dampen } from './principal.ts'

const drawn = (seed: number, shape: readonly number[]): Float32Array => {
  const random = seededStream(seed, 'adjacent')
  return Float32Array.from({ length: sizeOf(shape) }, () => random.uniform())
}

/** The rows that differ in any bit. */
function changed(a: Tensor, b: Tensor): number[] {
  const width = sizeOf(a.shape.slice(1))
  return Array.from({ length: a.shape[0]! }, (_, row) => row).filter((row) =>
    Array.from({ length: width }, (_, i) => row * width + i).some((at) => !Object.is(a.data[at], b.data[at])),
  )
}

const replaced = (data: Float32Array, row: number, width: number, by: number) =>
  data.slice().fill(by, row * width, (row + 1) * width)

const strange = [0, Number.NaN, 1e30, Number.NEGATIVE_INFINITY]

describe('a row replaced in place', () => {
  it('changes no other image’s scattering features', async () => {
    const shape = [11, 1, 12, 12]
    const images = drawn(1, shape)
    const features = await scatter(tensor(images, shape), { groups: 27 })
    for (const row of [2, 9])
      for (const by of strange) {
        const other = await scatter(tensor(replaced(images, row, 144, by), shape), { groups: 27 })
        expect(changed(features, other)).toEqual([row])
      }
  })

  it('changes no other row that is dampened', async () => {
    const [count, width] = [4003, 30]
    const rows = drawn(2, [count, width])
    const dampening: Dampening = {
      width,
      directions: Float64Array.from(drawn(3, [2, width]), (v) => v / 4),
      shares: Float64Array.of(0.7, 0.2),
    }
    const dampened = async (data: Float32Array) => {
      const own = tensor(data, [count, width])
      await dampen(own, dampening)
      return own
    }
    const all = await dampened(rows.slice())
    for (const row of [17, 3999, 4001])
      for (const by of strange) {
        const other = await dampened(replaced(rows, row, width, by))
        expect(changed(all, other).filter((r) => r !== row)).toEqual([])
      }
  })
})
