// Batches on all cores: a worker thread a modulus, since residues know nothing of each other.
// Source: learn/workers.ts. A thread holds some 2 GB for a batch of MNIST images.

import { FrostglassError } from '../../errors.ts'
import { inWorkers, workerFile } from '../../learn/index.ts'
import type { EvaluationKeys } from '../seal/keys.ts'
import type { OperationTimes } from '../seal/times.ts'
import type { IntegerNetwork } from './quantise.ts'

/** A batch for one modulus: the keys' parameters say which. */
export interface ModulusTask {
  readonly keys: EvaluationKeys
  readonly inputs: readonly Uint8Array[]
}

/** Its answer, and what it took. */
export interface ModulusAnswer {
  readonly outputs: readonly Uint8Array[]
  readonly milliseconds: number
  readonly times: OperationTimes
}

/**
 * Answers a batch for all moduli, side by side.
 * @throws FrostglassError those of a service that answers one modulus; `aborted`
 */
export async function answerBatch(
  network: IntegerNetwork,
  tasks: readonly ModulusTask[],
  options: { readonly workers?: number; readonly signal?: AbortSignal } = {},
): Promise<ModulusAnswer[]> {
  const replies = await inWorkers<ModulusTask, ModulusAnswer>(
    workerFile('throughputWorker', import.meta.url),
    network,
    tasks,
    options,
  )
  return replies.map((reply) => {
    if ('answer' in reply) return reply.answer
    const { code, message, hint } = reply.failure
    throw new FrostglassError(code, message, hint === undefined ? {} : { hint })
  })
}
