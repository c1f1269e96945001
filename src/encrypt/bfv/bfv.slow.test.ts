import fc from 'fast-check'
import type { Ciphertext } from 'node-seal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { combine, digitsOf, sumCost } from '../inference/combine.ts'
import { hidingBits } from '../inference/throughputPlan.ts'
import { openContext } from '../seal/context.ts'
import { unwrap, wrap } from '../seal/envelope.ts'
import { loadServiceSeal } from '../seal/library.ts'
import { bfvParameters } from '../seal/parameters.ts'
import { readZeros, zeroBytes } from '../seal/zeros.ts'
import { type BfvOwner, createBfvOwner, openBfvOwner } from './owner.ts'
import { type BfvService, openBfvService } from './service.ts'
import { digitsOfFactor, factorBits, zeroCount, zeroFormOf } from './zeros.ts'

const [parameters, other] = bfvParameters(30, 2) as [
  ReturnType<typeof bfvParameters>[0],
  ReturnType<typeof bfvParameters>[0],
]
let owner: BfvOwner
let service: BfvService
beforeAll(async () => {
  owner = await createBfvOwner(parameters)
  service = await openBfvService(owner.evaluationKeys({ relinearisation: true, encryption: true }))
})
afterAll(() => {
  service?.close()
  owner?.close()
})

const vector = fc.array(fc.integer({ min: -5000, max: 5000 }), { minLength: 1, maxLength: 30 })
const read = (x: readonly number[]) => service.read(owner.encrypt(x))
const shown = (bytes: Uint8Array, count: number) =>
  Array.from(owner.decrypt(bytes).subarray(0, count), Number)
const at = (v: readonly number[], i: number) => v[i] ?? 0

describe('BFV: every operation is whole-number arithmetic on slots', () => {
  it('encrypts, decrypts, adds, subtracts, negates, adds constants, squares', () => {
    fc.assert(
      fc.property(vector, vector, fc.integer({ min: -1000, max: 1000 }), (x, y, k) => {
        const n = Math.max(x.length, y.length)
        const [a, b] = [read(x), read(y)]
        const changed = (work: (own: typeof a) => void) => {
          const own = service.copy(a)
          work(own)
          const result = shown(service.write(own), n)
          service.free(own)
          return result
        }
        const all = Array.from({ length: n }, (_, i) => i)
        expect(changed((own) => service.addTo(own, b))).toEqual(all.map((i) => at(x, i) + at(y, i)))
        expect(changed((own) => service.subtractFrom(own, b))).toEqual(all.map((i) => at(x, i) - at(y, i)))
        expect(changed((own) => service.negate(own))).toEqual(all.map((i) => 0 - at(x, i)))
        expect(changed((own) => service.addConstant(own, BigInt(k)))).toEqual(all.map((i) => at(x, i) + k))
        const square = service.square(a)
        expect(square.size()).toBe(3)
        service.relinearise(square)
        expect(square.size()).toBe(2)
        expect(shown(service.write(square), n)).toEqual(all.map((i) => at(x, i) ** 2))
        service.free(a, b, square)
      }),
      { numRuns: 8 },
    )
  })

  it('sums with whole weights, either way', () => {
    const data = Array.from({ length: 6 }, (_, i) => [i + 1, -i, 7])
    const ciphertexts = data.map(read)
    fc.assert(
      fc.property(
        fc.array(
          fc.integer({ min: -60, max: 60 }).filter((w) => w !== 0),
          { minLength: 1, maxLength: 6 },
        ),
        (weights) => {
          const sum = combine(
            service,
            weights.map((weight, i) => ({ ciphertext: ciphertexts[i]!, weight })),
          )
          const expected = [0, 1, 2].map((slot) => weights.reduce((s, w, i) => s + w * data[i]![slot]!, 0))
          expect(shown(service.write(sum), 3)).toEqual(expected)
          service.free(sum)
        },
      ),
      { numRuns: 25 },
    )
    // Many small weights go by suffixes, a few large ones by digits.
    const many = sumCost(new Array(500).fill(3))
    expect(many.suffixes).toBeLessThan(many.digits)
    const few = sumCost([60, -57])
    expect(few.digits).toBeLessThan(few.suffixes)
    expect(() => combine(service, [])).toThrow(RangeError)
    expect(() => combine(service, [{ ciphertext: ciphertexts[0]!, weight: 0 }])).toThrow(RangeError)
    service.free(...ciphertexts)
  })

  it('digits are −1, 0, 1, no two beside each other, and make the number', () => {
    fc.assert(
      fc.property(fc.nat(100_000), (value) => {
        const digits = digitsOf(value)
        expect(digits.reduce((sum, digit, place) => sum + digit * 2 ** place, 0)).toBe(value)
        expect(digits.every((digit, i) => digit === 0 || (digits[i + 1] ?? 0) === 0)).toBe(true)
      }),
    )
  })
})

