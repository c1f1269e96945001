// Whole numbers below n, exactly uniform, of any source of words.
// Source: rejection of the words beyond the last whole multiple of n (von Neumann 1951).
// It does not promise constant time: how long a draw takes depends on what is drawn.

import type { RandomSource } from './source.ts'

const two32 = 2 ** 32

/** Uniform on 0 … n − 1, by rejection. @throws RangeError unless n is an integer from 1 to 2^53. */
export function drawBelow(n: number, random: RandomSource): number {
  if (!Number.isSafeInteger(n) || n < 1) throw new RangeError(`drawBelow takes 1 to 2^53, but ${n} came`)
  // One word where it is enough: 53 bits of two words else. All of it is integers below 2^53, so it is exact.
  const range = n <= two32 ? two32 : 2 ** 53
  const limit = range - (range % n)
  for (;;) {
    const word = range === two32 ? random.uint32() : (random.uint32() >>> 11) * two32 + random.uint32()
    if (word < limit) return word % n
  }
}

/** Uniform on 0 … n − 1 for n of any size. @throws RangeError unless n is positive. */
export function drawBigBelow(n: bigint, random: RandomSource): bigint {
  if (n < 1n) throw new RangeError(`drawBigBelow takes a positive integer, but ${n} came`)
  if (n <= 0x1_0000_0000n) return BigInt(drawBelow(Number(n), random))
  const bits = (n - 1n).toString(2).length
  for (;;) {
    const value = drawBits(bits, random)
    if (value < n) return value
  }
}

/** Uniform on 0 … 2^bits − 1. */
export function drawBits(bits: number, random: RandomSource): bigint {
  let value = 0n
  for (let have = 0; have < bits; have += 32) value = (value << 32n) | BigInt(random.uint32())
  return BigInt.asUintN(bits, value)
}
