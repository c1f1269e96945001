// A thread for one message: asked in turns, and ended after it whatever came. Nothing of a message is left for the next one to find.
// Source: worker_threads. A thread that was kept told the next message, by its time, whether the last training had been cut off.
// The machine is shared with it all the same: what it costs other work is not hidden from who measures that.

import type { Worker } from 'node:worker_threads'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { answerOf, type Reply } from '../../learn/workers.ts'

/** MB of JavaScript's own memory: more ends the thread alone. Arrays of numbers are bounded by what is planned (stepWork.ts). */
const heap = 2048

/** A thread of one message. Questions are one after another. */
export interface OwnThread<T, A> {
  /**
   * @param signal fires: the thread is ended where it is
   * @throws FrostglassError the thread's, 'aborted' when the signal fires; an Error where the thread ended
   */
  ask(task: T, signal: AbortSignal): Promise<A>
  /** Ends it, wherever it is; whoever calls does not wait for it. */
  end(): void
}

/**
 * A thread that is there from now on.
 * @param file a module that calls `answerTasks`: our own kernels run in it, and nothing native, so that it can be ended anywhere
 * @param data what it starts with, rows in shared memory
 */
export function ownThread<T, A>(file: URL, data: unknown): OwnThread<T, A> {
  let worker: Promise<Worker> | undefined
  let failed: unknown
  const note = (error: unknown): void => {
    failed ??= error
  }
  const begun = async (): Promise<Worker> => {
    const { Worker } = await import('node:worker_threads')
    const made = new Worker(file, {
      workerData: data,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heap },
    })
    // Also where nobody waits for an answer: a thread that ends takes nothing with it.
    made.on('error', note)
    made.on('exit', () => note(new Error('the thread ended')))
    return made
  }
  const end = (): void => {
    note(new FrostglassError('aborted', 'the thread was ended'))
    void worker?.then((one) => one.terminate())
  }
  return {
    async ask(task, signal) {
      throwIfAborted(signal)
      worker ??= begun()
      const at = await worker
      if (failed !== undefined) throw failed
      const { promise, resolve, reject } = Promise.withResolvers<Reply<A>>()
      const onAbort = () => reject(new FrostglassError('aborted', 'stopped before the work was done'))
      const onExit = () => reject(failed)
      at.once('message', resolve)
      at.once('error', reject)
      at.once('exit', onExit)
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
      try {
        at.postMessage({ task })
        return answerOf(await promise)
      } catch (error) {
        if (error instanceof FrostglassError && error.code === 'aborted') end()
        throw error
      } finally {
        signal.removeEventListener('abort', onAbort)
        at.off('message', resolve).off('error', reject).off('exit', onExit)
      }
    },
    end,
  }
}
