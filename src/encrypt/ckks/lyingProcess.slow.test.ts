import type { ChildProcess } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { random } from '../../graph/plain/random.ts'
import { checkedWeights, inSlots } from './checkWeights.ts'
import { rotationsOf } from './diagonals.ts'
import type { Answer, Request } from './messages.ts'
import { planLogistic, planNetwork } from './modelPlan.ts'
import { startModelProcess, talkingTo } from './modelProcess.ts'
import { createModelService } from './modelService.ts'
import { createCkksOwner } from './owner.ts'
import { firstWeights } from './plainTraining.ts'
import { openCkksService } from './service.ts'
import { expectedAfter } from './trainingNoise.ts'
import { trainModel } from './trainModel.ts'

const plan = planLogistic({ rows: 60, features: 3, learningRate: 1 })
const source = random(7)
const data = {
  x: Float32Array.from({ length: 180 }, () => source.normal()),
  labels: Uint8Array.from({ length: 60 }, (_, i) => i % 2),
}
const first = [[0, 0, 0]]

/** A channel carries it; nobody may walk it to its end. */
const endless = () => {
  const own: unknown[] = []
  for (let i = 0; i < 1000; i++) own.push(own)
  return own
}

describe('a training with a process that lies', () => {
  it.each<[string, (answer: Answer, trip: number, asked: Request) => unknown]>([
    ['is not ready', () => ({ kind: 'weights', weights: [] })],
    ['says nothing', () => undefined],
    [
      'gives lists of themselves',
      (_, trip) => (trip === 0 ? { kind: 'ready', weights: endless() } : endless()),
    ],
    ['gives back the weights of its second step', (own, trip, asked) => (trip === 3 ? asked : own)],
  ])('ends in one wording, and its keys are gone: it %s', async (_, lie) => {
    const owner = await createCkksOwner(plan.parameters)
    const service = createModelService()
    let trip = 0
    let sent: Uint8Array = new Uint8Array()
    try {
      const training = trainModel(
        owner,
        plan,
        data,
        async (request) => {
          if (request.kind === 'steps') sent = request.weights[0]!
          const answer = await service.answer(request)
          const given = lie(answer, trip++, request)
          return (given === request ? { kind: 'weights', weights: [sent] } : given) as Answer
        },
        { first, steps: 3 },
      )
      await expect(training).rejects.toMatchObject({
        code: 'input',
        message: 'what came back is not what the steps give',
      })
      expect(() => owner.encrypt([1])).toThrow()
      expect(() => owner.decryptAny(sent)).toThrow()
    } finally {
      service.close()
      owner.close()
    }
  })
})

describe('what comes back from a step of a network', () => {
  it('is refused where one number of one unit is off by a twentieth, or units change places', async () => {
    const network = planNetwork({ rows: 60, features: 3, learningRate: 0.1, units: 2 })
    const before = firstWeights(network, 3)
    const owner = await createCkksOwner(network.parameters)
    const keys = owner.evaluationKeys({ relinearisation: true, rotations: rotationsOf(network.diagonals) })
    const service = createModelService()
    const liar = await openCkksService(keys)
    try {
      await service.answer({ kind: 'keys', plan: network, keys })
      await service.answer({ kind: 'rows', ...data })
      const weights = before.map((own) => owner.encrypt(inSlots(network, own)))
      const answer = await service.answer({ kind: 'steps', weights, blocks: [0] })
      const given = (answer as Extract<Answer, { kind: 'weights' }>).weights
      const lengths = before.map((own) => own.length)
      const expected = expectedAfter(network, data, before, [0])
      const verdict = (own: readonly Uint8Array[]) =>
        checkedWeights(owner, network, { kind: 'weights', weights: own }, lengths, expected)
      expect(verdict(given)!.share).toBeLessThan(0.5)
      const off = new Float64Array(liar.slots)
      off[777] = 0.05
      given.forEach((own, i) => {
        const moved = liar.write(liar.plusPlain(liar.read(own), off))
        expect(verdict(given.with(i, moved))).toBeNull()
      })
      const [a, b, c, d] = given as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
      expect(verdict([b, a, c, d])).toBeNull()
      expect(verdict([a, b, d, c])).toBeNull()
      expect(verdict([a, b, c])).toBeNull()
    } finally {
      liar.close()
      service.close()
      owner.close()
    }
  })
})

