// A round that gathers: who is asked, who has replied, whose reply was odd; and the same made again of what was kept.
// Source: ours. A gathering is taken through the stages that it had, with the replies that it had, in their order.
// Odd replies are not kept: after a restart their nodes are waited for again.

import { FrostglassError } from '../../errors.ts'
import type { Aggregation, Gathering, RoundStart } from './aggregation.ts'
import type { StoredRound } from './store.ts'

/** A round at one of its stages. */
export interface OpenRound {
  readonly number: number
  readonly stage: number
  /** Milliseconds since 1970. */
  readonly deadline: number
  readonly gathering: Gathering
  /** Who has no part in the round any more. */
  readonly refused: Set<string>
  /** Whose replies to the stage are there. */
  readonly replied: Set<string>
  /** Whose replies to it were odd: they may reply again, and are not waited for. */
  readonly odd: Set<string>
}

/** A round at a stage to which nobody has replied. */
export const roundOf = (
  number: number,
  stage: number,
  deadline: number,
  gathering: Gathering,
): OpenRound => ({
  number,
  stage,
  deadline,
  gathering,
  refused: new Set(),
  replied: new Set(),
  odd: new Set(),
})

/** Those whose replies the stage may still have. */
export const awaited = ({ gathering, refused, replied }: OpenRound): string[] =>
  [...gathering.asked().keys()].filter((key) => !refused.has(key) && !replied.has(key))

/**
 * The round as it was.
 * @param deadline a new one: while there was no server nobody could reply
 * @throws FrostglassError 'usage' where the aggregation does not come to the stage that is stored
 */
export function reopenRound(
  { number, stage, members, replies }: StoredRound,
  aggregation: Aggregation,
  start: Pick<RoundStart, 'fleet' | 'state' | 'told'>,
  deadline: number,
): OpenRound {
  const gathering = aggregation.begin({ ...start, number, members })
  const round = roundOf(number, stage, deadline, gathering)
  for (let at = 0; at <= stage; at++) {
    for (const { publicKey, refused, message } of replies.filter((reply) => reply.stage === at)) {
      if (refused) round.refused.add(publicKey)
      else gathering.accept(publicKey, message)
      if (at === stage) round.replied.add(publicKey)
    }
    if (at < stage && gathering.close().what !== 'stage')
      throw new FrostglassError(
        'usage',
        `round ${number} of the fleet was begun by another version of this program`,
        'Go on with that version until the round is over.',
      )
  }
  return round
}
