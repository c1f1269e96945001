// How many neighbours a node has, how many shares give a secret, how many signatures make a list one: from what may go wrong.
// Source: Bell et al. 2020, section 3 (semi-honest server); PROOF.md here, lemmas 2 and 3 (active server). All tails are exact.
// It believes the counts of corrupted nodes and of dropouts: beyond them nothing is promised.

import { FrostglassError } from '../../errors.ts'
import type { SecureSetup } from './contract.ts'
import { bitsBelow, isRare, leastRare, plus, tail, times, worstGaps } from './hypergeometric.ts'

/** log2 of how many advertisement lists an active server can try before it shows one: each gives another graph. */
export const grindingBits = 64

/** What all nodes compute alike from the setup and the number of advertisements. */
export interface Parameters {
  /** Advertisements on the list. */
  readonly nodes: number
  /** Neighbours of each node: an even number, half of them on either side of the ring; or all others. */
  readonly degree: number
  /** Shares that give a secret. Also, where the server is active, the fewest survivors among any two stretches of the ring. */
  readonly threshold: number
  /** Signatures under one list of survivors without which nobody unmasks; 0 where the server is semi-honest. */
  readonly quorum: number
  /** Fewest nodes that may share, and survive. */
  readonly survivors: number
  /** An honest node is bare with probability at most 2^−this, over the graph; Infinity where it cannot be. */
  readonly privacyBits: number
  /** The shares of a secret do not suffice with probability at most 2^−this; Infinity where they always do. */
  readonly deliveryBits: number
}

type Assumed = Pick<SecureSetup, 'server' | 'corrupted' | 'dropouts' | 'privacy' | 'delivery'>

/**
 * The parameters with the fewest neighbours.
 * @param nodes advertisements on the list
 * @throws FrostglassError `usage` where no graph, the complete one included, holds what the setup asks for
 */
export function chooseParameters(assumed: Assumed, nodes: number): Parameters {
  const { server, corrupted, dropouts } = assumed
  const impossible = (why: string) =>
    new FrostglassError(
      'usage',
      `${nodes} nodes of which ${corrupted} may be corrupted and ${dropouts} may drop out: ${why}`,
      'Allow fewer corrupted nodes or dropouts, or wait for more nodes.',
    )
  const survivors = nodes - dropouts
  // Two quorums share more than `corrupted` nodes, hence an honest one; more than two thirds of all are asked for at least.
  const quorum =
    server === 'active' ? Math.max(Math.floor((nodes + corrupted) / 2), Math.floor((2 * nodes) / 3)) + 1 : 0
  if (survivors - corrupted < 2) throw impossible('fewer than two honest ones would be sure to remain')
  if (quorum > survivors)
    throw impossible(`${quorum} would have to sign, and only ${survivors} are sure to be there`)
  for (let degree = 4; degree < nodes - 1; degree += 2 * Math.max(1, degree >> 5)) {
    const found = onRing(assumed, nodes, degree)
    if (found) return Object.freeze({ nodes, degree, quorum, survivors, ...found })
  }
  // Everybody is everybody's neighbour: counts decide, and nothing is left to chance.
  const degree = nodes - 1
  const threshold = Math.max(corrupted + 1, overPart(server, degree))
  if (threshold > degree - dropouts)
    throw impossible(
      `${threshold} shares would have to be there, and only ${degree - dropouts} are sure to be`,
    )
  const certain = Number.POSITIVE_INFINITY
  return Object.freeze({
    nodes,
    degree,
    threshold,
    quorum,
    survivors,
    privacyBits: certain,
    deliveryBits: certain,
  })
}

/** The least threshold that is more than two thirds of `degree` under an active server, and more than half under another. */
const overPart = (server: SecureSetup['server'], degree: number): number =>
  (server === 'active' ? Math.floor((2 * degree) / 3) : Math.floor(degree / 2)) + 1

/** The least threshold with which a ring of this degree holds what is asked; nothing where there is none. */
function onRing(
  assumed: Assumed,
  nodes: number,
  degree: number,
): Pick<Parameters, 'threshold' | 'privacyBits' | 'deliveryBits'> | undefined {
  const { server, corrupted, dropouts, privacy, delivery } = assumed
  const active = server === 'active'
  const places = BigInt(nodes)
  // Unordered pairs of stretches of degree / 2 places that do not overlap; they hold all neighbourhoods.
  const pairs = (places * BigInt(nodes - degree + 1)) / 2n
  const [weight, total] = active ? [pairs, nodes] : [places, nodes - 1]
  const cut = active ? undefined : worstGaps(nodes, corrupted + dropouts, degree / 2)
  const bad = { total, marked: corrupted, drawn: degree }
  const gone = { total, marked: dropouts, drawn: degree }
  // Of a semi-honest server's two ways to fail each gets half.
  if (cut && !isRare(cut, privacy + 1)) return undefined
  const bits = active ? privacy + grindingBits : privacy + 1
  const threshold = Math.max(overPart(server, degree), leastRare(bad, weight, bits))
  if (threshold > degree) return undefined
  const missing = times(weight, tail(gone, degree - threshold + 1))
  if (!isRare(missing, delivery)) return undefined
  const bare = times(weight, tail(bad, threshold))
  return {
    threshold,
    privacyBits: bitsBelow(cut ? plus(bare, cut) : times(1n << BigInt(grindingBits), bare)),
    deliveryBits: bitsBelow(missing),
  }
}
