// Messages of a run: what the server asked, and the reply to it.
// Source: Flower 1.42, app/message; a message is an object whose body is its metadata, without its own id.
// A reply's metadata are fixed when it is made: sent again after a crash it has the same id, and the server takes it once.

import { create, type MessageShape, toBinary } from '@bufbuild/protobuf'
import type { Content, Packed } from './content.ts'
import { packContent } from './content.ts'
import { MessageSchema, type Metadata, MetadataSchema, ObjectTreeSchema } from './flower_pb.js'
import { flowerObject } from './objects.ts'

/** The node id of whoever runs the strategy. */
const serverNode = 1n

/** Code of an error reply: the node's own program failed, or refuses. */
const clientAppRaised = 2n

/** A reply that can be sent. */
export interface Reply extends Packed {
  /** With its id. */
  readonly metadata: Metadata
  /** Why there is no content. */
  readonly refused: string | undefined
}

/**
 * The reply to a message.
 * @param answer content, or in words why there is none; these the operator is shown as they are
 * @param now seconds since 1970
 */
export function replyTo(
  received: Metadata,
  answer: { readonly content: Content } | { readonly refused: string },
  now: number,
): Reply {
  const createdAt = now
  const metadata = create(MetadataSchema, {
    runId: received.runId,
    srcNodeId: received.dstNodeId,
    dstNodeId: serverNode,
    replyToMessageId: received.messageId,
    groupId: received.groupId,
    messageType: received.messageType,
    createdAt,
    // It lives as long as what it answers does.
    ttl: received.createdAt + received.ttl - createdAt,
    ...(received.srcTaskId === undefined ? {} : { dstTaskId: received.srcTaskId }),
    ...(received.dstTaskId === undefined ? {} : { srcTaskId: received.dstTaskId }),
  })
  const packed = 'content' in answer ? packContent(answer.content) : undefined
  const refused = 'refused' in answer ? answer.refused : undefined
  const body = toBinary(
    MessageSchema,
    create(MessageSchema, {
      metadata,
      ...(refused === undefined ? {} : { error: { code: clientAppRaised, reason: refused } }),
    }),
  )
  const root = flowerObject('Message', packed ? [packed.root.id] : [], body)
  return {
    root,
    objects: [...(packed?.objects ?? []), root],
    metadata: { ...metadata, messageId: root.id },
    refused,
  }
}

/** The tree of an object, by what is below each. */
export function treeOf(
  id: string,
  children: (id: string) => readonly string[],
): MessageShape<typeof ObjectTreeSchema> {
  return create(ObjectTreeSchema, {
    objectId: id,
    children: children(id).map((child) => treeOf(child, children)),
  })
}
