// The owner's side of an encrypted training: sends keys and encrypted weights, refreshes them, reads them at the end.
// Source: logisticStep.ts, networkStep.ts; a refresh is the owner's decryption and new encryption, where bootstrapping is not at hand.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { backwardDiagonal, forwardDiagonal, periodic, rotationsOf } from './diagonals.ts'
import type { Ask, Request } from './messages.ts'
import { offsetOf, rowsOfBlock } from './modelBlock.ts'
import type { ModelPlan } from './modelPlan.ts'
import type { CkksOwner } from './owner.ts'

/** What a training gave and cost. */
export interface EncryptedTraining {
  /** Read by the owner: logistic, one for each feature; network, those of each unit, then those of the output. */
  readonly weights: readonly Float64Array[]
  readonly steps: number
  readonly roundTrips: number
  /** Bytes of all messages to the service, and from it. */
  readonly bytesUp: number
  readonly bytesDown: number
  readonly seconds: number
}

export interface TrainModelOptions {
  /** Weights to begin with, in the form of the result. */
  readonly first: readonly ArrayLike<number>[]
  readonly steps: number
  readonly signal?: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

/** Beyond this a weight is no weight: numbers wrap at ±512. */
const mostWeight = 128

/**
 * Trains a model whose weights the service never sees.
 * @param data rows × features and labels 0 or 1; sent in the plain, or encrypted where the plan says so; null where the
 * service has its own rows
 * @throws FrostglassError `aborted`; `input` when weights outgrow what the parameters can hold
 */
export async function trainModel(
  owner: CkksOwner,
  plan: ModelPlan,
  data: { readonly x: Float32Array; readonly labels: Uint8Array } | null,
  ask: Ask,
  { first, steps, signal, onProgress }: TrainModelOptions,
): Promise<EncryptedTraining> {
  const start = performance.now()
  let [bytesUp, bytesDown] = [0, 0]
  const said = async (request: Request) => {
    throwIfAborted(signal)
    bytesUp += bytesOf(request)
    const answer = await ask(request)
    bytesDown += bytesOf(answer)
    return answer
  }
  const { diagonals, blocks, stepsPerRefresh } = plan
  await said({
    kind: 'keys',
    plan,
    keys: owner.evaluationKeys({ relinearisation: true, rotations: rotationsOf(diagonals) }),
  })
  if (data) await said(plan.encryptedData ? encryptedRows(owner, plan, data) : { kind: 'rows', ...data })
  let weights = first.map((own) => Float64Array.from(own))
  requireForm(plan, weights)
  let roundTrips = 0
  for (let step = 0; step < steps; step += stepsPerRefresh) {
    const count = Math.min(stepsPerRefresh, steps - step)
    const answer = await said({
      kind: 'steps',
      weights: weights.map((own) => owner.encrypt(inSlots(plan, own))),
      blocks: Array.from({ length: count }, (_, i) => (step + i) % blocks),
    })
    if (answer.kind !== 'weights' || answer.weights.length !== weights.length)
      throw new FrostglassError('input', 'the service answered without weights')
    weights = weights.map((own, i) =>
      owner
        .decrypt(answer.weights[i] as Uint8Array, { most: mostWeight, name: 'the weights' })
        .slice(0, own.length),
    )
    roundTrips++
    onProgress?.(step + count, steps)
  }
  return {
    weights,
    steps,
    roundTrips,
    bytesUp,
    bytesDown,
    seconds: (performance.now() - start) / 1000,
  }
}

/** Weights of features repeat through the slots; those of the output stand in all of them. */
const inSlots = ({ diagonals, features }: ModelPlan, own: Float64Array): Float64Array =>
  own.length === features
    ? periodic(diagonals, own)
    : new Float64Array(diagonals.slots).fill(own[0] as number)

/** @throws RangeError for weights that are not those of the model */
function requireForm(plan: ModelPlan, weights: readonly Float64Array[]): void {
  const sizes =
    plan.model === 'logistic'
      ? [plan.features]
      : [...new Array<number>(plan.units).fill(plan.features), ...new Array<number>(plan.units).fill(1)]
  const come = weights.map((own) => own.length)
  if (`${come}` !== `${sizes}`) throw new RangeError(`weights of ${sizes} numbers were expected, not ${come}`)
}

/** Rows as the service gets them when it may not read them. */
function encryptedRows(
  owner: CkksOwner,
  plan: ModelPlan,
  data: { readonly x: Float32Array; readonly labels: Uint8Array },
): Request {
  const { model, diagonals, blocks, learningRate } = plan
  const all = Array.from({ length: diagonals.columns }, (_, k) => k)
  return {
    kind: 'encrypted rows',
    blocks: Array.from({ length: blocks }, (_, block) => {
      const rows = rowsOfBlock(plan, data, block)
      const rate = learningRate / rows.count
      return {
        forward: all.map((k) => owner.encrypt(forwardDiagonal(diagonals, k, rows.at))),
        backward: all.map((k) =>
          owner.encrypt(
            backwardDiagonal(diagonals, k, (row, column) => rate * rows.at(row, column)),
            1,
          ),
        ),
        offset: owner.encrypt(offsetOf(model, diagonals, rows), 1),
      }
    }),
  }
}

function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  return Object.values(value).reduce((sum: number, one) => sum + bytesOf(one), 0)
}
