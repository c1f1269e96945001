// Coefficients of a secret key in the noise budget that its owner tells: a service puts them into the noise, and no number moves.
// Source: ours; SEAL 4.1, invariant_noise_budget: the largest coefficient of the noise decides, in bits. Whatever tells how
// much noise there was, beyond that there was not too much, tells this.

import { createBfvOwner } from '../../encrypt/bfv/owner.ts'
import { packAnswer, readQuestion } from '../../encrypt/inference/answering.ts'
import { answerAsPacked } from '../../encrypt/inference/asPacked.ts'
import { compileNetwork } from '../../encrypt/inference/compiled.ts'
import { createKeyHolder } from '../../encrypt/inference/keyHolder.ts'
import { answerWhole, wholePixels } from '../../encrypt/inference/quantise.ts'
import { unitOf } from '../../encrypt/inference/references.ts'
import { readCiphertext } from '../../encrypt/seal/ciphertexts.ts'
import { openContext } from '../../encrypt/seal/context.ts'
import { describeEnvelope, wrap } from '../../encrypt/seal/envelope.ts'
import { bfvParameters, type HeParameters } from '../../encrypt/seal/parameters.ts'
import { joinPieces, openParcel } from '../../encrypt/seal/parcel.ts'
import { throwIfAborted } from '../../errors.ts'
import { binomialTail, crossing } from '../../statistics/binomial.ts'
import type { Exhibit } from './exhibit.ts'
import { coefficientsOf } from './forger.ts'

export const noiseBudgetTold: Exhibit = {
  name: 'noise-budget-told',
  title: 'The secret key in the noise budget that is left',
  claim: 'How much noise budget was left may be told: it says nothing of the key.',
  source: 'ours, looking for what else is shown than numbers',
  mended:
    'No noise budget is in what an owner reads: answers are believed by their bounds and by references.',
  async run(form, { quick = false, signal } = {}) {
    const count = quick ? 16 : 128
    const { budgets, secret } = await (form === 'before'
      ? toldBefore(count, signal)
      : toldToday(count, signal))
    // With a coefficient of −1, 0, 1 the largest of the noise is 1, 1.5, 2.5 of 2^-12 of Δ.
    const right = budgets.filter((bits, j) => Math.max(-1, Math.min(1, 10 - bits)) === secret[j]).length
    return {
      allowed: 1 / 3,
      measured: right === 0 ? 0 : crossing((p) => binomialTail(count, p, right) > 1e-3, 0, 1),
      unit: 'share of the coefficients of the key that are guessed right',
    }
  },
}

interface Told {
  readonly budgets: readonly number[]
  readonly secret: Int8Array
}

/** As it was: the budget of any ciphertext, told. */
async function toldBefore(count: number, signal?: AbortSignal): Promise<Told> {
  const [parameters] = bfvParameters(26, 1) as [HeParameters]
  const owner = await createBfvOwner(parameters)
  const liar = await openLiar(parameters)
  try {
    const sent = owner.encrypt([1, 2, 3])
    const budgets = Array.from({ length: count }, (_, j) => {
      throwIfAborted(signal)
      return owner.noiseBudget(liar.answered(sent, 0n, j))
    })
    return { budgets, secret: await coefficientsOf({ parameters }, owner.secret()) }
  } finally {
    liar.close()
    owner.close()
  }
}

/** From key to answer; the service knows all images, and lies in one ciphertext of each answer. */
async function toldToday(count: number, signal?: AbortSignal): Promise<Told> {
  const inputs = 4
  const weights = Float64Array.from({ length: inputs }, (_, i) => 1 - i / 2)
  const model = compileNetwork({
    input: [1, 1, inputs],
    layers: [{ kind: 'dense', outputs: 1, weights, bias: new Float64Array(1) }],
  })
  const pixels = new Uint8Array(inputs).fill(255)
  const image = unitOf({ pixels })
  const whole = model.whole!
  const [value] = answerWhole(whole, wholePixels(whole, image)) as [bigint]
  const holder = await createKeyHolder(model.card, 'throughput', {
    references: [{ pixels, answers: answerAsPacked(model, 'throughput', image) }],
  })
  const moduli = model.plans.throughput!.moduli
  const liars = await Promise.all(moduli.map(openLiar))
  const budgets: number[] = []
  try {
    for (let j = 0; j < count; j++) {
      throwIfAborted(signal)
      const bytes = joinPieces(await holder.question([image]))
      const question = readQuestion(bytes, model.plans)
      const rows = question.rows.map((row, m) => [
        liars[m]!.answered(row.at(-1)!, value, m === 0 ? j : undefined),
      ])
      const found: object = (await holder.read(packAnswer(question, rows), bytes)).forOwner()
      budgets.push('noiseBudget' in found ? Number(found.noiseBudget) : 0)
    }
    const [, secret] = openParcel(holder.secret(), 'the secret key', 'secret').parts
    return { budgets, secret: await coefficientsOf({ parameters: moduli[0]! }, secret!) }
  } finally {
    for (const liar of liars) liar.close()
    holder.close()
  }
}

/** A service that adds numbers that it knows, and noise of its making, with public parameters alone. */
async function openLiar(parameters: HeParameters) {
  const context = await openContext(parameters)
  const { seal, arena, primes, plainModulus } = context
  const evaluator = arena.own(new seal.Evaluator(context.context))
  const encoder = arena.own(new seal.BatchEncoder(context.context))
  const { degree } = parameters
  const delta = primes.reduce((product, prime) => product * BigInt(prime), 1n) / (plainModulus as bigint)
  const unit = delta >> 12n
  return {
    /** The ciphertext with `value` more in every slot; and, to coefficient 0 of the noise, 1.5 + s_j units. */
    answered(bytes: Uint8Array, value: bigint, j?: number): Uint8Array {
      const { key } = describeEnvelope(bytes, 'a ciphertext')
      const ciphertext = readCiphertext(context, key, bytes, 'a ciphertext')
      const plain = arena.own(new seal.Plaintext())
      encoder.encode(new BigInt64Array(degree).fill(value), plain)
      if (value !== 0n) evaluator.addPlainInplace(ciphertext, plain)
      const saved = ciphertext.saveToArray(seal.ComprModeType.none) as Uint8Array
      arena.free(ciphertext, plain)
      if (j !== undefined) {
        const start = saved.length - 16 * primes.length * degree
        const numbers = new BigUint64Array(saved.slice(start).buffer)
        primes.forEach((p, m) => {
          const prime = BigInt(p)
          const add = (at: number, what: bigint) => {
            numbers[at] = (((numbers[at]! + what) % prime) + prime) % prime
          }
          add(m * degree, (unit * 3n) / 2n)
          // X^-j, which is −X^(N − j): s_j comes to lie at coefficient 0.
          add((primes.length + m) * degree + ((degree - j) % degree), j === 0 ? unit : -unit)
        })
        saved.set(new Uint8Array(numbers.buffer), start)
      }
      return wrap('ciphertext', parameters, key, saved)
    },
    close: () => arena.close(),
  }
}
