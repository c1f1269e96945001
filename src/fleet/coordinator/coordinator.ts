// The coordinator of a fleet, without a network: rounds that begin, gather, end or fail, and go on after a process was killed.
// Source: McMahan et al. 2017, algorithm 1; what is summed and how is the aggregation's.
// All that decides a round is in the store before anybody is told; who is present, and whose reply was odd, is not.

import { FrostglassError } from '../../errors.ts'
import { drawBelow } from '../../random/integers.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import type { Aggregation, Gathering } from './aggregation.ts'
import type { EnrolledNode } from './identity.ts'
import { type NamedArray, openParcel, packParcel } from './parcel.ts'
import { type FleetPlan, sampleSize } from './plan.ts'
import { digestOf } from './signature.ts'
import type { FleetStore } from './store.ts'
import { readReply, type Task } from './wire.ts'

/** What became of a reply. */
export type Receipt =
  /** It counts; `again` where it was there already. */
  | { readonly what: 'accepted'; readonly again: boolean }
  | {
      readonly what: 'refused'
      /**
       * `late` for a stage that is over, `unknown` for one that is not open, `uninvited` of a node that is not asked, `other` where the
       * node has replied something else, `odd` for what is no reply to this stage.
       */
      readonly kind: 'late' | 'unknown' | 'uninvited' | 'other' | 'odd'
      readonly why: string
    }

/** What a coordinator tells whoever runs it. Nodes by their names. */
export type CoordinatorNews =
  | { readonly what: 'began'; readonly round: number; readonly nodes: readonly string[] }
  | {
      readonly what: 'replied'
      readonly round: number
      readonly stage: number
      readonly node: string
      readonly refused?: string | undefined
    }
  | {
      readonly what: 'odd'
      readonly round: number
      readonly stage: number
      readonly node: string
      readonly why: string
    }
  | {
      readonly what: 'stage'
      readonly round: number
      readonly stage: number
      readonly asked: number
      readonly missing: readonly string[]
    }
  | { readonly what: 'done'; readonly round: number; readonly done: number }
  | { readonly what: 'failed'; readonly round: number; readonly why: string }

/** What anybody may know: no names, no numbers of the model. */
export interface FleetStatus {
  readonly fleet: string
  readonly state: 'waiting' | 'open' | 'over' | 'given up'
  readonly done: number
  readonly rounds: number
  readonly aggregation: Aggregation['name']
  readonly nodes: { readonly enrolled: number; readonly present: number }
  readonly open?: {
    readonly round: number
    readonly stage: number
    readonly asked: number
    readonly replied: number
    readonly secondsLeft: number
  }
}

export interface CoordinatorOptions {
  readonly store: FleetStore
  readonly nodes: readonly EnrolledNode[]
  readonly plan: FleetPlan
  readonly aggregation: Aggregation
  /** SHA-256 of the program that nodes run. */
  readonly program?: string | undefined
  readonly onNews?: ((news: CoordinatorNews) => void) | undefined
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined
  /** Draws the samples. */
  readonly random?: RandomSource | undefined
}

/** A coordinator. Calls are by public keys, of nodes that have been found to have them. */
export interface Coordinator {
  task(publicKey: string): Task
  reply(publicKey: string, round: number, stage: number, body: Uint8Array): Receipt
  status(): FleetStatus
  model(): { readonly done: number; readonly arrays: readonly NamedArray[] }
  /** Ends what is over its time, and begins what can begin: to be called every now and then. */
  tick(): void
  /** Whether every node that is present has been told that the fleet is over. */
  isTold(): boolean
}

interface OpenRound {
  readonly number: number
  stage: number
  deadline: number
  readonly gathering: Gathering
  /** Who has no part in the round any more. */
  readonly refused: Set<string>
  /** Whose replies to the present stage are there; whose were odd, and are not waited for. */
  replied: Set<string>
  odd: Set<string>
}

/** Rounds of being silent after which a node is not present. */
const silences = 3
const shortestPresence = 5000

/**
 * Goes on where the store stands.
 * @throws FrostglassError as the store; 'usage' where the aggregation does not take up what is there
 */
