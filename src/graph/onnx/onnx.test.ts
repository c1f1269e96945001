import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import {
  add,
  compile,
  constant,
  gemm,
  graph,
  input,
  logSoftmax,
  max,
  neg,
  reduceMean,
  reshape,
  tanh,
  tensor,
  variable,
} from '../index.ts'
import { toFloat64 } from '../tensor.ts'
import { readOnnx } from './read.ts'
import { writeOnnx } from './write.ts'

function network() {
  const x = input('x', ['N', 4])
  const w = variable(
    'w',
    tensor(
      Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
      [4, 3],
    ),
  )
  const b = variable('b', tensor([0.1, -0.2, 0.3], [3]))
  const logits = gemm(tanh(x), w, b)
  return { x, w, b, graph: graph({ inputs: [x], outputs: { logits, top: logSoftmax(logits), same: x } }) }
}

const feed = { x: tensor([0.1, 0.2, 0.3, 0.4, -1, 2, -3, 4], [2, 4]) }

describe('writing and reading ONNX', () => {
  it('gives back a graph with the same results on both executors, free batch and metadata', async () => {
    const g = network().graph
    const model = readOnnx(writeOnnx(g, { metadata: { 'frostglass.secret': 'true' } }))
    expect(model.metadata).toEqual({ 'frostglass.secret': 'true' })
    expect(model.graph.inputs.map((v) => v.shape)).toEqual([['N', 4]])
    expect(model.graph.variables).toEqual([])
    const want = await (await compile(g, { executor: 'plain' })).run(feed)
    for (const executor of ['plain', 'native'] as const) {
      const program = await compile(model.graph, { executor })
      const got = await program.run(feed)
      for (const name of ['logits', 'top', 'same']) {
        expect(got[name]!.shape).toEqual(want[name]!.shape)
        toFloat64(got[name]!).forEach((v, i) => {
          expect(v).toBeCloseTo(toFloat64(want[name]!)[i]!, 5)
        })
      }
      await program.close()
    }
  })

  it('keeps every element type bit for bit, also as external data', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.boolean(),
        (values, outside) => {
          const x = input('x', [], 'float64')
          const c = constant(Float64Array.from(values), [values.length], 'float64')
          const g = graph({ inputs: [x], outputs: { y: add(x, c) } })
          const chunks: Uint8Array[] = []
          const bytes = writeOnnx(g, outside ? { external: { file: 'w.bin', chunks } } : {})
          const external = new Map([['w.bin', Buffer.concat(chunks)]])
          const read = readOnnx(bytes, { external })
          const constants = read.graph.nodes.flatMap((n) => n.inputs.filter((v) => v?.kind === 'constant'))
          expect(constants[0]?.tensor?.data).toEqual(Float64Array.from(values))
          expect(outside && values.length * 8 >= 1024 ? chunks.length : 1).toBe(1)
        },
      ),
    )
  })

  it('says which file of external data is missing, and refuses one that is cut short', () => {
    const x = input('x', [1])
    const g = graph({ inputs: [x], outputs: { y: add(x, constant(new Float32Array(500), [500])) } })
    const chunks: Uint8Array[] = []
    const bytes = writeOnnx(g, { external: { file: 'weights.bin', chunks } })
    expect(() => readOnnx(bytes)).toThrow(/weights\.bin/)
    const short = chunks[0]!.subarray(0, 100)
    expect(() => readOnnx(bytes, { external: new Map([['weights.bin', short]]) })).toThrow(/are not there/)
  })

  it('refuses bytes that are no model, and every truncation, with a typed error', () => {
    const bytes = writeOnnx(network().graph)
    expect(() => readOnnx(new Uint8Array())).toThrow(FrostglassError)
    expect(() => readOnnx(new TextEncoder().encode('not a model'))).toThrow(FrostglassError)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: bytes.length - 1 }), (length) => {
        try {
          readOnnx(bytes.subarray(0, length))
        } catch (error) {
          expect(error).toBeInstanceOf(FrostglassError)
        }
      }),
    )
  })

  it('refuses a tensor that claims more than it holds, without allocating it', () => {
    const x = input('x', [1])
    const g = graph({ inputs: [x], outputs: { y: add(x, constant([1, 2, 3], [3])) } })
    const bytes = writeOnnx(g)
    const at = bytes.findIndex(
      (_, i) => bytes[i] === 8 && bytes[i + 1] === 3 && bytes[i + 2] === 16 && bytes[i + 3] === 1,
    )
    expect(at).toBeGreaterThan(0)
    const absurd = bytes.slice()
    absurd[at + 1] = 127
    expect(() => readOnnx(absurd, { file: 'bad.onnx' })).toThrow(/bad\.onnx: tensor .* holds 3 elements/)
  })

  it('names an output that is an input or has two names by a copy', async () => {
    const x = input('x', [2])
    const y = neg(x)
    const g = graph({ inputs: [x], outputs: { a: y, b: y, c: x } })
    const program = await compile(readOnnx(writeOnnx(g)).graph, { executor: 'native' })
    const out = await program.run({ x: tensor([1, 2], [2]) })
    expect([...out['a']!.data, ...out['b']!.data, ...out['c']!.data]).toEqual([-1, -2, -1, -2, 1, 2])
    await program.close()
  })

  it('reads integer shapes back as known to inference', () => {
    const x = input('x', ['N', 6])
    const g = graph({
      inputs: [x],
      outputs: { y: reduceMean(max(reshape(x, [-1, 2, 3]), constant(0)), [2]) },
    })
    expect(readOnnx(writeOnnx(g)).graph.outputs['y']?.shape).toEqual(['N', 2])
  })
})
