// A service that lies with care: ciphertexts that decrypt to numbers of the asker's secret key, made of public keys alone.
// Source: Chenal and Tang 2014; Fauzi, Hovd and Raddum 2021 (keys from decryption oracles); (0, a) decrypts to a · s, and the
// sum over the rotations by multiples of a period repeats through all slots: it passes checks of repeats and of padding.
// It stands here to be attacked with, and is nothing that a service of ours does.

import type { Ciphertext } from 'node-seal'
import type { LatencyPlan } from '../../encrypt/inference/latencyPlan.ts'
import { readCiphertext, writeCiphertext } from '../../encrypt/seal/ciphertexts.ts'
import { openContext } from '../../encrypt/seal/context.ts'
import { unwrap } from '../../encrypt/seal/envelope.ts'
import { type EvaluationKeys, readEvaluationKeys } from '../../encrypt/seal/keys.ts'

/** What a lying service can make of the keys of one asker. */
export interface Forger {
  /**
   * A ciphertext of which slot r holds, and every slot that is r modulo the period, `size` · Σ_k cos(2π 3^r k / 4p) s_(shift + k M)
   * at the outputs, and 0 at the padding; M = N / 2p, and s_(i + N) = −s_i.
   */
  lie(shift: number, size: number): Ciphertext
  /** The answer with the lie in it. */
  added(answer: Uint8Array, lie: Ciphertext): Uint8Array
  write(lie: Ciphertext): Uint8Array
  close(): void
}

/** Coefficients of the key that one lie mixes. */
export const mixed = ({ period }: Pick<LatencyPlan, 'period'>): number => 2 * period

/** Weights of the mixed coefficients in number `output`: entry k for coefficient shift + k N / 2p. */
export const weightsOf = (plan: Pick<LatencyPlan, 'period'>, output: number): Float64Array =>
  Float64Array.from({ length: mixed(plan) }, (_, k) =>
    Math.cos((2 * Math.PI * ((3 ** output % (4 * plan.period)) * k)) / (4 * plan.period)),
  )

/** @param sample any ciphertext of the asker at the level of answers: the form is taken of it */
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
  const { degree, precision } = plan.parameters
  const { slots, period, outputs } = plan
  const prime = BigInt(primes[0] as number)
  const points = transformOfX(degree, prime)
  const read = (bytes: Uint8Array) => readCiphertext(context, key, bytes, 'an answer')
  const form = arena.own(read(sample)).saveToArray(seal.ComprModeType.none) as Uint8Array
  const bytesEach = 8 * degree
  return {
    lie(shift, size) {
      // Sums of slots / period rotations: each is the smaller.
      const chosen = Float64Array.from({ length: slots }, (_, slot) =>
        slot % period < outputs ? (size * period) / slots : 0,
      )
      const plain = arena.own(new seal.Plaintext())
      encoder.encode(chosen, 2 ** precision, plain)
      evaluator.plainModSwitchToInplace(plain, levels[0]!)
      const saved = plain.saveToArray(seal.ComprModeType.none) as Uint8Array
      arena.free(plain)
      const values = new BigUint64Array(saved.slice(saved.length - bytesEach).buffer)
      const second = values.map((v, i) => (v * power(points[i] as bigint, 2 * degree - shift, prime)) % prime)
      const bytes = form.slice()
      bytes.fill(0, bytes.length - 2 * bytesEach, bytes.length - bytesEach)
      bytes.set(new Uint8Array(second.buffer), bytes.length - bytesEach)
      let sum = arena.own(new seal.Ciphertext())
      sum.loadFromArray(context.context, bytes)
      for (let step = period; step < slots; step *= 2) {
        const moved = arena.own(new seal.Ciphertext())
        evaluator.rotateVector(sum, step, rotations, moved)
        evaluator.addInplace(moved, sum)
        arena.free(sum)
        sum = moved
      }
      return sum
    },
    added(answer, lie) {
      const own = read(answer)
      lie.setScale(own.scale())
      evaluator.addInplace(own, lie)
      const bytes = writeCiphertext(context, key, own)
      arena.free(own)
      return bytes
    },
    write: (lie) => writeCiphertext(context, key, lie),
    close: () => arena.close(),
  }
}

/** The number-theoretic transform of X as SEAL orders it: odd powers of the least primitive 2N-th root, bits reversed. */
function transformOfX(degree: number, prime: bigint): bigint[] {
  const order = 2 * degree
  let root = 0n
  for (let base = 2n; root === 0n; base++) {
    const own = power(base, Number((prime - 1n) / BigInt(order)), prime)
    if (power(own, degree, prime) === prime - 1n) root = own
  }
  const square = (root * root) % prime
  let least = root
  for (let own = root, i = 0; i < degree; i++, own = (own * square) % prime) if (own < least) least = own
  const bits = Math.log2(degree)
  return Array.from({ length: degree }, (_, i) => {
    let reversed = 0
    for (let bit = 0; bit < bits; bit++) if (i & (1 << bit)) reversed |= 1 << (bits - 1 - bit)
    return power(least, 2 * reversed + 1, prime)
  })
}

function power(base: bigint, exponent: number, modulus: bigint): bigint {
  let [result, square] = [1n, base]
  for (let rest = BigInt(exponent); rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** The attack's judge alone: coefficients of a secret key in its envelope, −1, 0 or 1 each, [degree]. */
export async function coefficientsOf(plan: LatencyPlan, secret: Uint8Array): Promise<Int8Array> {
  const context = await openContext(plan.parameters)
  const { seal, arena, primes } = context
  const { degree } = plan.parameters
  const own = arena.own(new seal.SecretKey())
  own.loadFromArray(context.context, unwrap(secret, 'secret', plan.parameters).payload)
  const saved = own.saveToArray(seal.ComprModeType.none) as Uint8Array
  // It lies in its transform, a polynomial a prime: the first prime's is enough.
  const all = 8 * degree * plan.parameters.primes.length
  const start = saved.length - all
  const values = new BigUint64Array(saved.slice(start, start + 8 * degree).buffer)
  const prime = BigInt(primes[0] as number)
  arena.close()
  return inverseTransform(values, transformOfX(degree, prime), prime)
}

/** Σ of values over points^-j, fast: coefficients of −1, 0, 1. */
function inverseTransform(values: BigUint64Array, points: readonly bigint[], prime: bigint): Int8Array {
  const degree = values.length
  const psi = points[0] as bigint
  const inverse = power(psi, 2 * degree - 1, prime)
  // Natural order, then a transform of length N at ψ^-2, and ψ^-j / N at the end.
  const a = Array.from(values)
  // The input is in reversed order: decimation in time takes it as it is.
  for (let half = 1; half < degree; half *= 2) {
    const step = power(inverse, degree / half, prime)
    for (let start = 0; start < degree; start += 2 * half) {
      let twiddle = 1n
      for (let i = start; i < start + half; i++) {
        const [u, v] = [a[i] as bigint, ((a[i + half] as bigint) * twiddle) % prime]
        a[i] = (u + v) % prime
        a[i + half] = (u + prime - v) % prime
        twiddle = (twiddle * step) % prime
      }
    }
  }
  const share = power(BigInt(degree), Number(prime - 2n), prime)
  let scale = share
  return Int8Array.from(a, (v) => {
    const own = (v * scale) % prime
    scale = (scale * inverse) % prime
    return Number(own > prime / 2n ? own - prime : own)
  })
}
