// How often certificates are wrong where the truth is known: simulated laws, and four mistakes that break them.
// Source: theorems A and B; Clopper and Pearson 1934. δ = 5% here, so that violations can be counted.
// A mistake is simulated beside what is right: the naive limit of the same draws, and the one that the interface gives.

import { bestGuess, certify } from '../../src/protect/certified/certify.ts'
import { binomialUpper, klUpper } from '../../src/protect/certified/limits.ts'
import { mergeCodes } from '../../src/protect/certified/merge.ts'
import { type Random, seededStream } from '../../src/random/seeded.ts'

/** δ of the limits whose violations are counted. */
export const coverageDelta = 0.05

/** A law of codes and attributes, and how many units are drawn of it. */
interface Law {
  readonly name: string
  readonly units: number
  /** P(code, attribute). */
  readonly joint: readonly (readonly number[])[]
}

/** Draws of one law, or of one mistake. JSON. */
export interface CoverageTask {
  readonly kind: 'coverage'
  readonly of: string
  readonly draws: number
  readonly seed: number
}

/** Shares of draws in which a limit lay below the truth. */
export interface CoverageAnswer {
  readonly kind: 'coverage'
  readonly of: string
  readonly units: number
  readonly draws: number
  /** Shares by name: `binomial` and `kl` of a law, `naive` and `held` of a mistake. */
  readonly violations: Readonly<Record<string, number>>
  /** V, the mean of V̂, and the mean of U − V of the first limit. */
  readonly truth: number
  readonly estimate: number
  readonly gap: number
}

/** Names of all laws and mistakes, in the order of the page. */
export const lawNames = () => laws(0).map(({ name }) => name)
export const mistakeNames = () => Object.keys(mistakes)

/** Draws, and counts. @throws RangeError for a name that is none */
export function measureCoverage({ of, draws, seed }: CoverageTask): CoverageAnswer {
  const law = laws(seed).find(({ name }) => name === of)
  const random = seededStream(seed, of)
  const limits = law ? limitsOf(law) : mistakes[of]?.(seed)
  if (!limits) throw new RangeError(`there is no law ${of}`)
  const wrong: Record<string, number> = {}
  let [truth, estimate, gap] = [0, 0, 0]
  for (let draw = 0; draw < draws; draw++) {
    const found = limits.draw(random)
    for (const [name, limit] of Object.entries(found.limits))
      wrong[name] = (wrong[name] ?? 0) + Number(limit.truth > limit.upper)
    const first = Object.values(found.limits)[0]!
    truth += first.truth
    estimate += found.estimate
    gap += first.upper - first.truth
  }
  return {
    kind: 'coverage',
    of,
    units: limits.units,
    draws,
    violations: Object.fromEntries(Object.entries(wrong).map(([name, count]) => [name, count / draws])),
    truth: truth / draws,
    estimate: estimate / draws,
    gap: gap / draws,
  }
}

/** Samples that are drawn: of each V̂ of what is released, and limits by name, each with the truth that it is to cover. */
interface Simulated {
  readonly units: number
  draw(random: Random): {
    readonly estimate: number
    readonly limits: Readonly<Record<string, { readonly truth: number; readonly upper: number }>>
  }
}

