// The coordinator of a fleet, without a network: rounds that begin, gather, end or fail, and go on after a process was killed.
// Source: McMahan et al. 2017, algorithm 1; what is summed and how is the aggregation's.
// All that decides a round is in the store before anybody is told; who is present, and whose reply was odd, is not.

import { FrostglassError } from '../../errors.ts'
import { drawBelow } from '../../random/integers.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import type { Aggregation, Told } from './aggregation.ts'
import type { EnrolledNode } from './identity.ts'
import { awaited, type OpenRound, reopenRound, roundOf } from './openRound.ts'
import { type FleetPlan, sampleSize } from './plan.ts'
import { digestOf } from './signature.ts'
import type { FleetStore, StoredFleet } from './store.ts'
import { type NodeReply, readReply, type Task } from './wire.ts'

/** What became of a reply. */
export type Receipt =
  /** It counts; `again` where it was there already. */
  { readonly what: 'accepted'; readonly again: boolean } | Refused

export interface Refused {
  readonly what: 'refused'
  /**
   * `late` for a stage that is over, `unknown` for one that is not open, `uninvited` of a node that is not asked, `other` where the node
   * has replied something else, `odd` for what is no reply to this stage.
   */
  readonly kind: 'late' | 'unknown' | 'uninvited' | 'other' | 'odd'
  readonly why: string
}

/** What a coordinator tells whoever runs it. Nodes by their names. */
export type CoordinatorNews =
  /** A node was heard for the first time by this process; so many are there, of those that a round waits for. */
  | { readonly what: 'came'; readonly node: string; readonly present: number; readonly wanted: number }
  | { readonly what: 'began'; readonly round: number; readonly nodes: readonly string[] }
  | {
      readonly what: 'replied'
      readonly round: number
      readonly stage: number
      readonly node: string
      /** Why the node has no answer. */
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
      /** Who did not reply to the one before. */
      readonly missing: readonly string[]
    }
  | { readonly what: 'done'; readonly round: number; readonly done: number }
  | { readonly what: 'failed'; readonly round: number; readonly why: string }

/** What anybody may know: no names, no numbers of the model. */
export interface FleetStatus {
  readonly fleet: string
  readonly state: 'waiting' | 'open' | 'over' | 'given up'
  /** Rounds that came to something, of so many. */
  readonly done: number
  readonly rounds: number
  readonly aggregation: Aggregation['name']
  readonly nodes: { readonly enrolled: number; readonly present: number }
  readonly open:
    | {
        readonly round: number
        readonly stage: number
        readonly asked: number
        readonly replied: number
        readonly secondsLeft: number
      }
    | undefined
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
  weights(): Float64Array
  /** Ends what is over its time, and begins what can begin: to be called every now and then. */
  tick(): void
  /** Whether every node has been told that the fleet is over. */
  isTold(): boolean
}

/** What a coordinator works with. */
interface House {
  readonly options: CoordinatorOptions
  readonly now: () => number
  readonly nameOf: (publicKey: string) => string
  /** When each node was last heard. */
  readonly seen: Map<string, number>
  readonly told: Set<string>
  /** Whoever was heard by this process, present still or not. */
  readonly heard: Set<string>
  /** Milliseconds since 1970 before which no round begins. */
  notBefore: number
  /** As in the store, unless it is stale. */
  kept: Kept
  /** The store has refused: what gathers may be ahead of what is kept. */
  isStale: boolean
}

interface Kept extends Omit<StoredFleet, 'open'> {
  readonly open: OpenRound | undefined
}

/** Times that a node may be expected and stay silent before it counts as gone, and milliseconds at least. */
const silences = 3
const shortestPresence = 5000
/** Seconds at most between a round that failed and the next: each further one in a row waits twice as long as the one before. */
const longestPause = 60

/**
 * Goes on where the store stands.
 * @throws FrostglassError as the store; 'usage' where the aggregation does not take up what is there
 */
export function openCoordinator(options: CoordinatorOptions): Coordinator {
  const { nodes, aggregation, now = Date.now } = options
  const names = new Map(nodes.map(({ publicKey, name }) => [publicKey, name]))
  const house: House = {
    options,
    now,
    nameOf: (key) => names.get(key) ?? key,
    seen: new Map(),
    told: new Set(),
    heard: new Set(),
    notBefore: Number.NEGATIVE_INFINITY,
    kept: load(options, now),
    isStale: false,
  }
  return {
    task(key) {
      house.seen.set(key, now())
      came(house, key)
      tick(house)
      if (!isEnded(house)) return taskOf(house, key)
      house.told.add(key)
      return { what: 'over' }
    },
    reply(key, round, stage, body) {
      house.seen.set(key, now())
      tick(house)
      const receipt = known(house, key, round, stage, digestOf(body)) ?? accept(house, key, body)
      tick(house)
      return receipt
    },
    status: () => statusOf(house),
    weights: () => aggregation.weights(house.kept.state),
    tick: () => tick(house),
    isTold: () => nodes.every(({ publicKey }) => house.told.has(publicKey)),
  }
}

