// Objects, arrays and records byte by byte as Flower's own package makes them (scripts/flower_golden.py), and back.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Tensor, tensor } from '../../graph/index.ts'
import { type Content, oneRecord, packContent, unpackContent } from './content.ts'
import { decodeNpy, encodeNpy } from './npy.ts'
import { flowerObject, idOf, parseObject } from './objects.ts'
import {
  type Config,
  decodeConfig,
  decodeMetrics,
  encodeConfig,
  encodeMetrics,
  type Metrics,
} from './records.ts'

interface Golden {
  readonly id: string
  readonly bytes: string
}
const golden = JSON.parse(readFileSync(new URL('./golden/objects.json', import.meta.url), 'utf8')) as {
  readonly arrays: readonly {
    readonly name: string
    readonly shape: readonly number[]
    readonly npy: string
    readonly object: Golden
    readonly chunks: readonly Golden[]
  }[]
  readonly fortran: { readonly npy: string; readonly values: readonly number[] }
  readonly records: readonly { readonly kind: string; readonly object: Golden }[]
}
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const record = (kind: string) => golden.records.find((one) => one.kind === kind)!.object

const arrays: Readonly<Record<string, Tensor>> = {
  f4: tensor(
    [0, 1, 2, 3].map((v) => Math.fround(v) / 3),
    [4],
  ),
  f8: tensor([-1, -0.6, -0.19999999999999996, 0.20000000000000018, 0.6000000000000001, 1], [2, 3], 'float64'),
  i8: tensor(BigInt64Array.of(-1n, 2n ** 62n), [2], 'int64'),
  '0d': tensor([2.5], []),
  empty: tensor([], [0]),
  zeros: tensor(new Float32Array(12), [3, 2, 2]),
  u1: tensor([0, 255], [2], 'uint8'),
  bool: tensor([1, 0], [2], 'bool'),
  f2: tensor([1.5, -2], [2], 'float16'),
  u8: tensor(BigUint64Array.of(2n ** 63n + 1n), [1], 'uint64'),
}
const metrics: Metrics = new Map<string, Metrics extends ReadonlyMap<string, infer V> ? V : never>([
  ['loss', { double: 0.25 }],
  ['num-examples', { integer: 10n }],
  ['whole', { double: 2 }],
  ['big', { integer: 2n ** 63n + 5n }],
  ['neg', { integer: -7n }],
  ['list', { doubles: [1, 2.5] }],
  ['ints', { integers: [1n, -2n, 3n] }],
  ['uints', { integers: [1n, 2n ** 63n] }],
])
const config: Config = new Map<string, Config extends ReadonlyMap<string, infer V> ? V : never>([
  ['server-round', { integer: 1n }],
  ['lr', { double: 0.1 }],
  ['name', { text: 'é' }],
  ['blob', { bytes: Uint8Array.of(0, 1) }],
  ['flag', { boolean: true }],
  ['flags', { booleans: [true, false] }],
  ['texts', { texts: ['a', 'b'] }],
  ['blobs', { blobs: [new Uint8Array(Buffer.from('a')), new Uint8Array()] }],
  ['floats', { doubles: [0] }],
  // Python writes an empty list as one of booleans.
  ['empty', { booleans: [] }],
  ['zero', { integer: 0n }],
  ['no', { boolean: false }],
])
// Names that are whole numbers keep their place, and what is not ASCII is escaped as Python escapes it.
const named = new Map([
  ['10', arrays['f4']!],
  ['2', arrays['f8']!],
  ['weight.é"\\\n', arrays['zeros']!],
])
const content: Content = new Map<string, Content extends ReadonlyMap<string, infer V> ? V : never>([
  ['arrays', { arrays: named }],
  ['metrics', { metrics }],
  ['config', { config }],
])

describe('arrays', () => {
  it.each(golden.arrays)(
    'of kind $name are the bytes that NumPy writes, and come back',
    ({ name, npy, shape }) => {
      const bytes = bytesOf(npy)
      expect(hex(encodeNpy(arrays[name]!))).toBe(hex(bytes))
      expect(decodeNpy(bytes)).toEqual({ ...arrays[name], shape })
    },
  )

  it('that lie column by column are read', () => {
    const { data, shape } = decodeNpy(bytesOf(golden.fortran.npy))
    expect(shape).toEqual([2, 3])
    expect([...(data as Float32Array)]).toEqual(golden.fortran.values)
  })

  it('are refused damaged, cut short, too long, or of what is not sent', () => {
    const whole = encodeNpy(arrays['f4']!)
    const text = (from: string, to: string) => {
      const edited = Buffer.from(whole).toString('latin1').replace(from, to)
      return new Uint8Array(Buffer.from(edited, 'latin1'))
    }
    for (const bytes of [
      whole.subarray(0, -1),
      whole.subarray(0, 9),
      new Uint8Array(),
      text('NUMPY', 'NUMPX'),
    ])
      expect(() => decodeNpy(bytes)).toThrow(/an array of the server/)
    expect(() => decodeNpy(text("'<f4'", "'|O'  ".slice(0, 5)))).toThrow(/not sent in a fleet/)
    expect(() => decodeNpy(text('(4,)', '(9e9)'.slice(0, 4)))).toThrow(/an array of the server/)
    expect(() => decodeNpy(text('(4,)', '(5,)'))).toThrow(/says \[5\] of float32/)
    // No memory is asked for before the shape is held against the bytes.
    const huge = text('(4,), }          ', '(4000000000000,),}')
    expect(() => decodeNpy(huge.subarray(0, whole.length))).toThrow(/an array of the server/)
  })
})

