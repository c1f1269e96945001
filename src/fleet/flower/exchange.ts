// One message fetched whole, and one reply delivered: the steps of Flower's exchange, each of which may be done again.
// Source: Flower 1.42, the sequence that a live server showed.
// A server takes a reply without a word and drops it, where its metadata are odd: the sign is that it asks for no object.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { type Content, type ObjectSource, unpackContent } from './content.ts'
import type { Call } from './fleetCalls.ts'
import type { Metadata, ObjectTree } from './flower_pb.js'
import { type Reply, treeOf } from './message.ts'
import { type FlowerObject, isObjectId, parseObject } from './objects.ts'
import { laterThan, pause } from './pause.ts'

/** A message of the server. */
export interface Received {
  readonly metadata: Metadata
  readonly content: Content
}

/** A message of which the objects are still at the server. */
export interface Announced {
  readonly metadata: Metadata
  readonly tree: ObjectTree | undefined
}

/** What a node holds of one message at most. */
const mostObjects = 20_000
const mostBytes = 2 ** 29

/** Milliseconds between looks at what is still on its way. */
const beat = 250

/**
 * The next message, without its content; undefined where nothing is to be done. What its tree says is read with its content:
 * a tree that is none is no reason to leave, but to refuse the message.
 * @throws FrostglassError 'input' for a message without an id
 */
export async function pullMessage(call: Call, nodeId: bigint): Promise<Announced | undefined> {
  const { messagesList, messageObjectTrees } = await call('pull-messages', { node: { nodeId } })
  const metadata = messagesList[0]?.metadata
  if (!metadata) return undefined
  // What is taken is remembered by its id, across the node's end.
  if (!isObjectId(metadata.messageId)) throw odd('its id is none')
  return { metadata, tree: messageObjectTrees[0] }
}

/** Distinct ids of a tree: it may name one twice. */
function idsOf(tree: ObjectTree): readonly string[] {
  const found = new Set<string>()
  const open = [tree]
  for (let next = open.pop(); next; next = open.pop()) {
    if (!isObjectId(next.objectId)) throw odd('its tree names what is no object')
    if (found.has(next.objectId)) continue
    found.add(next.objectId)
    if (found.size > mostObjects) throw odd(`it is of more than ${mostObjects} objects`)
    // One by one: a call with so many arguments runs out of stack.
    for (const child of next.children) open.push(child)
  }
  return [...found]
}

/**
 * Fetches a message's objects, and says that they are here: the server forgets them then.
 * @throws FrostglassError 'input' for a tree or objects that are none, 'aborted' once the signal has fired
 */
export async function pullContent(
  call: Call,
  nodeId: bigint,
  { metadata, tree }: Announced,
  signal?: AbortSignal,
): Promise<Received> {
  const { runId, messageId } = metadata
  if (!tree || tree.objectId !== messageId) throw odd('its tree is of another message')
  const objects = new Map<string, FlowerObject>()
  let bytes = 0
  for (const objectId of idsOf(tree)) {
    const content = await pullObject(call, { node: { nodeId }, runId, objectId }, signal)
    if (content === undefined) throw odd(`the server has no object ${objectId.slice(0, 12)}…`)
    bytes += content.length
    if (bytes > mostBytes) throw odd(`it is of more than ${mostBytes} bytes`)
    objects.set(objectId, parseObject(content, objectId))
  }
  const message = objects.get(messageId)
  const root = message?.children[0]
  const from = (id: string): FlowerObject => {
    const object = objects.get(id)
    if (object) return object
    throw odd(`object ${id.slice(0, 12)}… is not in its tree`)
  }
  if (root === undefined) throw odd('it has no content')
  const received = { metadata, content: contentOf(from(root), from) }
  await call('confirm-message-received', { node: { nodeId }, runId, messageObjectId: messageId })
  return received
}

