// What a hostile server may send so that a node runs out of memory, stack or time: it is refused by name, and soon.

import { create } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { unpackContent } from './content.ts'
import { pullContent } from './exchange.ts'
import { type Call, fleetCalls } from './fleetCalls.ts'
import { MetadataSchema, type ObjectTree, ObjectTreeSchema } from './flower_pb.js'
import { drawNodeKey, readNodeKey } from './nodeKey.ts'
import { decodeNpy } from './npy.ts'
import { type FlowerObject, flowerObject, idOf, parseObject } from './objects.ts'
import { encodeConfig } from './records.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)
const sourceOf = (objects: readonly FlowerObject[]) => {
  const by = new Map(objects.map((object) => [object.id, object]))
  return (id: string) => by.get(id)!
}
/** A file of NumPy's. */
function npy(text: string, data: Uint8Array): Uint8Array {
  const head = bytesOf(text)
  return Uint8Array.of(0x93, ...bytesOf('NUMPY'), 1, 0, head.length & 255, head.length >> 8, ...head, ...data)
}
/** Content of arrays, each with the text that says what it is. */
function contentOf(chunk: FlowerObject, texts: readonly string[], names = texts.map((_, i) => `a${i}`)) {
  const arrays = texts.map((text) => flowerObject('Array', [chunk.id], bytesOf(text)))
  const ids = arrays.map(({ id }) => id)
  const named = names.map((name, i) => `"${name}": "${ids[i % ids.length]}"`)
  const record = flowerObject('ArrayRecord', ids, bytesOf(`{${named.join(', ')}}`))
  const root = flowerObject('RecordDict', [record.id], bytesOf(`{"arrays": "${record.id}"}`))
  return { root, from: sourceOf([chunk, ...arrays, record, root]) }
}
const arrayText = (shape: string, places: string, dtype = 'float32') =>
  `{"dtype": "${dtype}", "shape": [${shape}], "stype": "numpy.ndarray", "arraychunk_ids": [${places}]}`
const refusal = (why: RegExp) =>
  expect.objectContaining({ code: 'input', message: expect.stringMatching(why) })

describe('content', () => {
  it('is no longer than its arrays say, however often a chunk is named', () => {
    const chunk = flowerObject('ArrayChunk', [], new Uint8Array(2 ** 20))
    const { root, from } = contentOf(chunk, [arrayText('1', Array(100_000).fill(0).join())])
    expect(() => unpackContent(root, from)).toThrow(refusal(/chunks are longer than its 4 bytes/))
  })

  it('has no more numbers than there is room for, in one array or in many', () => {
    const chunk = flowerObject('ArrayChunk', [], new Uint8Array(2 ** 20))
    const long = contentOf(chunk, [arrayText(`${2 ** 40}`, Array(100_000).fill(0).join())])
    expect(() => unpackContent(long.root, long.from)).toThrow(refusal(/more than 536870912 bytes of arrays/))
    const never = contentOf(chunk, [
      arrayText(
        Array(32)
          .fill(2 ** 52)
          .join(),
        '0',
      ),
    ])
    expect(() => unpackContent(never.root, never.from)).toThrow(refusal(/bytes of arrays/))
  })

  it('that names one array often has it once', () => {
    const data = new Uint8Array(2 ** 16)
    const whole = npy(`{'descr': '|u1', 'fortran_order': False, 'shape': (${2 ** 16},), }`, data)
    const names = Array.from({ length: 10_000 }, (_, i) => `a${i}`)
    const text = arrayText(`${2 ** 16}`, '0', 'uint8')
    const { root, from } = contentOf(flowerObject('ArrayChunk', [], whole), [text], names)
    const record = unpackContent(root, from).get('arrays')!
    const arrays = [...('arrays' in record ? record.arrays : new Map()).values()]
    // Apart they would be more than there is room for.
    expect([arrays.length, new Set(arrays).size]).toEqual([10_000, 1])
  })

  it.each([
    ['a place that is none', arrayText('1', '"length"'), /chunk that it has not/],
    ['too many axes', arrayText(Array(33).fill(1).join(), '0'), /more than 32 axes/],
    ['a shape of texts', arrayText('"1"', '0'), /no shape/],
    ['numbers of no kind', arrayText('1', '0', 'toString'), /not sent in a fleet/],
  ])('with %s is refused', (_, text, why) => {
    const { root, from } = contentOf(flowerObject('ArrayChunk', [], new Uint8Array(9)), [text])
    expect(() => unpackContent(root, from)).toThrow(refusal(why))
  })

  it.each([900_000, 5_000_000])('with a name of %i letters is refused', (length) => {
    const record = flowerObject('MetricRecord', [], new Uint8Array())
    const body = bytesOf(`{"${'a'.repeat(length)}": "${record.id}"}`)
    const root = flowerObject('RecordDict', [record.id], body)
    expect(() => unpackContent(root, sourceOf([record, root]))).toThrow(refusal(/too long|more than 4194304/))
  })

  it('has few single values, in one record or in many, and a training step is none', () => {
    const step = flowerObject(
      'ConfigRecord',
      [],
      encodeConfig(new Map([['training-step', { bytes: new Uint8Array(2 ** 24) }]])),
    )
    const listed = (length: number) =>
      flowerObject(
        'ConfigRecord',
        [],
        encodeConfig(new Map([['list', { integers: Array<bigint>(length).fill(BigInt(length)) }]])),
      )
    const parts = flowerObject(
      'MetricRecord',
      [],
      new Uint8Array(2 ** 23).map((_, i) => (i % 2 ? 0 : 10)),
    )
    const read = (...records: readonly FlowerObject[]) => {
      const ids = records.map(({ id }) => id)
      const body = bytesOf(`{${ids.map((id, i) => `"r${i}": "${id}"`).join()}}`)
      const root = flowerObject('RecordDict', ids, body)
      return unpackContent(root, sourceOf([...records, root]))
    }
    expect(read(step, listed(1000)).size).toBe(2)
    expect(() => read(listed(600_000), listed(600_001))).not.toThrow()
    expect(() => read(listed(600_000), listed(600_001), listed(600_002))).toThrow(
      refusal(/bytes of single values/),
    )
    expect(() => read(parts)).toThrow(refusal(/more than 262144 parts/))
  })

  it('keeps names with quotes and backslashes', () => {
    const record = flowerObject('MetricRecord', [], new Uint8Array())
    const names = ['a"b', 'c\\', '\\"', '', '\u2028']
    const text = names.map((name) => `${JSON.stringify(name)}: "${record.id}"`).join()
    const root = flowerObject('RecordDict', [record.id], bytesOf(`{${text}}`))
    expect([...unpackContent(root, sourceOf([record, root])).keys()]).toEqual(names)
  })
})

