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
        const time = times[name]
        const milliseconds = performance.now() - start
        if (time) {
          time.calls++
          time.milliseconds += milliseconds
        } else times[name] = { calls: 1, milliseconds }
      }
    },
  }
}

/** Sums of calls and times by name. */
export function addedTimes(a: OperationTimes, b: OperationTimes): OperationTimes {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      {
        calls: (a[name]?.calls ?? 0) + (b[name]?.calls ?? 0),
        milliseconds: (a[name]?.milliseconds ?? 0) + (b[name]?.milliseconds ?? 0),
      },
    ]),
  )
}

/** What has been done since `before`, of the same counter. */
export const timesSince = (before: OperationTimes, now: OperationTimes): OperationTimes =>
  Object.fromEntries(
    Object.entries(now).map(([name, { calls, milliseconds }]) => [
      name,
      {
        calls: calls - (before[name]?.calls ?? 0),
        milliseconds: milliseconds - (before[name]?.milliseconds ?? 0),
      },
    ]),
  )

/** The operations with their share of the time of all, the longest first. */
export function timesByShare(times: OperationTimes): {
  readonly name: string
  readonly calls: number
  readonly milliseconds: number
  readonly share: number
}[] {
  const all = Object.values(times).reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  return Object.entries(times)
    .toSorted(([, a], [, b]) => b.milliseconds - a.milliseconds)
    .map(([name, { calls, milliseconds }]) => ({ name, calls, milliseconds, share: milliseconds / all }))
}