describe('an answer is hidden', () => {
  it('is the same numbers in another ciphertext, in all its residues, with noise to the edge', () => {
    const bytes = owner.encrypt([1, -2, 500_000_000])
    const hidden = [0, 1].map(() => {
      const own = service.read(bytes)
      service.hide(own)
      const result = service.write(own)
      service.free(own)
      return result
    })
    for (const own of hidden) {
      const [values, noiseBudget] = [owner.decrypt(own), owner.noiseBudget(own)]
      expect([...values.subarray(0, 4)]).toEqual([1n, -2n, 500_000_000n, 0n])
      expect(values.subarray(3).every((v) => v === 0n)).toBe(true)
      // Beyond a quarter of Q / t somewhere, so SEAL sees no budget, and never beyond a half.
      expect(noiseBudget).toBe(0)
    }
    expect(hidden[0]).not.toEqual(hidden[1])
  })

  it('the noise is as large as that: twice it is beyond what decryption bears', () => {
    const own = service.zero()
    expect(owner.noiseBudget(service.write(own))).toBeGreaterThan(100)
    service.hide(own)
    service.addTo(own, own)
    expect(owner.decrypt(service.write(own)).some((v) => v !== 0n)).toBe(true)
    service.free(own)
  })

  it('covers the slots from one on, and no other; a zero is a zero', () => {
    const own = service.zero()
    service.addConstant(own, 7n)
    service.coverFrom(own, 3)
    const values = owner.decrypt(service.write(own))
    expect([...values.subarray(0, 3)]).toEqual([7n, 7n, 7n])
    expect(new Set(values.subarray(3)).size).toBeGreaterThan(8180)
    service.coverFrom(own, owner.slots)
    expect([...owner.decrypt(service.write(own))]).toEqual([...values])
    service.free(own)
  })

  it('not with a key to encrypt with that comes of no seed: its owner may have chosen what hides nothing', async () => {
    const keys = owner.evaluationKeys({ relinearisation: true, encryption: true })
    const { payload, key } = unwrap(keys.encryption!, 'encryption key', parameters)
    const whole = new Uint8Array(2 * 8 * 8192 * 5 + 113)
    whole.set(payload)
    const encryption = wrap('encryption key', parameters, key, whole)
    await expect(openBfvService({ ...keys, encryption })).rejects.toThrow(/does not come of a seed/)
  })

  it('not without a key to encrypt with, or zeros', async () => {
    await expect(openBfvService(owner.evaluationKeys({ relinearisation: true }))).rejects.toThrow(
      /have none to encrypt with/,
    )
    await expect(openBfvService(owner.evaluationKeys({ encryption: true }))).rejects.toThrow(
      /one to relinearise is missing/,
    )
    const { zeros: _, ...rest } = owner.evaluationKeys({ relinearisation: true, encryption: true })
    await expect(openBfvService(rest)).rejects.toThrow(/encryptions of zero are missing/)
  })

  it('takes zeros with a seed each, and nothing that could stand for one', async () => {
    const keys = owner.evaluationKeys({ relinearisation: true, encryption: true })
    const { payload, key } = unwrap(keys.zeros!, 'encryptions of zero', parameters)
    const context = await openContext(parameters, loadServiceSeal)
    const opened = (change: (payload: Uint8Array) => Uint8Array) => {
      const zeros = wrap('encryptions of zero', parameters, key, change(payload.slice()))
      context.arena.free(...readZeros(context, key, zeros, zeroFormOf(parameters)))
    }
    const flipped = (at: number) => (own: Uint8Array) => {
      own[at]! ^= 1
      return own
    }
    const body = 113 + 8192 * 4 * 8
    const each = body + 17 + 64
    expect(payload.length).toBe(zeroBytes(8192, zeroFormOf(parameters)))
    // The first polynomial and the seed are its own; a head or a generator of another kind is not.
    opened(flipped(113))
    opened(flipped(body + 17))
    for (const i of [0, 5, 48, 89, 94, 105, 112, body, body + 5, body + 16, each, 7 * each + body])
      expect(() => opened(flipped(i))).toThrow(/do not come of seeds/)
    expect(() => opened((own) => own.subarray(1))).toThrow(/are 2098703 bytes, not 2098704/)
    expect(() =>
      opened((own) => {
        own.copyWithin(body, 3 * each + body, 4 * each)
        return own
      }),
    ).toThrow(/have one seed twice/)
    context.arena.close()
    const another = await createBfvOwner(parameters)
    const { zeros } = another.evaluationKeys({ encryption: true }) as { zeros: Uint8Array }
    await expect(openBfvService({ ...keys, zeros })).rejects.toThrow(/belongs to the key/)
    another.close()
  })

  it('zeros and their factors at their largest leave noise far below what drowns it', () => {
    for (let bits = 17; bits <= 40; bits++) {
      const { places, bits: each } = digitsOfFactor(bits)
      expect(each).toBeLessThanOrEqual(Math.min(bits - 2, 64))
      expect(places * each).toBeGreaterThanOrEqual(factorBits)
      // Errors of SEAL are at most 21; the modulus has at least 173 bits.
      const noise = (8192n * 21n * BigInt(zeroCount)) << BigInt(places * each)
      const room = 1n << BigInt(173 - bits)
      expect(noise << BigInt(hidingBits + 14) < room).toBe(true)
    }
  })
})

