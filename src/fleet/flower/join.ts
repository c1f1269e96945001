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
export const lookedAt = 4_000

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

/** How a node is online. */
export interface Joined {
  readonly nodeId: bigint
  /** A process before this one did not leave, and nothing is known of a message: it may have taken one, and died of it. */
  readonly isDoubtful: boolean
}

/**
 * Registers where the node does it itself, and comes online.
 * @param before what is known of a process that ended: the node's id, and whether it was at work on a message
 * @param onWait called where the server does not let the node in yet
 * @throws FrostglassError 'usage' for a registered key without TLS, 'key' where the server does not let the node in, 'aborted'
 */
export async function join(
  call: Call,
  before: { readonly nodeId: bigint | undefined; readonly worked: boolean },
  options: JoinOptions,
  onWait: (why: string) => void,
): Promise<Joined> {
  const { key, registered = false, secure = false } = options
  if (registered && !secure)
    throw new FrostglassError(
      'usage',
      'a registered key is used over TLS alone: whoever sees a call could send others in its name',
      'Give the server’s address as https://…, with its CA file where it has its own.',
    )
  // A node that has been here before is registered.
  if (!registered)
    await call('register-node', { publicKey: key.publicPem }).catch((error: unknown) => {
      if (!(error instanceof FleetRefusal && error.status === 412)) throw error
    })
  const first = await activated(call, key)
  if (first !== undefined) return { nodeId: first, isDoubtful: false }
  const { nodeId, worked } = before
  // It is online still: a node that went offline now would lose a reply that was not taken yet.
  if (nodeId !== undefined && (await isOnline(call, nodeId))) return { nodeId, isDoubtful: !worked }
  onWait('the server has this key online from elsewhere, or does not know it')
  return { nodeId: await activatedLater(call, options), isDoubtful: false }
}

/**
 * Goes offline for as long as a server's program takes to see it, and comes back: of a message that was lost it is told so.
 * @throws FrostglassError 'key' where the server does not let the node in again, 'aborted'
 */
export async function comeBack(call: Call, nodeId: bigint, options: JoinOptions): Promise<void> {
  await call('deactivate-node', { nodeId }).catch(unlessRefused)
  await pause(lookedAt, options.leave)
  if (!options.leave.aborted) await activatedLater(call, options)
}

/** The node's id; undefined where the server has it online, or does not know the key. */
const activated = (call: Call, { publicPem: publicKey }: NodeKey): Promise<bigint | undefined> =>
  call('activate-node', { publicKey, heartbeatInterval: heartbeat }).then(
    ({ nodeId }) => nodeId,
    (error: unknown) => {
      if (!(error instanceof FleetRefusal && error.reason === 2004)) throw error
      return undefined
    },
  )

/** The node's id, once it counts as gone. */
async function activatedLater(call: Call, { key, leave }: JoinOptions): Promise<bigint> {
  for (let tries = 0; tries <= 2 * heartbeat; tries++) {
    const found = await activated(call, key)
    if (found !== undefined) return found
    await pause(1000, leave)
    throwIfAborted(leave)
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
