// The asker's secret key, read off decrypted answers by the service that was asked.
// Source: attackers from outside; Li and Micciancio 2021 (CKKS answers that are shown); forger.ts for what it answers with.
// The service knows all images here, and the answers to them: more than most do. It is one way to lie; PROOF.md bounds all.

import { Matrix, solve } from 'ml-matrix'
import type { Ciphertext } from 'node-seal'
import { createCkksOwner } from '../../encrypt/ckks/owner.ts'
import { packAnswer, readQuestion } from '../../encrypt/inference/answering.ts'
import { answerAsPacked } from '../../encrypt/inference/asPacked.ts'
import { type CompiledNetwork, compileNetwork } from '../../encrypt/inference/compiled.ts'
import { createKeyHolder, readKeys } from '../../encrypt/inference/keyHolder.ts'
import { latencyKeys } from '../../encrypt/inference/latency.ts'
import type { LatencyPlan } from '../../encrypt/inference/latencyPlan.ts'
import type { PolynomialNetwork } from '../../encrypt/inference/network.ts'
import { unitOf } from '../../encrypt/inference/references.ts'
import { joinPieces, openParcel } from '../../encrypt/seal/parcel.ts'
import { throwIfAborted } from '../../errors.ts'
import { drawSecret, stream } from '../../secret/index.ts'
import { binomialTail, crossing } from '../../statistics/binomial.ts'
import type { Exhibit } from './exhibit.ts'
import { coefficientsOf, mixed, openForger, weightsOf } from './forger.ts'

export const keyFromAnswers: Exhibit = {
  name: 'key-from-answers',
  title: 'The secret key in answers that are shown',
  claim:
    'Answers may be shown: a service reads no coefficient of the secret key from them better than by chance.',
  source: 'attackers from outside',
  mended:
    'Answers to single images are for their owner alone: no noise hides what a service may put into them, so nobody else is shown any.',
  async run(form, { quick = false, signal } = {}) {
    const found =
      form === 'before'
        ? await forgeBefore(quick ? 4 : 64, signal)
        : await lieToHolder(compileNetwork(plainNetwork()), {
            blocks: quick ? 2 : 4,
            images: 4,
            // 5 rows a question, 32 questions a round: all but 64 of the 16,384 rows that a key reads.
            rounds: quick ? 1 : 102,
            lie: 0.99,
            references: true,
            signal,
          })
    const { right, coefficients } = found
    return {
      // A coefficient is −1, 0 or 1, each as often.
      allowed: 1 / 3,
      measured: right === 0 ? 0 : crossing((p) => binomialTail(coefficients, p, right) > 1e-3, 0, 1),
      unit: 'share of the coefficients of the key that are guessed right',
    }
  },
}

/** One map of 1 × 1, a square, three classes, over 28 × 28 pixels: as few rotations as there can be. */
export function plainNetwork(): PolynomialNetwork {
  const source = stream(drawSecret(), 'matrix')
  const weights = Float64Array.from({ length: 3 * 784 }, () => source.gaussian() / 28)
  const conv = { filters: 1, kernel: [1, 1], stride: [1, 1], padding: [0, 0] } as const
  return {
    input: [1, 28, 28],
    layers: [
      { kind: 'conv', ...conv, weights: Float64Array.of(1), bias: Float64Array.of(-0.5) },
      { kind: 'square' },
      { kind: 'dense', outputs: 3, weights, bias: new Float64Array(3) },
    ],
  }
}

/** What became of guesses. */
interface Guessed {
  readonly coefficients: number
  readonly right: number
  /** Answers that were shown. */
  readonly shown: number
  /** Whether the owner noticed. */
  readonly ended: boolean
}

/**
 * As it was: whatever decrypts to numbers of ± 400 was an answer, and shown with four digits.
 * @param blocks of coefficients, {@link mixed} each
 */
async function forgeBefore(blocks: number, signal?: AbortSignal): Promise<Guessed> {
  const plan = compileNetwork(plainNetwork()).plans.latency as LatencyPlan
  const owner = await createCkksOwner(plan.parameters)
  const forger = await openForger(plan, latencyKeys(owner, plan), owner.encrypt([0], 0))
  const readings = newReadings(plan, blocks)
  try {
    for (const { block, shift, at } of readings) {
      throwIfAborted(signal)
      const forged = forger.write(forger.lie(at, turnOf(plan, shift), 1))
      const shown = owner.decrypt(forged, { most: 400 }).slice(0, plan.outputs)
      shown.forEach((v, o) => {
        block.put(shift, o, Number(v.toPrecision(4)))
      })
    }
    return {
      ...judged(readings, await coefficientsOf(plan, owner.secret())),
      shown: readings.length,
      ended: false,
    }
  } finally {
    forger.close()
    owner.close()
  }
}

