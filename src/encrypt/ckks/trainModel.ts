// The owner's side of an encrypted training: sends keys and encrypted weights, checks what comes back, encrypts it anew.
// Source: logisticStep.ts, networkStep.ts; a refresh is the owner's decryption and new encryption, where bootstrapping is not
// at hand. With rows a lie ends it; without rows it does not promise that the weights are those of any rows (TRAINING-PROOF.md).

import { throwIfAborted } from '../../errors.ts'
import { checkedWeights, inSlots, notTheSteps } from './checkWeights.ts'
import { backwardDiagonal, forwardDiagonal, rotationsOf } from './diagonals.ts'
import { requireHeld } from './dryRun.ts'
import type { AskModel, ModelAnswer, ModelRequest } from './messages.ts'
import { offsetOf, rowsOfBlock } from './modelBlock.ts'
import type { ModelPlan } from './modelPlan.ts'
import type { CkksOwner } from './owner.ts'
import type { LabelledRows } from './plainTraining.ts'
import { flooded, floodOf } from './published.ts'
import { expectedAfter } from './trainingNoise.ts'

/** What a training gave and cost. */
export interface EncryptedTraining {
  /**
   * As decrypted: logistic, one for each feature; network, those of each unit, then those of the output. They carry noise
   * that depends on the key: never hand them on.
   */
  readonly weights: readonly Float64Array[]
  /**
   * To hand on. With rows: the owner's own steps in the plain, which carry nothing of the key, nor of what the service
   * sent. Without: the decrypted ones with Gaussian noise of deviation `flood`, which covers the noise of an honest service
   * alone: never for one that may lie.
   */
  readonly published: readonly Float64Array[]
  /** 0 with rows. */
  readonly flood: number
  /**
   * How far what came back was from what was expected, in all slots of all round trips; and as a share of the tolerance.
   * Noise of the key: not to be handed on with all its digits.
   */
  readonly difference: number
  readonly share: number
  readonly steps: number
  readonly roundTrips: number
  /** Bytes of all messages to the service, and of the weights from it. */
  readonly bytesUp: number
  readonly bytesDown: number
  readonly seconds: number
  /** Of these: spent on the owner's own steps, and on comparing. */
  readonly checkSeconds: number
}

/** How {@link trainModel} trains. */
export interface TrainModelOptions {
  /** Weights to begin with, in the form of the result. */
  readonly first: readonly ArrayLike<number>[]
  readonly steps: number
  readonly signal?: AbortSignal | undefined
  /** Called with how much is done of how much. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Trains a model whose weights the service never sees, and believes no answer: at each round trip the owner takes the same
 * steps in the plain, and all slots must agree within what CKKS's noise explains. What does not ends the training, in one
 * wording; the owner is closed then, for its keys must not be used again.
 * @param data rows × features and labels 0 or 1; sent in the plain, or encrypted where the plan says so. Null where the
 * service has its own rows: then ranges and repeats alone are checked, and a service that lies gives any weights it likes,
 * such as may hold the secret key, if they are shown to it; rows of the owner's own would not help, since it can tell them
 * from its own. Nobody can take steps before, either: a learning rate that is too high ends as a lie does.
 * @throws FrostglassError `aborted`; `input` for steps whose weights outgrow what the parameters hold (before anything is
 * sent), and for an answer that is not what the steps give
 */
export async function trainModel(
  owner: CkksOwner,
  plan: ModelPlan,
  data: LabelledRows | null,
  ask: AskModel,
  { first, steps, signal, onProgress }: TrainModelOptions,
): Promise<EncryptedTraining> {
  const start = performance.now()
  requireForm(plan, data, first)
  let [bytesUp, bytesDown, checking] = [0, 0, 0]
  const timed = <T>(work: () => T): T => {
    const from = performance.now()
    const result = work()
    checking += performance.now() - from
    return result
  }
  const said = async (request: ModelRequest): Promise<ModelAnswer> => {
    throwIfAborted(signal)
    bytesUp += bytesOf(request)
    return await unlessAborted(ask(request), signal)
  }
  const refuse = (): never => {
    owner.close()
    throw notTheSteps(data !== null)
  }
  const held = data ? timed(() => requireHeld(plan, data, first, steps)) : null
  const { diagonals, blocks, stepsPerRefresh, encryptedData } = plan
  const made = await said({
    kind: 'keys',
    // The rate lies in the encrypted rows.
    plan: encryptedData ? { ...plan, learningRate: 0 } : plan,
    keys: owner.evaluationKeys({ relinearisation: true, rotations: rotationsOf(diagonals) }),
  })
  if (made?.kind !== 'ready') refuse()
  if (data) {
    const taken = await said(encryptedData ? encryptedRows(owner, plan, data) : { kind: 'rows', ...data })
    if (taken?.kind !== 'ready') refuse()
  }
  let weights: Float64Array[] = first.map((vector) => Float64Array.from(vector))
  const lengths = weights.map((vector) => vector.length)
  let [roundTrips, difference, share] = [0, 0, 0]
  for (let step = 0; step < steps; step += stepsPerRefresh) {
    const count = Math.min(stepsPerRefresh, steps - step)
    const taken = Array.from({ length: count }, (_, i) => (step + i) % blocks)
    const answer = await said({
      kind: 'steps',
      weights: weights.map((vector) => owner.encrypt(inSlots(plan, vector))),
      blocks: taken,
    })
    const checked = timed(() =>
      checkedWeights(owner, plan, answer, lengths, data && expectedAfter(plan, data, weights, taken)),
    )
    if (!checked) return refuse()
    weights = checked.weights
    bytesDown += checked.bytes
    difference = Math.max(difference, checked.difference)
    share = Math.max(share, checked.share)
    roundTrips++
    onProgress?.(step + count, steps)
  }
  const flood = held
    ? 0
    : floodOf(
        plan,
        roundTrips,
        lengths.reduce((a, b) => a + b, 0),
      )
  return {
    weights,
    published: held ? held.weights : flooded(weights, flood),
    flood,
    difference,
    share,
    steps,
    roundTrips,
    bytesUp,
    bytesDown,
    seconds: (performance.now() - start) / 1000,
    checkSeconds: checking / 1000,
  }
}

/** Waits no longer than until the signal: a service may never answer. */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return answer
  const stopped = Promise.withResolvers<never>()
  const stop = () => {
    try {
      throwIfAborted(signal)
    } catch (error) {
      stopped.reject(error)
    }
  }
  signal.addEventListener('abort', stop, { once: true })
  // An event that has been is not told again.
  stop()
  try {
    return await Promise.race([answer, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** @throws RangeError for weights that are not those of the model, and rows that are not those of the plan */
function requireForm(plan: ModelPlan, data: LabelledRows | null, first: readonly ArrayLike<number>[]): void {
  const sizes =
    plan.model === 'logistic'
      ? [plan.features]
      : [...new Array<number>(plan.units).fill(plan.features), ...new Array<number>(plan.units).fill(1)]
  const come = first.map((vector) => vector.length)
  if (`${come}` !== `${sizes}`) throw new RangeError(`weights of ${sizes} numbers were expected, not ${come}`)
  const { rows, features } = plan
  if (data && (data.x.length !== rows * features || data.labels.length !== rows))
    throw new RangeError(`${rows} rows of ${features} features were planned`)
}

/** Rows as the service gets them when it may not read them. */
function encryptedRows(owner: CkksOwner, plan: ModelPlan, data: LabelledRows): ModelRequest {
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

/** Bytes of a request of ours. */
function bytesOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  return Object.values(value).reduce((sum: number, one) => sum + bytesOf(one), 0)
}
