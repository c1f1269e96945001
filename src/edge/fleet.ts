// A browser as a node of a Flower fleet: it joins, has messages answered where the data is, and leaves. A door of @frostglass/edge.
// Source: fleet/flower; Web Locks, IndexedDB and WebCrypto as browsers have them, in a page or a worker.
// What an answer gives away is the caller's matter: an update without noise shows much of what it was learned from (docs/reference/edge.md).

import { FrostglassError } from '../errors.ts'
import { fleetCalls } from '../fleet/flower/fleetCalls.ts'
import { type AnswerTo, type NodeNews, runNode } from '../fleet/flower/node.ts'
import { webNodeKey } from '../fleet/flower/webKey.ts'
import { openWebMemory } from '../fleet/flower/webMemory.ts'
import { fetchTransport } from './fleetTransport.ts'

export { type ErrorCode, FrostglassError } from '../errors.ts'
export { type Arrays, type Content, type FlowerRecord, oneRecord } from '../fleet/flower/content.ts'
export type { Received } from '../fleet/flower/exchange.ts'
export type { AnswerTo } from '../fleet/flower/node.ts'
export type { Config, ConfigValue, Metrics, MetricValue } from '../fleet/flower/records.ts'
export { type Tensor, tensor } from '../graph/tensor.ts'

/** What a node tells while it runs. `waiting`: nobody answers, or another tab of this browser is this node. */
export type FleetNews = NodeNews | { readonly what: 'waiting'; readonly why: string }

/** How {@link joinFleet} joins. */
export interface JoinFleetOptions {
  /** Of a service that forwards calls to a Flower server; empty for where the page is from. Default empty. */
  readonly url?: string | URL | undefined
  /** Answers one message: `train`, `evaluate` or `query`. Called once a message, whatever happens. */
  readonly answer: AnswerTo
  /** Fires to leave: what is being delivered is delivered first, for 30 s at most. */
  readonly signal?: AbortSignal | undefined
  readonly onNews?: ((news: FleetNews) => void) | undefined
  /** What the service asks for as `Authorization: Bearer …`; over http: anybody on the way reads it. None by default. */
  readonly token?: string | undefined
  /** Which of this browser's nodes this is: one tab at a time is one. Default `node`. */
  readonly node?: string | undefined
  /** The server's admin registers keys (see {@link nodeKeyLine}); else the node registers itself, with a new key each time it joins. Default false. */
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
 * @throws FrostglassError `unsupported` where the page is not over https (nor of this machine), `key` or `input` where the server
 * refuses, `io` where the browser keeps nothing, `aborted` where what it delivers is not taken in 30 s after `signal`
 * @example
 * await joinFleet({ answer: async ({ content }) => ({ content: await trained(oneRecord(content, 'arrays')) }), signal })
 */
export async function joinFleet(options: JoinFleetOptions): Promise<void> {
  requirePlatform()
  const { node = 'node', signal, onNews } = options
  const name = `frostglass-fleet ${node}`
  const { held = [] } = await navigator.locks.query()
  if (held.some((lock) => lock.name === name))
    onNews?.({ what: 'waiting', why: `another tab of this browser is the node '${node}'` })
  try {
    await navigator.locks.request(name, signal ? { signal } : {}, () => runAs(node, options))
  } catch (error) {
    // In line behind another tab: nothing was begun.
    if (!(signal?.aborted && (error as Error).name === 'AbortError')) throw error
  }
}

async function runAs(
  node: string,
  { url = '', answer, signal, onNews, token, registered = false, most }: JoinFleetOptions,
): Promise<void> {
  const memory = await openWebMemory(node)
  const end = new AbortController()
  let ending: ReturnType<typeof setTimeout> | undefined
  const leave = () => {
    ending = setTimeout(() => end.abort(), grace)
  }
  if (signal?.aborted) leave()
  else signal?.addEventListener('abort', leave)
  try {
    const key = await webNodeKey(await memory.key())
    const call = fleetCalls(fetchTransport(url, token), key, {
      signal: end.signal,
      onWait: (why) => onNews?.({ what: 'waiting', why }),
    })
    await runNode(call, answer, {
      key,
      registered,
      memory,
      leave: signal ?? new AbortController().signal,
      most,
      onNews,
    })
  } finally {
    clearTimeout(ending)
    signal?.removeEventListener('abort', leave)
    // A server takes no key that was unregistered.
    if (!registered) await memory.forget()
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