/** Whatever a server's objects make the reader stumble over is a fault of theirs: the node refuses them, and stays. */
function contentOf(root: FlowerObject, from: ObjectSource): Content {
  try {
    return unpackContent(root, from)
  } catch (error) {
    if (error instanceof FrostglassError) throw error
    throw odd(`it cannot be read (${(error as Error).name})`)
  }
}

/** Who asks for which object. */
interface Wanted {
  readonly node: { readonly nodeId: bigint }
  readonly runId: bigint
  readonly objectId: string
}

/** An object's bytes, once they are there; undefined where the server has none of this id. */
async function pullObject(
  call: Call,
  request: Wanted,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  for (;;) {
    throwIfAborted(signal)
    const { objectFound, objectAvailable, objectContent } = await call('pull-object', request)
    if (!objectFound) return undefined
    if (objectAvailable) return objectContent
    await pause(beat, signal)
  }
}

/**
 * Delivers a reply. The same reply again, after a crash, has the same id: the server asks for what it lacks.
 * @param seconds of work, for the server's log
 * @returns whether the server has it; not where its program has taken it before, or waits for it no more
 * @throws FrostglassError 'input' where the server asks for what is none of the reply
 */
export async function pushReply(
  call: Call,
  nodeId: bigint,
  { metadata, objects, root, refused }: Reply,
  seconds: number,
): Promise<boolean> {
  const node = { nodeId }
  const { runId } = metadata
  const by = new Map(objects.map((object) => [object.id, object]))
  const { objectsToPush, sessionId } = await call('push-messages', {
    node,
    messagesList: [
      {
        metadata,
        // Present and empty: its records travel as objects. A refusal has none.
        ...(refused === undefined ? { content: {} } : { error: { code: 2n, reason: refused } }),
      },
    ],
    messageObjectTrees: [treeOf(root.id, (id) => by.get(id)!.children)],
    clientappRuntimeList: [seconds],
  })
  const stranger = objectsToPush.find((objectId) => !by.has(objectId))
  if (stranger !== undefined)
    throw odd(`the server asks for object ${stranger.slice(0, 12)}…, which is none of the reply`)
  const isWanted = objectsToPush.includes(root.id)
  if (!isWanted) {
    const { objectFound, objectAvailable } = await call('pull-object', { node, runId, objectId: root.id })
    if (objectAvailable) return true
    if (!objectFound) return false
    // Announced before this node was killed, and its program has begun to fetch it: the server takes no announcement any more,
    // but waits for the objects. Without a session's name it finds the one that wants them.
  }
  for (const object of objects) {
    if (isWanted && !objectsToPush.includes(object.id)) continue
    const wanted = { node, runId, objectId: object.id }
    const { stored } = await call('push-object', {
      ...wanted,
      objectContent: object.bytes,
      sessionId: isWanted ? sessionId : '',
    })
    // Not stored may also mean that it is there: from before, or from another node. Asking again tells.
    if (!stored && !(await call('pull-object', wanted)).objectAvailable) return false
  }
  return true
}

const has = async (call: Call, request: Wanted): Promise<boolean> =>
  (await call('pull-object', request)).objectFound

/** Milliseconds after the leave for which a server's program is waited for: it looks at replies every three seconds. */
const patience = 10_000

/**
 * Waits until the server's program has taken the reply: of a node that leaves before, it is thrown away.
 * @param leave once it has fired, it is waited for ten seconds more
 */
export async function settle(
  call: Call,
  nodeId: bigint,
  { metadata, root }: Reply,
  leave: AbortSignal,
): Promise<void> {
  const request = { node: { nodeId }, runId: metadata.runId, objectId: root.id }
  const { signal, release } = laterThan(leave, patience)
  try {
    while (!signal.aborted && (await has(call, request))) await pause(beat, signal)
  } finally {
    release()
  }
}

const odd = (why: string): FrostglassError =>
  new FrostglassError(
    'input',
    `a message of the server: ${why}`,
    'Look at the server’s log, and its version (1.41 and 1.42 were tested).',
  )
