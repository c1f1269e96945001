// When a private node answers: by a clock that the test turns, every outcome of a message at the limit, and its thread ended.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { tensor } from '../../graph/index.ts'
import { privateRounds, type ReadyRound } from './privateNode.ts'
import { requestOf } from './testing.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

const request = requestOf(new Map([['w', tensor([1], [1])]]))
const limit = 100
const after = (seconds: number) => new Promise<void>((done) => setTimeout(done, 1000 * seconds))
const until = (signal: AbortSignal) =>
  new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new FrostglassError('aborted', 'cut off'))),
  )

/** What becomes of messages, by where they end: seconds, and how. */
const outcomes: Readonly<
  Record<
    string,
    {
      readonly judged?: (signal: AbortSignal) => Promise<void>
      readonly paid?: () => Promise<number>
      readonly pay?: () => Promise<void>
      readonly run?: (signal: AbortSignal) => Promise<number>
      readonly closed: boolean
      readonly told: string
    }
  >
> = {
  'a reply after little work': { closed: true, told: '{"made":7}' },
  'a reply after much work': { run: () => after(80).then(() => 7), closed: true, told: '{"made":7}' },
  'training that is cut off': { run: until, closed: true, told: '{}' },
  'training that throws': {
    run: () => Promise.reject(new Error('out of memory')),
    closed: true,
    told: '{}',
  },
  'a refusal at once': {
    judged: () => Promise.reject(new FrostglassError('input', 'its arrays are others')),
    closed: false,
    told: 'its arrays are others',
  },
  'a refusal after a while': {
    judged: () => after(9).then(() => Promise.reject(new FrostglassError('input', 'not tried'))),
    closed: false,
    told: 'not tried',
  },
  'a trial that takes too long': { judged: until, closed: false, told: 'cut off' },
  'a thread that ends': {
    judged: () => Promise.reject(new Error('the thread ended')),
    closed: false,
    told: '{"refused":"this node cannot work with this message"}',
  },
  'no rounds left': {
    paid: async () => 5,
    closed: true,
    told: '{"refused":"this node has answered all the rounds that its owner allowed"}',
  },
  'no budget left': {
    pay: () => Promise.reject(new FrostglassError('policy', 'spent')),
    closed: true,
    told: '{"refused":"the privacy budget of this node does not allow another round"}',
  },
}

async function answered(name: string, atLimit: boolean) {
  const { judged = async () => undefined, run = async () => 7, ...rest } = outcomes[name]!
  const { paid = async () => 0, pay = async () => undefined } = rest
  let [closed, seconds] = [false, Number.NaN]
  const answer = privateRounds<number, ReadyRound<number>>({ rounds: 5, paid, limit, atLimit })
  const begun = performance.now()
  const made = answer(request, {
    pay,
    async prepare(_, signal) {
      await judged(signal)
      return {
        run,
        close() {
          closed = true
        },
      }
    },
  })
    .then(
      (round) => JSON.stringify('refused' in round ? round : { made: round.made }),
      (error: Error) => error.message,
    )
    .finally(() => {
      seconds = (performance.now() - begun) / 1000
    })
  await vi.advanceTimersByTimeAsync(2000 * limit)
  return { told: await made, seconds, closed }
}

describe('at the limit', () => {
  it.each(Object.keys(outcomes))('is answered, and nothing is left of the message: %s', async (name) => {
    const { told, closed } = outcomes[name]!
    expect(await answered(name, true)).toEqual({ told, seconds: limit, closed })
  })

  it.each([
    ['a refusal after a while', 9],
    ['a reply after much work', 80],
    // Half of the time is for judging, noise and all; training ends in time to be ended.
    ['a trial that takes too long', limit / 2],
    ['training that is cut off', 0.9 * limit],
  ])('and where that is not asked for, when it is done: %s, %f s', async (name, seconds) => {
    expect((await answered(name, false)).seconds).toBe(seconds)
  })
})
