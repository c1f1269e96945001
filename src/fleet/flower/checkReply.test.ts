// A node sends no reply that a server could not average: each odd one is refused by name, whatever else it holds.

import { create } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { type DType, type Tensor, tensor } from '../../graph/index.ts'
import { sizeOf } from '../../graph/tensor.ts'
import { replyCheck } from './checkReply.ts'
import type { Content, FlowerRecord } from './content.ts'
import { MetadataSchema } from './flower_pb.js'
import type { ArrayDType } from './npy.ts'
import type { MetricValue } from './records.ts'

const dtypes: readonly ArrayDType[] = ['float32', 'float64', 'float16', 'int64', 'int32', 'uint8', 'bool']
const anArray: fc.Arbitrary<Tensor> = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
  })
  .map(({ dtype, shape }) =>
    tensor(
      Array.from({ length: sizeOf(shape) }, (_, i) => i % 2),
      shape,
      dtype as DType,
    ),
  )
const someArrays = fc
  .uniqueArray(fc.string({ maxLength: 4, unit: 'grapheme' }), { minLength: 1, maxLength: 4 })
  .chain((names) => fc.tuple(...names.map((name) => anArray.map((array) => [name, array] as const))))
const aCount = fc.bigInt({ min: 1n, max: BigInt(Number.MAX_SAFE_INTEGER) })

const received = (arrays: Iterable<readonly [string, Tensor]>, messageType = 'train', runId = 1n) => ({
  metadata: create(MetadataSchema, { messageType, runId }),
  content: new Map<string, FlowerRecord>([['arrays', { arrays: new Map(arrays) }]]),
})
const answer = (
  arrays: Iterable<readonly [string, Tensor]> | undefined,
  metrics: Readonly<Record<string, MetricValue>> = { 'num-examples': { integer: 10n } },
): Content => {
  const content = new Map<string, FlowerRecord>([['metrics', { metrics: new Map(Object.entries(metrics)) }]])
  if (arrays) content.set('arrays', { arrays: new Map(arrays) })
  return content
}
/** What a check says. */
function refusal(work: () => void): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(FrostglassError)
    expect((error as FrostglassError).code).toBe('input')
    return (error as Error).message
  }
  return 'nothing'
}
const model: readonly (readonly [string, Tensor])[] = [
  ['w', tensor([1, 2, 3, 4], [2, 2])],
  ['b', tensor([0.5], [], 'float64')],
  ['h', tensor([1.5, -2], [2], 'float16')],
]

