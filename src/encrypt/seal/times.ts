// How often an operation ran, and for how long: what a run is made of.
// Source: performance.now. A bench holds the whole against the sum of its operations.

import { sealMessage } from './runtime.ts'

/** By the operation's name. */
export type OperationTimes = Readonly<
  Record<string, { readonly calls: number; readonly milliseconds: number }>
>

/** Counts what is run through `timed`; errors that are none of JavaScript's become RangeErrors in words. */
export function operationTimer(): {
  readonly times: OperationTimes
  readonly timed: <T>(name: string, work: () => T) => T
} {
  const times: Record<string, { calls: number; milliseconds: number }> = {}
  return {
    times,
    timed(name, work) {
      const start = performance.now()
      try {
        return work()
      } catch (error) {
        if (error instanceof Error) throw error
        throw new RangeError(`${name}: ${sealMessage(error)}`)
      } finally {
        const own = times[name]
        const milliseconds = performance.now() - start
        if (own) {
          own.calls++
          own.milliseconds += milliseconds
        } else times[name] = { calls: 1, milliseconds }
      }
    },
  }
}
