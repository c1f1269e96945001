import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unwrap, wrap } from '../seal/envelope.ts'
import { ckksParameters, levelsOf, requireSecure } from '../seal/parameters.ts'
import { type CkksOwner, createCkksOwner, openCkksOwner } from './owner.ts'
import { type CkksService, openCkksService } from './service.ts'

const parameters = ckksParameters(3, 30)
let owner: CkksOwner
let service: CkksService
beforeAll(async () => {
  owner = await createCkksOwner(parameters)
  service = await openCkksService(
    owner.evaluationKeys({ relinearisation: true, rotations: [1, 5, owner.slots - 1] }),
  )
})
afterAll(() => {
  service?.close()
  owner?.close()
})

const most = 1e6
const vector = fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 40 })
const near = (got: Float64Array, expected: (slot: number) => number, error = 1e-4) => {
  for (let slot = 0; slot < got.length; slot++)
    if (!(Math.abs(got[slot]! - expected(slot)) < error))
      throw new Error(`slot ${slot}: ${got[slot]}, not ${expected(slot)}`)
}

describe('CKKS: every operation is plain arithmetic on slots', () => {
  it('encrypts and decrypts', () => {
    fc.assert(
      fc.property(vector, fc.integer({ min: 0, max: 3 }), (x, level) => {
        const bytes = owner.encrypt(x, level)
        near(owner.decrypt(bytes, { most }), (i) => x[i] ?? 0)
      }),
      { numRuns: 12 },
    )
  })

  it('sums, differences, plain sums and multiples', () => {
    fc.assert(
      fc.property(vector, vector, fc.double({ min: 0.1, max: 3, noNaN: true }), (x, y, k) => {
        const [a, b] = [service.read(owner.encrypt(x)), service.read(owner.encrypt(y))]
        const at = (v: readonly number[], i: number) => v[i] ?? 0
        const factors = Float64Array.from({ length: service.slots }, (_, i) => (i % 3) - 1)
        for (const [result, expected] of [
          [service.plus(a, b), (i: number) => at(x, i) + at(y, i)],
          [service.minus(a, b), (i: number) => at(x, i) - at(y, i)],
          [service.plusPlain(a, k), (i: number) => at(x, i) + k],
          [service.timesPlain(a, k), (i: number) => at(x, i) * k],
          [service.timesPlain(a, factors), (i: number) => at(x, i) * factors[i]!],
        ] as const) {
          near(owner.decrypt(service.write(result), { most }), expected)
          service.free(result)
        }
        service.free(a, b)
      }),
      { numRuns: 8 },
    )
  })

  it('products, squares and rotations, at any level and scale', () => {
    fc.assert(
      fc.property(vector, vector, (x, y) => {
        const [a, b] = [service.read(owner.encrypt(x)), service.read(owner.encrypt(y))]
        const at = (v: readonly number[], i: number) => v[i] ?? 0
        const product = service.settled(service.product(a, b))
        near(owner.decrypt(service.write(product), { most }), (i) => at(x, i) * at(y, i), 1e-3)
        // x² y − x: scales brought together by the plain factor of x.
        const cube = service.settled(service.product(product, a))
        const own = service.timesPlain(a, 1, cube.scale())
        const off = service.minus(cube, own)
        near(owner.decrypt(service.write(off), { most }), (i) => at(x, i) ** 2 * at(y, i) - at(x, i), 5e-3)
        expect(service.levelOf(off)).toBe(levelsOf(parameters) - 2)
        const around = service.rotated(a, service.slots - 1)
        near(owner.decrypt(service.write(around), { most }), (i) =>
          at(x, (i + service.slots - 1) % service.slots),
        )
        expect(() => service.plus(a, product)).toThrow(/scales differ/)
        service.free(a, b, product, cube, own, off, around)
      }),
      { numRuns: 6 },
    )
  })

  it('counts what it did', () => {
    expect(service.times['rotate']!.calls).toBeGreaterThan(0)
    expect(service.times['relinearise']!.milliseconds).toBeGreaterThan(0)
  })
})

