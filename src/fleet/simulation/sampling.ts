// Who is in a round of a simulation, and whose answer never comes.
// Source: McMahan et al. 2017 (a fixed number at random); McMahan et al. 2018 (each node by a coin of its own).
// Drawn from a public seed: a price that rests on secret sampling does not hold against who knows it. Here nobody is to be kept from.

import { FrostglassError } from '../../errors.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'

/** `count` nodes at random; or each with probability `rate`. */
export type Sampling = { readonly count: number } | { readonly rate: number }

/** The nodes of a round, rising. @throws FrostglassError 'usage' for a count or rate out of range */
export function nodesOf(
  sampling: Sampling | undefined,
  nodes: number,
  { seed, round }: { readonly seed: number; readonly round: number },
): Int32Array {
  if (sampling === undefined) return upTo(nodes)
  const random = seededStream(seed, 'sampling', round)
  if ('rate' in sampling) {
    const { rate } = sampling
    if (!(rate > 0 && rate <= 1))
      throw new FrostglassError('usage', `a sampling rate is above 0 and at most 1, not ${rate}`)
    return upTo(nodes).filter(() => random.uniform() < rate)
  }
  const { count } = sampling
  if (!(Number.isSafeInteger(count) && count >= 1 && count <= nodes))
    throw new FrostglassError('usage', `${count} of ${nodes} nodes cannot be drawn`, 'Take 1 to all of them.')
  return shuffle(upTo(nodes), random).subarray(0, count).toSorted()
}

/** Those of a round whose answer never comes: each with probability `dropouts`. */
export function droppedOf(
  chosen: Int32Array,
  dropouts: number,
  { seed, turn }: { readonly seed: number; readonly turn: number },
): ReadonlySet<number> {
  if (dropouts === 0) return new Set()
  const random = seededStream(seed, 'dropouts', turn)
  return new Set(chosen.filter(() => random.uniform() < dropouts))
}