function came(house: House, key: string): void {
  const { options, heard, nameOf } = house
  if (heard.has(key) || isEnded(house)) return
  heard.add(key)
  const [present, wanted] = [presentIn(house).length, wantedIn(options)]
  options.onNews?.({ what: 'came', node: nameOf(key), present, wanted })
}

/** Nodes that are there before a round begins. */
const wantedIn = ({ plan: { available, least } }: CoordinatorOptions): number => Math.max(available, least)

const toldOf = ({ plan: { settings, workSeconds }, program }: CoordinatorOptions): Told => ({
  settings,
  program: program ?? null,
  seconds: workSeconds,
})

function load(options: CoordinatorOptions, now: () => number): Kept {
  const { store, aggregation, plan } = options
  const { open, ...stored } = store.read()
  const start = { ...stored, told: toldOf(options) }
  const round = open && reopenRound(open, aggregation, start, now() + stageTime(plan, open.stage))
  return { ...stored, open: round }
}

const stageTime = (plan: FleetPlan, stage: number): number =>
  1000 * (stage === 0 ? plan.workSeconds : plan.stepSeconds)

const isOver = ({ options, kept }: House): boolean => kept.done >= options.plan.rounds
const isGivenUp = ({ options, kept }: House): boolean => kept.failures >= options.plan.failures
const isEnded = (house: House): boolean => isOver(house) || isGivenUp(house)

function presentIn({ options: { nodes, plan }, now, seen }: House): EnrolledNode[] {
  const longest = Math.max(shortestPresence, silences * 1000 * plan.pollSeconds)
  return nodes.filter(({ publicKey }) => now() - (seen.get(publicKey) ?? Number.NEGATIVE_INFINITY) <= longest)
}

/** Ends and begins what is due: each step may make the next one so. */
function tick(house: House): void {
  if (house.isStale) reload(house)
  for (;;) {
    const { open } = house.kept
    house.isStale = true
    const isDue = open ? endStage(house, open) : beginRound(house)
    house.isStale = false
    if (!isDue) return
  }
}

/** Goes back to what is kept; what it says has ended, the operator has not been told. */
function reload(house: House): void {
  const { options, now, kept: before } = house
  house.kept = load(options, now)
  house.isStale = false
  const { last, done, failures } = house.kept
  if (done > before.done) options.onNews?.({ what: 'done', round: last, done })
  else if (failures > before.failures)
    options.onNews?.({ what: 'failed', round: last, why: 'it had failed when the disk refused' })
}

/** Whether one began. */
function beginRound(house: House): boolean {
  const { options, kept } = house
  const { plan, store, aggregation, random = systemRandom } = options
  if (isEnded(house)) return false
  const there = presentIn(house).map(({ publicKey }) => publicKey)
  if (there.length < wantedIn(options) || house.now() < house.notBefore) return false
  const members = sampled(there, sampleSize(plan, there.length), random)
  const number = kept.last + 1
  const { fleet, state } = kept
  const gathering = aggregation.begin({ number, fleet, state, members, told: toldOf(options) })
  store.beginRound(number, members)
  const open = roundOf(number, 0, house.now() + stageTime(plan, 0), gathering)
  house.kept = { ...kept, last: number, open }
  options.onNews?.({ what: 'began', round: number, nodes: members.map(house.nameOf) })
  return true
}

/** Whether there was one to end. */
function endStage(house: House, open: OpenRound): boolean {
  const { options, kept, now } = house
  const { store, plan, onNews } = options
  const missing = awaited(open)
  if (now() < open.deadline && missing.some((key) => !open.odd.has(key))) return false
  const round = open.number
  const outcome = open.gathering.close()
  if (outcome.what === 'stage') {
    const stage = open.stage + 1
    store.advance(round, stage)
    const next = roundOf(round, stage, now() + stageTime(plan, stage), open.gathering)
    house.kept = { ...kept, open: { ...next, refused: open.refused } }
    const asked = open.gathering.asked().size
    onNews?.({ what: 'stage', round, stage, asked, missing: missing.map(house.nameOf) })
  } else if (outcome.what === 'done') {
    store.finish(round, outcome.state)
    house.kept = { ...kept, state: outcome.state, done: kept.done + 1, failures: 0, open: undefined }
    onNews?.({ what: 'done', round, done: house.kept.done })
  } else {
    store.fail(round, outcome.why)
    house.kept = { ...kept, failures: kept.failures + 1, open: undefined }
    // What made it fail may pass; nodes that have nothing left may leave.
    const seconds = Math.min(longestPause, plan.pollSeconds * 2 ** kept.failures)
    house.notBefore = now() + 1000 * seconds
    onNews?.({ what: 'failed', round, why: named(house, outcome.why) })
  }
  return true
}

