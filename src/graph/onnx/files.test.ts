// Files beside a model that nobody should trust: links, pipes, devices, parts that are not there.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create, toBinary } from '@bufbuild/protobuf'
import { afterAll, describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { toFloat64 } from '../tensor.ts'
import { loadOnnx, readModelFile } from './files.ts'
import {
  AttributeProto_AttributeType,
  GraphProtoSchema,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
} from './onnx_pb.js'

const place = realpathSync(mkdtempSync(join(tmpdir(), 'frostglass-files-')))
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** A tensor of four float32 that says where it lies. */
const outside = (name: string, entries: Record<string, string>, dims: readonly number[] = [4]): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: 1,
    dataLocation: 1,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  })

const tensorType = (shape: readonly number[]) => ({
  value: {
    case: 'tensorType' as const,
    value: {
      elemType: 1,
      shape: { dim: shape.map((n) => ({ value: { case: 'dimValue' as const, value: BigInt(n) } })) },
    },
  },
})

/** A model that gives out its tensors, in a folder of its own. */
function write(name: string, tensors: readonly TensorProto[], inSubgraph = false): string {
  const folder = join(place, name)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'w.bin'), Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer))
  const node = tensors.map((t) => ({ opType: 'Identity', input: [t.name], output: [`${t.name}_out`] }))
  const output = tensors.map((t) => ({ name: `${t.name}_out`, type: tensorType(t.dims.map(Number)) }))
  const constants = tensors.map((t) => ({
    opType: 'Constant',
    output: [t.name],
    attribute: [{ name: 'value', type: AttributeProto_AttributeType.TENSOR, t }],
  }))
  const graph = create(GraphProtoSchema, {
    name: 'g',
    node: inSubgraph ? [...constants, ...node] : node,
    initializer: inSubgraph ? [] : [...tensors],
    output,
  })
  const path = join(folder, 'model.onnx')
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: 18n }],
    graph,
  })
  writeFileSync(path, toBinary(ModelProtoSchema, model))
  return path
}

const numbersOf = async (path: string, root?: string) => {
  const { graph } = await loadOnnx(path, undefined, { root })
  return Object.values(graph.outputs).map((v) => toFloat64((v.node?.inputs[0] ?? v).tensor!))
}

async function refusal(path: string, root?: string): Promise<FrostglassError> {
  const error = await loadOnnx(path, undefined, { root }).then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(FrostglassError)
  expect(error).toMatchObject({ code: 'input' })
  expect((error as Error).message).toContain(path)
  return error as FrostglassError
}

const whole = { location: 'w.bin', offset: '0', length: '16' }

