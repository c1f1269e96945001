// When an answer must be there: one moment for all that a request goes through once its body is whole.
// Source: ours; RFC 9110, 15.6.5 (504). Unpacking, reading, waiting, running and writing share it.
// What is late is answered, not stopped: whoever works on it sees to that.

import { Refusal } from './refusal.ts'

export interface Deadline {
  /** Milliseconds on the clock of `performance`. */
  readonly at: number
  /** What it was given, for words. */
  readonly seconds: number
}

/** So many seconds from now. */
export const deadlineIn = (seconds: number): Deadline => ({ at: performance.now() + 1000 * seconds, seconds })

/** What somebody is told who waited in vain. */
export const tooLate = ({ seconds }: Deadline): Refusal => new Refusal(504, `no answer within ${seconds} s`)

/** Calls `late` at the deadline, unless the answer is cleared before. */
export const atDeadline = ({ at }: Deadline, late: () => void): NodeJS.Timeout =>
  setTimeout(late, Math.max(1, at - performance.now()))

/** The work's outcome, or a refusal at the deadline. @throws Refusal 504 */
export async function inTime<T>(work: Promise<T>, deadline: Deadline): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = atDeadline(deadline, () => late.reject(tooLate(deadline)))
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
