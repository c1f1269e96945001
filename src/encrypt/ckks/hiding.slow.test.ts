import type { Ciphertext } from 'node-seal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawSecret, stream } from '../../secret/derive.ts'
import { power } from '../integers.ts'
import { openContext } from '../seal/context.ts'
import { unwrap, wrap } from '../seal/envelope.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import { ckksParameters } from '../seal/parameters.ts'
import { readZeros, zeroBytes } from '../seal/zeros.ts'
import { coverer, meansOfBlocks } from './cover.ts'
import { type CkksOwner, createCkksOwner } from './owner.ts'
import { type CkksService, openCkksService } from './service.ts'
import { factorForm, zeroForm } from './zeroForm.ts'

const parameters = ckksParameters(3, 30)
const { degree } = parameters
const period = 8
let owner: CkksOwner
let keys: EvaluationKeys
let service: CkksService
const source = () => stream(drawSecret(), 'answer noise')

beforeAll(async () => {
  owner = await createCkksOwner(parameters)
  keys = owner.evaluationKeys({ relinearisation: true, encryption: true })
  service = await openCkksService(keys, { source: source(), period, rotations: [] })
})
afterAll(() => {
  service.close()
  owner.close()
})

const repeated = Float64Array.from({ length: degree / 2 }, (_, i) => (i % period) - 3.5)
const answer = () => owner.encrypt(repeated, 0, 2 ** 28)

describe('an answer that is hidden', () => {
  it('has the means of its repeats, and nothing else', () => {
    const read = service.read(answer())
    const plain = owner.decryptAny(service.write(read))
    service.hide(read)
    const bytes = service.write(read)
    const means = owner.decryptAny(bytes, { period })
    means.forEach((v, i) => {
      expect(Math.abs(v - repeated[i]!)).toBeLessThan(1e-5)
    })
    // All else is uniform below the prime, 2¹² at this scale: real parts of √(N / 2) times its deviation.
    const all = owner.decryptAny(bytes)
    expect(plain.filter((v, i) => Math.abs(v - repeated[i]!) > 1e-3)).toHaveLength(0)
    const off = all.map((v, i) => v - repeated[i]!)
    expect(off.filter((v) => Math.abs(v) < 1).length).toBeLessThan(degree / 100)
    const deviation = Math.sqrt(off.reduce((sum, v) => sum + v * v, 0) / off.length)
    expect(Math.abs(deviation / ((2 ** 12 / Math.sqrt(12)) * Math.sqrt(degree / 2)) - 1)).toBeLessThan(0.08)
    service.free(read)
  })

  it('is another one each time, in every residue', () => {
    const bytes = answer()
    const hidden = () => {
      const own = service.read(bytes)
      service.hide(own)
      const written = service.write(own)
      service.free(own)
      return written
    }
    const residues = (own: Uint8Array, context: Awaited<ReturnType<typeof openContext>>) => {
      const read = new context.seal.Ciphertext()
      read.loadFromArray(context.context, unwrap(own, 'ciphertext', parameters).payload)
      const whole = read.saveToArray(context.seal.ComprModeType.none) as Uint8Array
      read.delete()
      return new BigUint64Array(whole.slice(whole.length - 16 * degree).buffer)
    }
    return openContext(parameters).then((context) => {
      const [a, b] = [residues(hidden(), context), residues(hidden(), context)]
      const prime = BigInt(context.primes[0]!)
      context.arena.close()
      expect(a.filter((v, i) => v === b[i])).toHaveLength(0)
      // Dvoretzky, Kiefer, Wolfowitz, Massart: false alarms ≤ 10⁻⁹.
      const allowed = Math.sqrt(Math.log(2e9) / (2 * degree))
      for (const from of [0, degree]) {
        const shifts = Array.from(
          a.subarray(from, from + degree),
          (v, i) => Number((v - b[from + i]! + prime) % prime) / Number(prime),
        ).sort((x, y) => x - y)
        expect(Math.max(...shifts.map((v, i) => Math.abs(v - (i + 0.5) / degree)))).toBeLessThan(allowed)
      }
    })
  })

  it('keeps means that are as large as an answer and its mask may be', () => {
    // A quarter of the first prime at this scale: 2⁴⁰ / 4 / 2²⁸.
    const most = 2 ** 10 * 0.999
    const large = Float64Array.from({ length: degree / 2 }, (_, i) => (i % period < 4 ? most : -most))
    for (let time = 0; time < 5; time++) {
      const read = service.read(owner.encrypt(large, 0, 2 ** 28))
      service.hide(read)
      owner.decryptAny(service.write(read), { period }).forEach((v, i) => {
        expect(Math.abs(v - large[i]!)).toBeLessThan(1e-5)
      })
      service.free(read)
    }
  })
})