export function openCoordinator(options: CoordinatorOptions): Coordinator {
  const {
    store,
    nodes,
    plan,
    aggregation,
    program = null,
    onNews,
    now = Date.now,
    random = systemRandom,
  } = options
  const names = new Map(nodes.map(({ publicKey, name }) => [publicKey, name]))
  const nameOf = (key: string) => names.get(key) ?? key
  const seen = new Map<string, number>()
  const told = new Set<string>()
  let { fleet, done, model, last, failures, open } = load()

  function load() {
    const stored = store.read()
    const arrays = openParcel(stored.model, 'the stored model').arrays
    return { ...stored, model: arrays, open: stored.open && reopened(stored.fleet, arrays, stored.open) }
  }

  function reopened(
    ofFleet: string,
    arrays: readonly NamedArray[],
    { number, stage, members, replies }: NonNullable<ReturnType<FleetStore['read']>['open']>,
  ): OpenRound {
    const gathering = aggregation.begin({ number, fleet: ofFleet, model: arrays, members })
    const refused = new Set<string>()
    for (let at = 0; at <= stage; at++) {
      for (const reply of replies.filter((one) => one.stage === at)) {
        if (reply.refused) refused.add(reply.publicKey)
        else gathering.accept(reply.publicKey, reply.message)
      }
      if (at < stage && gathering.close().what !== 'stage')
        throw new FrostglassError(
          'usage',
          `round ${number} of the fleet was begun by another version of this program`,
          'Go on with that version until the round is over.',
        )
    }
    const replied = new Set(replies.filter((one) => one.stage === stage).map(({ publicKey }) => publicKey))
    // Nodes had no server to reply to: the stage has all its time again.
    return { number, stage, deadline: now() + stageTime(stage), gathering, refused, replied, odd: new Set() }
  }

  const stageTime = (stage: number): number => 1000 * (stage === 0 ? plan.workSeconds : plan.stepSeconds)
  const isOver = () => done >= plan.rounds
  const isGivenUp = () => failures >= plan.failures
  const presence = Math.max(shortestPresence, silences * 1000 * plan.pollSeconds)
  const present = () => nodes.filter(({ publicKey }) => now() - (seen.get(publicKey) ?? 0) <= presence)
  /** Those whose replies the present stage may still have. */
  const awaited = ({ gathering, refused, replied }: OpenRound): string[] =>
    [...gathering.asked().keys()].filter((key) => !refused.has(key) && !replied.has(key))

  function tick(): void {
    // Each step may make the next one due.
    while (open ? endStage(open) : beginRound());
  }

  function beginRound(): boolean {
    if (isOver() || isGivenUp()) return false
    const there = present().map(({ publicKey }) => publicKey)
    if (there.length < Math.max(plan.available, plan.least)) return false
    const members = sampled(there, sampleSize(plan, there.length), random)
    const number = last + 1
    const gathering = aggregation.begin({ number, fleet, model, members })
    store.beginRound(number, members)
    last = number
    open = {
      number,
      stage: 0,
      deadline: now() + stageTime(0),
      gathering,
      refused: new Set(),
      replied: new Set(),
      odd: new Set(),
    }
    onNews?.({ what: 'began', round: number, nodes: members.map(nameOf) })
    return true
  }

  /** Whether there was something to end. */
  function endStage(round: OpenRound): boolean {
    const missing = awaited(round)
    if (now() < round.deadline && missing.some((key) => !round.odd.has(key))) return false
    const { number } = round
    const outcome = round.gathering.close()
    if (outcome.what === 'stage') {
      store.advance(number, round.stage + 1)
      round.stage++
      Object.assign(round, { deadline: now() + stageTime(round.stage), replied: new Set(), odd: new Set() })
      const asked = round.gathering.asked().size
      onNews?.({ what: 'stage', round: number, stage: round.stage, asked, missing: missing.map(nameOf) })
    } else if (outcome.what === 'model') {
      store.finish(number, packParcel({ about: {}, arrays: outcome.model }))
      model = outcome.model
      done++
      failures = 0
      open = undefined
      onNews?.({ what: 'done', round: number, done })
    } else {
      store.fail(number, outcome.why)
      failures++
      open = undefined
      onNews?.({ what: 'failed', round: number, why: outcome.why })
    }
    return true
  }

  function accepted(round: OpenRound, key: string, body: Uint8Array): Receipt {
    const { number, stage } = round
    try {
      const reply = readReply(body)
      const refused = 'refused' in reply
      if (!refused) round.gathering.accept(key, reply.message)
      const message = refused ? new Uint8Array() : reply.message
      try {
        store.accept(number, { stage, publicKey: key, refused, message }, digestOf(body))
      } catch (error) {
        // What gathers must not be ahead of what is kept.
        throw new StoreFailed('the reply could not be kept', { cause: error })
      }
      round.replied.add(key)
      if (refused) round.refused.add(key)
      onNews?.({
        what: 'replied',
        round: number,
        stage,
        node: nameOf(key),
        refused: refused ? reply.refused : undefined,
      })
      return { what: 'accepted', again: false }
    } catch (error) {
      if (error instanceof StoreFailed) {
        ;({ fleet, done, model, last, failures, open } = load())
        throw error.cause
      }
      if (!(error instanceof FrostglassError)) throw error
      round.odd.add(key)
      onNews?.({ what: 'odd', round: number, stage, node: nameOf(key), why: error.message })
      return { what: 'refused', kind: 'odd', why: error.message }
    }
  }

  return {
    task(key) {
      seen.set(key, now())
      tick()
      if (isOver() || isGivenUp()) {
        told.add(key)
        return { what: 'over' }
      }
      const message = open && awaited(open).includes(key) ? open.gathering.asked().get(key) : undefined
      if (!open || message === undefined) return { what: 'wait', seconds: plan.pollSeconds }
      return {
        what: 'work',
        fleet,
        round: open.number,
        stage: open.stage,
        aggregation: aggregation.name,
        seconds: Math.max(0, (open.deadline - now()) / 1000),
        settings: plan.settings,
        program,
        message,
      }
    },
    reply(key, number, stage, body) {
      seen.set(key, now())
      tick()
      const before = store.digestOf(number, stage, key)
      if (before === digestOf(body)) return { what: 'accepted', again: true }
      const refused = (kind: (Receipt & { what: 'refused' })['kind'], why: string): Receipt => ({
        what: 'refused',
        kind,
        why,
      })
      if (before !== undefined)
        return refused('other', `the node has replied something else in round ${number}`)
      if (number < last || (number === last && (!open || stage < open.stage)))
        return refused('late', `stage ${stage} of round ${number} is over`)
      if (!open || number !== open.number || stage !== open.stage)
        return refused('unknown', `stage ${stage} of round ${number} is not open`)
      if (!awaited(open).includes(key))
        return refused('uninvited', `the node is not asked in round ${number}`)
      const receipt = accepted(open, key, body)
      tick()
      return receipt
    },
    status: () => ({
      fleet,
      state: isOver() ? 'over' : isGivenUp() ? 'given up' : open ? 'open' : 'waiting',
      done,
      rounds: plan.rounds,
      aggregation: aggregation.name,
      nodes: { enrolled: nodes.length, present: present().length },
      ...(open
        ? {
            open: {
              round: open.number,
              stage: open.stage,
              asked: open.gathering.asked().size,
              replied: open.replied.size,
              secondsLeft: Math.max(0, (open.deadline - now()) / 1000),
            },
          }
        : {}),
    }),
    model: () => ({ done, arrays: model }),
    tick,
    isTold: () => present().every(({ publicKey }) => told.has(publicKey)),
  }
}

/** The disk refused, not the node's reply. */
class StoreFailed extends Error {}

/** So many of them, every set equally likely, in the order in which they were drawn. */
function sampled(keys: readonly string[], count: number, random: RandomSource): string[] {
  const left = [...keys].sort()
  for (let i = 0; i < count; i++) {
    const j = i + drawBelow(left.length - i, random)
    ;[left[i], left[j]] = [left[j]!, left[i]!]
  }
  return left.slice(0, count)
}