it('an array of more axes than NumPy has is refused, and axes of one cost nothing', () => {
  const of = (rank: number, data: Uint8Array) =>
    npy(`{'descr': '|u1', 'fortran_order': True, 'shape': (${'1,'.repeat(rank - 2)}2,3), }`, data)
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6)
  expect(() => decodeNpy(of(33, data))).toThrow(refusal(/more than 32 axes/))
  expect([...(decodeNpy(of(32, data)).data as Uint8Array)]).toEqual([1, 3, 5, 2, 4, 6])
})

it('a header of an object is short', () => {
  const bytes = new Uint8Array(2 ** 22).fill(97)
  bytes[bytes.length - 1] = 0
  expect(() => parseObject(bytes, idOf(bytes))).toThrow(refusal(/header is of more than 2097152/))
})

describe('a message', () => {
  const metadata = create(MetadataSchema, { messageId: 'a'.repeat(64), runId: 1n })
  const leaf = create(ObjectTreeSchema, { objectId: 'b'.repeat(64) })
  const call = (async () => ({ objectFound: false })) as unknown as Call
  const pulled = (tree: ObjectTree | undefined) => pullContent(call, 5n, { metadata, tree })

  it('whose tree is wide is read without a stack', async () => {
    const wide = create(ObjectTreeSchema, {
      objectId: metadata.messageId,
      children: Array(300_000).fill(leaf),
    })
    await expect(pulled(wide)).rejects.toEqual(refusal(/the server has no object/))
  })

  it('without a tree, or with another’s, is refused', async () => {
    for (const tree of [undefined, leaf])
      await expect(pulled(tree)).rejects.toEqual(refusal(/tree is of another message/))
  })

  it('of which the announcement is long is neither held nor read into parts', async () => {
    const asked: [string, number | undefined][] = []
    const calls = fleetCalls(async (path, _, { most }) => {
      asked.push([path.replace('/v1/fleet/', ''), most])
      return { status: 200, body: new Uint8Array() }
    }, readNodeKey(drawNodeKey()))
    for (const name of ['pull-messages', 'send-node-heartbeat', 'pull-object', 'push-messages'] as const)
      await calls(name, {})
    expect(asked).toEqual([
      ['pull-messages', 2 ** 22],
      ['send-node-heartbeat', 2 ** 22],
      // As much as the transport takes.
      ['pull-object', undefined],
      ['push-messages', 2 ** 22],
    ])
  })
})
