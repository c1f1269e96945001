// A service that lies with care: ciphertexts that decrypt to numbers of the asker's secret key, made of public keys alone.
// Source: Chenal and Tang 2014; Fauzi, Hovd and Raddum 2021 (keys from decryption oracles); (0, a) decrypts to a · s, and the
// sum over the rotations by multiples of a period repeats through all slots: it passes checks of repeats and of padding.
// It stands here to be attacked with, and is nothing that a service of ours does.

import type { Ciphertext, Plaintext } from 'node-seal'
import type { LatencyPlan } from '../../encrypt/inference/latencyPlan.ts'
import { power } from '../../encrypt/integers.ts'
import { readCiphertext, writeCiphertext } from '../../encrypt/seal/ciphertexts.ts'
import { openContext } from '../../encrypt/seal/context.ts'
import { unwrap } from '../../encrypt/seal/envelope.ts'
import { type EvaluationKeys, readEvaluationKeys } from '../../encrypt/seal/keys.ts'

/** What a lying service can make of the keys of one asker. */
interface Forger {
  /**
   * A ciphertext of numbers that repeat: at output r `size` · Σ_k cos(2π 3^(r + turn) k / 4p) s_(shift + k M), and 0 at the padding;
   * p the period, M = N / 2p, and s_(i + N) = −s_i. All turns together tell all that there is of these coefficients.
   */
  lie(shift: number, turn: number, size: number): Ciphertext
  /** An answer of which the service knows the numbers, with a lie in it: the question's mask makes it one. */
  answered(mask: Uint8Array, answers: ArrayLike<number>, lie?: Ciphertext): Uint8Array
  write(lie: Ciphertext): Uint8Array
  close(): void
}

/** Coefficients of the key that one lie mixes. */
export const mixed = ({ period }: Pick<LatencyPlan, 'period'>): number => 2 * period

/** Weights of the mixed coefficients in the number at slot `place`, output + turn: entry k for coefficient shift + k N / 2p. */
export const weightsOf = (plan: Pick<LatencyPlan, 'period'>, place: number): Float64Array =>
  Float64Array.from({ length: mixed(plan) }, (_, k) =>
    Math.cos((2 * Math.PI * ((3 ** (place % plan.period) % (4 * plan.period)) * k)) / (4 * plan.period)),
  )

/** @param sample any ciphertext of the asker its form is taken */
export async function openForger(
  plan: LatencyPlan,
  keys: EvaluationKeys,
  sample: Uint8Array,
): Promise<Forger> {
  const context = await openContext(plan.parameters)
  const { seal, arena, levels, primes } = context
  const { key, rotations } = readEvaluationKeys(context, keys)
  const evaluator = arena.own(new seal.Evaluator(context.context))
  const encoder = arena.own(new seal.CKKSEncoder(context.context))
  const { degree } = plan.parameters
  const { slots, period, outputs } = plan
  const scale = 2 ** plan.answerPrecision
  const prime = BigInt(primes[0]!)
  const { root, exponents } = transformOf(degree, prime)
  const powers = powersOf(root, 2 * degree, prime)
  const first = readCiphertext(context, key, sample, 'a ciphertext')
  evaluator.cipherModSwitchToInplace(first, levels[0]!)
  first.setScale(scale)
  const form = first.saveToArray(seal.ComprModeType.none) as Uint8Array
  const bytesEach = 8 * degree
  /** Numbers by slot at the level and the scale of answers. */
  const encoded = (values: Float64Array): Plaintext => {
    const plain = arena.own(new seal.Plaintext())
    encoder.encode(values, scale, plain)
    evaluator.plainModSwitchToInplace(plain, levels[0]!)
    return plain
  }
  return {
    lie(shift, turn, size) {
      // Sums of slots / period rotations: each is the smaller.
      const plain = encoded(
        Float64Array.from({ length: slots }, (_, slot) =>
          (slot + period - turn) % period < outputs ? (size * period) / slots : 0,
        ),
      )
      const saved = plain.saveToArray(seal.ComprModeType.none) as Uint8Array
      arena.free(plain)
      const values = new BigUint64Array(saved.slice(saved.length - bytesEach).buffer)
      const turned = values.map(
        (v, i) => (v * powers[(exponents[i]! * (2 * degree - shift)) % (2 * degree)]!) % prime,
      )
      const bytes = form.slice()
      bytes.fill(0, bytes.length - 2 * bytesEach, bytes.length - bytesEach)
      bytes.set(new Uint8Array(turned.buffer), bytes.length - bytesEach)
      let sum = arena.own(new seal.Ciphertext())
      sum.loadFromArray(context.context, bytes)
      const rotated = (steps: number) => {
        const moved = arena.own(new seal.Ciphertext())
        evaluator.rotateVector(sum, steps, rotations, moved)
        return moved
      }
      for (let step = period; step < slots; step *= 2) {
        const moved = rotated(step)
        evaluator.addInplace(moved, sum)
        arena.free(sum)
        sum = moved
      }
      for (let turned = 0; turned < turn; turned++) {
        const moved = rotated(1)
        arena.free(sum)
        sum = moved
      }
      return sum
    },
    answered(mask, answers, lie) {
      const ciphertext = readCiphertext(context, key, mask, 'a mask')
      const plain = encoded(Float64Array.from({ length: slots }, (_, slot) => answers[slot % period] ?? 0))
      evaluator.addPlainInplace(ciphertext, plain)
      if (lie) evaluator.addInplace(ciphertext, lie)
      const bytes = writeCiphertext(context, key, ciphertext)
      arena.free(ciphertext, plain)
      return bytes
    },
    write: (lie) => writeCiphertext(context, key, lie),
    close: () => arena.close(),
  }
}

