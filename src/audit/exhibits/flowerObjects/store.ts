// A Flower server's store of objects, as far as nodes can ask it: whose an object is, it does not ask.
// Source: flwr 1.42, supercore/object_store/in_memory_object_store.py (`preregister`, `put`, `get`), and the Fleet API over it.
// One store for all nodes and all runs. When objects are dropped is left out: it ends the window in which one can ask.

import type { FlowerObject } from '../../../fleet/flower/objects.ts'

/** What the Fleet API lets every node of a run do. */
export interface ObjectStore {
  /** PushMessages: the ids of a message's tree, and back those whose bytes the store lacks. Nothing limits how many. */
  push(ids: readonly string[]): string[]
  /** PushObject: bytes under an id that was named before; again they are not stored. */
  put(object: FlowerObject): boolean
  /** PullObject, whoever asks; nothing where there is none. */
  pull(id: string): Uint8Array | undefined
}

/** An empty store. */
export function openObjectStore(): ObjectStore {
  // Named and not yet there: undefined.
  const held = new Map<string, Uint8Array | undefined>()
  return Object.freeze({
    push(ids: readonly string[]) {
      for (const id of ids) if (!held.has(id)) held.set(id, undefined)
      return ids.filter((id) => held.get(id) === undefined)
    },
    put({ id, bytes }: FlowerObject) {
      if (!held.has(id) || held.get(id) !== undefined) return false
      held.set(id, bytes)
      return true
    },
    pull: (id: string) => held.get(id),
  })
}

/** A node's reply goes to the store: what is missing of it is sent. @returns how many objects were sent */
export function sendReply(store: ObjectStore, objects: readonly FlowerObject[]): number {
  const missing = new Set(store.push(objects.map(({ id }) => id)))
  return objects.filter((object) => missing.has(object.id) && store.put(object)).length
}
