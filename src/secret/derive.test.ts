import { createCipheriv, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawSecret, rowKeys, stream, subkey } from './derive.ts'

const golden = JSON.parse(readFileSync(new URL('./golden/derive.json', import.meta.url), 'utf8'))
const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('golden vectors: a key made today decodes for ever', () => {
  it('derives the recorded subkeys', () => {
    for (const [purpose, expected] of Object.entries(golden.subkeys)) {
      expect(hex(subkey(secret, purpose as 'matrix', 3))).toBe(expected)
    }
  })

  it('reads the recorded numbers off the stream', () => {
    const words = stream(secret, 'matrix', 1)
    expect(Array.from({ length: 4 }, () => words.uint32())).toEqual(golden.uint32)
    const doubles = stream(secret, 'bias', 1)
    expect(Array.from({ length: 4 }, () => doubles.uniform())).toEqual(golden.uniform)
    expect(Array.from(stream(secret, 'columns').permutation(12))).toEqual(golden.permutation)
    const small = stream(secret, 'classes')
    expect(Array.from({ length: 12 }, () => small.below(7))).toEqual(golden.below7)
    expect(Array.from(rowKeys(secret)(21, 4), String)).toEqual(golden.rowKeys21)
  })

  it('draws the recorded Gaussians to the last bits', () => {
    const normal = stream(secret, 'matrix', 2)
    for (const expected of golden.gaussian) expect(normal.gaussian()).toBeCloseTo(expected, 14)
  })
})

describe('against a second implementation (node:crypto)', () => {
  it('agrees on HKDF-SHA256 and on the ChaCha20 keystream at any block', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 0, max: 2 ** 35 - 64 }),
        fc.integer({ min: 1, max: 40 }),
        (master, first, rows) => {
          const key = Buffer.from(hkdfSync('sha256', master, '', 'frostglass/v1/rows/0', 32))
          expect(hex(subkey(master, 'rows'))).toBe(key.toString('hex'))
          const block = Math.floor(first / 8)
          const iv = Buffer.alloc(16)
          iv.writeUInt32LE(block, 0)
          const skipped = (first - block * 8) * 8
          const zeros = Buffer.alloc(skipped + rows * 8)
          const bytes = createCipheriv('chacha20', key, iv).update(zeros).subarray(skipped)
          const expected = Array.from({ length: rows }, (_, i) => bytes.readBigUInt64LE(i * 8))
          expect(Array.from(rowKeys(master)(first, rows))).toEqual(expected)
        },
      ),
      { numRuns: 50 },
    )
  })
})

it('gives the same row keys chunk by chunk as at once', () => {
  const keys = rowKeys(secret)
  const whole = keys(0, 1000)
  for (const [first, rows] of [
    [0, 1],
    [7, 2],
    [8, 8],
    [13, 500],
    [999, 1],
  ] as const) {
    expect(keys(first, rows)).toEqual(whole.slice(first, first + rows))
  }
})

it('separates purposes, indices and secrets', () => {
  const other = drawSecret()
  const seen = new Set([
    hex(subkey(secret, 'matrix', 0)),
    hex(subkey(secret, 'matrix', 1)),
    hex(subkey(secret, 'bias', 0)),
    hex(subkey(other, 'matrix', 0)),
  ])
  expect(seen.size).toBe(4)
})

it('refuses a secret of the wrong length and an impossible range', () => {
  expect(() => subkey(new Uint8Array(16), 'rows')).toThrow('a master secret has 32 bytes, but 16 came')
  expect(() => stream(secret, 'rows').below(0)).toThrow(RangeError)
  expect(() => stream(secret, 'rows').below(1.5)).toThrow(RangeError)
})

// The seed is fixed, so these pass or fail for ever; the rates say how often a random secret would fail them.
describe('statistics of the stream', () => {
  it('below(7) is uniform: chi-square with 6 degrees, false alarm 1e-4', () => {
    const random = stream(secret, 'classes', 1)
    const counts = new Array(7).fill(0)
    for (let i = 0; i < 70_000; i++) counts[random.below(7)]++
    const chi = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)
    expect(chi).toBeLessThan(27.86)
  })

  it('below(3 · 2^30) is unbiased where a remainder of 32 bits would favour the lower third: false alarm 1e-4', () => {
    const random = stream(secret, 'classes', 2)
    let low = 0
    for (let i = 0; i < 30_000; i++) if (random.below(3 * 2 ** 30) < 2 ** 30) low++
    expect(Math.abs(low - 10_000)).toBeLessThan(3.89 * Math.sqrt((30_000 * 2) / 9))
  })

  it('uniform(): mean, variance and largest gap to the diagonal (Kolmogorov-Smirnov, false alarm 1e-4)', () => {
    const random = stream(secret, 'bias', 7)
    const n = 20_000
    const xs = Float64Array.from({ length: n }, () => random.uniform()).sort()
    let gap = 0
    xs.forEach((x, i) => {
      gap = Math.max(gap, Math.abs(x - i / n), Math.abs(x - (i + 1) / n))
    })
    expect(gap).toBeLessThan(2.23 / Math.sqrt(n))
  })

  it('gaussian(): first four moments, each within 3.9 standard errors (false alarm 4e-4 together)', () => {
    const random = stream(secret, 'matrix', 7)
    const n = 40_000
    const moments = [0, 0, 0, 0]
    for (let i = 0; i < n; i++) {
      const x = random.gaussian()
      for (let p = 0; p < 4; p++) moments[p]! += x ** (p + 1) / n
    }
    const expected = [0, 1, 0, 3]
    const variances = [1, 2, 15, 96]
    expected.forEach((mean, p) => {
      expect(Math.abs(moments[p]! - mean)).toBeLessThan(3.9 * Math.sqrt(variances[p]! / n))
    })
  })

  it('permutation(4) takes all 24 orders alike: chi-square with 23 degrees, false alarm 1e-4', () => {
    const random = stream(secret, 'columns', 1)
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = random.permutation(4).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(24)
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0)
    expect(chi).toBeLessThan(56.6)
  })
})
