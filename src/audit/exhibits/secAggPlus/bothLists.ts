// The break of SecAgg+ by a server that calls every node alive and dead at once: one question, and every vector is open.
// Source: BREAK.md, section 4; Bonawitz et al. 2017, section 4 (double masking): a node gives a share of one secret of another, never of both.
// It takes no search, works for any number of nodes, and leaves the mean as it was. For this exhibit alone.

import { agreedKey } from './keys.ts'
import { maskOfSeed } from './node.ts'
import type { Lists, SeenRound } from './round.ts'
import { combineShares } from './shares.ts'
import { minus, plus } from './vector.ts'

/** What the server asks for: its nodes check neither list against the other. */
export const bothLists: Lists = (near) => ({ active: near, dead: near })

/**
 * Every node's vector of a round that asked by {@link bothLists}: shares of seeds came first, those of keys after them.
 * @returns weight and weighted parameters as they were before any mask
 */
export function openByBoth({ nodes, settings }: SeenRound): ReadonlyMap<number, Uint32Array> {
  const secretOf = (of: number, half: 0 | 1) => {
    const shares = nodes.flatMap((node) => {
      const middle = node.shares.length / 2
      return node.shares.slice(half * middle, (half + 1) * middle).filter((one) => one.of === of)
    })
    return combineShares(shares.slice(0, settings.threshold).map(({ share }) => share))
  }
  const keys = new Map(nodes.map((node) => [node.id, node.keys[0]]))
  return new Map(
    nodes.map(({ id, masked, neighbours }) => {
      const key = Buffer.from(secretOf(id, 1)).toString()
      let vector = minus(masked, maskOfSeed(secretOf(id, 0), masked.length))
      for (const other of neighbours)
        vector = (id > other ? minus : plus)(
          vector,
          maskOfSeed(agreedKey(key, keys.get(other)!), masked.length),
        )
      return [id, vector]
    }),
  )
}
