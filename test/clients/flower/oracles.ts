// Two questions that any node can ask of a Flower server about another node's reply: give me this object; do you have these?
// Source: flwr 1.42, pull-object (fleet_handlers.py: no look at whose object it is) and push-messages (`objects_to_push`).
// An id is the hash of an object's bytes: whoever asks must know or guess the bytes of at least what it asks about.

import type { Call } from '../../../src/fleet/flower/fleetCalls.ts'
import type { Metadata } from '../../../src/fleet/flower/flower_pb.js'
import { replyTo } from '../../../src/fleet/flower/message.ts'
import { type FlowerObject, flowerObject } from '../../../src/fleet/flower/objects.ts'

/** What the server gives a node of objects by their ids; undefined of one that it does not have or give. */
export async function pulled(
  call: Call,
  nodeId: bigint,
  runId: bigint,
  ids: readonly string[],
): Promise<readonly (Uint8Array | undefined)[]> {
  const found: (Uint8Array | undefined)[] = []
  for (const objectId of ids) {
    const answer = await call('pull-object', { node: { nodeId }, runId, objectId })
    found.push(answer.objectAvailable ? answer.objectContent : undefined)
  }
  return found
}

/**
 * Which of these objects the server has, by one announcement of a reply that is never sent: all of them stand in its tree, and the
 * server asks for those that it lacks.
 * @param message that the asking node was sent: it has one announcement for each
 */
export async function existing(
  call: Call,
  nodeId: bigint,
  message: Metadata,
  guesses: readonly FlowerObject[],
): Promise<readonly boolean[]> {
  const { metadata } = replyTo(message, { content: new Map() }, Date.now() / 1000)
  const root = flowerObject(
    'Message',
    guesses.map(({ id }) => id),
    new TextEncoder().encode('never sent'),
  )
  const { objectsToPush } = await call('push-messages', {
    node: { nodeId },
    messagesList: [{ metadata: { ...metadata, messageId: root.id }, content: {} }],
    messageObjectTrees: [
      { objectId: root.id, children: guesses.map(({ id }) => ({ objectId: id, children: [] })) },
    ],
    clientappRuntimeList: [0],
  })
  // No answer at all would look as if all were there.
  if (!objectsToPush.includes(root.id)) throw new Error('the server took no announcement')
  return guesses.map(({ id }) => !objectsToPush.includes(id))
}
