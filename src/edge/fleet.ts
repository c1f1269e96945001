// A browser as a node of a Flower fleet: it joins, has messages answered where the data is, and leaves. A door of @frostglass/edge.
// Source: fleet/flower; Web Locks, IndexedDB and WebCrypto as browsers have them, in a page or a worker.
// What an answer gives away is the caller's matter: an update without noise shows much of what it was learned from (docs/reference/edge.md).

import { FrostglassError } from '../errors.ts'
import type { Content } from '../fleet/flower/content.ts'
import { fleetCalls } from '../fleet/flower/fleetCalls.ts'
import { runNode } from '../fleet/flower/node.ts'
import { laterThan } from '../fleet/flower/pause.ts'
import { webNodeKey } from '../fleet/flower/webKey.ts'
import { openWebMemory } from '../fleet/flower/webMemory.ts'
import { fetchTransport } from './fleetTransport.ts'

export { type ErrorCode, FrostglassError } from '../errors.ts'
export { type Arrays, type Content, type FlowerRecord, oneRecord } from '../fleet/flower/content.ts'
export type { Config, ConfigValue, Metrics, MetricValue } from '../fleet/flower/records.ts'
export { type Tensor, tensor } from '../graph/tensor.ts'

// Types of our own here: those of the exchange name protobuf's, which are not part of the package.

/** A message of the server. */
export interface FleetMessage {
  /** `train`, `evaluate` or `query`. */
  readonly type: string
  readonly run: bigint
  readonly content: Content
}

/** What a message is answered with: records, or in words that the operator is shown why there are none. */
export type FleetAnswer = { readonly content: Content } | { readonly refused: string }

/** What a node tells while it runs. `waiting`: nobody answers, another tab of this browser is this node, or the server still has a closed one for there. */
export type FleetNews =
  | { readonly what: 'waiting'; readonly why: string }
  | { readonly what: 'joined'; readonly nodeId: bigint }
  | { readonly what: 'message'; readonly type: string; readonly runId: bigint }
  | {
      readonly what: 'replied'
      readonly type: string
      readonly seconds: number
      readonly refused?: string | undefined
    }
  /** The server wants no reply: it has it from before, its run is over, or it came too late. */
  | { readonly what: 'dropped'; readonly type: string }
  | { readonly what: 'left' }

/** How {@link joinFleet} joins. */
export interface JoinFleetOptions {
  /** Of a service that forwards calls to a Flower server; empty for where the page is from. Default empty. */
  readonly url?: string | URL | undefined
  /** Answers one message. Called once a message, whatever happens. @throws FrostglassError, whose words the operator is shown */
  readonly answer: (message: FleetMessage, signal: AbortSignal | undefined) => Promise<FleetAnswer>
  /** Fires to leave: what is being delivered is delivered first, for 30 s at most. */
  readonly signal?: AbortSignal | undefined
  readonly onNews?: ((news: FleetNews) => void) | undefined
  /** What the service asks for as `Authorization: Bearer …`; over http: anybody on the way reads it. None by default. */
  readonly token?: string | undefined
  /** Which of this browser's nodes this is: one tab at a time is one. Default `node`. */
  readonly node?: string | undefined
  /** The server's admin registers keys (see {@link nodeKeyLine}), which go over https alone; else the node registers itself. Default false. */
  readonly registered?: boolean | undefined
  /** Leave after so many replies. */
  readonly most?: number | undefined
}

/** Milliseconds for what is being delivered once a node is told to leave. */
const grace = 30_000

/**
 * Joins a fleet, and is one of its nodes until it leaves. A tab that was closed meanwhile and calls this again delivers the reply
 * that it had made; a message that it had not answered is refused, since nothing is answered twice.
 * Timers of hidden pages are slow: call it in a worker, or the server may take the node for gone.
 * @throws FrostglassError `usage` for an address that is none, `unsupported` where the page is not over https (nor of this machine), `key` or `input` where the server
 * refuses, `io` where the browser keeps nothing, `aborted` where what it delivers is not taken in 30 s after `signal`
 * @example
 * await joinFleet({ answer: async ({ content }) => ({ content: await trained(oneRecord(content, 'arrays')) }), signal })
 */
export async function joinFleet(options: JoinFleetOptions): Promise<void> {
  requirePlatform()
  const url = serviceAt(String(options.url ?? ''))
  const { node = 'node', signal, onNews } = options
  const name = `frostglass-fleet ${node}`
  const { held = [] } = await navigator.locks.query()
  if (held.some((lock) => lock.name === name))
    onNews?.({ what: 'waiting', why: `another tab of this browser is the node '${node}'` })
  try {
    await navigator.locks.request(name, signal ? { signal } : {}, () => runAs(node, url, options))
  } catch (error) {
    // In line behind another tab: nothing was begun.
    if (!(signal?.aborted && (error as Error).name === 'AbortError')) throw error
  }
}

async function runAs(
  node: string,
  url: URL,
  { answer, signal, onNews, token, registered = false, most }: JoinFleetOptions,
): Promise<void> {
  const memory = await openWebMemory(node)
  const leave = signal ?? new AbortController().signal
  const end = laterThan(leave, grace)
  try {
    const key = await webNodeKey(await memory.key())
    const call = fleetCalls(fetchTransport(url, token), key, {
      signal: end.signal,
      onWait: (why) => onNews?.({ what: 'waiting', why }),
    })
    const answerTo: Parameters<typeof runNode>[1] = ({ metadata, content }, stop) =>
      answer({ type: metadata.messageType, run: metadata.runId, content }, stop)
    await runNode(call, answerTo, {
      key,
      registered,
      secure: url.protocol === 'https:',
      memory,
      leave,
      most,
      onNews,
    })
  } finally {
    end.release()
    memory.close()
  }
}

/** The line of this browser's key that `flwr supernode register` takes in a file. @throws FrostglassError as {@link joinFleet} */
export async function nodeKeyLine(node = 'node'): Promise<string> {
  requirePlatform()
  const memory = await openWebMemory(node)
  try {
    return (await webNodeKey(await memory.key())).openSsh
  } finally {
    memory.close()
  }
}

/** The address of a service. @throws FrostglassError `usage` */
function serviceAt(given: string): URL {
  const { origin, href } = globalThis.location
  try {
    const url = new URL(given === '' ? origin : given, href)
    if (/^https?:$/.test(url.protocol) && url.username === '') return url
  } catch {
    // said below
  }
  throw new FrostglassError(
    'usage',
    `'${given}' is no address of a service for a node at ${href.slice(0, 100)}`,
    'Give one as https://host, or none where the page is from the service.',
  )
}

/** @throws FrostglassError `unsupported` */
function requirePlatform(): void {
  const { crypto, navigator, indexedDB } = globalThis as Partial<typeof globalThis>
  if (crypto?.subtle && navigator?.locks && indexedDB) return
  throw new FrostglassError(
    'unsupported',
    'this page has no WebCrypto, Web Locks or IndexedDB, which a node needs',
    'Serve the page over https, or from localhost.',
  )
}
