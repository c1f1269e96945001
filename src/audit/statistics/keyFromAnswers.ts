// The asker's secret key, read off decrypted answers by the service that was asked: it lies in each of them by a little.
// Source: attackers from outside; Li and Micciancio 2021 (CKKS answers that are shown); forger.ts for the lies.
// The service knows the images here, which is more than most do. What it cannot do in one budget is measured, not proved: PROOF.md.

import { Matrix, solve } from 'ml-matrix'
import { openAnswering, packAnswer, readQuestion } from '../../encrypt/inference/answering.ts'
import { answerAsPacked } from '../../encrypt/inference/asPacked.ts'
import type { CompiledNetwork } from '../../encrypt/inference/compiled.ts'
import { type KeyHolder, readKeys } from '../../encrypt/inference/keyHolder.ts'
import type { LatencyPlan } from '../../encrypt/inference/latencyPlan.ts'
import type { PolynomialNetwork } from '../../encrypt/inference/network.ts'
import { joinPieces, openParcel } from '../../encrypt/seal/parcel.ts'
import { throwIfAborted } from '../../errors.ts'
import { drawSecret, stream } from '../../secret/index.ts'
import { coefficientsOf, mixed, openForger, weightsOf } from './forger.ts'

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

/** Coefficients that were guessed, and right. */
export interface Guessed {
  readonly coefficients: number
  readonly right: number
  /** Answers of the owner's images that were shown. */
  readonly shown: number
  /** Whether the owner noticed. */
  readonly ended: boolean
}

/** How a service lies. */
export interface Campaign {
  /** Coefficients are read so many at once, {@link mixed} each; each takes as many questions. */
  readonly blocks: number
  /** Images of a question: all rows of one have the same lie, for their order is secret. */
  readonly images: number
  /** How often all is asked. */
  readonly rounds: number
  /** The most that a lie moves a number by. */
  readonly most: number
  readonly signal?: AbortSignal | undefined
}

/** What a service that knows the images reads of the key when it is shown the answers. */
export async function lieToHolder(
  model: CompiledNetwork,
  holder: KeyHolder,
  { blocks, images, rounds, most, signal }: Campaign,
): Promise<Guessed> {
  const plan = model.plans.latency as LatencyPlan
  const parcel = holder.keys()
  const answering = await openAnswering(model, parcel)
  const image = new Float64Array(plan.input.reduce((a, b) => a * b, 1)).fill(0.5)
  const honest = answerAsPacked(model, 'latency', image)
  const ask = async () =>
    readQuestion(joinPieces(await holder.question(Array.from({ length: images }, () => image))), model.plans)
  const forger = await openForger(
    plan,
    readKeys(parcel, model.plans).keys[0]!,
    (await ask()).rows[0]!.at(-1)!,
  )
  const size = most / mostLie(plan)
  const readings = newReadings(plan, blocks)
  let shown = 0
  try {
    for (let round = 0; round < rounds; round++)
      for (const { block, shift, at } of readings) {
        throwIfAborted(signal)
        const question = await ask()
        const lie = forger.lie(at, size)
        const rows: Uint8Array[][] = []
        for (const [r, row] of question.rows.entries()) {
          const [own] = await answering.answer(r, row, question.images)
          rows.push([forger.added(own as Uint8Array, lie)])
        }
        lie.delete()
        const { answers } = (await holder.read(packAnswer(question, rows))).forOwner()
        for (const own of answers ?? []) {
          shown++
          own.forEach((v, o) => {
            block.put(shift, o, (v - (honest[o] as number)) / size)
          })
        }
      }
  } catch (error) {
    if (holder.state.ended === null) throw error
  } finally {
    forger.close()
    answering.close()
  }
  const [, secret] = openParcel(holder.secret(), 'the secret key', 'secret').parts
  return {
    ...judged(readings, await coefficientsOf(plan, secret as Uint8Array)),
    shown,
    ended: holder.state.ended !== null,
  }
}

/** Σ |weight| of one output, the largest: no key makes a lie of size 1 larger. */
const mostLie = (plan: LatencyPlan): number =>
  Math.max(
    ...Array.from({ length: plan.outputs }, (_, o) =>
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
        sums.forEach((own, shift) => {
          if (counts[shift] === 0) return
          for (const [o, sum] of own.entries()) {
            const row = new Array<number>(count).fill(0)
            weightsOf(plan, o).forEach((w, k) => {
              const place = shift + k
              row[place % count] = place < count ? w : -w
            })
            equations.push(row)
            values.push(sum / (counts[shift] as number))
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
  for (const block of new Set(readings.map((own) => own.block))) {
    const found = block.estimate()
    found.forEach((v, k) => {
      coefficients++
      const guess = Math.max(-1, Math.min(1, Math.round(v)))
      right += Number(guess === secret[block.first + (k * secret.length) / found.length])
    })
  }
  return { coefficients, right }
}