describe('objects', () => {
  it.each(golden.arrays)('of an array of kind $name have Python’s ids', ({ name, object, chunks }) => {
    const { objects } = packContent(new Map([['r', { arrays: new Map([['a', arrays[name]!]]) }]]))
    const own = objects.find(({ type }) => type === 'Array')!
    expect(own.id).toBe(object.id)
    expect(hex(own.bytes)).toBe(hex(bytesOf(object.bytes)))
    expect(objects.filter(({ type }) => type === 'ArrayChunk').map(({ id }) => id)).toEqual(
      chunks.map(({ id }) => id),
    )
  })

  it('of records have Python’s ids', () => {
    for (const [kind, body] of [
      ['metrics', encodeMetrics(metrics)],
      ['config', encodeConfig(config)],
    ] as const) {
      const own = flowerObject(kind === 'metrics' ? 'MetricRecord' : 'ConfigRecord', [], body)
      expect(hex(own.bytes)).toBe(hex(bytesOf(record(kind).bytes)))
      expect(own.id).toBe(record(kind).id)
    }
    const { root, objects } = packContent(content)
    expect(objects.find(({ type }) => type === 'ArrayRecord')!.id).toBe(record('arrays').id)
    expect(root.id).toBe(record('content').id)
  })

  it('come back as they were, in their order', () => {
    const { root, objects } = packContent(content)
    const by = new Map(objects.map((object) => [object.id, parseObject(object.bytes, object.id)]))
    const back = unpackContent(parseObject(root.bytes, root.id), (id) => by.get(id)!)
    expect([...back.keys()]).toEqual(['arrays', 'metrics', 'config'])
    expect([...oneRecord(back, 'arrays').entries()]).toEqual([...named.entries()])
    expect([...oneRecord(back, 'metrics').entries()]).toEqual([...metrics.entries()])
    expect([...decodeConfig(encodeConfig(config)).entries()]).toEqual([...config.entries()])
    expect(() => oneRecord(new Map(), 'arrays')).toThrow(/0 records of arrays/)
  })

  it('of zeros share a chunk, and chunks are of 5 MiB', () => {
    const big = tensor(new Float32Array(4_000_000), [4_000_000])
    const { objects } = packContent(new Map([['r', { arrays: new Map([['a', big]]) }]]))
    const array = objects.find(({ type }) => type === 'Array')!
    expect(new TextDecoder().decode(array.body)).toContain('"arraychunk_ids": [0, 1, 1, 2]')
    expect(array.children).toHaveLength(3)
  })

  it('are refused where their bytes are not those of their id, or their header is none', () => {
    const { root } = packContent(content)
    expect(() => parseObject(root.bytes, '0'.repeat(64))).toThrow(/another hash/)
    for (const text of ['RecordDict  2\0{}x', 'Thing  2\0{}', 'RecordDict abc 2\0{}', 'no header']) {
      const bytes = new TextEncoder().encode(text)
      const id = idOf(bytes)
      expect(() => parseObject(bytes, id)).toThrow(/object .* of the server/)
    }
  })

  it('are refused where a body names what is no child, or names twice', () => {
    const child = flowerObject('MetricRecord', [], encodeMetrics(metrics))
    const of = (body: string, children = [child.id]) =>
      flowerObject('RecordDict', children, new TextEncoder().encode(body))
    const from = () => child
    expect([...unpackContent(of(`{"a": "${child.id}"}`), from).keys()]).toEqual(['a'])
    for (const body of [
      `{"a": "${'0'.repeat(64)}"}`,
      `{"a": "${child.id}", "a": "${child.id}"}`,
      `{"a": 1}`,
      `["${child.id}"]`,
      'null',
      '{',
    ])
      expect(() => unpackContent(of(body), from)).toThrow(/object .* of the server/)
    expect(() => decodeMetrics(Uint8Array.of(255))).toThrow(/a record of the server/)
  })
})
