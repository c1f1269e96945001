import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Attributes, Value } from '../contract.ts'
import { gradients } from '../gradients.ts'
import { graph } from '../graph.ts'
import { compilePlain } from '../plain/program.ts'
import { type Tensor, tensor } from '../tensor.ts'
import { checkGradient, checkNative } from '../testing.ts'
import { apply, applyAll, constant, input } from '../value.ts'
import { attention, attentionOperator } from './attention.ts'
import { reduceSum } from './reduce.ts'
import { rotaryEmbeddingOperator } from './rotary.ts'

type Shapes = readonly (readonly (number | string)[])[]

// A scale that float32 holds with its root: ONNX Runtime folds it into products as a float32.
const scale = 0.25
const heads: Shapes = [
  ['N', 2, 3, 4],
  ['N', 2, 'S', 4],
  ['N', 2, 'S', 2],
]
const mask = constant([1, 0, 1, 1, 1, 0, 0, 1, 1], [3, 3], 'bool')

const cases: Record<string, readonly [Shapes, Attributes, ((v: Value[]) => (Value | undefined)[])?]> = {
  plain: [heads, { scale }],
  causal: [heads, { scale, is_causal: 1 }],
  'with a cap': [heads, { scale, softcap: 2 }],
  'in a window': [heads, { scale, left_window_size: 1, right_window_size: 0 }],
  'with a bool mask': [heads.map((s) => s.map((d) => (d === 'S' ? 3 : d))), { scale }, (v) => [...v, mask]],
  'with a mask to learn, shorter than the keys': [
    [
      ['N', 2, 3, 4],
      ['N', 2, 3, 4],
      ['N', 2, 3, 2],
      [3, 2],
    ],
    { scale, is_causal: 1 },
  ],
  'of grouped queries': [
    [
      ['N', 4, 2, 2],
      ['N', 2, 'S', 2],
      ['N', 2, 'S', 3],
    ],
    { scale },
  ],
  'of three axes': [
    [
      ['N', 2, 4],
      ['N', 'S', 4],
      ['N', 'S', 6],
    ],
    { scale, q_num_heads: 2, kv_num_heads: 2 },
  ],
  'after what is past': [
    [
      ['N', 1, 2, 2],
      ['N', 1, 2, 2],
      ['N', 1, 2, 2],
      ['N', 1, 'S', 2],
      ['N', 1, 'S', 2],
    ],
    { scale, is_causal: 1 },
    ([q, k, v, pk, pv]) => [q, k, v, undefined, pk, pv],
  ],
  'of padded keys': [
    [
      [2, 1, 2, 2],
      [2, 1, 3, 2],
      [2, 1, 3, 2],
    ],
    { scale, is_causal: 1 },
    (v) => [...v, undefined, undefined, undefined, constant([2, 3], [2], 'int64')],
  ],
}

describe.each(Object.entries(cases))('Attention %s', (_, [shapes, attributes, place]) => {
  const dims = { N: 2, S: 3 }
  const build = (...xs: Value[]) => applyAll(attentionOperator, place?.(xs) ?? xs, attributes)

  it('has the gradients that differences give', () => {
    checkGradient((...xs) => build(...xs)[0]!, shapes, { dims })
  })

  it('agrees with ONNX Runtime, all four outputs, in double too', async () => {
    await checkNative((...xs) => build(...xs).slice(0, 3), shapes, { dims })
    const probabilities = { ...attributes, qk_matmul_output_mode: 3 }
    await checkNative((...xs) => applyAll(attentionOperator, place?.(xs) ?? xs, probabilities)[3]!, shapes, {
      dims,
      gradient: false,
    })
  })
})

const numbers = (t: Tensor | undefined) => Array.from(t?.data ?? [], Number)

describe('Attention at the edge', () => {
  it('gives 0, and finite gradients, where a query may look at nothing', () => {
    const q = input('q', [1, 1, 2, 2])
    const y = attention(q, q, q, { mask: constant([0, 0, 1, 1], [2, 2], 'bool') })
    const [dq] = gradients(reduceSum(y), [q])
    const program = compilePlain(graph({ inputs: [q], outputs: { y, dq: dq! } }))
    const got = program.run({ q: tensor([1, 2, 3, 4], [1, 1, 2, 2]) }) as Record<string, Tensor>
    expect(numbers(got['y']).slice(0, 2)).toEqual([0, 0])
    expect(numbers(got['dq']).every(Number.isFinite)).toBe(true)
  })

  it('a causal query is blind to what comes after it, whatever that is', () => {
    const q = input('q', [1, 1, 3, 2])
    const y = attention(q, q, q, { causal: true })
    const run = compilePlain(graph({ inputs: [q], outputs: { y } }))
    const rows = fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(rows, fc.double({ min: -99, max: 99, noNaN: true }), (values, other) => {
        const at = (data: number[]) =>
          numbers((run.run({ q: tensor(data, [1, 1, 3, 2], 'float64') }) as Record<string, Tensor>)['y'])
        expect(at([...values.slice(0, 4), other, -other]).slice(0, 4)).toEqual(at(values).slice(0, 4))
      }),
      { numRuns: 20, seed: 1 },
    )
  })

  it('refuses what does not fit, naming it', () => {
    const v = (...shape: number[]) => input('v', shape)
    const four = v(1, 3, 2, 4)
    expect(() => attention(four, v(1, 2, 2, 4), v(1, 2, 2, 4))).toThrow(/3 heads of queries for 2/)
    expect(() => attention(v(1, 2, 4), v(1, 2, 4), v(1, 2, 4))).toThrow(/queries \[1, 2, 4\] do not make/)
    expect(() => applyAll(attentionOperator, [four, four, four, undefined, four])).toThrow(/go together/)
  })
})

describe('RotaryEmbedding', () => {
  const places = constant([2, 0, 1, 1], [2, 2], 'int64')
  const rotaries: Record<string, readonly [Shapes, Attributes, boolean]> = {
    'of four axes by position': [
      [
        [2, 3, 2, 4],
        [3, 2],
        [3, 2],
      ],
      {},
      true,
    ],
    interleaved: [
      [
        [2, 3, 2, 4],
        [3, 2],
        [3, 2],
      ],
      { interleaved: 1 },
      true,
    ],
    'of a part of the features': [
      [
        [2, 3, 2, 6],
        [3, 1],
        [3, 1],
      ],
      { rotary_embedding_dim: 2 },
      true,
    ],
    'of three axes, angles given': [
      [
        ['N', 2, 8],
        ['N', 2, 2],
        ['N', 2, 2],
      ],
      { num_heads: 2 },
      false,
    ],
  }

  it.each(Object.entries(rotaries))(
    '%s: gradients, and the runtime',
    async (_, [shapes, attributes, placed]) => {
      const build = (...xs: Value[]) =>
        apply(rotaryEmbeddingOperator, placed ? [...xs, places] : xs, attributes)
      checkGradient(build, shapes, { dims: { N: 2 } })
      await checkNative(build, shapes, { dims: { N: 2 } })
    },
  )

  it('refuses angles that are not one a pair', () => {
    const x = input('x', [1, 1, 2, 4])
    const angles = input('a', [1, 2, 3])
    expect(() => apply(rotaryEmbeddingOperator, [x, angles, angles])).toThrow(/for 2 pairs of features/)
  })
})
