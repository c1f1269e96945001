// Laws of codes and attributes, of which samples are certified and the truth is known.
// Source: theorems A, B and D: codes as they are, through a channel, and bundles of windows of one person.
// From one optimal rule, where the binomial limit is exact, to more codes than units, where the table over-fits.

import { certifyBundles } from '../../src/protect/certified/bundles.ts'
import { bestGuess, certify } from '../../src/protect/certified/certify.ts'
import { binomialUpper, klUpper } from '../../src/protect/certified/limits.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { coverageDelta, drawnLaw, type Simulated, sampler, skewed } from './simulated.ts'

/** By name. */
export const laws: Readonly<Record<string, (seed: number) => Simulated>> = {
  'one code, 80 : 20': () => codesOf(500, [[0.8, 0.2]]),
  '10 codes, 3 classes, skewed': () => codesOf(2000, skewed(10, 3)),
  '10 codes, 3 classes, any': (seed) => codesOf(2000, anyLaw(seed, 10, 3, 1)),
  '10 codes, 7 classes, nearly even': (seed) => codesOf(2000, anyLaw(seed, 10, 7, 200)),
  '60 codes, 3 classes, nearly even': (seed) => codesOf(2000, anyLaw(seed, 60, 3, 10)),
  '300 codes, 3 classes, nearly even': (seed) => codesOf(2000, anyLaw(seed, 300, 3, 10)),
  '1000 codes, 7 classes, nearly even': (seed) => codesOf(2000, anyLaw(seed, 1000, 7, 200)),
  '20 codes through a channel to 6': (seed) =>
    throughChannel(1000, anyLaw(seed, 20, 3, 3), anyLaw(seed, 20, 6, 1)),
  'one window of 12 people': (seed) => bundlesOf(1, anyLaw(seed, 12, 6, 2)),
  '5 windows of one of 12 people': (seed) => bundlesOf(5, anyLaw(seed, 12, 6, 2)),
}

const anyLaw = (seed: number, codes: number, classes: number, evenness: number): number[][] =>
  drawnLaw(codes, classes, evenness, seededStream(seed, 'law', codes * classes))

function codesOf(units: number, joint: readonly (readonly number[])[]): Simulated {
  const truth = bestGuess(joint)
  const sample = sampler(joint)
  return {
    units,
    draw(random) {
      const hits = bestGuess(sample(units, random))
      return {
        estimate: hits / units,
        limits: {
          binomial: { truth, upper: binomialUpper(hits, units, coverageDelta) },
          kl: { truth, upper: klUpper(hits / units, units, coverageDelta) },
        },
      }
    },
  }
}

/** @param laws of each code over outputs, up to a factor */
function throughChannel(
  units: number,
  joint: readonly (readonly number[])[],
  laws: readonly (readonly number[])[],
): Simulated {
  const channel = laws.map((law) => {
    const all = law.reduce((a, b) => a + b, 0)
    return law.map((p) => p / all)
  })
  const truth = bestGuess(
    channel[0]!.map((_, o) =>
      joint[0]!.map((_, s) => joint.reduce((sum, row, c) => sum + channel[c]![o]! * row[s]!, 0)),
    ),
  )
  const attributes = joint[0]!.map((_, s) => `${s}`)
  const sample = sampler(joint)
  return {
    units,
    draw(random) {
      const table = { codes: joint.length, attributes, counts: sample(units, random) }
      const { estimate, upper } = certify(table, { delta: coverageDelta, unit: 'row', channel })
      return { estimate, limits: { kl: { truth, upper } } }
    },
  }
}

/** Windows a person in the sample. */
const windows = 60

/** k windows of one of some people, each with a law of codes; who it is, is to stay hidden. */
function bundlesOf(k: number, people: readonly (readonly number[])[]): Simulated {
  const laws = people.map((law) => {
    const all = law.reduce((a, b) => a + b, 0)
    return law.map((p) => p / all)
  })
  const truth = bundleTruth(k, laws)
  const samples = laws.map((law) => sampler([law]))
  const attributes = laws.map((_, person) => `${person}`)
  return {
    units: windows * people.length,
    draw(random) {
      const groups = samples.map((sample, attribute) => ({ attribute, counts: sample(windows, random)[0]! }))
      const limits = certifyBundles(
        { codes: laws[0]!.length, attributes, groups },
        { reading: 'windows', most: k, delta: coverageDelta },
      )
      const { estimate, upper } = limits[k - 1]!
      return { estimate, limits: { kl: { truth, upper } } }
    },
  }
}

/** V_k of people who are drawn alike: Σ over histograms of the largest chance. */
function bundleTruth(k: number, laws: readonly (readonly number[])[]): number {
  const codes = laws[0]!.length
  const visit = (code: number, left: number, chances: readonly number[]): number => {
    // Chances times 1/n! of each code: times k! they are those of the histogram.
    const taken = (n: number) => chances.map((p, g) => (p * laws[g]![code]! ** n) / factorial(n))
    if (code === codes - 1) return Math.max(...taken(left))
    let sum = 0
    for (let n = 0; n <= left; n++) sum += visit(code + 1, left - n, taken(n))
    return sum
  }
  return (
    (factorial(k) / laws.length) *
    visit(
      0,
      k,
      laws.map(() => 1),
    )
  )
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