describe('nothing is answered silently that is wrong', () => {
  it('spent noise, a wrong key, another modulus, damage: each says what it is', async () => {
    const bytes = owner.encrypt([3])
    let power = service.read(bytes)
    for (let i = 0; i < 4; i++) {
      const square = service.square(power)
      service.relinearise(square)
      service.free(power)
      power = square
    }
    expect(owner.noiseBudget(service.write(power))).toBe(0)
    service.free(power)
    const another = await createBfvOwner(parameters)
    expect(() => another.decrypt(bytes)).toThrow(/belongs to the key/)
    const forged = wrap(
      'ciphertext',
      parameters,
      another.key,
      unwrap(bytes, 'ciphertext', parameters).payload,
    )
    expect(another.noiseBudget(forged)).toBe(0)
    another.close()
    const second = await createBfvOwner(other)
    expect(second.modulus).not.toBe(owner.modulus)
    expect(() => second.decrypt(bytes)).toThrow(/other parameters/)
    second.close()
    expect(() => owner.decrypt(bytes.subarray(0, 500))).toThrow(/damaged/)
    expect(owner.noiseBudget(bytes)).toBeGreaterThan(100)
    expect(() => owner.encrypt([2 ** 31])).toThrow(RangeError)
    expect(() => owner.encrypt(new Int32Array(9000))).toThrow(/do not fit into 8192 slots/)
  })

  it('a ciphertext of another form is refused when it is read; one that cancels is computed with', async () => {
    const { seal, context, arena } = await openContext(parameters, loadServiceSeal)
    const evaluator = arena.own(new seal.Evaluator(context))
    const altered = (change: (own: Ciphertext) => void) => {
      const own = arena.own(new seal.Ciphertext())
      own.loadFromArray(context, unwrap(owner.encrypt([5]), 'ciphertext', parameters).payload)
      change(own)
      const bytes = own.saveToArray(seal.ComprModeType.none) as Uint8Array
      return wrap('ciphertext', parameters, owner.key, bytes)
    }
    const forms = [
      altered((own) => evaluator.cipherTransformToNttInplace(own)),
      altered((own) => evaluator.cipherModSwitchToNextInplace(own)),
      altered((own) => evaluator.squareInplace(own)),
    ]
    for (const bytes of forms)
      expect(() => service.read(bytes)).toThrow(/no ciphertext as its owner makes it/)
    arena.close()
    // Transparent: a build that throws would tell that these weights cancel.
    const bytes = owner.encrypt([5])
    const [a, b] = [service.read(bytes), service.read(bytes)]
    service.subtractFrom(a, b)
    service.hide(a)
    expect(shown(service.write(a), 2)).toEqual([0, 0])
    service.free(a, b)
  })

  it('keys open again', async () => {
    const bytes = owner.encrypt([1, -2])
    const again = await openBfvOwner(parameters, owner.secret())
    expect([...again.decrypt(bytes).subarray(0, 3)]).toEqual([1n, -2n, 0n])
    again.close()
    await expect(openBfvOwner(parameters, bytes)).rejects.toThrow(/holds ciphertext, not secret/)
  })
})
