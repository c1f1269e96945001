// How a private node answers: the message is judged, the round is paid for, and only then a row is looked at.
// Source: docs/architecture.md#differential-privacy (spent before drawn); src/fleet/privacy/PROOF.md has what may leave, and why.
// Whatever rows do to a training, a reply is made: of an update that came to nothing, noise. When it is made tells its time.

import { setTimeout as pause } from 'node:timers/promises'
import { FrostglassError } from '../../errors.ts'
import type { PayRound } from '../privacy/account.ts'
import type { Content, FlowerRecord } from './content.ts'
import type { AnswerTo } from './node.ts'
import type { MetricValue } from './records.ts'
import { type matchArrays, readTrainRequest, type TrainRequest } from './trainRequest.ts'

/** A round that can begin: the server's weights against the model, and what makes private ones of them. */
export interface ReadyRound extends Pick<ReturnType<typeof matchArrays>, 'arraysOf'> {
  /** [weights] that may leave, or what a sum's noise is still to be added to. It throws where nothing may be told, and the node's own log is to say why. */
  run(signal: AbortSignal): Promise<Float64Array>
}

/** Judges a request, by what is public alone. @throws FrostglassError whose words the operator is shown */
export type PrepareRound = (request: TrainRequest) => Promise<ReadyRound>

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
  /** Answer when that time is over, and not before. */
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
  const answer = privateRounds(options)
  const { prepare, pay } = options
  return async ({ metadata, content }) => {
    if (metadata.messageType !== 'train')
      return { refused: metadata.messageType === 'evaluate' ? refusals.evaluate : refusals.other }
    const request = readTrainRequest(content)
    const what = `round ${request.round ?? '?'} of run ${metadata.runId}`
    const made = await answer(request, { prepare, pay: () => pay(what) })
    if ('refused' in made) return made
    const { ready, numbers } = made
    if (!numbers?.every((w) => Number.isFinite(Math.fround(w)))) return { refused: refusals.untold }
    return { content: replyOf(request, ready, numbers, options) }
  }
}

/** What a round came to: numbers that its `run` made, undefined where that failed. */
export type PaidRound =
  | { readonly refused: string }
  | { readonly ready: ReadyRound; readonly numbers: Float64Array | undefined }

/** Seconds that a round may take at most: a day, far below where the system's timers fire at once. */
const longest = 86_400

/**
 * Rounds one by one, as many as are allowed: judged, paid for, done.
 * @throws FrostglassError 'usage' for a time limit that is none
 * @returns a function that throws FrostglassError, whose words the operator is shown, for a request that cannot be answered
 */
export function privateRounds({
  rounds,
  paid,
  limit,
  atLimit = false,
  onNews,
}: Pick<PrivateNodeOptions, 'rounds' | 'paid' | 'limit' | 'atLimit' | 'onNews'>) {
  if (!(limit > 0 && limit <= longest))
    throw new FrostglassError(
      'usage',
      `a round takes more than 0 seconds and at most ${longest}, not ${limit}`,
      'Give a time limit of a day or less.',
    )
  return async (
    request: TrainRequest,
    { prepare, pay }: { readonly prepare: PrepareRound; readonly pay: () => Promise<void> },
  ): Promise<PaidRound> => {
    const begun = performance.now()
    const ready = await prepare(request).catch((error: Error) => {
      if (error instanceof FrostglassError) throw error
      // A file that a server made up may break more than it should: the node goes on.
      onNews?.({ what: 'failed', why: error.message })
      return undefined
    })
    if (ready === undefined) return { refused: refusals.unfit }
    let before: number
    try {
      before = await paid()
      if (before >= rounds) return { refused: refusals.rounds }
      await pay()
    } catch (error) {
      if (!(error instanceof FrostglassError)) throw error
      onNews?.({ what: 'failed', why: error.message })
      return { refused: error.code === 'policy' ? refusals.budget : refusals.unpaid }
    }
    onNews?.({ what: 'paid', round: request.round, left: rounds - before - 1 })
    const left = (share: number) => Math.max(0, share * limit * 1000 - (performance.now() - begun))
    // A tenth of the time is for what comes behind training: noise takes as long whatever the rows are.
    const signal = AbortSignal.timeout(Math.ceil(left(0.9)))
    const numbers = await ready.run(signal).catch((error: Error) => {
      onNews?.({ what: 'failed', why: error.message })
      return undefined
    })
    if (atLimit) await pause(left(1))
    return { ready, numbers }
  }
}

/** A reply: arrays as the server named them, and metrics that tell nothing. */
function replyOf(
  { record }: TrainRequest,
  { arraysOf }: ReadyRound,
  weights: Float64Array,
  { examples, metrics = {} }: PrivateNodeOptions,
): Content {
  const told = new Map<string, MetricValue>([
    ...Object.entries(metrics).map(([name, double]): [string, MetricValue] => [name, { double }]),
    ['num-examples', { integer: BigInt(examples) }],
  ])
  return new Map<string, FlowerRecord>([
    [record, { arrays: arraysOf(weights) }],
    [record === 'metrics' ? 'numbers' : 'metrics', { metrics: told }],
  ])
}
