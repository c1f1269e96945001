// How a private node answers: the message is judged, the round is paid for, and only then a row is looked at.
// Source: docs/architecture.md#differential-privacy (spent before drawn); src/fleet/privacy/PROOF.md has what may leave, and why.
// Whatever rows do to a training, a reply is made: of an update that came to nothing, noise. When it is made tells its time.

import { FrostglassError } from '../../errors.ts'
import type { PayRound } from '../privacy/account.ts'
import type { Finished } from '../privacy/finish.ts'
import type { Arrays, Content, FlowerRecord } from './content.ts'
import type { AnswerTo } from './node.ts'
import { pause } from './pause.ts'
import type { MetricValue } from './records.ts'
import { readTrainRequest, type TrainRequest } from './trainRequest.ts'

/** A round that can begin. */
export interface ReadyRound<Made> {
  /** What may leave, once it is paid for. It throws where nothing may be told, and the node's own log is to say why. */
  run(signal: AbortSignal): Promise<Made>
  /** Ends what was begun for the message, wherever it is. */
  close(): void
}

/** A round whose reply has arrays. */
export interface ReplyingRound extends ReadyRound<Finished> {
  /** The server's arrays with what was made in them: its names, order and dtypes. */
  arraysOf(made: Finished): Arrays
}

/**
 * Judges a request, by what is public alone.
 * @param signal fires where judging takes too long
 * @throws FrostglassError whose words the operator is shown
 */
export type PrepareRound<Round = ReplyingRound> = (
  request: TrainRequest,
  signal: AbortSignal,
) => Promise<Round>

export interface PrivateNodeOptions {
  readonly prepare: PrepareRound
  readonly pay: PayRound
  /** How many rounds were paid for, by earlier processes too. */
  readonly paid: () => Promise<number>
  /** How many rounds this node answers, in all its lives. */
  readonly rounds: number
  /** Told as `num-examples`: a number that was settled without the rows. */
  readonly examples: number
  /** Metrics that other nodes of the fleet send, and what is sent in their place: numbers that were settled without the rows. */
  readonly metrics?: Readonly<Record<string, number>> | undefined
  /** Seconds that a round may take from the message on; at most a day. */
  readonly limit: number
  /** Answer a message of training when that time is over, and not before, whatever came of it. */
  readonly atLimit?: boolean | undefined
  readonly onNews?: ((news: PrivateNews) => void) | undefined
}

/** What the node's owner is told, and nobody else. */
export type PrivateNews =
  | { readonly what: 'paid'; readonly round: number | undefined; readonly left: number }
  | { readonly what: 'failed'; readonly why: string }

/** Words for an operator: each is the same whatever the rows hold. */
export const refusals = {
  evaluate:
    'this node tells no loss and no accuracy of its rows: evaluate the model on rows that are not private',
  other: 'this node answers training messages only',
  unfit: 'this node cannot work with this message',
  rounds: 'this node has answered all the rounds that its owner allowed',
  budget: 'the privacy budget of this node does not allow another round',
  unpaid: 'this node cannot pay for a round now',
  untold: 'this node has no update that it may tell',
} as const

/** What a private node does with messages. */
export function privateAnswer(options: PrivateNodeOptions): AnswerTo {
  const answer = privateRounds<Finished, ReplyingRound>(options)
  const { prepare, pay } = options
  return async ({ metadata, content }) => {
    if (metadata.messageType !== 'train')
      return { refused: metadata.messageType === 'evaluate' ? refusals.evaluate : refusals.other }
    const request = readTrainRequest(content)
    const what = `round ${request.round ?? '?'} of run ${metadata.runId}`
    const made = await answer(request, { prepare, pay: () => pay(what) })
    if ('refused' in made) return made
    if (made.made === undefined) return { refused: refusals.untold }
    const arrays = made.ready.arraysOf(made.made)
    const isNumbers = [...arrays.values()].every(({ data }) =>
      (data as Float64Array).every((w) => Number.isFinite(Math.fround(w))),
    )
    return isNumbers ? { content: replyOf(request, arrays, options) } : { refused: refusals.untold }
  }
}

