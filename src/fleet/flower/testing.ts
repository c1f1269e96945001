// A small Flower server for tests: one run, its messages and objects in memory, and what a program of the server's would collect.
// Source: what flower-superlink 1.42 does (fleet_handlers.py, in_memory_linkstate.py, in_memory_object_store.py), as far as a node sees it.
// Tests against the real one are in test/clients; this one can be stopped at a step, and tells what it saw.

import { createPublicKey, verify } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import type { RandomSource } from '../../random/source.ts'
import { type Arrays, type Content, packContent, unpackContent } from './content.ts'
import * as pb from './flower_pb.js'
import { treeOf } from './message.ts'
import { type FlowerObject, flowerObject, parseObject } from './objects.ts'
import { tableTurns, type Workplace } from './tableWork.ts'
import type { TrainRequest } from './trainRequest.ts'

/** A request to train that says nothing but what its arrays are. */
export const requestOf = (arrays: Arrays, changed: Partial<TrainRequest> = {}): TrainRequest => ({
  arrays,
  record: 'arrays',
  round: 1,
  step: undefined,
  rate: undefined,
  epochs: undefined,
  batch: undefined,
  proximal: undefined,
  ...changed,
})

/** What came of a message. */
export type Outcome =
  | { readonly what: 'content'; readonly id: string; readonly content: Content }
  | { readonly what: 'error'; readonly id: string; readonly reason: string }
  /** The server's program saw the node offline. */
  | { readonly what: 'unavailable' }

interface Asked {
  readonly metadata: pb.Metadata
  isSent: boolean
  /** The server's program has begun to fetch the reply: nothing can be announced any more. */
  isFetched: boolean
  reply?: pb.Message
  readonly end: (outcome: Outcome) => void
}

interface Stored {
  object?: FlowerObject
  readonly session: string
}

const runId = 77n

/** A server at a free port of this machine. */
export interface FakeServer {
  readonly url: string
  /** The node whose key this is, once it has come online. */
  nodeIdOf(publicPem: Uint8Array): bigint | undefined
  isOnline(nodeId: bigint): boolean
  /** Sends a message to a node, and waits for what comes of it. */
  ask(to: bigint, type: string, content: Content): { readonly id: string; readonly outcome: Promise<Outcome> }
  /** Ids of replies that were announced, by the message, each as often as it was. */
  readonly announced: ReadonlyMap<string, readonly string[]>
  /** Names of the calls, in order. */
  readonly calls: readonly string[]
  /** While it is false the server's program looks at no replies. */
  collecting: boolean
  /** The run ends: what is asked of it is refused. */
  over: boolean
  close(): Promise<void>
}

interface State {
  readonly nodes: Map<string, { readonly id: bigint; online: boolean; hasCome: boolean }>
  readonly asked: Map<string, Asked>
  readonly objects: Map<string, Stored>
  readonly announced: Map<string, string[]>
  readonly calls: string[]
  sessions: number
  collecting: boolean
  over: boolean
}

/** A refusal as Flower words it. */
class Refused extends Error {
  readonly status: number
  readonly code: number
  constructor(status: number, code: number) {
    super(`refused: ${code}`)
    this.status = status
    this.code = code
  }
}

/** Whose call it is; refuses one that is not signed for now. */
function callerOf({ headers }: IncomingMessage): string {
  const of = (name: string) => String(headers[name] ?? '')
  const pem = Buffer.from(of('flwr-public-key'), 'base64').toString()
  const [time, signature] = [of('flwr-timestamp'), Buffer.from(of('flwr-signature'), 'base64')]
  const age = (Date.now() - Date.parse(time)) / 1000
  if (!(age > -5 && age < 305)) throw new Refused(401, 0)
  if (!verify('sha256', Buffer.from(time), createPublicKey(pem), signature)) throw new Refused(401, 0)
  return pem
}

/** One handler a call: from its request to its answer. */
type Handler = (state: State, request: never, pem: string) => object

const requireRunning = (state: State) => {
  if (state.over) throw new Refused(403, 2007)
}

const nodeOf = ({ nodes }: State, pem: string) => {
  const node = nodes.get(pem)
  if (!node) throw new Refused(412, 2004)
  return node
}

