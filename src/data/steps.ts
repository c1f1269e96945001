// The steps of one piece of writing: an error in any of them clears up and ends them all, and so does their end.
// Source: none.
// It does not run steps one behind the other: who calls it awaits each.

import { throwIfAborted } from '../errors.ts'
import { fileError } from './files.ts'

/** Steps, and their end. */
export type Steps = {
  /**
   * Runs a step; an error of any kind leaves nothing behind.
   * @throws TypeError after the end; FrostglassError `aborted`; what the step throws, the system's errors as `io`
   */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Clears up, once. */
  end(): Promise<void>
}

/**
 * @param path what the caller calls what is written, in messages
 * @param clear removes whatever the steps have made so far; it does not fail
 */
export function createSteps(
  path: string,
  signal: AbortSignal | undefined,
  clear: () => Promise<void>,
): Steps {
  let ending: Promise<void> | undefined
  const end = () => {
    ending ??= clear()
    return ending
  }
  return {
    async run(work) {
      if (ending) throw new TypeError('this table is finished or given up')
      try {
        throwIfAborted(signal)
        return await work()
      } catch (error) {
        await end()
        if (error instanceof RangeError || error instanceof TypeError) throw error
        throw fileError(error, path, 'writing')
      }
    },
    end,
  }
}