/** What a round came to: what its `run` made, undefined where that failed. */
export type PaidRound<Made, Round extends ReadyRound<Made>> =
  | { readonly refused: string }
  | { readonly ready: Round; readonly made: Made | undefined }

/** What a round is judged and paid by. */
interface RoundWork<Round> {
  readonly prepare: PrepareRound<Round>
  readonly pay: () => Promise<void>
}

/** A share of the limit, for who waits until then. */
type Until = (share: number) => number

/** Seconds that a round may take at most: a day, far below where the system's timers fire at once. */
const longest = 86_400

/** Shares of the limit by which a message is judged, noise and all, and by which its training ends: what is left is for ending it. */
const [judgedBy, trainedBy] = [0.5, 0.9]

/**
 * Rounds one by one, as many as are allowed: judged, paid for, done.
 * @throws FrostglassError 'usage' for a time limit that is none
 * @returns a function that throws FrostglassError, whose words the operator is shown, for a request that cannot be answered
 */
export function privateRounds<Made, Round extends ReadyRound<Made>>(
  options: Pick<PrivateNodeOptions, 'rounds' | 'paid' | 'limit' | 'atLimit' | 'onNews'>,
) {
  const { limit, atLimit = false } = options
  if (!(limit > 0 && limit <= longest))
    throw new FrostglassError(
      'usage',
      `a round takes more than 0 seconds and at most ${longest}, not ${limit}`,
      'Give a time limit of a day or less.',
    )
  return async (request: TrainRequest, work: RoundWork<Round>): Promise<PaidRound<Made, Round>> => {
    const begun = performance.now()
    const until: Until = (share) => Math.max(0, share * limit * 1000 - (performance.now() - begun))
    try {
      return await roundOf(request, work, options, until)
    } finally {
      // Replies and refusals alike: what a refusal takes would tell what became of the round before.
      if (atLimit) await pause(until(1))
    }
  }
}

async function roundOf<Made, Round extends ReadyRound<Made>>(
  request: TrainRequest,
  { prepare, pay }: RoundWork<Round>,
  { rounds, paid, onNews }: Pick<PrivateNodeOptions, 'rounds' | 'paid' | 'onNews'>,
  until: Until,
): Promise<PaidRound<Made, Round>> {
  const failed = (error: unknown): undefined => {
    onNews?.({ what: 'failed', why: (error as Error).message })
  }
  const ready = await within(until(judgedBy), (signal) => prepare(request, signal)).catch((error) => {
    if (error instanceof FrostglassError) throw error
    // A file that a server made up may break more than it should: the node goes on.
    return failed(error)
  })
  if (ready === undefined) return { refused: refusals.unfit }
  try {
    try {
      const before = await paid()
      if (before >= rounds) return { refused: refusals.rounds }
      await pay()
      onNews?.({ what: 'paid', round: request.round, left: rounds - before - 1 })
    } catch (error) {
      if (!(error instanceof FrostglassError)) throw error
      failed(error)
      return { refused: error.code === 'policy' ? refusals.budget : refusals.unpaid }
    }
    const made = await within(until(trainedBy), (signal) => ready.run(signal)).catch(failed)
    return { ready, made }
  } finally {
    ready.close()
  }
}

/** Does what heeds a signal, which fires after so many milliseconds. */
async function within<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), milliseconds)
  try {
    return await work(stop.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** A reply: arrays as the server named them, and metrics that tell nothing. */
function replyOf(
  { record }: TrainRequest,
  arrays: Arrays,
  { examples, metrics = {} }: PrivateNodeOptions,
): Content {
  const told = new Map<string, MetricValue>([
    ...Object.entries(metrics).map(([name, double]): [string, MetricValue] => [name, { double }]),
    ['num-examples', { integer: BigInt(examples) }],
  ])
  return new Map<string, FlowerRecord>([
    [record, { arrays }],
    [record === 'metrics' ? 'numbers' : 'metrics', { metrics: told }],
  ])
}