/** A process that exists in this test alone: says `says` to whatever it is asked. */
function madeUp(answers: (child: EventEmitter, request: Request) => void) {
  const child = new EventEmitter()
  return talkingTo(
    Object.assign(child, {
      pid: 1,
      send: (request: Request, done: (error: Error | null) => void) => {
        done(null)
        setImmediate(() => answers(child, request))
      },
      kill: () => true,
    }) as unknown as ChildProcess,
  )
}

describe('the channel to a process', () => {
  const says = (reply: unknown) => madeUp((child) => child.emit('message', reply))
  const rows: Request = { kind: 'rows', ...data }

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 3],
    ['a text', 'ready'],
    ['a list', []],
    ['no answer', {}],
    ['an answer that is none', { answer: 7 }],
    ['a null answer', { answer: null }],
    ['a failure that is none', { failure: 'no' }],
    ['a failure of numbers', { failure: { code: 7, message: 8, hint: 9 } }],
    ['a failure without words', { failure: { message: '' } }],
    ['a failure of a kind that is not its to say', { failure: { code: 'key', message: 'x' } }],
  ])('ends in an error of ours for %s', async (_, reply) => {
    const error = await says(reply)
      .ask(rows)
      .catch((e) => e)
    expect(error).toBeInstanceOf(FrostglassError)
    expect(error).toMatchObject({ code: 'io' })
    expect(error.message).toMatch(/^the training process could not go on: /)
  })

  it('hands on what it says, cut and without control characters', async () => {
    const message = `\u001b[2Jyour key is gone\r\n\u202e${'x'.repeat(1e6)}`
    const error = await says({ failure: { code: 'input', message, hint: '\u0007' } })
      .ask(rows)
      .catch((e) => e)
    expect(error).toMatchObject({ code: 'input' })
    expect(error.message.length).toBeLessThan(400)
    expect(`${error.message}${error.hint}`).not.toMatch(/\p{Cc}|\u202e/u)
  })

  it('hears no answer that nobody asked for, and no second one', async () => {
    const twice = madeUp((child, { kind }) => {
      child.emit('message', { answer: { kind, first: true } })
      child.emit('message', { answer: { kind, first: false } })
    })
    expect(await twice.ask(rows)).toEqual({ kind: 'rows', first: true })
    expect(await twice.ask({ kind: 'steps', weights: [], blocks: [] })).toEqual({
      kind: 'steps',
      first: true,
    })
  })

  it.each<[string, (child: EventEmitter) => void]>([
    ['ends', (child) => child.emit('exit', 1)],
    ['is killed', (child) => child.emit('exit', null)],
    ['closes its channel', (child) => child.emit('disconnect')],
    ['cannot be started', (child) => child.emit('error', new Error('spawn ENOENT'))],
  ])('says so at once when it %s, and to every later question', async (_, end) => {
    const child = madeUp(end)
    await expect(child.ask(rows)).rejects.toMatchObject({ code: 'io', message: /the training process ended/ })
    await expect(child.ask(rows)).rejects.toMatchObject({ code: 'io' })
  })

  it('is left by Ctrl-C when it never answers', async () => {
    const silent = madeUp(() => {})
    const owner = await createCkksOwner(plan.parameters)
    const controller = new AbortController()
    const training = trainModel(
      owner,
      plan,
      data,
      (request) => {
        setImmediate(() => controller.abort())
        return silent.ask(request)
      },
      { first, steps: 3, signal: controller.signal },
    )
    await expect(training).rejects.toMatchObject({ code: 'aborted' })
    owner.close()
  })

  it('survives a real process that dies in the midst of a training', async () => {
    const owner = await createCkksOwner(plan.parameters)
    const child = startModelProcess()
    let steps = 0
    const training = trainModel(
      owner,
      plan,
      data,
      (request) => {
        const asked = child.ask(request)
        if (request.kind === 'steps' && ++steps === 2) process.kill(child.pid, 'SIGKILL')
        return asked
      },
      { first, steps: 5 },
    )
    await expect(training).rejects.toMatchObject({ code: 'io', message: /the training process ended/ })
    owner.close()
  })
})
