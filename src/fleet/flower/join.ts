// How a node comes online at a Flower server, and comes back after it was killed.
// Source: Flower 1.42, fleet_handlers.py and linkstate: activation is refused while the node counts as online.
// Whoever holds the key is the node: two machines with one key are not told apart here, only two processes of one folder.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { NodeKey } from './contract.ts'
import { type Call, FleetRefusal } from './fleetCalls.ts'
import { pause } from './pause.ts'

/** Seconds between beats that a server is told; it counts a node as gone after twice as long. */
export const heartbeat = 30

/** Milliseconds after which a server's program has looked at its replies and at who is online: it does so every three seconds. */
const lookedAt = 4_000

/** Who joins, and how. */
export interface JoinOptions {
  readonly key: NodeKey
  /** Keys are registered by the server's admin; else the node registers itself. */
  readonly registered?: boolean | undefined
  /** Whether the calls go over TLS, as `connectTo` says. */
  readonly secure?: boolean | undefined
  /** Fires to leave. */
  readonly leave: AbortSignal
}

/**
 * Registers where the node does it itself, and comes online.
 * @param before what is known of a process that ended: the node's id, and whether it was at work on a message
 * @param onWait called where the server has the node online still
 * @returns the node's id
 * @throws FrostglassError 'usage' for a registered key without TLS, 'key' where the server does not let the node in, 'aborted'
 */
export async function join(
  call: Call,
  before: { readonly nodeId: bigint | undefined; readonly worked: boolean },
  { key, registered = false, secure = false, leave }: JoinOptions,
  onWait: (why: string) => void,
): Promise<bigint> {
  if (registered && !secure)
    throw new FrostglassError(
      'usage',
      'a registered key is used over TLS alone: whoever sees a call could send others in its name',
      'Give the server’s address as https://…, with its CA file where it has its own.',
    )
  const { publicPem: publicKey } = key
  // A node that has been here before is registered.
  if (!registered)
    await call('register-node', { publicKey }).catch((error: unknown) => {
      if (!(error instanceof FleetRefusal && error.status === 412)) throw error
    })
  const activated = () =>
    call('activate-node', { publicKey, heartbeatInterval: heartbeat }).then(
      ({ nodeId }) => nodeId,
      (error: unknown) => {
        if (!(error instanceof FleetRefusal && error.reason === 2004)) throw error
      },
    )
  const wait = async (milliseconds: number) => {
    await pause(milliseconds, leave)
    throwIfAborted(leave)
  }
  const first = await activated()
  if (first !== undefined) return first
  const { nodeId, worked } = before
  onWait(
    nodeId === undefined
      ? 'the server has this key online from elsewhere, or does not know it'
      : 'the server has the node online, from a process that did not leave',
  )
  if (nodeId !== undefined) {
    // There is a reply to deliver: a node that goes offline before would lose it.
    if (worked && (await isOnline(call, nodeId))) return nodeId
    // Nothing is known of a message: a reply that was delivered is taken first; then one that was lost, if any, is told.
    await wait(lookedAt)
    await call('deactivate-node', { nodeId }).catch(unlessRefused)
    await wait(lookedAt)
  }
  for (let tries = 0; tries <= 2 * heartbeat; tries++) {
    const found = await activated()
    if (found !== undefined) return found
    // Until it counts as gone.
    await wait(1000)
  }
  throw new FrostglassError(
    'key',
    'the server does not let the node in: it does not know the key, or another process uses it',
    'Have its admin register the key (`flwr supernode register`), or end the other process.',
  )
}

const isOnline = async (call: Call, nodeId: bigint): Promise<boolean> =>
  (await call('send-node-heartbeat', { node: { nodeId }, heartbeatInterval: heartbeat }).catch(unlessRefused))
    ?.success === true

const unlessRefused = (error: unknown): undefined => {
  if (!(error instanceof FleetRefusal)) throw error
}
