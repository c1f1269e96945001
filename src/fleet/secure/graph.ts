// The round's graph: places on a ring in an order that the list of advertisements gives, each joined to the nearest ones.
// Source: Bell et al. 2020, section 3 (a Harary graph whose nodes are permuted); the order comes from a hash (PROOF.md, lemma 2).
// Anybody can compute it: what it protects from is who chooses the list, not who reads it.

import { drawBelow } from '../../random/integers.ts'
import { shuffle, upTo } from '../../random/order.ts'
import type { RandomSource } from '../../random/source.ts'
import { keystream } from './crypto.ts'

/** Who is whose neighbour. Nodes are numbers on the list, 0 … nodes − 1. */
export interface RoundGraph {
  /** A node's neighbours, in growing order. */
  neighbours(node: number): readonly number[]
  /**
   * The fewest of `alive` in any two stretches of degree / 2 places that do not overlap; all others of the worst node where
   * everybody is everybody's neighbour.
   */
  fewestInTwoStretches(alive: readonly boolean[]): number
}

/** @param seed 32 bytes: the digest of the list @param degree even and below nodes − 1, or nodes − 1 */
export function roundGraph(seed: Uint8Array, nodes: number, degree: number): RoundGraph {
  const all = Array.from(upTo(nodes))
  if (degree === nodes - 1)
    return {
      neighbours: (node) => all.filter((other) => other !== node),
      fewestInTwoStretches: (alive) => alive.filter((is) => is).length - 1,
    }
  const words = wordsOf(seed)
  const order = shuffle(upTo(nodes), { below: (count) => drawBelow(count, words) })
  const place = new Int32Array(nodes)
  order.forEach((node, at) => {
    place[node] = at
  })
  const width = degree / 2
  const at = (index: number): number => order[(index + nodes) % nodes]!
  return {
    neighbours: (node) =>
      all
        .slice(1, width + 1)
        .flatMap((step) => [at(place[node]! - step), at(place[node]! + step)])
        .sort((a, b) => a - b),
    fewestInTwoStretches(alive) {
      const within = all.map((from) => all.slice(0, width).filter((step) => alive[at(from + step)]).length)
      let fewest = Number.POSITIVE_INFINITY
      for (let first = 0; first < nodes; first++)
        for (let second = first + width; second <= Math.min(nodes - 1, first + nodes - width); second++)
          fewest = Math.min(fewest, within[first]! + within[second]!)
      return fewest
    },
  }
}

/** The words of a ChaCha20 keystream under the seed. */
function wordsOf(seed: Uint8Array): RandomSource {
  const blocks = 64
  let at = 0
  let bytes = keystream(seed, blocks * 64)
  return {
    uint32() {
      if (4 * at === bytes.length) bytes = keystream(seed, 2 * bytes.length)
      return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4 * at++, true)
    },
  }
}
