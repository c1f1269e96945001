// Every seed that a mask between two nodes of SecAgg+ can have, and the first number of each one's mask, fast.
// Source: BREAK.md, section 1. A key's text has 7 bits a character, so that four of its folded bits are always 0: 2^28 seeds.
// A seed whose mask starts with the number that is left out is missed: one in 2^32.

import { spread, tempered, twisted } from './masks.ts'

/** Seeds of a mask between two nodes: place 0 … 2^28 − 1. */
export const seedCount = 2 ** 28

/** The seed at a place: its 28 bits, seven to a byte. */
export const seedAt = (place: number): number =>
  ((place & 0x7f) | ((place & 0x3f80) << 1) | ((place & 0x1fc000) << 2) | ((place & 0xfe00000) << 3)) >>> 0

/** The place of a seed. */
export const placeOf = (seed: number): number =>
  (seed & 0x7f) | ((seed >>> 1) & 0x3f80) | ((seed >>> 2) & 0x1fc000) | ((seed >>> 3) & 0xfe00000)

/**
 * One number of a mask alone, where none before it is left out: three numbers of the state are in it.
 * @param at 0 … 226, for which the state is that of the seed
 */
export function wordAt(seed: number, at: number): number {
  let number = seed | 0
  let [first, second] = [number, 0]
  for (let k = 1; k <= at + 397; k++) {
    number = (Math.imul(number ^ (number >>> 30), spread) + k) | 0
    if (k === at) first = number
    if (k === at + 1) second = number
  }
  return tempered(twisted(first, second, number))
}

/** The generator's first word: of its 624 numbers of state only 0, 1 and 397 are in it. */
function firstWord(seed: number, number397: number): number {
  const number1 = (Math.imul(seed ^ (seed >>> 30), spread) + 1) | 0
  return tempered(twisted(seed, number1, number397))
}

/**
 * First numbers of the masks at places `from` … `from` + `words.length` − 1. Eight seeds go side by side: one waits for each
 * product, eight do not. Measured on one core: 1.0 million seeds a second by one, 3.4 by four, 5.2 by eight.
 * @param from a multiple of 8
 * @param words written, a multiple of 8 long
 */
export function firstWords(from: number, words: Uint32Array): void {
  for (let i = 0; i < words.length; i += 8) {
    const seed = seedAt(from + i)
    let [a, b, c, d] = [seed | 0, seed | 1, seed | 2, seed | 3]
    let [e, f, g, h] = [seed | 4, seed | 5, seed | 6, seed | 7]
    for (let k = 1; k <= 397; k++) {
      a = (Math.imul(a ^ (a >>> 30), spread) + k) | 0
      b = (Math.imul(b ^ (b >>> 30), spread) + k) | 0
      c = (Math.imul(c ^ (c >>> 30), spread) + k) | 0
      d = (Math.imul(d ^ (d >>> 30), spread) + k) | 0
      e = (Math.imul(e ^ (e >>> 30), spread) + k) | 0
      f = (Math.imul(f ^ (f >>> 30), spread) + k) | 0
      g = (Math.imul(g ^ (g >>> 30), spread) + k) | 0
      h = (Math.imul(h ^ (h >>> 30), spread) + k) | 0
    }
    words[i] = firstWord(seed, a)
    words[i + 1] = firstWord(seed | 1, b)
    words[i + 2] = firstWord(seed | 2, c)
    words[i + 3] = firstWord(seed | 3, d)
    words[i + 4] = firstWord(seed | 4, e)
    words[i + 5] = firstWord(seed | 5, f)
    words[i + 6] = firstWord(seed | 6, g)
    words[i + 7] = firstWord(seed | 7, h)
  }
}

/** Numbers modulo 2^32: `least` and up to `width` above it. */
export interface Window {
  readonly least: number
  readonly width: number
}

/** Places within a span. */
export interface Span {
  /** A multiple of 8. */
  readonly from: number
  /** A multiple of 8. */
  readonly count: number
}

const piece = 2 ** 14

/** Places in a span at which a mask starts within a window. */
export function placesWithin({ from, count }: Span, { least, width }: Window): number[] {
  const words = new Uint32Array(Math.min(piece, count))
  const found: number[] = []
  for (let start = 0; start < count; start += words.length) {
    firstWords(from + start, words)
    for (let i = 0; i < words.length; i++)
      if ((words[i]! - least) >>> 0 <= width) found.push(from + start + i)
  }
  return found
}
