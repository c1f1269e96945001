// What a fleet does against a participant who lies: rules that a server adds updates up by, and what each takes.
// Source: Sun et al. 2019 (norm bounds), McMahan et al. 2018 (clipping and noise), Yin et al. 2018, Blanchard et al. 2017; fleet/.
// Behind secure aggregation the server sees a sum alone: rules that look at single updates do not exist there.

import { coordinateMedian } from '../../fleet/algorithms/aggregators/coordinateMedian.ts'
import { equalMean } from '../../fleet/algorithms/aggregators/equalMean.ts'
import { krum, multiKrum } from '../../fleet/algorithms/aggregators/krum.ts'
import { normBound } from '../../fleet/algorithms/aggregators/normBound.ts'
import { trimmedMean } from '../../fleet/algorithms/aggregators/trimmedMean.ts'
import { weightedMean } from '../../fleet/algorithms/aggregators/weightedMean.ts'
import { boundedMean } from '../../fleet/algorithms/boundedMean.ts'
import { type Aggregator, type Algorithm, fedAvg, type LocalTraining } from '../../fleet/index.ts'
import { dequantise, gridOf, quantise } from '../../fleet/secure/quantise.ts'
import { seededSource } from '../../fleet/simulation/seededSource.ts'
import { normOf } from './observed.ts'

/** How updates become one. JSON. */
export type Defence =
  /** A mean in which every node counts the same. */
  | { readonly kind: 'none' }
  /** The mean of updates that are cut off at a norm. */
  | { readonly kind: 'norm bound'; readonly norm: number }
  /** The same, weighted by the rows that nodes state, as FedAvg has it. */
  | { readonly kind: 'norm bound by rows'; readonly norm: number }
  /** DP-FedAvg with all nodes in every round: noise of `multiplier` times the norm in the sum. */
  | { readonly kind: 'clip and noise'; readonly norm: number; readonly multiplier: number }
  | { readonly kind: 'median' }
  | { readonly kind: 'trimmed mean'; readonly share: number }
  | { readonly kind: 'Krum'; readonly liars: number }
  | { readonly kind: 'multi-Krum'; readonly liars: number; readonly chosen: number }
  /** A sum modulo 2^32 of whole numbers, in which honest nodes cut each number off at `range`, and nobody can check that. */
  | { readonly kind: 'secure sum'; readonly range: number }
  /** The same, with honest nodes cutting off the norm first. It binds those who keep to it. */
  | { readonly kind: 'secure sum, nodes cut off'; readonly range: number; readonly norm: number }

/** A defence in words. */
export function defenceText(defence: Defence): string {
  switch (defence.kind) {
    case 'none':
    case 'median':
      return defence.kind
    case 'norm bound':
    case 'norm bound by rows':
      return `${defence.kind} ${defence.norm}`
    case 'clip and noise':
      return `clipped at ${defence.norm}, noise ${defence.multiplier} times that in the sum`
    case 'trimmed mean':
      return `trimmed mean ${defence.share}`
    case 'Krum':
      return `Krum for ${defence.liars}`
    case 'multi-Krum':
      return `multi-Krum for ${defence.liars}, mean of ${defence.chosen}`
    case 'secure sum':
      return `secure sum, numbers within ${defence.range}`
    case 'secure sum, nodes cut off':
      return `secure sum, numbers within ${defence.range}, honest nodes cut off at ${defence.norm}`
  }
}

/** Whether the server sees what each node sends. Behind a secure sum it does not, so that no rule can look at it. */
export const seesUpdates = ({ kind }: Defence): boolean =>
  kind !== 'secure sum' && kind !== 'secure sum, nodes cut off'

/** What a defence is played with. */
interface Playing {
  readonly training: LocalTraining
  readonly nodes: number
  /** Place of the liar among the nodes, who keeps to nothing. */
  readonly attacker: number
  /** Draws noise, publicly. */
  readonly seed: number
}

/** FedAvg with the defence. Noise repeats with the seed: for measuring, it hides nothing. */
export const defended = (defence: Defence, playing: Playing): Algorithm<Float64Array> =>
  fedAvg({ ...playing.training, aggregate: aggregatorOf(defence, playing) })

function aggregatorOf(defence: Defence, { nodes, attacker, seed }: Playing): Aggregator {
  switch (defence.kind) {
    case 'none':
      return equalMean
    case 'norm bound':
      return normBound(defence.norm, equalMean)
    case 'norm bound by rows':
      return normBound(defence.norm, weightedMean)
    case 'clip and noise': {
      const { norm: clip, multiplier } = defence
      const noise = seededSource(seed, 'poisoning noise')
      return (vectors) =>
        boundedMean(
          vectors.map(({ vector }) => vector),
          { size: vectors[0]!.vector.length, clip, deviation: multiplier * clip, expected: nodes, nodes },
          noise,
        )
    }
    case 'median':
      return coordinateMedian
    case 'trimmed mean':
      return trimmedMean(defence.share)
    case 'Krum':
      return krum(defence.liars)
    case 'multi-Krum':
      return multiKrum(defence.liars, defence.chosen)
    case 'secure sum':
      return secureMean(defence.range, Number.POSITIVE_INFINITY, { nodes, attacker })
    case 'secure sum, nodes cut off':
      return secureMean(defence.range, defence.norm, { nodes, attacker })
  }
}

/** What masks cancel to: whole numbers added up modulo 2^32. The liar's are any that it likes. */
function secureMean(
  range: number,
  norm: number,
  { nodes, attacker }: Pick<Playing, 'nodes' | 'attacker'>,
): Aggregator {
  const grid = gridOf(range, BigInt(Math.floor(2 ** 31 / nodes) - 1))
  return (vectors) => {
    const sum = new Int32Array(vectors[0]!.vector.length)
    for (const [node, { vector }] of vectors.entries()) {
      const kept = node === attacker ? 1 : Math.min(1, norm / normOf(vector))
      const steps =
        node === attacker
          ? Int32Array.from(vector, (v) => Math.round(v / grid.step))
          : quantise(
              vector.map((v) => v * kept),
              grid,
              32,
              'nearest',
            )
      for (let i = 0; i < sum.length; i++) sum[i]! += Number(steps[i]!)
    }
    return dequantise(sum, grid).map((v) => v / vectors.length)
  }
}
