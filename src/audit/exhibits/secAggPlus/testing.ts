// Rounds of SecAgg+ as Flower's own client and server made them, for tests and for the measurement of the whole search.
// Source: golden/flower.json, by scripts/secagg_plus_golden.py (flwr 1.42.0, NumPy 2.4.6).
// What is secret there was the nodes' own: searches are given `seen` alone.

import { readFileSync } from 'node:fs'
import type { OpenKeys } from './node.ts'
import type { SeenNode, SeenRound } from './round.ts'

interface GoldenNode {
  readonly id: number
  readonly seen: {
    readonly keys: OpenKeys
    readonly neighbours: readonly number[]
    readonly masked: readonly number[]
    readonly examples: number
    readonly arraysLeft: number
    readonly shares: readonly { readonly of: number; readonly share: string }[]
  }
  readonly secret: {
    readonly values: readonly number[]
    readonly quantised: readonly number[]
    readonly seed: string
    readonly pairs: readonly { readonly with: number; readonly key: string }[]
  }
}

/** One round: what the server was told to use, the mean that it published, and its nodes. */
export interface GoldenRound {
  readonly settings: Readonly<Record<string, number>>
  readonly mean: readonly number[]
  readonly nodes: readonly GoldenNode[]
}

interface Golden {
  readonly flwr: string
  readonly masks: readonly {
    readonly secret: string
    readonly public: string
    readonly key: string
    readonly mask: readonly number[]
    readonly token: string
  }[]
  readonly quantise: {
    readonly values: readonly number[]
    readonly uniforms: readonly number[]
    readonly quantised: readonly number[]
  }
  readonly shamir: readonly {
    readonly secret: string
    readonly threshold: number
    readonly shares: readonly string[]
  }[]
  readonly two: GoldenRound
  readonly three: GoldenRound
  readonly ring: GoldenRound
  /** Four nodes, of which one dropped out after it had sent its shares. */
  readonly dropped: GoldenRound
  /** Its server called every node alive and dead; there is no mean. */
  readonly overlapping: GoldenRound
}

/** What the Python package made. */
export const golden: Golden = JSON.parse(
  readFileSync(new URL('./golden/flower.json', import.meta.url), 'utf8'),
)

/** The bytes of a base64 text. */
export const fromBase64 = (text: string): Uint8Array => Buffer.from(text, 'base64')

/** What the server saw of a round. */
export function seenOf({ settings, nodes }: GoldenRound): SeenRound {
  return {
    settings: {
      shares: settings['share_num']!,
      threshold: settings['threshold']!,
      clipping: settings['clipping_range']!,
      levels: settings['target_range']!,
      heaviest: settings['max_weight']!,
    },
    nodes: nodes.map(
      ({ id, seen }): SeenNode => ({
        id,
        keys: seen.keys,
        neighbours: seen.neighbours,
        masked: Uint32Array.from(seen.masked),
        examples: seen.examples,
        shares: seen.shares.map(({ of, share }) => ({ of, share: fromBase64(share) })),
      }),
    ),
  }
}
