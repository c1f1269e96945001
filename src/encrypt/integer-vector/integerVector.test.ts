import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stream } from '../../secret/index.ts'
import {
  add,
  bitLength,
  centred,
  constant,
  createKey,
  decrypt,
  encrypt,
  encryptionKey,
  type IntegerVectorKey,
  type IntegerVectorParameters,
  linearKey,
  modular,
  noiseOf,
  noisy,
  product,
  productKey,
  published,
  roundedQuotient,
  scale,
  subtract,
  switchKey,
} from './index.ts'

const variants = { published, noisy, modular }
const secret = Uint8Array.from({ length: 32 }, (_, i) => 3 * i)
const keys = stream(secret, 'integer-vector key')
const switches = stream(secret, 'integer-vector switch')
const identity = (n: number) =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1n : 0n)))
const numbers = (size: number, most: bigint) =>
  fc.array(fc.bigInt({ min: -most, max: most }), { minLength: size, maxLength: size })
const dot = (a: readonly bigint[], b: readonly bigint[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0n)

describe.each(Object.entries(variants))('integer vectors as %s', (_, parameters) => {
  const key = createKey(3, parameters, keys)
  const single = createKey(1, parameters, keys)
  const open = encryptionKey(key, switches)
  const H = [
    [2n, 0n, -1n],
    [0n, 5n, 0n],
    [7n, 1n, 1n],
  ]
  const inner = productKey([H], key, key, single, switches)
  const G = [
    [1n, -2n, 3n],
    [0n, 4n, 0n],
    [-9n, 1n, 1n],
  ]
  const mapped = linearKey(G, key, key, switches)

  it('decrypts what was encrypted, and sums, differences and multiples of it', () => {
    fc.assert(
      fc.property(numbers(3, 10n ** 6n), numbers(3, 10n ** 6n), fc.bigInt(-50n, 50n), (x, y, k) => {
        const [a, b] = [encrypt(open, x), encrypt(open, y)]
        expect(decrypt(key, a)).toEqual(x)
        expect(decrypt(key, add(a, b))).toEqual(x.map((v, i) => v + y[i]!))
        expect(decrypt(key, subtract(a, b))).toEqual(x.map((v, i) => v - y[i]!))
        expect(decrypt(key, scale(a, k))).toEqual(x.map((v) => v * k))
        expect(decrypt(key, add(a, constant(parameters, y)))).toEqual(x.map((v, i) => v + y[i]!))
      }),
      { numRuns: 30 },
    )
  })

  it('maps linearly', () => {
    fc.assert(
      fc.property(numbers(3, 10n ** 4n), (x) => {
        expect(decrypt(key, switchKey(mapped, encrypt(open, x)))).toEqual(G.map((row) => dot(row, x)))
      }),
      { numRuns: 30 },
    )
  })

  it('multiplies: weighted inner products of small vectors', () => {
    fc.assert(
      fc.property(numbers(3, 30n), numbers(3, 30n), (x, y) => {
        const back = decrypt(single, product(inner, encrypt(open, x), encrypt(open, y)))
        expect(back).toEqual([
          dot(
            x,
            H.map((row) => dot(row, y)),
          ),
        ])
      }),
      { numRuns: 30 },
    )
  })

  it('has noise of the size that its text says', () => {
    const x = [1n, -2n, 3n]
    const most = noiseOf(key, encrypt(open, x), x).reduce((a, v) => (bitLength(v) > a ? bitLength(v) : a), 0)
    if (parameters.noise === 0n) expect(most).toBe(0)
    // Three numbers of weight w, at most 100 bits each, 10 each: below 3000.
    else expect(most).toBeLessThanOrEqual(12)
    if (parameters.noise > 0n) expect(most).toBeGreaterThan(0)
  })
})

describe('what the parameters hold up to', () => {
  const chain = (parameters: IntegerVectorParameters, most: number): number => {
    const key = createKey(1, parameters, stream(secret, 'integer-vector key', 5))
    const square = productKey([identity(1)], key, key, key, switches)
    const open = encryptionKey(key, switches)
    const three = encrypt(open, [3n])
    let power = three
    for (let times = 1; times <= most; times++) {
      power = product(square, power, three)
      if (decrypt(key, power)[0] !== 3n ** BigInt(times + 1)) return times - 1
    }
    return most
  }

  it('without noise products go on, with noise they fail when it outgrows half of the weight', () => {
    // 3^41 has 65 bits: with the weight's 25 it stays below the 100 that are taken apart.
    expect(chain(published, 40)).toBe(40)
    const some = chain(noisy, 40)
    expect(some).toBeGreaterThan(2)
    expect(some).toBeLessThan(12)
    expect(chain(modular, 40)).toBeGreaterThan(0)
    expect(chain(modular, 40)).toBeLessThan(4)
    // The published weight under a modulus: not one product.
    expect(chain({ ...modular, weight: published.weight }, 40)).toBe(0)
  })

  it('a number of more bits than are taken apart is an error, not a wrong answer', () => {
    const key = createKey(1, published, keys)
    expect(() => encrypt(encryptionKey(key, switches), [1n << 80n])).toThrow(
      /has 106 bits, and key switching takes 100/,
    )
  })

  it('parameters that fit no scheme are refused', () => {
    for (const [change, why] of [
      [{ bits: 0 }, /bits/],
      [{ weight: 1n }, /weight/],
      [{ keyBound: 1n }, /bounds/],
      [{ noise: -1n }, /noise/],
      [{ modulus: 2n ** 20n }, /modulus/],
      [{ modulus: 2n ** 101n }, /modulus/],
    ] as const) {
      expect(() => createKey(2, { ...published, ...change }, keys)).toThrow(why)
    }
    expect(() => createKey(0, published, keys)).toThrow(RangeError)
  })

  it('vectors of other sizes are refused', () => {
    const key: IntegerVectorKey = createKey(2, published, keys)
    const open = encryptionKey(key, switches)
    expect(() => encrypt(open, [1n])).toThrow(/2 numbers were expected, but 1 came/)
    expect(() => add(encrypt(open, [1n, 2n]), [1n])).toThrow(RangeError)
    expect(() => decrypt(key, [1n])).toThrow(RangeError)
  })
})

describe('arithmetic', () => {
  it('rounds to the nearest, halves upwards', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.bigInt(1n, 10n ** 12n), (a, b) => {
        const twice = 2n * (a - roundedQuotient(a, b) * b)
        expect(twice >= -b && twice < b).toBe(true)
      }),
    )
    expect([-3n, -1n, 1n, 3n].map((a) => roundedQuotient(a, 2n))).toEqual([-1n, 0n, 1n, 2n])
  })

  it('takes residues nearest to zero', () => {
    expect([-7n, -3n, 0n, 3n, 5n, 12n].map((a) => centred(a, 10n))).toEqual([3n, -3n, 0n, 3n, 5n, 2n])
    expect(centred(12n, null)).toBe(12n)
  })
})
