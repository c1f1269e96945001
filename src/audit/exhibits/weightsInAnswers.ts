// The weights of a model read off an answer by one who only listens: no key, linear algebra modulo a prime.
// Source: attackers from outside. A sum of ciphertexts with whole weights w has the second polynomial Σ wᵢ c₁ᵢ, and all c₁ᵢ
// travelled in the open. Today an encryption of zero is added, so that the same equations have no solution.

import type { Ciphertext } from 'node-seal'
import { createBfvOwner } from '../../encrypt/bfv/owner.ts'
import type { PolynomialNetwork } from '../../encrypt/inference/network.ts'
import { type IntegerNetwork, quantise } from '../../encrypt/inference/quantise.ts'
import { encryptImages, openThroughputService } from '../../encrypt/inference/throughput.ts'
import { planThroughput } from '../../encrypt/inference/throughputPlan.ts'
import { power } from '../../encrypt/integers.ts'
import { openContext } from '../../encrypt/seal/context.ts'
import { unwrap } from '../../encrypt/seal/envelope.ts'
import type { HeParameters } from '../../encrypt/seal/parameters.ts'
import { throwIfAborted } from '../../errors.ts'
import { drawSecret, stream } from '../../secret/index.ts'
import type { Exhibit, Form } from './exhibit.ts'

export const weightsInAnswers: Exhibit = {
  name: 'weights-in-answers',
  title: 'Weights in the second polynomial of an answer',
  claim: 'Who hears an encrypted question and its answer learns nothing of the weights.',
  source: 'attackers from outside',
  mended:
    'A service adds an encryption of zero under the asker’s public key to each answer, and noise that drowns the computation’s.',
  async run(form, { quick = false, signal } = {}) {
    throwIfAborted(signal)
    const [inputs, outputs] = quick ? [12, 3] : [121, 10]
    const whole = quantise(linear(inputs, outputs))
    const [parameters] = planThroughput(whole).moduli as [HeParameters]
    const { question, answers } = await heard(whole, parameters, form)
    const { second, prime, close } = await listener(parameters)
    try {
      const columns = question.slice(0, inputs).map(second)
      // The mask of today's questions travels in the open, too: its second polynomial is one more column.
      const mask = question.slice(inputs).map(second)
      const guessed = answers.map((answer) => solve([...columns, ...mask], second(answer), prime))
      const [layer] = whole.layers as [Extract<IntegerNetwork['layers'][number], { kind: 'dense' }>]
      let right = 0
      guessed.forEach((weights, o) => {
        for (let i = 0; i < inputs; i++) right += Number(weights[i] === layer.weights[i * layer.outputs + o])
      })
      return {
        // A solution of equations that have none is one of 2⁴³ residues: not even one weight is met by chance.
        allowed: 0,
        measured: right / layer.weights.length,
        unit: 'share of the weights that a listener reads',
      }
    } finally {
      close()
    }
  },
}

/** One dense layer with weights of either sign. */
function linear(inputs: number, outputs: number): PolynomialNetwork {
  const source = stream(drawSecret(), 'matrix')
  const weights = Float64Array.from({ length: inputs * outputs }, () => source.gaussian())
  return {
    input: [1, 1, inputs],
    layers: [{ kind: 'dense', outputs, weights, bias: new Float64Array(outputs) }],
  }
}

/** What travels for one image and one modulus. */
async function heard(whole: IntegerNetwork, parameters: HeParameters, form: Form) {
  const owner = await createBfvOwner(parameters)
  const keys = owner.evaluationKeys({ relinearisation: true, encryption: true })
  const image = new Float64Array(whole.input[2]).fill(0.5)
  try {
    const plan = planThroughput(whole)
    const question = [...encryptImages(owner, plan, [image], stream(drawSecret(), 'question mask'))]
    if (form === 'today') {
      const service = await openThroughputService(whole, keys)
      const answers = service.infer(question, 1)
      service.close()
      return { question, answers }
    }
    return { question: question.slice(0, -1), answers: await answeredBefore(whole, parameters, question) }
  } finally {
    owner.close()
  }
}

/** As it was: sums of the question's ciphertexts, written as they came out. */
async function answeredBefore(
  whole: IntegerNetwork,
  parameters: HeParameters,
  question: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const { seal, context, arena } = await openContext(parameters)
  const evaluator = arena.own(new seal.Evaluator(context))
  const [layer] = whole.layers as [Extract<IntegerNetwork['layers'][number], { kind: 'dense' }>]
  try {
    const read = question.slice(0, whole.input[2]).map((bytes) => {
      const ciphertext = arena.own(new seal.Ciphertext())
      ciphertext.loadFromArray(context, unwrap(bytes, 'ciphertext', parameters).payload)
      return ciphertext
    })
    return layer.bias.map((_, o) => {
      let sum: Ciphertext | undefined
      read.forEach((pixel, i) => {
        const weight = layer.weights[i * layer.outputs + o]!
        for (let n = 0; n < Math.abs(weight); n++) {
          if (!sum) {
            sum = pixel.copy()
            if (weight < 0) evaluator.negateInplace(sum)
          } else if (weight > 0) evaluator.addInplace(sum, pixel)
          else evaluator.subInplace(sum, pixel)
        }
      })
      return (sum as unknown as Ciphertext).saveToArray(seal.ComprModeType.none) as Uint8Array
    })
  } finally {
    arena.close()
  }
}

/** Reads second polynomials with public parameters alone. */
async function listener(parameters: HeParameters) {
  const { seal, context, arena, primes } = await openContext(parameters)
  const bytesOfPolynomial = 8 * parameters.degree * primes.length
  return {
    prime: BigInt(primes[0]!),
    /** Residues modulo the first prime, [degree]. */
    second(bytes: Uint8Array): BigUint64Array {
      const ciphertext = new seal.Ciphertext()
      const enveloped = bytes[0] === 'F'.charCodeAt(0)
      ciphertext.loadFromArray(context, enveloped ? unwrap(bytes, 'ciphertext', parameters).payload : bytes)
      const plain = ciphertext.saveToArray(seal.ComprModeType.none) as Uint8Array
      ciphertext.delete()
      const start = plain.length - bytesOfPolynomial
      return new BigUint64Array(plain.slice(start, start + 8 * parameters.degree).buffer)
    },
    close: () => arena.close(),
  }
}

/** Weights w with Σ wᵢ columnᵢ = target in as many coefficients as there are unknowns: Gauss modulo a prime. */
function solve(columns: readonly BigUint64Array[], target: BigUint64Array, prime: bigint): number[] {
  const n = columns.length
  const rows = Array.from({ length: n }, (_, r) => [...columns.map((column) => column[r]!), target[r]!])
  for (let c = 0; c < n; c++) {
    const pivot = rows.findIndex((row, r) => r >= c && row[c] !== 0n)
    if (pivot < 0) return []
    ;[rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!]
    const lead = rows[c]!
    const scale = power(lead[c]!, prime - 2n, prime)
    for (let j = c; j <= n; j++) lead[j] = (lead[j]! * scale) % prime
    rows.forEach((row, r) => {
      const factor = row[c]!
      if (r === c || factor === 0n) return
      for (let j = c; j <= n; j++) row[j] = (row[j]! + (prime - factor) * lead[j]!) % prime
    })
  }
  return rows.map((row) => {
    const value = row[n]!
    return Number(2n * value > prime ? value - prime : value)
  })
}
