// Four mistakes that break a certificate, each beside what the interface gives instead.
// Source: PROOF.md beside the certificate: panes fixed before calibration, independent units, one law.
// They are simulated where the truth is known; that each breaks its limit is the point.

import { bestGuess, certify } from '../../src/protect/certified/certify.ts'
import { binomialUpper } from '../../src/protect/certified/limits.ts'
import { mergeCodes } from '../../src/protect/certified/merge.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { coverageDelta, drawnLaw, type Simulated, sampler, skewed } from './simulated.ts'

/** By name. */
export const mistakes: Readonly<Record<string, (seed: number) => Simulated>> = {
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
