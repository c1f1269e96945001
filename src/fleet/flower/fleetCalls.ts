// The calls of Flower's Fleet interface, as a node makes them.
// Source: Flower 1.42, supernode/fleet_http_client.py: POST /v1/fleet/<name>, a protobuf message each way.
// A call is tried again where nobody answers, or a gateway says that it is busy; an answer of the server is final.

import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf'
import { FrostglassError, printable, throwIfAborted } from '../../errors.ts'
import { CallFailed, type NodeKey, type Transport } from './contract.ts'
import {
  ActivateNodeRequestSchema,
  ActivateNodeResponseSchema,
  ConfirmMessageReceivedRequestSchema,
  ConfirmMessageReceivedResponseSchema,
  DeactivateNodeRequestSchema,
  DeactivateNodeResponseSchema,
  PullMessagesRequestSchema,
  PullMessagesResponseSchema,
  PullObjectRequestSchema,
  PullObjectResponseSchema,
  PushMessagesRequestSchema,
  PushMessagesResponseSchema,
  PushObjectRequestSchema,
  PushObjectResponseSchema,
  RegisterNodeRequestSchema,
  RegisterNodeResponseSchema,
  SendNodeHeartbeatRequestSchema,
  SendNodeHeartbeatResponseSchema,
} from './flower_pb.js'
import { pause } from './pause.ts'

/** Calls by name: what is sent and what comes back. */
const calls = {
  'register-node': [RegisterNodeRequestSchema, RegisterNodeResponseSchema],
  'activate-node': [ActivateNodeRequestSchema, ActivateNodeResponseSchema],
  'deactivate-node': [DeactivateNodeRequestSchema, DeactivateNodeResponseSchema],
  'send-node-heartbeat': [SendNodeHeartbeatRequestSchema, SendNodeHeartbeatResponseSchema],
  'pull-messages': [PullMessagesRequestSchema, PullMessagesResponseSchema],
  'pull-object': [PullObjectRequestSchema, PullObjectResponseSchema],
  'confirm-message-received': [ConfirmMessageReceivedRequestSchema, ConfirmMessageReceivedResponseSchema],
  'push-messages': [PushMessagesRequestSchema, PushMessagesResponseSchema],
  'push-object': [PushObjectRequestSchema, PushObjectResponseSchema],
} as const satisfies Readonly<Record<string, readonly [DescMessage, DescMessage]>>

type Calls = typeof calls

/** The calls that a node makes, and no others of a server. */
export const fleetCallNames = Object.keys(calls) as readonly (keyof Calls)[]

/** Makes a call. @throws FleetRefusal the server's; FrostglassError 'input' for an answer that is none, 'aborted' */
export type Call = <Name extends keyof Calls>(
  name: Name,
  request: MessageInitShape<Calls[Name][0]>,
) => Promise<MessageShape<Calls[Name][1]>>

/** The server answered, and not with what was asked. */
export class FleetRefusal extends FrostglassError {
  /** HTTP status. */
  readonly status: number
  /** Flower's number, where it gave one: 2004 a node that is online, 2007 a run that is over. */
  readonly reason: number | undefined

  constructor(call: string, status: number, reason: number | undefined, words: string) {
    super(
      status === 401 ? 'key' : 'input',
      // Words of a stranger.
      `the server refuses '${call}': ${status}${words === '' ? '' : `, ${printable(words)}`}`,
      status === 401
        ? 'Look at this machine’s clock, and whether the node’s key is registered there. A server that was begun again has forgotten its nodes: join again.'
        : 'Look at the server’s log.',
    )
    this.status = status
    this.reason = reason
  }
}

/** Milliseconds between tries, doubled up to the last. */
const [shortest, longest] = [250, 20_000]

/** What a gateway says before it hands a call on, or in vain: too slow, too much of one client's, nobody there. */
const busy: readonly number[] = [408, 429, 502, 503, 504]

/** Bytes of an answer that is read into many small parts, of which each takes a hundred times as much: 20,000 objects are less. */
const mostUnread = 4 * 2 ** 20

/** @param key signs every call @param now the time that is signed */
export function fleetCalls(
  transport: Transport,
  key: NodeKey,
  {
    signal,
    leave,
    now = () => new Date(),
    onWait,
  }: {
    readonly signal?: AbortSignal | undefined
    /** Once it has fired, a call that nobody answers is not tried again: who leaves does not wait for a server that is gone. */
    readonly leave?: AbortSignal | undefined
    readonly now?: (() => Date) | undefined
    /** Called before each new try, with why. */
    readonly onWait?: ((why: string) => void) | undefined
  } = {},
): Call {
  return async (name, request) => {
    const [sent, back] = calls[name] as unknown as readonly [DescMessage, DescMessage]
    const body = toBinary(sent, create(sent, request as never))
    for (let wait = shortest; ; wait = Math.min(2 * wait, longest)) {
      throwIfAborted(signal)
      const answer = await transport(`/v1/fleet/${name}`, body, {
        headers: await key.headers(now()),
        signal,
        ...(name === 'pull-object' ? {} : { most: mostUnread }),
      }).catch((error: unknown) => {
        if (error instanceof CallFailed) return error
        throw error
      })
      if (answer instanceof CallFailed || busy.includes(answer.status)) {
        const why = answer instanceof CallFailed ? answer.message : `status ${answer.status}`
        if (leave?.aborted)
          throw new FrostglassError('aborted', `left while the server did not answer (${why})`)
        onWait?.(why)
        await pause(wait, AbortSignal.any([signal, leave].filter((one) => one !== undefined)))
        continue
      }
      if (answer.status !== 200) throw refusalOf(name, answer.status, answer.body)
      try {
        return fromBinary(back, answer.body) as never
      } catch (cause) {
        throw new FrostglassError(
          'input',
          `the server's answer to '${name}' is no message of Flower: ${printable((cause as Error).message)}`,
          'Look at its version (1.41 and 1.42 were tested), and whether the address is its own.',
          cause,
        )
      }
    }
  }
}

function refusalOf(call: string, status: number, body: Uint8Array): FleetRefusal {
  const text = new TextDecoder().decode(body.subarray(0, 2000))
  try {
    // Flower's words, then those of a service that stands before it.
    const { code, message, detail, error } = JSON.parse(text) as Readonly<Record<string, unknown>>
    return new FleetRefusal(
      call,
      status,
      typeof code === 'number' ? code : undefined,
      [message, detail, error].find((words) => typeof words === 'string') ?? '',
    )
  } catch {
    return new FleetRefusal(call, status, undefined, text.replaceAll(/\s+/g, ' ').slice(0, 200))
  }
}
