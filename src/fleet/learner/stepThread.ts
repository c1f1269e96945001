// Steps that a server sent, in a thread of their own: however long one runs, and whatever it does to memory, the node goes on.
// Source: worker_threads. A step that ran in the node's own thread held its heartbeats up, which told the server of rows.
// The machine is shared with the thread all the same: what it costs the node's other work is not hidden from who measures that.

import type { Worker } from 'node:worker_threads'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Dataset } from '../../learn/index.ts'
import { inSharedMemory } from '../../learn/sharedMemory.ts'
import { answerOf, type Reply, workerFile } from '../../learn/workers.ts'
import type { LocalWork } from './learner.ts'
import { type StepFile, wrong } from './stepFile.ts'

/** What the thread is asked: to open a step, and to train by it. */
export interface StepOrder {
  readonly bytes: Uint8Array
  readonly batch: number
  readonly train?: (Omit<LocalWork, 'random' | 'signal'> & { readonly from: Float64Array }) | undefined
}

/** What it answers; `weights` is undefined where training failed. */
export type StepAnswer =
  | { readonly file: Omit<StepFile, 'graph'> }
  | { readonly weights: Float64Array | undefined }

/** Seconds that a step may take to be read and tried on one row of zeros. */
const trial = 60
/** MB of JavaScript's own memory: more ends the thread alone. */
const heap = 2048

/** Steps over one node's rows. Calls are one after another. */
export interface StepThread {
  /** @throws FrostglassError as `openStepTrainer`, and where the trial takes too long or too much memory */
  open(bytes: Uint8Array, batch: number): Promise<Omit<StepFile, 'graph'>>
  /** Weights after training; undefined where that failed. @throws FrostglassError 'aborted' when the signal fires */
  train(order: Required<StepOrder>, signal: AbortSignal | undefined): Promise<Float64Array | undefined>
  close(): Promise<void>
}

/** @param data the node's rows: shared with the thread, copied once */
export function stepThread({ x, y }: Dataset): StepThread {
  const data: Dataset = { x: inSharedMemory(x), y: inSharedMemory(y) }
  let worker: Worker | undefined
  const end = async (): Promise<void> => {
    const ended = worker
    worker = undefined
    await ended?.terminate()
  }
  const ask = async (order: StepOrder, signal: AbortSignal): Promise<StepAnswer> => {
    const { Worker } = await import('node:worker_threads')
    throwIfAborted(signal)
    worker ??= new Worker(workerFile('stepWorker', import.meta.url), {
      workerData: data,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heap },
    })
    const at = worker
    at.ref()
    const { promise, resolve, reject } = Promise.withResolvers<Reply<StepAnswer>>()
    const onAbort = () => reject(new FrostglassError('aborted', 'stopped before the work was done'))
    const onExit = () => reject(new Error('the thread of the step ended'))
    at.once('message', resolve)
    at.once('error', reject)
    at.once('exit', onExit)
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      at.postMessage({ task: order })
      return answerOf(await promise)
    } catch (error) {
      // A refusal leaves the thread as it was; of anything else nothing is known.
      if (!(error instanceof FrostglassError) || error.code === 'aborted') await end()
      throw error
    } finally {
      signal.removeEventListener('abort', onAbort)
      at.off('message', resolve).off('error', reject).off('exit', onExit)
      at.unref()
    }
  }
  return {
    async open(bytes, batch) {
      const answer = await ask({ bytes, batch }, AbortSignal.timeout(trial * 1000)).catch((error) => {
        if (error instanceof FrostglassError && error.code !== 'aborted') throw error
        throw wrong(`it takes more than ${trial} seconds, or more memory than there is, for one row of zeros`)
      })
      if (!('file' in answer)) throw new TypeError('a thread answered another question')
      return answer.file
    },
    async train(order, signal = new AbortController().signal) {
      const answer = await ask(order, signal)
      if ('file' in answer) throw new TypeError('a thread answered another question')
      return answer.weights
    },
    close: end,
  }
}