/** Words in which keys are the names of their nodes. */
const named = ({ options: { nodes } }: House, words: string): string =>
  nodes.reduce((text, { publicKey, name }) => text.replaceAll(publicKey, name), words)

function taskOf({ options, kept }: House, key: string): Task {
  const { plan, aggregation } = options
  const { open, fleet } = kept
  // Whose reply was odd is not asked again, though it may send another.
  const isAsked = open && !open.odd.has(key) && awaited(open).includes(key)
  const message = isAsked ? open.gathering.asked().get(key) : undefined
  if (!open || message === undefined) return { what: 'wait', seconds: plan.pollSeconds }
  return {
    what: 'work',
    fleet,
    round: open.number,
    stage: open.stage,
    aggregation: aggregation.name,
    ...toldOf(options),
    message,
  }
}

/** What a reply gets that is not to be looked into; undefined for one to the present stage. */
function known(
  { options, kept: { open, last } }: House,
  key: string,
  round: number,
  stage: number,
  digest: string,
): Receipt | undefined {
  const before = options.store.digestOf(round, stage, key)
  if (before === digest) return { what: 'accepted', again: true }
  if (before !== undefined) return refused('other', `the node has replied something else in round ${round}`)
  if (round < last || (round === last && (!open || stage < open.stage)))
    return refused('late', `stage ${stage} of round ${round} is over`)
  if (!open || round !== open.number || stage !== open.stage)
    return refused('unknown', `stage ${stage} of round ${round} is not open`)
  if (!awaited(open).includes(key)) return refused('uninvited', `the node is not asked in round ${round}`)
  return undefined
}

const refused = (kind: Refused['kind'], why: string): Refused => ({ what: 'refused', kind, why })

/** Takes a reply to the present stage. @throws FrostglassError 'io' where it cannot be kept */
function accept(house: House, key: string, body: Uint8Array): Receipt {
  const { options, nameOf, kept } = house
  const { number: round, stage, gathering, replied, odd, refused: gone } = kept.open!
  let reply: NodeReply
  try {
    reply = readReply(body)
    if ('message' in reply) gathering.accept(key, reply.message)
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    odd.add(key)
    const why = named(house, error.message)
    options.onNews?.({ what: 'odd', round, stage, node: nameOf(key), why })
    return refused('odd', error.message)
  }
  const words = 'refused' in reply ? reply.refused : undefined
  const message = 'message' in reply ? reply.message : new Uint8Array()
  try {
    options.store.accept(
      round,
      { stage, publicKey: key, refused: words !== undefined, message },
      digestOf(body),
    )
  } catch (error) {
    house.isStale = true
    throw error
  }
  replied.add(key)
  if (words !== undefined) {
    gone.add(key)
    // It may be about to leave: it is there again once it asks.
    house.seen.delete(key)
  }
  options.onNews?.({ what: 'replied', round, stage, node: nameOf(key), refused: words })
  return { what: 'accepted', again: false }
}

function statusOf(house: House): FleetStatus {
  const { options, kept, now } = house
  const { open, fleet, done } = kept
  return {
    fleet,
    state: isOver(house) ? 'over' : isGivenUp(house) ? 'given up' : open ? 'open' : 'waiting',
    done,
    rounds: options.plan.rounds,
    aggregation: options.aggregation.name,
    nodes: { enrolled: options.nodes.length, present: presentIn(house).length },
    open: open && {
      round: open.number,
      stage: open.stage,
      asked: open.gathering.asked().size,
      replied: open.replied.size,
      secondsLeft: Math.max(0, (open.deadline - now()) / 1000),
    },
  }
}

/** So many of them, every set equally likely, in their own order. */
function sampled(keys: readonly string[], count: number, random: RandomSource): string[] {
  const left = [...keys].sort()
  for (let i = 0; i < count; i++) {
    const j = i + drawBelow(left.length - i, random)
    const kept = left[i]!
    left[i] = left[j]!
    left[j] = kept
  }
  return left.slice(0, count).sort()
}