describe('nothing is answered silently that is wrong', () => {
  it('a wrong key, other parameters, damage: each says what it is', async () => {
    const bytes = owner.encrypt([1, 2, 3])
    const other = await createCkksOwner(parameters)
    expect(() => other.decrypt(bytes, { most })).toThrow(/belongs to the key/)
    // The header changed to fit: the numbers tell.
    const forged = wrap('ciphertext', parameters, other.key, unwrap(bytes, 'ciphertext', parameters).payload)
    expect(() => other.decrypt(forged, { most })).toThrow(/beyond ±1000000/)
    other.close()
    const wide = await createCkksOwner(ckksParameters(2, 30))
    expect(() => wide.decrypt(bytes, { most })).toThrow(/other parameters/)
    wide.close()
    expect(() => owner.decrypt(bytes.subarray(0, bytes.length - 9), { most })).toThrow(/damaged/)
    expect(() => owner.decrypt(bytes.subarray(0, 20), { most })).toThrow(/no encrypted data/)
    const flipped = bytes.slice()
    flipped[5000]! ^= 1
    expect(() => owner.decrypt(flipped, { most })).toThrow(/damaged/)
    expect(() => service.read(flipped)).toThrow(/damaged/)
    expect(() => service.read(owner.secret())).toThrow(/holds secret, not ciphertext/)
  })

  it('a computation that outgrows its modulus is refused', () => {
    // Without rescaling two squares come to scale 2^120, where two primes have 70 bits.
    const a = service.read(owner.encrypt([7, 9]))
    const square = service.settled(service.product(a, a))
    const fourth = service.product(square, square)
    expect(() => service.lowered(fourth, 0)).toThrow(/scale out of bounds/)
    // Numbers that grow beyond what the owner expects.
    expect(() => owner.decrypt(service.write(square), { most: 50 })).toThrow(/beyond ±50/)
  })

  it('numbers that cannot be encrypted', () => {
    expect(() => owner.encrypt([Number.NaN])).toThrow(/not finite/)
    expect(() => owner.encrypt([1e60])).toThrow(/is beyond ±/)
    expect(() => owner.encrypt([700], 0)).toThrow(/is beyond ±512/)
    expect(() => owner.encrypt(new Float64Array(owner.slots + 1))).toThrow(RangeError)
  })

  it('parameters of less than 128 bits of security', () => {
    expect(() => requireSecure({ ...parameters, degree: 4096 })).toThrow(/less than 128 bits/)
    expect(() => requireSecure({ ...parameters, primes: [61, 40] })).toThrow(/20 to 60 bits/)
    expect(() => ckksParameters(40, 30)).toThrow(/need a modulus of 1280 bits/)
    expect(ckksParameters(4, 30).degree).toBe(8192)
    expect(ckksParameters(5, 30).degree).toBe(16_384)
  })
})

describe('keys', () => {
  it('open again, and read what they encrypted', async () => {
    const bytes = owner.encrypt([1.5, -2])
    const again = await openCkksOwner(parameters, owner.secret())
    expect(again.key).toBe(owner.key)
    near(again.decrypt(bytes, { most }), (i) => [1.5, -2][i] ?? 0)
    again.close()
    await expect(openCkksOwner(parameters, owner.encrypt([1]))).rejects.toThrow(
      /holds ciphertext, not secret/,
    )
    await expect(openCkksOwner(parameters, owner.secret().subarray(0, 999))).rejects.toThrow(/damaged/)
  })

  it('of two owners do not make one service', async () => {
    const other = await createCkksOwner(parameters)
    const mixed = {
      ...owner.evaluationKeys({ relinearisation: true }),
      rotations: other.evaluationKeys({ rotations: [1] }).rotations!,
    }
    await expect(openCkksService(mixed)).rejects.toThrow(/belongs to the key/)
    other.close()
  })

  it('do not fill memory: two hundred ciphertexts', async () => {
    const before = process.memoryUsage().rss
    for (let i = 0; i < 200; i++) service.free(service.read(owner.encrypt([i])))
    expect(process.memoryUsage().rss - before).toBeLessThan(80e6)
  })
})