describe('the check of an own reply', () => {
  it('lets every reply through that is as what came', () => {
    fc.assert(
      fc.property(
        someArrays,
        aCount,
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (arrays, n, loss) => {
          const check = replyCheck()
          const metrics = { 'num-examples': { integer: n }, loss: { double: loss } }
          check(received(arrays), answer(arrays, metrics))
          check(received(arrays, 'evaluate'), answer(undefined, metrics))
        },
      ),
    )
  })

  it('refuses every reply of which one array has another name, shape, dtype or order', () => {
    fc.assert(
      fc.property(
        someArrays,
        fc.nat(),
        fc.constantFrom('name', 'shape', 'dtype', 'order', 'gone', 'more'),
        (arrays, pick, how) => {
          const at = pick % arrays.length
          const [name, array] = arrays[at]!
          const others = dtypes.filter((one) => one !== array.dtype)
          const edited = arrays.flatMap((entry, i): (readonly [string, Tensor])[] => {
            if (i !== at) return [entry]
            if (how === 'name') return [[`${name}x!!!!`, array]]
            if (how === 'gone') return []
            if (how === 'shape') return [[name, { ...array, shape: [1, ...array.shape] }]]
            if (how === 'dtype')
              return [
                [
                  name,
                  tensor(
                    new Array<number>(sizeOf(array.shape)).fill(1),
                    array.shape,
                    others[pick % others.length]!,
                  ),
                ],
              ]
            return [entry]
          })
          if (how === 'more') edited.push(['more!!!!', array])
          if (how === 'order') edited.reverse()
          fc.pre(how !== 'order' || arrays.length > 1)
          expect(refusal(() => replyCheck()(received(arrays), answer(edited)))).toMatch(
            /^the reply is not sent: (its arrays are|array)/,
          )
        },
      ),
    )
  })

  it('refuses every reply with a number that is none, wherever it is', () => {
    const bad = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
    fc.assert(
      fc.property(
        fc.constantFrom('float32', 'float64', 'float16'),
        fc.integer({ min: 1, max: 50 }),
        fc.nat(),
        bad,
        (dtype, length, pick, value) => {
          const came = [['w', tensor(new Array<number>(length).fill(0.5), [length], dtype as DType)]] as const
          const values = new Array<number>(length).fill(0.5)
          values[pick % length] = value
          const made = [['w', tensor(values, [length], dtype as DType)]] as const
          expect(refusal(() => replyCheck()(received(came), answer(made)))).toContain(
            `entry ${pick % length} of array 'w' is not finite`,
          )
        },
      ),
    )
  })

  it.each<readonly [string, Readonly<Record<string, MetricValue>>, RegExp]>([
    ['no count', { loss: { double: 1 } }, /no metric 'num-examples'/],
    ['a list', { 'num-examples': { integers: [10n] } }, /no single whole number/],
    ['a float', { 'num-examples': { double: 10 } }, /no single whole number/],
    ['nothing', { 'num-examples': { integer: 0n } }, /is 0/],
    ['less than nothing', { 'num-examples': { integer: -10n } }, /is -10/],
    ['more than there are', { 'num-examples': { integer: 10n ** 18n } }, /is 1000000000000000000/],
    [
      'a loss that is none',
      { 'num-examples': { integer: 1n }, loss: { double: Number.NaN } },
      /'loss' is not finite/,
    ],
    [
      'a list of such',
      { 'num-examples': { integer: 1n }, loss: { doubles: [1, Number.POSITIVE_INFINITY] } },
      /'loss' is not finite/,
    ],
  ])('refuses a count or metric that is %s', (_, metrics, why) => {
    expect(refusal(() => replyCheck()(received(model), answer(model, metrics)))).toMatch(why)
    expect(refusal(() => replyCheck()(received(model, 'evaluate'), answer(undefined, metrics)))).toMatch(why)
  })

  it('refuses records too many or too few, of another name, and arrays in an evaluation', () => {
    const check = replyCheck()
    const [metrics, arrays] = [answer(undefined).get('metrics')!, answer(model).get('arrays')!]
    for (const content of [
      new Map([['arrays', arrays]]),
      new Map([['metrics', metrics]]),
      new Map([
        ['arrays', arrays],
        ['metrics', metrics],
        ['more', metrics],
      ]),
      new Map([
        ['arrays', arrays],
        ['metrics', metrics],
        ['more', arrays],
      ]),
      new Map<string, FlowerRecord>([
        ['arrays', arrays],
        ['metrics', metrics],
        ['config', { config: new Map() }],
      ]),
      new Map(),
    ])
      expect(refusal(() => check(received(model), content))).toMatch(/it has records of/)
    expect(refusal(() => check(received(model, 'evaluate'), answer(model)))).toMatch(/it has records of/)
    const renamed = new Map([
      ['weights', arrays],
      ['metrics', metrics],
    ])
    expect(refusal(() => check(received(model), renamed))).toMatch(
      /are called 'weights', and came as 'arrays'/,
    )
  })

  it('refuses an array whose data are not what its shape and dtype say', () => {
    const short = [
      ['w', { dtype: 'float32', shape: [2, 2], data: new Float32Array(3) }],
      ...model.slice(1),
    ] as const
    const other = [
      ['w', { dtype: 'float32', shape: [2, 2], data: new Float64Array(4) }],
      ...model.slice(1),
    ] as const
    for (const made of [short, other])
      expect(refusal(() => replyCheck()(received(model), answer(made)))).toMatch(/does not hold what/)
  })

  it('refuses metrics that change their names, kinds or lengths within a run, and in another run does not', () => {
    const check = replyCheck()
    const count = { integer: 10n }
    check(
      received(model),
      answer(model, { 'num-examples': count, loss: { double: 1 }, each: { doubles: [1, 2] } }),
    )
    // In another order it is the same.
    check(
      received(model),
      answer(model, { each: { doubles: [3, 4] }, loss: { double: 2 }, 'num-examples': count }),
    )
    for (const metrics of [
      { 'num-examples': count },
      { 'num-examples': count, cost: { double: 1 }, each: { doubles: [1, 2] } },
      { 'num-examples': count, loss: { integer: 1n }, each: { doubles: [1, 2] } },
      { 'num-examples': count, loss: { double: 1 }, each: { doubles: [1] } },
    ] as const)
      expect(refusal(() => check(received(model), answer(model, metrics)))).toMatch(/before in this run/)
    check(received(model, 'train', 2n), answer(model))
    check(received(model, 'evaluate'), answer(undefined))
  })

  it('leaves messages of other types to whoever made them', () => {
    replyCheck()(received(model, 'query'), new Map())
  })
})
