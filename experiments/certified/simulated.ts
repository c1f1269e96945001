// Samples of laws that are known: what the coverage of limits is counted on.
// Source: inversion of the distribution function; posteriors as normalised sums of exponentials (Dirichlet laws).
// Everything is drawn from streams of a seed.

import type { Random } from '../../src/random/seeded.ts'

/** δ of the limits whose violations are counted. */
export const coverageDelta = 0.05

/** Samples that are drawn: of each V̂ of what is released, and limits by name, each with the truth that it is to cover. */
export interface Simulated {
  readonly units: number
  draw(random: Random): {
    readonly estimate: number
    readonly limits: Readonly<Record<string, { readonly truth: number; readonly upper: number }>>
  }
}

/** Counts of units drawn of a law. */
export function sampler(joint: readonly (readonly number[])[]) {
  const width = joint[0]!.length
  const sums: number[] = []
  let total = 0
  for (const p of joint.flat()) {
    total += p
    sums.push(total)
  }
  return (units: number, random: Random): number[][] => {
    const counts = joint.map(() => new Array<number>(width).fill(0))
    for (let i = 0; i < units; i++) {
      const at = random.uniform() * total
      let [low, high] = [0, sums.length - 1]
      while (low < high) {
        const middle = (low + high) >> 1
        if (sums[middle]! > at) high = middle
        else low = middle + 1
      }
      counts[Math.floor(low / width)]![low % width]! += 1
    }
    return counts
  }
}

/** Codes of equal chance, classes 0.7 to one of them in turn. */
export const skewed = (codes: number, classes: number): number[][] =>
  Array.from({ length: codes }, (_, c) =>
    Array.from({ length: classes }, (_, s) => (s === c % classes ? 0.7 : 0.3 / (classes - 1)) / codes),
  )

/** Codes of equal chance; posteriors drawn, each a normalised sum of so many exponentials a class: the more, the more even. */
export function drawnLaw(codes: number, classes: number, evenness: number, random: Random): number[][] {
  return Array.from({ length: codes }, () => {
    const parts = Array.from({ length: classes }, () => {
      let sum = 0
      for (let i = 0; i < evenness; i++) sum -= Math.log(1 - random.uniform())
      return sum
    })
    const all = parts.reduce((a, b) => a + b, 0)
    return parts.map((part) => part / all / codes)
  })
}
