// The order of records by a 64-bit key: least-significant-digit radix sort of their indices.
// Source: Knuth, TAOCP vol. 3, 5.2.5. Stable; six passes of 11 bits, those where all digits agree left out.
// It does not promise constant time: the passes taken depend on the keys.

const digitBits = 11
const digits = 1 << digitBits
const passes = Math.ceil(64 / digitBits)

/**
 * Indices of `count` records in ascending order of key, equal keys in their own order.
 * @param words the records; the key is the first two words of each, low word first
 * @param stride words a record
 */
export function radixOrder(words: Uint32Array, count: number, stride: number): Uint32Array {
  const low = new Uint32Array(count)
  const high = new Uint32Array(count)
  const counts = new Uint32Array(passes * digits)
  for (let i = 0; i < count; i++) {
    const l = words[i * stride]!
    const h = words[i * stride + 1]!
    low[i] = l
    high[i] = h
    for (let pass = 0; pass < passes; pass++) counts[pass * digits + digitOf(l, h, pass)]!++
  }
  let order = Uint32Array.from({ length: count }, (_, i) => i)
  let spare = new Uint32Array(count)
  for (let pass = 0; pass < passes; pass++) {
    const place = counts.subarray(pass * digits, (pass + 1) * digits)
    if (place.includes(count)) continue
    for (let digit = 0, sum = 0; digit < digits; digit++) {
      const here = place[digit]!
      place[digit] = sum
      sum += here
    }
    for (let i = 0; i < count; i++) {
      const index = order[i]!
      const digit = digitOf(low[index]!, high[index]!, pass)
      spare[place[digit]!++] = index
    }
    ;[order, spare] = [spare, order]
  }
  return order
}

/** Bits 11·pass and up of a key. */
function digitOf(low: number, high: number, pass: number): number {
  const shift = pass * digitBits
  if (shift >= 32) return (high >>> (shift - 32)) & (digits - 1)
  return shift === 0 ? low & (digits - 1) : ((low >>> shift) | (high << (32 - shift))) & (digits - 1)
}
