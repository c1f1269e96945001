// Repeatable randomness of training: one seed, an independent stream for every use, orders and noise from it.
// Source: Fisher and Yates (Durstenfeld's form); the generator is graph/plain/random.ts (xoshiro128**).
// Repeatable, not secret: nothing keyed may come from here.

import { type Random, random } from '../graph/plain/random.ts'

export type { Random } from '../graph/plain/random.ts'

/**
 * The stream of a seed for one use: `stream(7, 'shuffle', 12)` is the twelfth epoch's order, whatever else was drawn.
 * That is why a checkpoint need not hold any generator's state.
 */
export function stream(seed: number, use: string, index = 0): Random {
  // FNV-1a over the name and both numbers' bits; the generator's own seeding mixes the rest.
  let hash = 0x811c9dc5
  for (let i = 0; i < use.length; i++) hash = Math.imul(hash ^ use.charCodeAt(i), 0x01000193)
  for (const word of new Int32Array(Float64Array.of(seed, index).buffer)) {
    for (let shift = 0; shift < 32; shift += 8) hash = Math.imul(hash ^ ((word >>> shift) & 255), 0x01000193)
  }
  return random(hash >>> 0)
}

/** Puts `items` into a random order, in place: every order is equally likely. */
export function shuffle(items: Int32Array, source: Random): Int32Array {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(source.uniform() * (i + 1))
    const kept = items[i]!
    items[i] = items[j]!
    items[j] = kept
  }
  return items
}

/** 0, 1, … count − 1. */
export function upTo(count: number): Int32Array {
  const items = new Int32Array(count)
  for (let i = 0; i < count; i++) items[i] = i
  return items
}
