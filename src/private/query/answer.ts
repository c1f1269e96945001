// The noise of a query, and what is told of it: answers with error bars, from raw sums that nobody else sees.
// Source: ../mechanisms (exact integer noise); everything after the noise is post-processing, and costs nothing.
// It does not spend: index.ts does, before this is called.

import { type RandomSource, systemRandom } from '../../random/source.ts'
import { drawDiscreteGaussian, drawDiscreteLaplace } from '../mechanisms/exactRandom.ts'
import { reachOf } from './errorBars.ts'
import type { ExactGroup, ExactGroups } from './exact.ts'
import { groupId } from './exact.ts'
import { holds } from './having.ts'
import { cellsOf, momentOf, type NoisyAnswer, type NoisyCells, rowsOf, wholeAnswer } from './moments.ts'
import { quantileOf, quantileSlots } from './order.ts'
import type { QueryPlan } from './plan.ts'
import { type Noise, noiseOf, type Release, unitOf } from './release.ts'

/** One group's private answers, in the order of the plan's. */
export interface AnsweredGroup {
  readonly keys: readonly (string | number | null)[]
  readonly answers: readonly NoisyAnswer[]
  /** Of private keys: the noisy count that the group was told by. */
  readonly counted?: number | undefined
}

const drawn = (noise: Noise, random: RandomSource): bigint =>
  noise.law === 'laplace'
    ? drawDiscreteLaplace(noise.scale, random)
    : drawDiscreteGaussian(noise.variance, random)

/** Draws the noise of all releases once. @param random the operating system's CSPRNG unless given. */
export function answered(
  plan: QueryPlan,
  exact: ExactGroups,
  random: RandomSource = systemRandom,
): AnsweredGroup[] {
  const groups = plan.groups?.map((keys) => exact.get(groupId(keys)) ?? emptyGroup(plan, keys))
  const noises = plan.releases.map((release) => noiseOf(release, plan.values, plan.perUnit))
  const shown: AnsweredGroup[] = []
  for (const group of (groups ?? [...exact.values()]).toSorted(byKeys)) {
    const noisy = plan.releases.map((release, i) =>
      release.kind === 'quantile'
        ? []
        : (group.parts[i] as readonly bigint[]).map((value) => value + drawn(noises[i]!, random)),
    )
    let counted: number | undefined
    if (plan.threshold !== undefined) {
      const { release: place, least } = plan.threshold
      const release = plan.releases[place] as Release & { kind: 'moments' }
      const count = noisy[place]!.reduce((sum, cell) => sum + cell, 0n)
      const unit = unitOf(release, plan.values)
      if (count < BigInt(least) * unit) continue
      counted = Number(count / unit)
    }
    const answers = answersOf(plan, group, noisy, noises, random)
    if (plan.list.having !== undefined && !holds(plan.list.having, answers)) continue
    shown.push({
      keys: shownKeys(plan, group.keys),
      answers,
      counted,
    })
  }
  return shown
}

function answersOf(
  plan: QueryPlan,
  group: ExactGroup,
  noisy: readonly (readonly bigint[])[],
  noises: readonly Noise[],
  random: RandomSource,
): NoisyAnswer[] {
  const { level, values } = plan
  return plan.answers.map(({ aggregate, release: place }): NoisyAnswer => {
    const release = plan.releases[place]!
    switch (release.kind) {
      case 'moments': {
        const cells = cellsIn(plan, release, noisy[place]!, noises[place]!)
        return aggregate.kind === 'moment' ? momentOf(aggregate.function, cells, level) : rowsOf(cells, level)
      }
      case 'sum': {
        const unit = 2 ** values[release.values]!.grid!.exponent
        const reach = reachOf(noises[place]!, 1)
        return wholeAnswer(Number(noisy[place]![0]!), reach, unit, level, Number.NEGATIVE_INFINITY)
      }
      case 'distinct':
        return wholeAnswer(Number(noisy[place]![0]!), reachOf(noises[place]!, 1), 1, level)
      default: {
        const scaled = values[release.values]!
        const slots = quantileSlots(release, scaled, plan.perUnit, level)
        const steps = quantileOf(group.parts[place] as Float64Array, release.quantile, slots, random)
        const { low, exponent } = scaled.grid!
        const real = (t: number) => (Number(low) + t) * 2 ** exponent
        return { value: real(steps.value), low: real(steps.low), high: real(steps.high) }
      }
    }
  })
}

/** Noisy cells in rows: the integers over M^degree. */
function cellsIn(
  { values }: QueryPlan,
  release: Release & { kind: 'moments' },
  noisy: readonly bigint[],
  noise: Noise,
): NoisyCells {
  const unit = Number(unitOf(release, values))
  const cells = noisy.map((cell) => Number(cell) / unit)
  const scaled = release.values === undefined ? undefined : values[release.values]
  const step = 2 ** (scaled?.grid?.exponent ?? 0)
  const { low, steps } = scaled?.grid ?? { low: 0n, steps: 1n }
  return {
    missing: release.missing ? cells.slice(0, 1) : [],
    cells: release.missing ? cells.slice(1) : cells,
    noise: reachOf(noise, unit),
    step: 1 / unit,
    lower: Number(low) * step,
    upper: Number(low + steps) * step,
    whole: (scaled?.whole ?? false) && step === 1,
  }
}

/** A public group without rows. */
function emptyGroup({ releases, values }: QueryPlan, keys: readonly (string | number)[]): ExactGroup {
  const none = { rows: 0n, present: 0n, first: 0n, second: 0n }
  return {
    keys,
    parts: releases.map((release) => {
      if (release.kind === 'quantile') return new Float64Array(0)
      if (release.kind !== 'moments') return [0n]
      const steps = release.values === undefined ? 1n : (values[release.values]!.grid?.steps ?? 1n)
      return cellsOf(none, release.degree, steps, release.missing)
    }),
  }
}

const shownKeys = ({ keys }: QueryPlan, values: ExactGroup['keys']): ExactGroup['keys'] =>
  values.map((key, i) => keys[i]!.bins?.[Number(key)] ?? key)

/** Sorted, since the order of a table says who came first; missing keys last. */
function byKeys(a: { readonly keys: ExactGroup['keys'] }, b: { readonly keys: ExactGroup['keys'] }): number {
  for (const [i, x] of a.keys.entries()) {
    const y = b.keys[i]!
    if (x === y) continue
    if (x === null) return 1
    if (y === null || x < y) return -1
    return 1
  }
  return 0
}
