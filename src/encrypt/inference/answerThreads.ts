// A question answered on all cores: its rows know nothing of each other.
// Source: learn/workers.ts. For throughput a thread holds some 2 GB for a batch of MNIST images.

import { answerOf, inWorkers, workerFile } from '../../learn/workers.ts'
import { addedTimes, type OperationTimes } from '../seal/times.ts'
import { packAnswer, readQuestion } from './answering.ts'
import type { CompiledNetwork } from './compiled.ts'

/** What a thread is made of. */
export interface AnswerShared {
  readonly model: CompiledNetwork
  readonly keys: Uint8Array
}

export interface AnswerTask {
  readonly row: number
  readonly ciphertexts: readonly Uint8Array[]
  /** Of the question. */
  readonly images: number
}

export interface AnswerRow {
  readonly outputs: readonly Uint8Array[]
  readonly milliseconds: number
  readonly times: OperationTimes
}

/** An answer, and what it took. */
export interface Answered {
  /** The parcel for the key holder. */
  readonly answer: Uint8Array
  /** Of each row, on one core. */
  readonly milliseconds: readonly number[]
  readonly times: OperationTimes
}

/**
 * Answers a question with the public keys of its owner.
 * @throws FrostglassError `input`, `key` for parcels that do not fit the model or each other; `aborted`
 */
export async function answerQuestion(
  model: CompiledNetwork,
  keys: Uint8Array,
  question: Uint8Array,
  options: {
    readonly workers?: number | undefined
    readonly signal?: AbortSignal | undefined
    readonly onProgress?: ((done: number, total: number) => void) | undefined
  } = {},
): Promise<Answered> {
  const read = readQuestion(question, model.plans)
  const tasks: AnswerTask[] = read.rows.map((ciphertexts, row) => ({
    row,
    // A view takes all of its buffer along to a thread: of 1,000 images the whole question, 0.9 s a row.
    ciphertexts: ciphertexts.map((bytes) => bytes.slice()),
    images: read.images,
  }))
  const shared: AnswerShared = { model, keys }
  const { onProgress, ...pool } = options
  let done = 0
  const replies = await inWorkers<AnswerTask, AnswerRow>(
    workerFile('answerWorker', import.meta.url),
    shared,
    tasks,
    {
      ...pool,
      onReply: () => onProgress?.(++done, tasks.length),
    },
  )
  const rows = replies.map(answerOf)
  return {
    answer: packAnswer(
      read,
      rows.map(({ outputs }) => outputs),
    ),
    milliseconds: rows.map(({ milliseconds }) => milliseconds),
    times: rows.map(({ times }) => times).reduce(addedTimes),
  }
}