describe('external data', () => {
  it('is read part by part, in initialisers and in attributes, and the same part once', async () => {
    const tensors = [
      outside('a', whole),
      outside('b', { location: 'w.bin', offset: '16' }),
      outside('c', whole),
    ]
    for (const inAttributes of [false, true]) {
      const [a, b, c] = await numbersOf(write('good', tensors, inAttributes))
      expect([...a!]).toEqual([1, 2, 3, 4])
      expect([...b!]).toEqual([5, 6, 7, 8])
      expect([...c!]).toEqual([1, 2, 3, 4])
    }
    const { graph } = await loadOnnx(write('good', tensors))
    const [first, , third] = Object.values(graph.outputs).map((v) => v.node!.inputs[0]!.tensor!.data)
    expect(first!.buffer).toBe(third!.buffer)
  })

  it.each([
    ['above', '../good/w.bin'],
    ['above, and back', '../names/w.bin'],
    ['an absolute path', join(place, 'good', 'w.bin')],
    ['a drive', 'C:w.bin'],
    ['a drive and a path', 'C:\\w.bin'],
    ['a share', '\\\\server\\w.bin'],
    ['separators of Windows', '..\\good\\w.bin'],
    ['NUL', 'w.bin\0.txt'],
    ['no name', ''],
    ['the folder', '.'],
    ['a way through it', 'sub/../w.bin'],
    ['memory, as the runtime has it', '*/_ORT_MEM_ADDR_/*'],
    ['nothing there', 'other.bin'],
  ])('named by %s is refused', async (_, location) => {
    await refusal(write('names', [outside('a', { ...whole, location })]))
  })

  it.each<[string, Record<string, string>, number[]?]>([
    ['beyond the end', { offset: '20', length: '16' }],
    ['longer than the file', { offset: '0', length: '1000000000000' }, [250_000_000_000]],
    ['before the beginning', { offset: '-16', length: '16' }],
    ['of negative length', { offset: '16', length: '-16' }],
    ['at no number', { offset: 'NaN', length: '16' }],
    ['in hexadecimal', { offset: '0x0', length: '16' }],
    ['beyond all numbers', { offset: '99999999999999999999', length: '16' }],
    ['shorter than the tensor', { offset: '0', length: '12' }],
    ['longer than the tensor', { offset: '0', length: '20' }],
    ['to the end, which is too far', { offset: '0' }],
    ['from the end', { offset: '32' }],
    ['of a negative shape', { offset: '0', length: '16' }, [-2, -2]],
    ['of a shape beyond all numbers', { offset: '0', length: '16' }, [2 ** 50, 2 ** 50]],
  ])('%s is refused', async (_, entries, dims) => {
    await refusal(write('parts', [outside('a', { location: 'w.bin', ...entries }, dims)]))
  })

  it('that says twice where it is, or overlaps, is refused', async () => {
    const twice = outside('a', whole)
    twice.externalData.push({ ...twice.externalData[0]!, value: 'w.bin' })
    expect((await refusal(write('twice', [twice]))).message).toContain('twice')
    const overlapping = [outside('a', whole), outside('b', { location: 'w.bin', offset: '12', length: '16' })]
    expect((await refusal(write('overlap', overlapping))).message).toContain('share bytes')
  })

  it.skipIf(process.platform === 'win32')('behind links is read within the root alone', async () => {
    const cache = join(place, 'cache')
    const blobs = join(cache, 'blobs')
    mkdirSync(blobs, { recursive: true })
    writeFileSync(join(blobs, 'abc'), Buffer.from(Float32Array.of(9, 9, 9, 9).buffer))
    const path = write('cache/snapshots/1', [outside('a', { location: 'linked.bin', length: '16' })])
    const linked = join(place, 'cache/snapshots/1/linked.bin')
    symlinkSync('../../blobs/abc', linked)
    expect((await refusal(path)).message).toContain('a link that leads outside')
    expect([...(await numbersOf(path, cache))[0]!]).toEqual([9, 9, 9, 9])
    // A chain of links that leaves the root, though its first one does not.
    rmSync(linked)
    symlinkSync('hop', linked)
    symlinkSync(join(place, 'good', 'w.bin'), join(place, 'cache/snapshots/1/hop'))
    for (const root of [undefined, cache]) await refusal(path, root)
    // A folder that is a link.
    const folded = write('folded', [outside('a', { location: 'sub/w.bin', length: '16' })])
    symlinkSync(join(place, 'good'), join(place, 'folded', 'sub'))
    await refusal(folded)
    // A circle, and a link that stays.
    const own = write('own', [outside('a', { ...whole, location: 'same.bin' })])
    symlinkSync('same.bin', join(place, 'own', 'same.bin'))
    await refusal(own)
    rmSync(join(place, 'own', 'same.bin'))
    symlinkSync('inner.bin', join(place, 'own', 'same.bin'))
    writeFileSync(join(place, 'own', 'inner.bin'), Buffer.from(Float32Array.of(1, 2, 3, 4).buffer))
    expect([...(await numbersOf(own))[0]!]).toEqual([1, 2, 3, 4])
  })

  it.skipIf(process.platform === 'win32')('in a pipe, a device or a folder is refused at once', async () => {
    const path = write('odd', [outside('a', { location: 'odd.bin', length: '16' })])
    const odd = join(place, 'odd', 'odd.bin')
    expect(spawnSync('mkfifo', [odd]).status).toBe(0)
    expect((await refusal(path)).message).toContain('no regular file')
    rmSync(odd)
    symlinkSync('/dev/zero', odd)
    await refusal(path)
    for (const root of ['/', '/dev']) expect((await refusal(path, root)).message).toContain('no regular file')
    rmSync(odd)
    mkdirSync(odd)
    expect((await refusal(path)).message).toContain('no regular file')
  })
})

it.skipIf(process.platform === 'win32')('a model that is a pipe or a device is refused at once', async () => {
  const pipe = join(place, 'pipe.onnx')
  expect(spawnSync('mkfifo', [pipe]).status).toBe(0)
  for (const path of [pipe, '/dev/zero']) {
    await expect(readModelFile(path)).rejects.toThrow('no regular file')
    await refusal(path)
  }
})
