// The store as an oracle of what it holds, and how many guesses noise takes: counted on encoded ids, against the formula.

import { describe, expect, it } from 'vitest'
import { drawDiscreteGaussian } from '../../../private/mechanisms/exactRandom.ts'
import { exactly } from '../../../private/mechanisms/rational.ts'
import { systemRandom } from '../../../random/source.ts'
import { bitsOfNoise, chunkOf, countOf, heldOf } from './guesses.ts'
import { openObjectStore, sendReply } from './store.ts'

describe('the store', () => {
  it('gives anybody what anybody put, byte for byte, by its id', () => {
    const store = openObjectStore()
    const reply = [countOf(137), chunkOf(Float32Array.of(0.25, -1))]
    expect(sendReply(store, reply)).toBe(2)
    for (const { id, bytes } of reply) expect(store.pull(id)).toEqual(bytes)
    expect(store.pull(countOf(138).id)).toBeUndefined()
  })

  it('asks for objects that it lacks, and so tells which it has', () => {
    const store = openObjectStore()
    sendReply(store, [countOf(137)])
    const guesses = new Map(Array.from({ length: 300 }, (_, i) => [countOf(i).id, i]))
    expect(heldOf(store, guesses)).toEqual([137])
    // What was only named stays unheld, so that one can ask again.
    expect(heldOf(store, guesses)).toEqual([137])
    expect(store.pull(countOf(5).id)).toBeUndefined()
    // And a node whose object another has named is asked for it as ever.
    expect(sendReply(store, [countOf(5)])).toBe(1)
    expect(heldOf(store, guesses).sort()).toEqual([137, 5].sort())
  })

  it('is asked for each object by itself: a second record beside it hides nothing', () => {
    const store = openObjectStore()
    sendReply(store, [countOf(137), chunkOf(Float32Array.from({ length: 8 }, () => systemRandom.uint32()))])
    expect(heldOf(store, new Map([[countOf(137).id, 'told']]))).toEqual(['told'])
  })
})

describe('noise', () => {
  /** How often the likeliest values are what was sent, of as many draws. */
  function foundOf(numbers: number, sigma: number, around: number, draws: number): number {
    let found = 0
    const square = exactly(sigma * sigma)
    for (let draw = 0; draw < draws; draw++) {
      const store = openObjectStore()
      const sent = Float32Array.from({ length: numbers }, () =>
        Number(drawDiscreteGaussian(square, systemRandom)),
      )
      sendReply(store, [chunkOf(sent)])
      const guesses = new Map<string, true>()
      const side = 2 * around + 1
      for (let i = 0; i < side ** numbers; i++) {
        const values = Float32Array.from(
          { length: numbers },
          (_, k) => (Math.floor(i / side ** k) % side) - around,
        )
        guesses.set(chunkOf(values).id, true)
      }
      found += heldOf(store, guesses).length
    }
    return found / draws
  }

  it.each([
    [1, 3, 0],
    [1, 40, 12],
    [2, 4, 1],
  ])('of %d numbers and σ = %d steps is guessed by chance as the formula says', (numbers, sigma, around) => {
    const draws = 400
    const guesses = (2 * around + 1) ** numbers
    const most = guesses * 2 ** -bitsOfNoise(numbers, sigma, 1)
    const found = foundOf(numbers, sigma, around, draws)
    // Near the middle all values are about as likely: the bound is nearly met, from below but for chance.
    const error = Math.sqrt((most * (1 - most)) / draws)
    expect(found).toBeLessThan(most + 5 * error)
    expect(found).toBeGreaterThan(0.9 * most - 5 * error)
  })

  it('is told apart by the coarser of grid and dtype', () => {
    // σ is 2^20 steps of the grid; beside a weight of 8 only every 64th of them is a number of float32.
    const [sigma, step] = [2 ** -6, 2 ** -26]
    const values = (weight: number) =>
      new Set(Array.from({ length: 1024 }, (_, i) => chunkOf(Float32Array.of(weight + i * step)).id))
    expect(values(0).size).toBe(1024)
    expect(values(8).size).toBe(1024 / 2 ** 6 + 1)
    expect(bitsOfNoise(1, sigma, step)).toBeCloseTo(21.3, 1)
    expect(bitsOfNoise(1, sigma, 2 ** -20)).toBeCloseTo(15.3, 1)
    expect(bitsOfNoise(100, sigma, 2 ** -20)).toBeCloseTo(1533, 0)
  })
})