describe('a cover', () => {
  it('has imaginary parts on nearly half of the prime, uniform, and real ones of 0', async () => {
    const context = await openContext(parameters)
    const { seal, arena } = context
    const prime = BigInt(context.primes[0]!)
    const wide = 1024
    const cover = coverer(context, wide, source())
    const read = arena.own(new seal.Ciphertext())
    read.loadFromArray(context.context, unwrap(owner.encrypt([0], 0), 'ciphertext', parameters).payload)
    const residues = (own: Ciphertext) => {
      const whole = own.saveToArray(seal.ComprModeType.none) as Uint8Array
      return new BigUint64Array(whole.slice(whole.length - 16 * degree, whole.length - 8 * degree).buffer)
    }
    const before = residues(read)
    cover(read)
    const added = residues(read).map((v, i) => (v - before[i]! + prime) % prime)
    const means = new Uint8Array(added.buffer)
    meansOfBlocks(means, degree, prime, wide)
    // Another's plaintext, decoded by SEAL: real parts of what the means come to.
    const plain = arena.own(new seal.Plaintext())
    const encoder = arena.own(new seal.CKKSEncoder(context.context))
    encoder.encode(new Float64Array(degree / 2).fill(1), 2 ** 28, plain)
    const evaluator = arena.own(new seal.Evaluator(context.context))
    evaluator.plainModSwitchToInplace(plain, context.levels[0]!)
    const form = plain.saveToArray(seal.ComprModeType.none) as Uint8Array
    const decoded = (own: BigUint64Array) => {
      form.set(new Uint8Array(own.buffer), form.length - 8 * degree)
      plain.loadFromArray(context.context, form)
      return Float64Array.from(encoder.decodeFloat64(plain) as Float64Array)
    }
    const real = decoded(added)
    expect(Math.max(...real.map(Math.abs))).toBeLessThan(1e-6)
    expect(new Set(added).size).toBe(2 * wide)
    // Times X^(N / 2), a root of −1 in each half, imaginary parts are real.
    let root = 0n
    for (let base = 2n; (root * root + 1n) % prime !== 0n; base++)
      root = power(base, (prime - 1n) / 4n, prime)
    const turned = decoded(added.map((v, i) => (v * (i < degree / 2 ? root : prime - root)) % prime))
    const square = turned.reduce((sum, v) => sum + v * v, 0) / turned.length
    const whole = Number(prime) / 2 ** 28
    const expected = (2 * (wide - 1) * ((15 / 64) * whole) ** 2) / 3 + whole ** 2 / 12
    // Six deviations of a sum of 1,023 squares of uniform numbers.
    expect(Math.abs(square / expected - 1)).toBeLessThan(6 * Math.sqrt(0.8 / wide))
    arena.close()
  })
})

describe('encryptions of zero', () => {
  it('are taken with a seed each, at one level alone, and never left out', async () => {
    const { payload, key } = unwrap(keys.zeros!, 'encryptions of zero', parameters)
    const context = await openContext(parameters)
    const given = (change: (own: Uint8Array) => Uint8Array) => {
      const zeros = wrap('encryptions of zero', parameters, key, change(payload.slice()))
      context.arena.free(...readZeros(context, key, zeros, zeroForm))
    }
    const flipped = (at: number) => (own: Uint8Array) => {
      own[at]! ^= 1
      return own
    }
    expect(payload.length).toBe(zeroBytes(degree, zeroForm))
    const body = 113 + degree * 2 * 8
    const each = body + 17 + 64
    for (const at of [0, 16, 48, 73, 94, 112, body, body + 16, each, 15 * each + body])
      expect(() => given(flipped(at))).toThrow(/do not come of seeds/)
    expect(() =>
      given((own) => {
        own.copyWithin(body, 3 * each + body, 4 * each)
        return own
      }),
    ).toThrow(/have one seed twice/)
    expect(() => given((own) => own.subarray(1))).toThrow(/encryptions of zero are \d+ bytes, not/)
    given(flipped(body + 17))
    context.arena.close()
    const { zeros: _, ...rest } = keys
    await expect(openCkksService(rest, { source: source(), period, rotations: [] })).rejects.toThrow(
      /encryptions of zero are missing/,
    )
    const { relinearisation: ___, ...none } = keys
    await expect(openCkksService(none, { source: source(), period, rotations: [] })).rejects.toThrow(
      /one to relinearise is missing/,
    )
    const some = owner.evaluationKeys({ relinearisation: true, rotations: [1, 2, 64], encryption: true })
    await expect(
      openCkksService(some, { source: source(), period, rotations: [64, 2, 4, 1] }),
    ).rejects.toThrow(/one to rotate by 4 is missing/)
    ;(await openCkksService(some, { source: source(), period, rotations: [64, 2, 1] })).close()
    const { encryption: __, ...open } = keys
    await expect(openCkksService(open, { source: source(), period, rotations: [] })).rejects.toThrow(
      /have none to encrypt with/,
    )
  })

  it('and their factors have 117 bits more than both primes and the choices of ideals, at every degree', () => {
    for (const bits of [13, 14, 15])
      expect(zeroForm.count * factorForm.bits * factorForm.places).toBeGreaterThanOrEqual(
        58 + 48 + 2 * bits + 117,
      )
  })
})
