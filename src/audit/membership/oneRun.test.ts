import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { boundFromOneRun, chanceOfGuesses, epsilonExcluded } from './oneRun.ts'

/** Answers by randomised response with a fair coin each, and with chance `reveal` the coin itself for all to see. */
function randomisedResponse(canaries: number, epsilon: number, seed: number, reveal = 0) {
  const source = seededStream(seed, 'response')
  const included = Uint8Array.from({ length: canaries }, () => Number(source.uniform() < 0.5))
  const honest = 1 / (1 + Math.exp(-epsilon))
  const scores = Float64Array.from(included, (coin) => {
    if (source.uniform() < reveal) return coin ? 1000 : -1000
    // A little more, so that equal answers fall by lot.
    return (source.uniform() < honest ? coin : 1 - coin) + source.uniform() / 2
  })
  return { included, scores }
}

describe('the bound of one run', () => {
  it('is above the truth in at most 5 runs of 100, and near it with many canaries', () => {
    const runs = 400
    for (const [canaries, epsilon] of [
      [100, 0.5],
      [1000, 2],
    ] as const) {
      let above = 0
      let sum = 0
      for (let run = 0; run < runs; run++) {
        const { scores, included } = randomisedResponse(canaries, epsilon, run)
        const bound = boundFromOneRun(scores, included, 0).epsilon
        if (bound > epsilon) above++
        sum += bound
      }
      // 5% of 400 are 20, and 34 are exceeded once in a thousand times.
      expect(above).toBeLessThanOrEqual(34)
      if (canaries === 1000) expect(sum / runs).toBeGreaterThan(1.65)
    }
    // With a number of guesses that is fixed beforehand nothing goes to the others.
    const { scores, included } = randomisedResponse(20_000, 2, 1)
    const near = boundFromOneRun(scores, included, 0, { guesses: [20_000] }).epsilon
    expect(near).toBeGreaterThan(1.9)
    expect(near).toBeLessThan(2)
  })

  it('allows for δ: what is told once in a hundred times breaks ε alone, and is covered by (ε, δ)', () => {
    // Of 8 coins, guessed at the one that is told if there is one: (1, 0.01)-private.
    const [runs, told, q] = [4000, 0.01, 1 / (1 + Math.exp(-1))]
    const source = seededStream(3, 'told')
    let right = 0
    for (let run = 0; run < runs; run++) {
      let anyTold = false
      for (let i = 0; i < 8; i++) anyTold ||= source.uniform() < told
      if (anyTold || source.uniform() < q) right++
    }
    const one = { canaries: 8, guesses: 1, right: 1 }
    expect(right / runs).toBeGreaterThan(chanceOfGuesses(one, 1, 0))
    expect(right / runs).toBeLessThan(chanceOfGuesses(one, 1, told) + 0.01)
  })

  it('is never below the largest chance of any private mechanism, as a linear program finds it', () => {
    // [canaries, guesses, right, ε, δ, chance]; HiGHS, all (ε, δ)-private mechanisms on so many coins.
    const largest = [
      [1, 1, 1, 0.5, 0.02, 0.63001],
      [2, 2, 2, 1.5, 0.02, 0.67506],
      [3, 1, 1, 1.5, 0.02, 0.82852],
      [3, 3, 1, 0.5, 0.02, 0.95766],
      [3, 3, 2, 1.5, 0.02, 0.91887],
      [4, 2, 2, 0.5, 0.02, 0.41196],
      [4, 4, 3, 1.5, 0.02, 0.8543],
      [4, 4, 4, 1.5, 0, 0.4468],
    ] as const
    for (const [canaries, guesses, right, epsilon, delta, chance] of largest) {
      const own = chanceOfGuesses({ canaries, guesses, right }, epsilon, delta)
      expect(own).toBeGreaterThan(chance - 1e-5)
      expect(own).toBeLessThan(chance + 0.02)
    }
  })

  it('inverts the chance, and grows with right guesses', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(0, 1e-6, 1e-5),
        (guesses, share, delta) => {
          const right = Math.round(share * guesses)
          const found = { canaries: 3000, guesses, right }
          const epsilon = epsilonExcluded(found, delta)
          if (epsilon > 0) expect(chanceOfGuesses(found, epsilon, delta)).toBeLessThanOrEqual(0.05)
          expect(chanceOfGuesses(found, epsilon + 1e-6, delta)).toBeGreaterThan(0.0499)
          if (right < guesses)
            expect(epsilonExcluded({ ...found, right: right + 1 }, delta)).toBeGreaterThanOrEqual(epsilon)
        },
      ),
      { numRuns: 100 },
    )
    // All of 1,000 right: q^1000 = 0.05.
    const q = 0.05 ** (1 / 1000)
    expect(epsilonExcluded({ canaries: 1000, guesses: 1000, right: 1000 }, 0)).toBeCloseTo(
      Math.log(q / (1 - q)),
      9,
    )
  })

  it('catches what is told outright, at a claim of 2', () => {
    const { scores, included } = randomisedResponse(500, 8, 5)
    expect(boundFromOneRun(scores, included, 1e-5).epsilon).toBeGreaterThan(2)
  })

  it('refuses what is no run', () => {
    const coins = new Uint8Array(20)
    expect(() => boundFromOneRun(new Float64Array(19), coins, 0)).toThrow(
      /19 scores of canaries, and 20 coins/,
    )
    expect(() => boundFromOneRun([1, 2, 3], [0, 1, 0], 0)).toThrow(/3 scores/)
    const scores = new Float64Array(20)
    for (const guesses of [[7], [22], []])
      expect(() => boundFromOneRun(scores, coins, 0, { guesses })).toThrow(/guesses of 20 canaries/)
    scores[7] = Number.NaN
    expect(() => boundFromOneRun(scores, coins, 0)).toThrow(/canary 8 is not a finite number/)
  })
})
