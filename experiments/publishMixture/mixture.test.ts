import { describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { columns, labelsOf, picturesOf, pixels } from './digits.ts'
import { membership } from './measures.ts'

const rowsOf = (count: number, seed: number): Tensor => {
  const random = seededStream(seed, 'rows')
  return tensor(
    Float32Array.from({ length: count * columns }, () => random.uniform()),
    [count, columns],
  )
}

describe('membership', () => {
  const [members, others, drawn] = [rowsOf(60, 1), rowsOf(60, 2), rowsOf(200, 3)]
  const sizes = { candidates: 60, against: 200 }

  it('is told of rows that were copied, though for a little noise', () => {
    const random = seededStream(4, 'noise')
    const copied = tensor(
      (members.data as Float32Array).map((v) => v + 0.1 * random.normal()),
      [60, columns],
    )
    expect(membership(copied, members, others, sizes)).toBeGreaterThan(0.99)
  })

  it('is not told where rows were drawn of neither', () => {
    expect(Math.abs(membership(drawn, members, others, sizes) - 0.5)).toBeLessThan(0.2)
  })
})

it('labels and pictures are read off drawn rows', () => {
  const rows = new Float32Array(2 * columns)
  rows[5] = 0.5
  rows[pixels + 7] = 0.4
  rows[pixels + 17] = 0.4
  rows[pixels + 3] = 0.7
  rows[columns + pixels + 39] = 0.1
  const drawn = tensor(rows, [2, columns])
  expect(Array.from(labelsOf(drawn))).toEqual([7, 9])
  expect(picturesOf(drawn).shape).toEqual([2, pixels])
  expect((picturesOf(drawn).data as Float32Array)[5]).toBe(0.5)
})
