// The order of records by a 64-bit key: radix sort on the 32 leading bits, comparison for those that agree there.
// Source: Knuth, TAOCP vol. 3, 5.2.5. Stable.
// It does not promise constant time: the steps taken depend on the keys.

const digitBits = 11
const digits = 1 << digitBits
const passes = 3

/**
 * Indices of `count` records in ascending order of key, equal keys in their own order.
 * Sorting all 64 bits in six passes took twice as long, and random keys of a bucket hardly ever agree in 32.
 * @param words the records; the key is the first two words of each, low word first
 * @param stride words a record
 * @param bits the keys agree above their low `bits` bits, 0 to 64
 */
export function radixOrder(words: Uint32Array, count: number, stride: number, bits: number): Uint32Array {
  const leading = leadingBits(words, count, stride, bits)
  const counts = new Uint32Array(passes * digits)
  for (let i = 0; i < count; i++) {
    const key = leading[i]!
    counts[key & (digits - 1)]!++
    counts[digits + ((key >>> 11) & (digits - 1))]!++
    counts[2 * digits + (key >>> 22)]!++
  }
  let order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  let spare = new Uint32Array(count)
  for (let pass = 0; pass < passes; pass++) {
    const place = counts.subarray(pass * digits, (pass + 1) * digits)
    const shift = pass * digitBits
    // All keys have this digit in common.
    if (count > 0 && place[(leading[0]! >>> shift) & (digits - 1)] === count) continue
    for (let digit = 0, sum = 0; digit < digits; digit++) {
      const here = place[digit]!
      place[digit] = sum
      sum += here
    }
    for (let i = 0; i < count; i++) {
      const index = order[i]!
      const digit = (leading[index]! >>> shift) & (digits - 1)
      spare[place[digit]!++] = index
    }
    ;[order, spare] = [spare, order]
  }
  if (bits > 32) sortRuns(order, leading, words, stride)
  return order
}

/** Of each key the 32 bits from the highest that differs, or all of them if fewer. */
function leadingBits(words: Uint32Array, count: number, stride: number, bits: number): Uint32Array {
  const leading = new Uint32Array(count)
  const shift = bits - 32
  if (shift <= 0) {
    const mask = bits >= 32 ? 0xffffffff : 2 ** bits - 1
    for (let i = 0, at = 0; i < count; i++, at += stride) leading[i] = words[at]! & mask
  } else if (shift === 32) for (let i = 0, at = 1; i < count; i++, at += stride) leading[i] = words[at]!
  else
    for (let i = 0, at = 0; i < count; i++, at += stride)
      leading[i] = (words[at]! >>> shift) | (words[at + 1]! << (32 - shift))
  return leading
}

/** Puts in order the stretches whose leading bits agree. */
function sortRuns(order: Uint32Array, leading: Uint32Array, words: Uint32Array, stride: number): void {
  const compare = (a: number, b: number) =>
    words[a * stride + 1]! - words[b * stride + 1]! || words[a * stride]! - words[b * stride]! || a - b
  for (let from = 0; from < order.length; ) {
    const key = leading[order[from]!]!
    let to = from + 1
    while (to < order.length && leading[order[to]!] === key) to++
    if (to - from > 1) order.subarray(from, to).sort(compare)
    from = to
  }
}
