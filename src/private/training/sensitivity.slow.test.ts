import { afterAll, describe, expect, it } from 'vitest'
import { systemRandom } from '../../random/source.ts'
import { epsilonOf } from '../accounting/lossDistribution.ts'
import { gaussianLoss } from '../accounting/release.ts'
import { lowerBound } from '../mechanisms/testing.ts'
import { noisySum } from './noisySum.ts'
import {
  architectures,
  clippings,
  executors,
  lengthOf,
  openSubject,
  searchStream,
  worstRow,
} from './testing.ts'

const clip = 0.7
/** One step on a full batch: all that is between the adversary and the row is the noise. */
const noiseMultiplier = 1.5
const delta = 1e-5
const claimed = epsilonOf([{ release: gaussianLoss(noiseMultiplier), times: 1 }], delta)
const draws = 4000

/**
 * Draws of what a step releases, with the row and without it, as an adversary sees them who knows all else: along the
 * direction in which the row's whole numbers point, in steps of half a deviation of the noise.
 */
function releasesOf(sums: readonly Float64Array[]) {
  const deviation = noiseMultiplier * clip
  const noise = noisySum(deviation, { batch: 1, most: clip })
  const length = lengthOf(sums)
  const seen = (present: boolean) => () => {
    let along = 0
    for (const sum of sums) {
      const released = present ? sum.slice() : new Float64Array(sum.length)
      noise.release(released, systemRandom)
      released.forEach((v, i) => {
        along += (v * sum[i]!) / length
      })
    }
    return Math.floor((2 * along) / deviation)
  }
  return { present: seen(true), absent: seen(false), step: noise.step }
}

describe('an adversary who chooses the row learns no more than is claimed', () => {
  const measured: { name: string; clipping: string; executor: string; length: number; epsilon: number }[] = []
  it.each(architectures.flatMap((a) => clippings.map((clipping) => [a.name, clipping, a] as const)))(
    '%s, %s',
    async (name, clipping, architecture) => {
      const { step } = releasesOf([])
      for (const executor of executors) {
        const open = (by: typeof executor) =>
          openSubject(architecture, { clipping, executor: by, clip, grid: step })
        const subject = await open(executor)
        const climber = executor === 'plain' ? subject : await open('plain')
        const source = searchStream(`slow ${name} ${clipping} ${executor}`)
        const { row, length } = await worstRow(subject, climber, source, 60)
        expect(length).toBeLessThanOrEqual(1)
        const { sums } = await subject.contribution(row)
        const { present, absent } = releasesOf(sums)
        const epsilon = lowerBound(present, absent, draws, delta)
        measured.push({ name, clipping, executor, length, epsilon })
        expect(epsilon).toBeLessThan(claimed)
        await subject.close()
        if (climber !== subject) await climber.close()
      }
    },
  )

  it('finds a row that is let through at six times its length', () => {
    // The same measurement must come out above the claim where the claim is false.
    const long = [Float64Array.of(Math.floor((6 * clip) / releasesOf([]).step))]
    const { present, absent } = releasesOf(long)
    expect(lowerBound(present, absent, draws, delta)).toBeGreaterThan(claimed)
  })

  afterAll(() => {
    if (measured.length === 0) return
    const best = measured.reduce((a, b) => (b.epsilon > a.epsilon ? b : a))
    const longest = measured.reduce((a, b) => (b.length > a.length ? b : a))
    console.info(
      `${measured.length} lower bounds, claimed ε = ${claimed.toFixed(3)}: at most ${best.epsilon.toFixed(3)} (${best.name}, ${best.clipping}, ${best.executor}); longest row ${longest.length} C`,
    )
  })
})
