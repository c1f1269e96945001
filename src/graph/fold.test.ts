// Folding: what it may fold and must not, and that nothing changes by it.
// Source: fold.ts.

import { describe, expect, it } from 'vitest'
import { foldConstants } from './fold.ts'
import {
  add,
  bindDims,
  compile,
  constant,
  conv,
  dequantize,
  expand,
  gradients,
  graph,
  input,
  loop,
  matmul,
  mul,
  reduceSum,
  sub,
  type Tensors,
  tensor,
  transpose,
  variable,
} from './index.ts'
import { floorOperator } from './operators/rounding.ts'
import { compilePlain } from './plain/program.ts'
import { apply, constantOf } from './value.ts'

const filters = tensor(
  Uint8Array.from({ length: 16 * 16 * 9 }, (_, i) => (i * 37) % 251),
  [16, 16, 3, 3],
  'uint8',
)
const scales = constant(
  Float32Array.from({ length: 16 }, (_, i) => 0.001 * (i + 1)),
  [16],
)
const operatorsOf = (g: ReturnType<typeof graph>) => g.nodes.map((n) => n.operator.name)

describe('folding', () => {
  it('leaves of dequantised and turned filters their numbers alone, and no result changes', async () => {
    const x = input('x', [2, 16, 6, 6])
    const w = dequantize(constantOf(filters), scales, 0)
    const y = conv(x, w, undefined, { pads: [1, 1, 1, 1] })
    const g = graph({ inputs: [x], outputs: { y, dx: gradients(reduceSum(mul(y, y)), [x])[0]! } })
    const folded = foldConstants(g)
    expect(operatorsOf(g)).toEqual(expect.arrayContaining(['DequantizeLinear', 'Slice', 'Transpose']))
    expect(operatorsOf(folded).filter((name) => /Dequantize|Slice|Transpose|Reshape/.test(name))).toEqual([])
    const feed = {
      x: tensor(
        Float32Array.from({ length: 2 * 16 * 36 }, (_, i) => Math.sin(i)),
        [2, 16, 6, 6],
      ),
    }
    const wanted = compilePlain(g).run(feed) as Tensors
    const program = await compile(g, { executor: 'native' })
    const native = await program.run(feed)
    for (const got of [compilePlain(folded).run(feed) as Tensors, native]) {
      for (const name of ['y', 'dx']) {
        const expected = wanted[name]!.data as Float64Array
        const scale = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
        expected.forEach((v, i) => {
          expect(Math.abs(v - Number(got[name]!.data[i]))).toBeLessThan(1e-5 * scale)
        })
      }
    }
    await program.close()
  })

  it('does not make constants larger than they were, nor touch inputs and variables', () => {
    const zeros = expand(constant(0), [1000, 1000])
    const v = variable('v', tensor([1, 2], [2]))
    const x = input('x', [1000, 1000])
    const g = graph({ inputs: [x], outputs: { a: add(x, zeros), b: add(v, constant([1, 2])) } })
    expect(foldConstants(g)).toBe(g)
    // An output that is known becomes a constant, and free sizes stay free.
    const free = input('f', ['N', 2])
    const known = mul(constant([1, 2]), constant([3, 4]))
    const h = foldConstants(
      graph({ inputs: [free], outputs: { y: matmul(free, transpose(free, [1, 0])), known } }),
    )
    expect(h.outputs['known']?.tensor?.data).toEqual(Float32Array.of(3, 8))
    expect(bindDims(h, { N: 3 }).outputs['y']?.shape).toEqual([3, 3])
  })

  it('rounds each result to its dtype before the next is computed from it', async () => {
    const x = input('x', [1])
    // 10 · 0.7 is 7 in float32, and a little less for the float64 product of the float32 numbers; 10⁸ + 1 is 10⁸.
    const chains = {
      sum: sub(add(constant([1e8]), constant([1])), constant([1e8])),
      product: apply(floorOperator, [mul(constant([10]), constant([0.7]))]),
    }
    const g = graph({ inputs: [x], outputs: { ...chains, y: add(x, chains.product) } })
    const folded = foldConstants(g)
    expect([folded.outputs['sum']?.tensor?.data, folded.outputs['product']?.tensor?.data]).toEqual([
      Float32Array.of(0),
      Float32Array.of(7),
    ])
    for (const executor of ['plain', 'native'] as const) {
      const program = await compile(g, { executor })
      const { sum, product, y } = await program.run({ x: tensor([0.5], [1]) })
      expect(
        [sum, product, y].map((t) => t!.data[0]),
        executor,
      ).toEqual([0, 7, 7.5])
      await program.close()
    }
  })

  it('reaches into the body of a Loop', async () => {
    const v = variable('v', tensor([1, 0, 0, 1], [2, 2]))
    const w = dequantize(constantOf(tensor(Uint8Array.of(1, 2, 3, 4), [2, 2], 'uint8')), constant(0.5))
    const { carried } = loop(3, [v], (round) => ({ carried: [matmul(round.carried[0]!, w)], scans: [] }))
    const g = graph({ inputs: [], outputs: { y: carried[0]! } })
    expect(operatorsOf(foldConstants(g))).toEqual(['Loop'])
    for (const executor of ['plain', 'native'] as const) {
      const program = await compile(g, { executor })
      const { y } = await program.run({})
      // [[0.5, 1], [1.5, 2]] to the third power.
      expect(Array.from(y!.data as ArrayLike<number>)).toEqual([4.625, 6.75, 10.125, 14.75])
      await program.close()
    }
  })
})
