// Time that a query may take, and what is said when it is over: the same words, at the same moment, whatever the reason.
// Source: Haeberlen, Pierce and Narayan 2011 (timing and refusals as covert channels of private queries).
// It does not make the running time private: an answer comes when it is ready, unless it is asked for at the limit.

import { FrostglassError, throwIfAborted } from '../../errors.ts'

/** When answers come. */
export interface Timing {
  /** Seconds that rows may be worked on, 60 unless given. What was not answered then is refused, and stays paid for. */
  readonly timeLimit?: number | undefined
  /** Whether an answer, too, comes when the limit is over and not before. */
  readonly answerAtLimit?: boolean | undefined
}

const USUAL = 60
const LONGEST = 86_400

/** @throws FrostglassError `usage` unless it is a number of seconds above 0, of a day at most. */
export function timeLimitOf(seconds = USUAL): number {
  if (seconds > 0 && seconds <= LONGEST) return seconds
  throw new FrostglassError(
    'usage',
    `the time limit is ${LONGEST} seconds at most, but ${seconds} came`,
    `Leave it out for ${USUAL}.`,
  )
}

/**
 * Runs `work` for so many seconds at most. An error of ours passes: those follow from private answers. Any other, and the
 * end of time, become one refusal at the limit.
 * @throws FrostglassError `input` when it was not done; `aborted` at once when the signal fires.
 */
export async function withinTime<T>(
  {
    limit,
    atLimit,
    signal,
  }: { readonly limit: number; readonly atLimit: boolean; readonly signal: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const { promise: over, resolve: end, reject: stop } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => end(undefined), limit * 1000)
  const onAbort = () =>
    stop(new FrostglassError('aborted', 'stopped before the work was done; what it cost stays spent'))
  signal?.addEventListener('abort', onAbort, { once: true })
  const done = work().then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  try {
    throwIfAborted(signal)
    const first = await Promise.race([done, over])
    const answered = first !== undefined && ('value' in first || first.error instanceof FrostglassError)
    if (!answered || atLimit) await over
    if (first === undefined || !answered) throw unanswered(limit)
    if ('error' in first) throw first.error
    return first.value
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/** Of what kind the fault was would tell of the rows. */
const unanswered = (limit: number): FrostglassError =>
  new FrostglassError(
    'input',
    `the query was not answered in ${limit} seconds, or its table cannot be read to the end: which is withheld, since it may tell of its values, and the price stays spent`,
    'Give more time (--time-limit), ask less at once, and check that the file is a well-formed table.',
  )