/**
 * The number-theoretic transform as SEAL orders it: at odd powers of the least primitive 2N-th root, bits reversed.
 */
function transformOf(degree: number, prime: bigint): { readonly root: bigint; readonly exponents: number[] } {
  let any = 0n
  for (let base = 2n; any === 0n; base++) {
    const candidate = power(base, (prime - 1n) / BigInt(2 * degree), prime)
    if (power(candidate, BigInt(degree), prime) === prime - 1n) any = candidate
  }
  const odd = powersOf(any, 2 * degree, prime).filter((_, i) => i % 2 === 1)
  const bits = Math.log2(degree)
  return {
    root: odd.reduce((least, power) => (power < least ? power : least)),
    exponents: Array.from({ length: degree }, (_, i) => {
      let reversed = 0
      for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) reversed |= 1 << (bits - 1 - bit)
      return 2 * reversed + 1
    }),
  }
}

const powersOf = (base: bigint, count: number, prime: bigint): bigint[] => {
  const powers = [1n]
  for (let i = 1; i < count; i++) powers.push((powers[i - 1]! * base) % prime)
  return powers
}

/** The judge's alone: coefficients of a secret key, of its envelope: −1, 0 or 1 each, [degree]. */
export async function coefficientsOf(
  plan: Pick<LatencyPlan, 'parameters'>,
  secret: Uint8Array,
): Promise<Int8Array> {
  const { seal, context, arena, primes } = await openContext(plan.parameters)
  const { degree } = plan.parameters
  const secretKey = arena.own(new seal.SecretKey())
  secretKey.loadFromArray(context, unwrap(secret, 'secret', plan.parameters).payload)
  const saved = secretKey.saveToArray(seal.ComprModeType.none) as Uint8Array
  // It lies transformed, a polynomial a prime: the first prime's is enough.
  const start = saved.length - 8 * degree * plan.parameters.primes.length
  const values = new BigUint64Array(saved.slice(start, start + 8 * degree).buffer)
  arena.close()
  return backTransformed(Array.from(values), BigInt(primes[0]!))
}

/** Coefficients of a polynomial of its values, in place: decimation in time takes them in SEAL's order. */
function backTransformed(values: bigint[], prime: bigint): Int8Array {
  const degree = values.length
  const inverse = power(transformOf(degree, prime).root, BigInt(2 * degree - 1), prime)
  const powers = powersOf(inverse, degree, prime)
  for (let half = 1; half < degree; half *= 2)
    for (let start = 0; start < degree; start += 2 * half)
      for (let i = 0; i < half; i++) {
        const u = values[start + i]!
        const v = (values[start + i + half]! * powers[(i * degree) / half]!) % prime
        values[start + i] = (u + v) % prime
        values[start + i + half] = (u + prime - v) % prime
      }
  const share = power(BigInt(degree), prime - 2n, prime)
  return Int8Array.from(values, (v, j) => {
    const residue = (((v * share) % prime) * powers[j]!) % prime
    return Number(residue > prime / 2n ? residue - prime : residue)
  })
}