function limitsOf({ units, joint }: Law): Simulated {
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

/** Counts of units drawn of a law. */
function sampler(joint: readonly (readonly number[])[]) {
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

/** The laws: one optimal rule, where the limit is exact, and laws of more and more codes, where the table over-fits. */
function laws(seed: number): Law[] {
  const drawn = (name: string, units: number, codes: number, classes: number, evenness: number): Law => ({
    name,
    units,
    joint: drawnLaw(codes, classes, evenness, seededStream(seed, `law ${name}`)),
  })
  return [
    { name: 'one code, 80 : 20', units: 500, joint: [[0.8, 0.2]] },
    { name: '10 codes, 3 classes, skewed', units: 2000, joint: skewed(10, 3) },
    drawn('10 codes, 3 classes, any', 2000, 10, 3, 1),
    drawn('10 codes, 7 classes, nearly even', 2000, 10, 7, 200),
    drawn('60 codes, 3 classes, nearly even', 2000, 60, 3, 10),
    drawn('300 codes, 3 classes, nearly even', 2000, 300, 3, 10),
    drawn('1000 codes, 7 classes, nearly even', 2000, 1000, 7, 200),
  ]
}

/** Codes of equal chance, classes 0.7 to one of them in turn. */
const skewed = (codes: number, classes: number): number[][] =>
  Array.from({ length: codes }, (_, c) =>
    Array.from({ length: classes }, (_, s) => (s === c % classes ? 0.7 : 0.3 / (classes - 1)) / codes),
  )

/** Codes of equal chance; posteriors drawn, each a normalised sum of so many exponentials a class: the more, the more even. */
function drawnLaw(codes: number, classes: number, evenness: number, random: Random): number[][] {
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

const mistakes: Readonly<Record<string, (seed: number) => Simulated>> = {
  /** The best of many panes that are alike, certified as if it had been the only one; held: by δ over their number. */
  'the best of 100 panes': () => {
    const [panes, units] = [100, 1000]
    const joint = skewed(4, 2)
    const truth = bestGuess(joint)
    const sample = sampler(joint)
    return {
      units,
      draw(random) {
        let least = units
        for (let pane = 0; pane < panes; pane++) least = Math.min(least, bestGuess(sample(units, random)))
        return {
          estimate: least / units,
          limits: {
            naive: { truth, upper: binomialUpper(least, units, coverageDelta) },
            held: { truth, upper: binomialUpper(least, units, coverageDelta / panes) },
          },
        }
      },
    }
  },

  /** Windows of a session are all alike, and counted as if each were drawn by itself; held: the session is the unit. */
  'windows for sessions': () => {
    const [sessions, length] = [100, 20]
    const joint = [[0.8, 0.2]]
    const truth = bestGuess(joint)
    const sample = sampler(joint)
    return {
      units: sessions,
      draw(random) {
        const hits = bestGuess(sample(sessions, random))
        return {
          estimate: hits / sessions,
          limits: {
            naive: { truth, upper: binomialUpper(hits * length, sessions * length, coverageDelta) },
            held: { truth, upper: binomialUpper(hits, sessions, coverageDelta) },
          },
        }
      },
    }
  },

  /** Codes merged so that the calibration table itself looks best; held: merged by a table of other units. */
  'merged on calibration': (seed) => {
    const [units, codes] = [2000, 8]
    const joint = drawnLaw(40, 2, 3, seededStream(seed, 'merged'))
    const sample = sampler(joint)
    const merged = (table: readonly (readonly number[])[]) =>
      mergeCodes(
        { labelOf: joint.map(() => 0), byLabel: table.map(() => [1]), byAttribute: table },
        { beta: 1, codes },
      ).groupOf
    const success = (table: readonly (readonly number[])[], groupOf: readonly number[]) => {
      const groups = Array.from({ length: codes }, () => table[0]!.map(() => 0))
      table.forEach((row, code) => {
        row.forEach((n, s) => {
          groups[groupOf[code]!]![s]! += n
        })
      })
      return bestGuess(groups)
    }
    return {
      units,
      draw(random) {
        const [calibration, other] = [sample(units, random), sample(units, random)]
        const limitOf = (groupOf: readonly number[]) => ({
          truth: success(joint, groupOf),
          upper: binomialUpper(success(calibration, groupOf), units, coverageDelta),
        })
        const naive = merged(calibration)
        return {
          estimate: success(calibration, naive) / units,
          limits: { naive: limitOf(naive), held: limitOf(merged(other)) },
        }
      },
    }
  },

  /** Half of the units have the attribute in calibration, nine tenths in use; held: by the gain factor, under any prior. */
  'another share of the attribute': () => {
    const units = 2000
    const given = [
      [0.7, 0.3],
      [0.3, 0.7],
    ]
    const under = (share: number) => given.map((row) => row.map((p, s) => p * (s === 0 ? share : 1 - share)))
    const sample = sampler(under(0.5))
    const truth = bestGuess(under(0.9))
    return {
      units,
      draw(random) {
        const counts = sample(units, random)
        const hits = bestGuess(counts)
        const { gain } = certify(
          { codes: 2, attributes: ['yes', 'no'], counts },
          { delta: coverageDelta, unit: 'row' },
        )
        return {
          estimate: hits / units,
          limits: {
            naive: { truth, upper: binomialUpper(hits, units, coverageDelta) },
            held: { truth, upper: Math.min(1, gain!.upper * 0.9) },
          },
        }
      },
    }
  },
}
