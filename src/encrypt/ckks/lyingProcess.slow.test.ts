import { type Duplex, duplexPair } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { seededRandom } from '../../random/seeded.ts'
import { checkedWeights, inSlots } from './checkWeights.ts'
import { rotationsOf } from './diagonals.ts'
import { frameOf, frameReader } from './frames.ts'
import type { ModelAnswer, ModelRequest } from './messages.ts'
import { planLogistic, planNetwork } from './modelPlan.ts'
import { startModelProcess, talkingTo } from './modelProcess.ts'
import { createModelService } from './modelService.ts'
import { createCkksOwner } from './owner.ts'
import { firstWeights } from './plainTraining.ts'
import { openCkksService } from './service.ts'
import { expectedAfter } from './trainingNoise.ts'
import { trainModel } from './trainModel.ts'

const plan = planLogistic({ rows: 60, features: 3, learningRate: 1 })
const source = seededRandom(7)
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
  it.each<[string, (answer: ModelAnswer, trip: number, asked: ModelRequest) => unknown]>([
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
          return (given === request ? { kind: 'weights', weights: [sent] } : given) as ModelAnswer
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
      const given = (answer as Extract<ModelAnswer, { kind: 'weights' }>).weights
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

/** A process that exists in this test alone, and does as it likes with its end of the channel when it is asked. */
function madeUp(answers: (channel: Duplex, asked: number) => void) {
  const [ours, theirs] = duplexPair()
  let asked = 0
  const hear = frameReader({ head: 1 << 20, bytes: 1 << 30 }, () => answers(theirs, asked++))
  theirs.on('data', hear)
  const stopped = { stop: false }
  const { ask, end } = talkingTo(ours, plan, () => {
    stopped.stop = true
  })
  return { ask, end, stopped, ours }
}

const write = (channel: Duplex, ...frames: Parameters<typeof frameOf>) => {
  for (const piece of frameOf(...frames)) channel.write(piece)
}

describe('the channel to a process', () => {
  const says = (said: unknown) => madeUp((channel) => write(channel, { said, parts: [] }))
  const rows: ModelRequest = { kind: 'rows', ...data }

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 3],
    ['a text', 'ready'],
    ['a list', []],
    ['no answer', {}],
    ['an answer that is none', { kind: 7 }],
    ['a null answer', { kind: null }],
    ['a failure of numbers', { kind: 'failure', code: 7, message: 8 }],
    ['a failure without words', { kind: 'failure', message: '' }],
    ['a failure of a kind that is not its to say', { kind: 'failure', code: 'key', message: 'x' }],
  ])('ends in an error of ours for %s', async (_, said) => {
    const error = await says(said)
      .ask(rows)
      .catch((e) => e)
    expect(error).toBeInstanceOf(FrostglassError)
    expect(error).toMatchObject({ code: 'io' })
    expect(error.message).toMatch(/^the training process could not go on; it says: /)
  })

  it('hands on what it says as its words, cut and without control characters', async () => {
    const message = `\u001b[2Jyour key is gone\r\n\u202e${'x'.repeat(1e4)}`
    const error = await says({ kind: 'failure', code: 'input', message, hint: 'paste your passphrase' })
      .ask(rows)
      .catch((e) => e)
    expect(error).toMatchObject({
      code: 'input',
      hint: 'Do not rely on it: these are its words, and nobody checked them.',
    })
    expect(error.message.length).toBeLessThan(400)
    expect(error.message).not.toMatch(/\p{Cc}|\u202e/u)
  })

  const length = (bytes: number) => {
    const own = new Uint8Array(4)
    new DataView(own.buffer).setUint32(0, bytes, true)
    return own
  }
  const text = (words: string) => [length(words.length), new TextEncoder().encode(words)]
  it.each<[string, () => Uint8Array[]]>([
    ['garbage', () => [new TextEncoder().encode('hello, this is no message at all')]],
    ['a head of four gigabytes', () => [length(0xffffffff)]],
    ['a head that is no JSON', () => text('{"said":')],
    ['an empty head', () => text('')],
    ['a head of null', () => text('null')],
    ['a head without sizes', () => text('{"said":{"kind":"ready"}}')],
    ['sizes that are no numbers', () => text('{"sizes":[-1]}')],
    ['sizes beyond what a number holds', () => text('{"sizes":[1e308,1e308]}')],
    ['more bytes than an answer has', () => text('{"said":{"kind":"weights"},"sizes":[1000000000]}')],
    [
      'sizes that add up to more',
      () => text(`{"said":1,"sizes":[${Array.from({ length: 9 }, () => 200_000)}]}`),
    ],
  ])('is closed, and the process stopped, for %s', async (_, pieces) => {
    const child = madeUp((channel) => {
      for (const piece of pieces()) channel.write(piece)
    })
    await expect(child.ask(rows)).rejects.toMatchObject({ code: 'io', message: /it said what is no message/ })
    expect(child.stopped.stop).toBe(true)
    await expect(child.ask(rows)).rejects.toMatchObject({ code: 'io' })
  })

  it('takes a head that is deeper than a stack, and numbers that collide, for no answer', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const child = madeUp((channel) => {
      for (const piece of text(`{"sizes":[],"said":${deep}}`)) channel.write(piece)
    })
    await expect(child.ask(rows)).rejects.toBeInstanceOf(FrostglassError)
  })

  it('hears no answer that nobody asked for, and no second one', async () => {
    const twice = madeUp((channel, asked) => {
      write(channel, { said: { kind: 'weights' }, parts: [Uint8Array.of(asked)] })
      write(channel, { said: { kind: 'ready' }, parts: [] })
    })
    expect(await twice.ask(rows)).toEqual({ kind: 'weights', weights: [Uint8Array.of(0)] })
    await new Promise(setImmediate)
    expect(await twice.ask({ kind: 'steps', weights: [], blocks: [] })).toEqual({
      kind: 'weights',
      weights: [Uint8Array.of(1)],
    })
  })

  it('takes a message in pieces of any size', async () => {
    const parts = [Uint8Array.of(1, 2, 3), new Uint8Array(0), Uint8Array.of(4)]
    const heard: unknown[] = []
    const hear = frameReader({ head: 1000, bytes: 1000 }, (frame) => heard.push(frame))
    const all = Buffer.concat([...frameOf({ said: 'a', parts }), ...frameOf({ said: null, parts: [] })])
    for (const size of [1, 2, 7, all.length])
      for (let at = 0; at < all.length; at += size) hear(Uint8Array.from(all.subarray(at, at + size)))
    expect(heard).toEqual(
      new Array(4)
        .fill([
          { said: 'a', parts },
          { said: null, parts: [] },
        ])
        .flat(),
    )
  })

  it.each<[string, (child: ReturnType<typeof madeUp>, channel: Duplex) => void]>([
    ['ends', (child) => child.end('1')],
    ['closes its channel', (_, channel) => channel.end()],
    ['breaks its channel', ({ ours }) => ours.destroy(new Error('reset'))],
  ])('says so at once when it %s, and to every later question', async (_, act) => {
    const child = madeUp((channel) => act(child, channel))
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
    const child = startModelProcess(plan)
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
