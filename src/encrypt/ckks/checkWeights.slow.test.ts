import type { Ciphertext } from 'node-seal'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../random/seeded.ts'
import { checkedWeights, inSlots } from './checkWeights.ts'
import { forwardDiagonal, rotationsOf } from './diagonals.ts'
import type { ModelAnswer } from './messages.ts'
import { rowsOfBlock } from './modelBlock.ts'
import { planLogistic } from './modelPlan.ts'
import { createModelService, type ModelService } from './modelService.ts'
import { type CkksOwner, createCkksOwner } from './owner.ts'
import { type CkksService, openCkksService } from './service.ts'
import { type Expected, expectedAfter } from './trainingNoise.ts'

// Three features, so that the fourth column pads.
const plan = planLogistic({ rows: 60, features: 3, learningRate: 1 })
const source = seededRandom(5)
const data = {
  x: Float32Array.from({ length: 180 }, () => source.normal()),
  labels: Uint8Array.from({ length: 60 }, (_, i) => i % 2),
}
const before = [Float64Array.of(0.5, -0.25, 1)]
const lengths = [3]

let owner: CkksOwner
let other: CkksOwner
let honest: ModelService
/** What a process may compute, which has the keys. */
let liar: CkksService
/** The request's weights, and what the step gives. */
let sent: Uint8Array
let answer: Uint8Array
let expected: Expected

beforeAll(async () => {
  owner = await createCkksOwner(plan.parameters)
  other = await createCkksOwner(plan.parameters)
  const keys = owner.evaluationKeys({ relinearisation: true, rotations: rotationsOf(plan.diagonals) })
  honest = createModelService()
  liar = await openCkksService(keys)
  await honest.answer({ kind: 'keys', plan, keys })
  await honest.answer({ kind: 'rows', ...data })
  sent = owner.encrypt(inSlots(plan, before[0]!))
  const given = await honest.answer({ kind: 'steps', weights: [sent], blocks: [0] })
  answer = (given as Extract<ModelAnswer, { kind: 'weights' }>).weights[0]!
  expected = expectedAfter(plan, data, before, [0])
})
afterAll(() => {
  owner.close()
  other.close()
  honest.close()
  liar.close()
})

/** What the owner makes of an answer, with rows and without. */
const verdicts = (given: unknown) => [
  checkedWeights(owner, plan, given, lengths, expected),
  checkedWeights(owner, plan, given, lengths, null),
]
const weightsOf = (...weights: unknown[]) => ({ kind: 'weights', weights })
const changed = (change: (own: Ciphertext) => Ciphertext) => liar.write(change(liar.read(answer)))
/** 1, and `value` at one slot. */
const oneSlot = (slot: number, value: number, rest: number) => {
  const all = new Float64Array(liar.slots).fill(rest)
  all[slot] = value
  return all
}

/** What a channel does carry: nobody may walk it to its end. */
const endless = () => {
  const own: unknown[] = []
  for (let i = 0; i < 1000; i++) own.push(own)
  return own
}

