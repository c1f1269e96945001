// The law of the noise that drowns: every coefficient of a ciphertext, by the bound of Dvoretzky, Kiefer and Wolfowitz with
// Massart's constant, P(sup |Fₙ − F| > ε) ≤ 2 exp(−2nε²): four tests of a false alarm of at most 2.5e-10 each, 1e-9 in all.

import { expect, it } from 'vitest'
import { drawSecret, stream } from '../../secret/derive.ts'
import { openContext } from '../seal/context.ts'
import { bfvParameters } from '../seal/parameters.ts'
import { drawNoise, drowner, drownWidths } from './drown.ts'

const source = () => stream(drawSecret(), 'answer noise')

/** The largest distance of the empirical distribution from a law. */
function distance(values: readonly number[], law: (x: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const apart = sorted.map((x, i) => {
    const at = law(x)
    return Math.max(at - i / sorted.length, (i + 1) / sorted.length - at)
  })
  return apart.reduce((most, own) => Math.max(most, own), 0)
}
const allowed = (count: number) => Math.sqrt(Math.log(2 / 2.5e-10) / (2 * count))
const held = (x: number) => Math.min(1, Math.max(0, x))

/** Irwin and Hall, three uniform numbers of 0 … 1. */
function three(x: number): number {
  if (x <= 0) return 0
  if (x < 1) return x ** 3 / 6
  if (x < 2) return (-2 * x ** 3 + 9 * x ** 2 - 9 * x + 3) / 6
  return x < 3 ? 1 - (3 - x) ** 3 / 6 : 1
}

it('is wide over all coefficients, the same number modulo every prime, and leaves the second polynomial', async () => {
  const [parameters] = bfvParameters(38, 1)
  const context = await openContext(parameters!)
  const { seal, arena, plainModulus } = context
  try {
    const primes = context.primes.map(BigInt)
    const modulus = primes.reduce((product, prime) => product * prime, 1n)
    const room = modulus / plainModulus!
    const { wide, soft } = drownWidths(modulus, plainModulus!)
    const generator = arena.own(new seal.KeyGenerator(context.context))
    const encryptor = arena.own(new seal.Encryptor(context.context, arena.own(generator.createPublicKey())))
    const drown = drowner(context, source())
    const numbers = (bytes: Uint8Array) =>
      new BigUint64Array(bytes.slice(bytes.length - 16 * 8192 * primes.length).buffer)
    // Σ rⱼ (Q / qⱼ) ((Q / qⱼ)⁻¹ mod qⱼ), the inverse by Fermat.
    const joints = primes.map((prime) => {
      const rest = modulus / prime
      let [inverse, square] = [1n, rest % prime]
      for (let e = prime - 2n; e > 0n; e >>= 1n) {
        if (e & 1n) inverse = (inverse * square) % prime
        square = (square * square) % prime
      }
      return rest * inverse
    })
    const seen: bigint[] = []
    for (let round = 0; round < 4; round++) {
      const own = new seal.Ciphertext()
      encryptor.encryptZero(own)
      const before = numbers(own.saveToArray(seal.ComprModeType.none) as Uint8Array)
      drown(own)
      const after = numbers(own.saveToArray(seal.ComprModeType.none) as Uint8Array)
      own.delete()
      const half = 8192 * primes.length
      expect(after.subarray(half)).toEqual(before.subarray(half))
      for (let i = 0; i < 8192; i++) {
        const sum = joints.reduce((all, joint, m) => {
          const at = m * 8192 + i
          return all + joint * (after[at]! + primes[m]! - before[at]!)
        }, 0n)
        const value = sum % modulus
        seen.push(2n * value > modulus ? value - modulus : value)
      }
    }
    // One small number, by all primes together: any that differed would make it as large as the modulus.
    const most = (wide + 3n * (1n << BigInt(soft))) / 2n + 1n
    expect(most < room / 2n - (room >> 22n)).toBe(true)
    expect(seen.every((v) => v <= most && -v <= most)).toBe(true)
    // The widest part alone has 99.4% of the room; what softens its ends moves the distribution by less than 0.006.
    const count = seen.length
    const scaled = (v: bigint) => Number((v * 2n ** 53n) / wide) / 2 ** 53
    expect(distance(seen.map(scaled), (x) => held(x + 0.5))).toBeLessThan(allowed(count) + 0.006)
    // Its last bits are as random as its first.
    const last = seen.map((v) => Number(BigInt.asUintN(32, v)) / 2 ** 32)
    expect(distance(last, held)).toBeLessThan(allowed(count))
    // Neighbours do not belong together.
    const between = seen.map((v, i) => {
      const turned = scaled(v) - scaled(seen[(i + 1) % count]!)
      return turned - Math.floor(turned)
    })
    const apart = between.filter((_, i) => i % 2 === 0)
    expect(distance(apart, held)).toBeLessThan(allowed(apart.length) + 0.012)
  } finally {
    arena.close()
  }
})

it('has ends that are the sum of three uniform numbers', () => {
  for (const soft of [3, 31, 32, 33, 125]) {
    const draw = drawNoise({ wide: 1n, soft }, source())
    const size = 2n ** BigInt(soft)
    const offset = (3n * size) / 2n
    const values = Array.from({ length: soft === 125 ? 20_000 : 200 }, () => draw() + offset)
    expect(values.every((v) => v >= 0n && v <= 3n * (size - 1n))).toBe(true)
    if (soft === 125)
      expect(
        distance(
          values.map((v) => Number((v * 2n ** 53n) / size) / 2 ** 53),
          three,
        ),
      ).toBeLessThan(allowed(values.length))
  }
})

it('fits its room at every size of a plain modulus', () => {
  const modulus = 2n ** 174n - 12345n
  for (let bits = 17; bits <= 40; bits++) {
    const plain = 2n ** BigInt(bits) - 16383n
    const room = modulus / plain
    const { wide, soft } = drownWidths(modulus, plain)
    expect(wide + 3n * 2n ** BigInt(soft) <= room - 2n * (room >> 21n)).toBe(true)
    // What it leaves to other messages: below 0.0085 bits a coefficient, 70 an output.
    expect(8192 * Math.log2(Number((room << 40n) / wide) / 2 ** 40)).toBeLessThan(70)
    // The Fisher information of its place.
    const information = (3.744 * Number(room) ** 2) / (Number(wide) * 2 ** soft)
    expect(Math.log2(information) / 2).toBeLessThan(5.96)
  }
})
