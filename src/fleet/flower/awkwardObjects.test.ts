// Objects of awkward arrays, names and numbers byte by byte as Flower's own package makes them (scripts/flower_golden.py), and back.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { type Content, packContent, unpackContent } from './content.ts'
import { decodeNpy } from './npy.ts'
import { parseObject } from './objects.ts'
import type { Metrics, MetricValue } from './records.ts'

interface Golden {
  readonly id: string
  readonly bytes: string
}
const golden = JSON.parse(readFileSync(new URL('./golden/objects.json', import.meta.url), 'utf8')) as {
  readonly hollow: Golden
  readonly bigEndian: { readonly npy: string }
  readonly transposed: {
    readonly npy: string
    readonly shape: readonly number[]
    readonly values: readonly number[]
  }
  readonly names: readonly string[]
  readonly repeated: { readonly object: Golden; readonly chunks: readonly string[] }
  readonly records: readonly { readonly kind: string; readonly object: Golden }[]
}
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const record = (kind: string) => golden.records.find((one) => one.kind === kind)!.object

/** What of a content is of a type, as it travels. */
function made(content: Content, type: string) {
  const { objects } = packContent(content)
  const { id, bytes } = objects.find((object) => object.type === type)!
  return { id, bytes: Buffer.from(bytes).toString('base64') }
}
const back = (content: Content): Content => {
  const { root, objects } = packContent(content)
  const by = new Map(objects.map((object) => [object.id, parseObject(object.bytes, object.id)]))
  return unpackContent(by.get(root.id)!, (id) => by.get(id)!)
}

describe('awkward objects', () => {
  it('of an axis of nothing are Python’s', () => {
    const arrays = new Map([['a', tensor([], [0, 3], 'float64')]])
    expect(made(new Map([['r', { arrays }]]), 'Array')).toEqual(golden.hollow)
    expect(back(new Map([['r', { arrays }]]))).toEqual(new Map([['r', { arrays }]]))
  })

  it('of chunks that repeat are Python’s', () => {
    const { objects } = packContent(
      new Map([['r', { arrays: new Map([['a', tensor(new Float32Array(4_000_000), [4_000_000])]]) }]]),
    )
    const array = objects.find(({ type }) => type === 'Array')!
    expect(array.id).toBe(golden.repeated.object.id)
    expect(array.children).toEqual([...new Set(golden.repeated.chunks)])
    expect(objects.filter(({ type }) => type === 'ArrayChunk')).toHaveLength(3)
  })

  it('with names beyond the first plane, of control characters, of digits and of nothing are Python’s', () => {
    const arrays = new Map(golden.names.map((name, i) => [name, tensor([i], [])]))
    expect(made(new Map([['r', { arrays }]]), 'ArrayRecord')).toEqual(record('named'))
    const [read] = [...back(new Map([['r', { arrays }]])).values()] as [{ arrays: typeof arrays }]
    expect([...read.arrays.keys()]).toEqual(golden.names)
  })

  it('with numbers at the ends of their ranges are Python’s', () => {
    const metrics: Metrics = new Map<string, MetricValue>([
      ['nan', { double: Number.NaN }],
      ['inf', { double: Number.POSITIVE_INFINITY }],
      ['-0', { double: -0 }],
      ['least', { integer: -(2n ** 63n) }],
      ['most', { integer: 2n ** 63n - 1n }],
      ['beyond', { integer: 2n ** 64n - 1n }],
      ['tiny', { double: Number.MIN_VALUE }],
      ['none', { integer: 0n }],
      ['', { double: 1.5 }],
      ['empty', { doubles: [] }],
    ])
    expect(made(new Map([['r', { metrics }]]), 'MetricRecord')).toEqual(record('ends'))
    expect(back(new Map([['r', { metrics }]]))).toEqual(new Map([['r', { metrics }]]))
    for (const integer of [2n ** 64n, -(2n ** 63n) - 1n])
      expect(() => packContent(new Map([['r', { metrics: new Map([['n', { integer }]]) }]]))).toThrow(
        /64 bits/,
      )
  })

  it('of nothing at all are Python’s', () => {
    const content: Content = new Map<string, Content extends ReadonlyMap<string, infer V> ? V : never>([
      ['a', { arrays: new Map() }],
      ['m', { metrics: new Map() }],
      ['c', { config: new Map() }],
    ])
    expect(made(content, 'ArrayRecord')).toEqual(record('no arrays'))
    expect(made(content, 'MetricRecord')).toEqual(record('no metrics'))
    expect(made(content, 'ConfigRecord')).toEqual(record('no config'))
    expect(made(content, 'RecordDict')).toEqual(record('of nothing'))
    expect(made(new Map(), 'RecordDict')).toEqual(record('nothing'))
    expect(back(content)).toEqual(content)
  })

  it('that lie in another order are read right, in three dimensions too', () => {
    const { dtype, shape, data } = decodeNpy(bytesOf(golden.transposed.npy))
    expect({ dtype, shape, values: [...(data as Int32Array)] }).toEqual({
      dtype: 'int32',
      shape: golden.transposed.shape,
      values: golden.transposed.values,
    })
  })

  it('of big-endian numbers are refused by name', () => {
    expect(() => decodeNpy(bytesOf(golden.bigEndian.npy))).toThrow(/arrays of '>f4' are not sent in a fleet/)
  })
})