describe('what comes back from a step', () => {
  it('is believed when it is the step, as bytes of any kind', () => {
    for (const own of [answer, Buffer.from(answer)]) {
      const [withRows, without] = verdicts(weightsOf(own))
      expect(withRows!.share).toBeLessThan(0.5)
      expect(without!.share).toBeLessThan(0.5)
      withRows!.weights[0]!.forEach((w, f) => {
        expect(Math.abs(w - expected.weights[0]![f]!)).toBeLessThan(1e-3)
      })
    }
  })

  it.each<[string, () => Uint8Array]>([
    ['the weights that were sent', () => sent],
    ['those, lowered', () => liar.write(liar.lowered(liar.read(sent), 0))],
    ['the weights, a hundredth larger', () => changed((own) => scaled(own, 1.01))],
    ['the squares of those that were sent', () => liar.write(squared(liar.read(sent)))],
    ['their negatives', () => changed((own) => scaled(own, -1))],
    ['encrypted zeros', () => owner.encrypt([])],
    ['weights moved by a hundredth', () => changed((own) => liar.plusPlain(own, 0.01))],
    ['a row of the table', () => owner.encrypt(inSlots(plan, data.x.subarray(0, 3)))],
  ])('is refused where rows are at hand: %s', (_, make) => {
    expect(verdicts(weightsOf(make()))[0]).toBeNull()
  })

  // Its header is no secret's.
  const scaled = (own: Ciphertext, factor: number) => {
    own.setScale(own.scale() / factor)
    return own
  }
  const squared = (own: Ciphertext) => liar.settled(liar.product(own, own))

  it.each<[string, () => Uint8Array]>([
    ['one slot of 4096 off', () => changed((own) => liar.plusPlain(own, oneSlot(1234, 0.02, 0)))],
    ['one slot of the padding off', () => changed((own) => liar.plusPlain(own, oneSlot(3, 0.02, 0)))],
    ['the last slot off', () => changed((own) => liar.plusPlain(own, oneSlot(4095, -0.02, 0)))],
    ['rotated by one', () => changed((own) => liar.rotated(own, 1))],
    ['a diagonal of the rows, lowered', () => diagonal(0)],
    ['a diagonal of the rows, lowered and rotated', () => diagonal(2)],
    ['beyond all range', () => changed((own) => scaled(own, 1e9))],
    ['a wrap', () => changed((own) => liar.plusPlain(liar.plusPlain(own, 400), 400))],
    ['with a scale of 0', () => changed((own) => scaled(own, Number.POSITIVE_INFINITY))],
    ['with a scale of NaN', () => changed((own) => scaled(own, Number.NaN))],
    ['of a negative scale', () => changed((own) => scaled(own, -1e-3))],
    ['noise, of another key under this one’s name', () => renamed()],
  ])('is refused with rows and without: %s', (_, make) => {
    expect(verdicts(weightsOf(make()))).toEqual([null, null])
  })

  /** A diagonal of encrypted rows, as a process gets them, in the place of weights. */
  const diagonal = (steps: number) => {
    const rows = rowsOfBlock(plan, data, 0)
    const own = liar.lowered(liar.read(owner.encrypt(forwardDiagonal(plan.diagonals, 0, rows.at))), 0)
    return liar.write(steps === 0 ? own : liar.rotated(own, steps))
  }
  const renamed = () => {
    const service = liar
    const another = other.encrypt(inSlots(plan, expected.weights[0]!))
    const bytes = Uint8Array.from(another)
    bytes.set(answer.subarray(14, 22), 14)
    expect(() => service.read(bytes)).toThrow(/checksum|damaged/)
    return bytes
  }

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['a number', () => 7],
    ['a text', () => 'weights'],
    ['another kind', () => ({ kind: 'ready' })],
    ['a kind that nobody knows', () => ({ ...weightsOf(answer), kind: 'weight' })],
    ['no list', () => ({ kind: 'weights' })],
    ['bytes in the place of a list', () => ({ kind: 'weights', weights: answer })],
    ['a list in words alone', () => ({ kind: 'weights', weights: { length: 1, 0: answer } })],
    ['no weights', () => weightsOf()],
    ['one too many', () => weightsOf(answer, answer)],
    ['a hole', () => ({ kind: 'weights', weights: new Array(1) })],
    ['no bytes', () => weightsOf(new Uint8Array())],
    ['text', () => weightsOf('AAAA')],
    ['numbers', () => weightsOf([...answer])],
    ['floats', () => weightsOf(new Float64Array(9))],
    ['random bytes', () => weightsOf(Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251))],
    ['a list of itself a thousand times, four deep', () => weightsOf(endless())],
    ['20 megabytes', () => weightsOf(new Uint8Array(20e6))],
    ['half of it', () => weightsOf(answer.subarray(0, answer.length / 2))],
    ['with a bit changed', () => weightsOf(answer.map((v, i) => (i === 9000 ? v ^ 1 : v)))],
    ['of another key', () => weightsOf(other.encrypt([1]))],
    ['the keys', () => weightsOf(owner.evaluationKeys({ relinearisation: true }).relinearisation)],
    ['the secret', () => weightsOf(owner.secret())],
  ])('is refused with rows and without, whatever it is: %s', (_, make) => {
    expect(verdicts(make())).toEqual([null, null])
  })
})
