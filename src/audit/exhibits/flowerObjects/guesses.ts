// What a node of a Flower fleet learns of another's reply by asking for the ids of what it may be.
// Source: BREAK.md; an id is SHA-256 of an object's bytes, so whoever can list what an object may be can ask for each.
// It learns nothing of what it cannot list: objects of many bits are as hidden as SHA-256 makes them.

import { encodeNpy } from '../../../fleet/flower/npy.ts'
import { type FlowerObject, flowerObject } from '../../../fleet/flower/objects.ts'
import { encodeMetrics } from '../../../fleet/flower/records.ts'
import { tensor } from '../../../graph/index.ts'
import type { ObjectStore } from './store.ts'

/** The one object of a reply that holds these numbers: of an array its only chunk. */
export const chunkOf = (values: Float32Array): FlowerObject =>
  flowerObject('ArrayChunk', [], encodeNpy(tensor(values, [values.length])))

/** The object of a count of examples alone, as FedAvg wants it. */
export const countOf = (examples: number): FlowerObject =>
  flowerObject('MetricRecord', [], encodeMetrics(new Map([['num-examples', { integer: BigInt(examples) }]])))

/**
 * Which of many guesses the store holds: by one message whose tree names them all. It is answered, and the message, of which
 * nothing is ever sent, is dropped without anybody being told.
 */
export function heldOf<T>(store: ObjectStore, guesses: ReadonlyMap<string, T>): T[] {
  const missing = new Set(store.push([...guesses.keys()]))
  return [...guesses].filter(([id]) => !missing.has(id)).map(([, guess]) => guess)
}

/**
 * Bits of the likeliest value of numbers with Gaussian noise (min-entropy): g guesses find them with a chance of g · 2^−bits at
 * most, even by somebody who knows them without the noise.
 * @param sigma of the noise @param step apart are the values that can be sent: of the grid, or of the dtype where that is coarser
 */
export const bitsOfNoise = (numbers: number, sigma: number, step: number): number =>
  numbers * Math.max(0, Math.log2((sigma / step) * Math.sqrt(2 * Math.PI)))