const handlers: Readonly<Record<string, readonly [DescMessage, DescMessage, Handler]>> = {
  'register-node': [
    pb.RegisterNodeRequestSchema,
    pb.RegisterNodeResponseSchema,
    (state, _, pem) => {
      if (state.nodes.has(pem)) throw new Refused(412, 23)
      const id = 2n ** 63n + BigInt(state.nodes.size) + 5n
      state.nodes.set(pem, { id, online: false, hasCome: false })
      return { nodeId: id }
    },
  ],
  'activate-node': [
    pb.ActivateNodeRequestSchema,
    pb.ActivateNodeResponseSchema,
    (state, _, pem) => {
      const node = nodeOf(state, pem)
      if (node.online) throw new Refused(412, 2004)
      node.online = true
      node.hasCome = true
      return { nodeId: node.id }
    },
  ],
  'deactivate-node': [
    pb.DeactivateNodeRequestSchema,
    pb.DeactivateNodeResponseSchema,
    (state, _, pem) => {
      nodeOf(state, pem).online = false
      return {}
    },
  ],
  'send-node-heartbeat': [
    pb.SendNodeHeartbeatRequestSchema,
    pb.SendNodeHeartbeatResponseSchema,
    (state, _, pem) => {
      nodeOf(state, pem).online = true
      return { success: true }
    },
  ],
  'pull-messages': [
    pb.PullMessagesRequestSchema,
    pb.PullMessagesResponseSchema,
    (state, _, pem) => {
      const { id } = nodeOf(state, pem)
      const next = [...state.asked.values()].find(
        ({ metadata, isSent }) => metadata.dstNodeId === id && !isSent,
      )
      if (!next) return {}
      next.isSent = true
      const { messageId } = next.metadata
      return {
        messagesList: [{ metadata: next.metadata, content: {} }],
        messageObjectTrees: [treeOf(messageId, (at) => state.objects.get(at)!.object!.children)],
      }
    },
  ],
  'pull-object': [
    pb.PullObjectRequestSchema,
    pb.PullObjectResponseSchema,
    (state, { objectId }: pb.PullObjectRequest) => {
      requireRunning(state)
      const found = state.objects.get(objectId)
      return {
        objectFound: found !== undefined,
        objectAvailable: found?.object !== undefined,
        ...(found?.object ? { objectContent: found.object.bytes } : {}),
      }
    },
  ],
  'confirm-message-received': [
    pb.ConfirmMessageReceivedRequestSchema,
    pb.ConfirmMessageReceivedResponseSchema,
    (state, { messageObjectId }: pb.ConfirmMessageReceivedRequest) => {
      requireRunning(state)
      forget(state, messageObjectId)
      return {}
    },
  ],
  'push-messages': [
    pb.PushMessagesRequestSchema,
    pb.PushMessagesResponseSchema,
    (state, request: pb.PushMessagesRequest, pem) => {
      requireRunning(state)
      const session = String(++state.sessions)
      return { objectsToPush: announce(state, request, pem, session), sessionId: session }
    },
  ],
  'push-object': [
    pb.PushObjectRequestSchema,
    pb.PushObjectResponseSchema,
    (state, { objectId, objectContent, sessionId }: pb.PushObjectRequest) => {
      requireRunning(state)
      const place = state.objects.get(objectId)
      if (!place || place.object || (sessionId !== '' && place.session !== sessionId))
        return { stored: false }
      place.object = parseObject(objectContent, objectId)
      return { stored: true }
    },
  ],
}

/** Takes a reply's message: the objects that are missing, none where the reply is not wanted. */
function announce(state: State, request: pb.PushMessagesRequest, pem: string, session: string): string[] {
  const [message, tree] = [request.messagesList[0], request.messageObjectTrees[0]]
  const metadata = message?.metadata
  if (!metadata || !tree) throw new Refused(500, 0)
  const { messageId, replyToMessageId } = metadata
  state.announced.set(replyToMessageId, [...(state.announced.get(replyToMessageId) ?? []), messageId])
  const asked = state.asked.get(replyToMessageId)
  if (!asked || asked.isFetched) return []
  const { createdAt, ttl, dstNodeId } = asked.metadata
  const isLate = metadata.ttl - (createdAt + ttl - metadata.createdAt) > 0.1
  if (isLate || metadata.dstNodeId !== 1n || metadata.srcNodeId !== dstNodeId) return []
  if (nodeOf(state, pem).id !== dstNodeId) return []
  // Of two different replies the first counts.
  if (asked.reply && asked.reply.metadata!.messageId !== messageId) return []
  asked.reply = message
  const missing = new Set<string>()
  const walk = ({ objectId, children }: pb.ObjectTree): void => {
    children.forEach(walk)
    if (state.objects.get(objectId)?.object) return
    state.objects.set(objectId, { session })
    missing.add(objectId)
  }
  walk(tree)
  return [...missing]
}