/** How a service lies to today's key holder. */
interface Campaign {
  /** Blocks of coefficients, {@link mixed} each. */
  readonly blocks: number
  /** Images of a question: all rows of one have the same lie, for their order is secret. */
  readonly images: number
  /** How often each lie is told, in a question each. */
  readonly rounds: number
  /** The most that a lie moves a number by, over what references may be off. */
  readonly lie: number
  readonly references: boolean
  /** Shown what is the owner's alone, without noise: what the lies would tell. */
  readonly exact?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a service reads of the key when it is shown the answers: a lie in each that no reference tells, and sums over them. */
export async function lieToHolder(
  model: CompiledNetwork,
  { blocks, images, rounds, lie, references, exact = false, signal }: Campaign,
): Promise<Guessed> {
  const plan = model.plans.latency as LatencyPlan
  const pixels = new Uint8Array(plan.input.reduce((a, b) => a * b, 1)).fill(128)
  const image = unitOf({ pixels })
  const answers = answerAsPacked(model, 'latency', image)
  // All rows are one image, so that the service knows every answer: the strongest there can be.
  const holder = await createKeyHolder(model.card, 'latency', {
    references: references ? [{ pixels, answers }] : [],
  })
  const ask = async () =>
    readQuestion(joinPieces(await holder.question(new Array(images).fill(image))), model.plans)
  const [keys] = readKeys(holder.keys(), model.plans).keys
  const forger = await openForger(plan, keys!, (await ask()).rows[0]!.at(-1)!)
  const size = (lie * plan.error) / mostLie(plan)
  const readings = newReadings(plan, blocks)
  const lies = new Map<number, Ciphertext>()
  let shown = 0
  try {
    for (let round = 0; round < rounds; round++)
      for (const { block, shift, at } of readings) {
        throwIfAborted(signal)
        const question = await ask()
        const lie = lies.get(at) ?? forger.lie(at, turnOf(plan, shift), size)
        lies.set(at, lie)
        const rows = question.rows.map((row) => [forger.answered(row.at(-1)!, answers, lie)])
        const read = (await holder.read(packAnswer(question, rows))).forOwner()
        for (const numbers of (exact ? read.exact : read.answers) ?? []) {
          shown++
          numbers.forEach((v, o) => {
            block.put(shift, o, (v - answers[o]!) / size)
          })
        }
      }
  } catch (error) {
    if (holder.state.ended === null) throw error
  } finally {
    forger.close()
  }
  const [, secret] = openParcel(holder.secret(), 'the secret key', 'secret').parts
  const ended = holder.state.ended !== null
  holder.close()
  return { ...judged(readings, await coefficientsOf(plan, secret!)), shown, ended }
}

/** Padding tells nothing: outputs take its place in turn. */
const turnOf = ({ period, outputs }: LatencyPlan, shift: number): number => shift % (period - outputs + 1)

/** Σ |weight| of one output, the largest: no key makes a lie of size 1 larger. */
const mostLie = (plan: LatencyPlan): number =>
  Math.max(
    ...Array.from({ length: plan.period }, (_, o) =>
      weightsOf(plan, o).reduce((sum, w) => sum + Math.abs(w), 0),
    ),
  )

/** Coefficients first, first + M, …: sums of what was read, a shift and an output each. */
interface Block {
  readonly first: number
  put(shift: number, output: number, value: number): void
  /** By least squares. */
  estimate(): number[]
}

/** What is asked, in turn. */
interface Reading {
  readonly block: Block
  readonly shift: number
  /** The lie's first coefficient. */
  readonly at: number
}

function newReadings(plan: LatencyPlan, blocks: number): Reading[] {
  const count = mixed(plan)
  const stride = plan.parameters.degree / count
  return Array.from({ length: blocks }, (_, b): Block => {
    const sums = Array.from({ length: count }, () => new Float64Array(plan.outputs))
    const counts = new Float64Array(count)
    return {
      first: b,
      put(shift, output, value) {
        sums[shift]![output]! += value
        if (output === 0) counts[shift]!++
      },
      estimate() {
        const equations: number[][] = []
        const values: number[] = []
        sums.forEach((turned, shift) => {
          if (counts[shift] === 0) return
          for (const [o, sum] of turned.entries()) {
            const row = new Array<number>(count).fill(0)
            weightsOf(plan, o + turnOf(plan, shift)).forEach((w, k) => {
              const place = shift + k
              row[place % count] = place < count ? w : -w
            })
            equations.push(row)
            values.push(sum / counts[shift]!)
          }
        })
        if (equations.length < count) return new Array<number>(count).fill(0)
        return solve(new Matrix(equations), Matrix.columnVector(values), true).to1DArray()
      },
    }
  }).flatMap((block) =>
    Array.from({ length: count }, (_, shift) => ({ block, shift, at: block.first + shift * stride })),
  )
}

/** Guesses the nearest of −1, 0 and 1. */
function judged(readings: readonly Reading[], secret: Int8Array): Pick<Guessed, 'coefficients' | 'right'> {
  let [coefficients, right] = [0, 0]
  for (const block of new Set(readings.map((reading) => reading.block))) {
    const found = block.estimate()
    found.forEach((v, k) => {
      coefficients++
      const guess = Math.max(-1, Math.min(1, Math.round(v)))
      right += Number(guess === secret[block.first + (k * secret.length) / found.length])
    })
  }
  return { coefficients, right }
}
