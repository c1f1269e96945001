// Random orders: of what lies in an array, and of the numbers from 0.
// Source: Fisher and Yates, Durstenfeld's form (1964).
// An order is as secret, and as even, as the numbers that it is made of.

/** Puts `items` into a random order, in place: every order is equally likely. @param source numbers below a bound */
export function shuffle<T extends Int32Array | Float64Array>(
  items: T,
  source: { below(count: number): number },
): T {
  for (let i = items.length - 1; i > 0; i--) {
    const j = source.below(i + 1)
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