/** Removes an object and what is below it. (Nothing is shared here between messages that live at one time.) */
function forget(state: State, id: string): void {
  const children = state.objects.get(id)?.object?.children ?? []
  state.objects.delete(id)
  for (const child of children) forget(state, child)
}

/** What the server's program does every while: it takes complete replies, and gives up on nodes that are gone. */
function collect(state: State): void {
  if (!state.collecting) return
  for (const [id, asked] of state.asked) {
    const { metadata, reply, end } = asked
    asked.isFetched ||= reply !== undefined
    const isOnline = [...state.nodes.values()].some(({ id, online }) => id === metadata.dstNodeId && online)
    if (!isOnline) {
      state.asked.delete(id)
      end({ what: 'unavailable' })
      continue
    }
    const root = reply && state.objects.get(reply.metadata!.messageId)?.object
    if (!root || !isWhole(state, root)) continue
    const from = (child: string) => state.objects.get(child)!.object!
    const outcome: Outcome = reply.error
      ? { what: 'error', id: root.id, reason: reply.error.reason }
      : { what: 'content', id: root.id, content: unpackContent(from(root.children[0]!), from) }
    state.asked.delete(id)
    forget(state, root.id)
    end(outcome)
  }
}

const isWhole = (state: State, { children }: FlowerObject): boolean =>
  children.every((child) => {
    const object = state.objects.get(child)?.object
    return object !== undefined && isWhole(state, object)
  })

/** Starts a server. */
export async function fakeServer(): Promise<FakeServer> {
  const state: State = {
    nodes: new Map(),
    asked: new Map(),
    objects: new Map(),
    announced: new Map(),
    calls: [],
    sessions: 0,
    collecting: true,
    over: false,
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const name = request.url!.replace('/v1/fleet/', '')
      state.calls.push(name)
      try {
        const [sent, back, handle] = handlers[name]!
        const pem = callerOf(request)
        const answer = handle(state, fromBinary(sent, Buffer.concat(parts)) as never, pem)
        response.end(toBinary(back, create(back, answer as MessageInitShape<DescMessage>)))
      } catch (error) {
        const { status = 500, code = 0 } = error as Partial<Refused>
        response.statusCode = status
        response.end(JSON.stringify({ code, message: (error as Error).message }))
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const looking = setInterval(() => collect(state), 100)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: state.calls,
    announced: state.announced,
    nodeIdOf(pem) {
      const node = state.nodes.get(Buffer.from(pem).toString())
      return node?.hasCome ? node.id : undefined
    },
    isOnline: (nodeId) => [...state.nodes.values()].some(({ id, online }) => id === nodeId && online),
    ask: (to, type, content) => askIn(state, to, type, content),
    get collecting() {
      return state.collecting
    },
    set collecting(value) {
      state.collecting = value
    },
    get over() {
      return state.over
    },
    set over(value) {
      state.over = value
    },
    async close() {
      clearInterval(looking)
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function askIn(state: State, to: bigint, type: string, content: Content) {
  const metadata = create(pb.MetadataSchema, {
    runId,
    srcNodeId: 1n,
    dstNodeId: to,
    messageType: type,
    createdAt: Date.now() / 1000,
    ttl: 3600,
  })
  const { root, objects } = packContent(content)
  const body = toBinary(pb.MessageSchema, create(pb.MessageSchema, { metadata }))
  const message = flowerObject('Message', [root.id], body)
  for (const object of [...objects, message]) state.objects.set(object.id, { object, session: '' })
  const outcome = new Promise<Outcome>((end) => {
    const asked = { metadata: { ...metadata, messageId: message.id }, isSent: false, isFetched: false, end }
    state.asked.set(message.id, asked)
  })
  return { id: message.id, outcome }
}

/** Work on a table in the test's own thread: many messages in little time, and with noise of a stated source. */
export const inThisThread =
  (random?: RandomSource): Workplace =>
  (data) =>
  () => ({ ask: tableTurns(data, random), end: () => undefined })
