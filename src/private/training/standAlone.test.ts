import { describe, expect, it } from 'vitest'
import {
  type Attributes,
  abs,
  add,
  averagePool,
  batchNormTraining,
  cast,
  concat,
  constant,
  div,
  expand,
  gather,
  gemm,
  input,
  less,
  matmul,
  max,
  maxPool,
  mul,
  pad,
  reduceMean,
  reduceSum,
  reshape,
  shapeOf,
  slice,
  softmax,
  sub,
  tensor,
  transpose,
  type Value,
  where,
} from '../../graph/index.ts'
import { operators } from '../../graph/operators/index.ts'
import { apply, applyAll, scalarLike } from '../../graph/value.ts'
import {
  activation,
  conv2d,
  dense,
  embedding,
  flatten,
  functionLayer,
  initialWeights,
  type Layer,
  sequential,
} from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { clippedGraph } from './clippedGraph.ts'
import { requireStandAlone } from './standAlone.ts'
import { architectures } from './testing.ts'

const rows = 8

/** Resize as somebody's file may have it. */
const resized = (x: Value, attributes: Attributes, scales: readonly number[]) =>
  apply(operators.get('Resize')!, [x, undefined, constant(scales)], attributes)

const build = (layers: readonly Layer[], shape: readonly number[], examples = rows) => {
  const model = sequential(layers, { input: shape })
  return clippedGraph(model, initialWeights(model, 1), {
    loss: lossOf('categoricalCrossEntropy'),
    dtype: 'float32',
    examples,
    rowsEach: 1,
    clip: 1,
    clipping: 'flat',
    grid: 2 ** -30,
    pixels: false,
  })
}

/** What is done only where a number stands that no trial draws. */
const gated = (x: Value, other: Value) =>
  where(less(abs(sub(x, scalarLike(x, 5000))), scalarLike(x, 1000)), other, x)

describe('models that mix rows are refused, however seldom they do', () => {
  const crossing: Readonly<Record<string, (x: Value) => Value>> = {
    'rows that are moved by padding': (x) => pad(x, [1, 0], [-1, 0]),
    'rows that are turned round by a slice': (x) => gated(x, slice(x, [-1], [-100], [0], [-1])),
    'rows that are cut off and put back': (x) =>
      concat([slice(x, [1], [rows], [0]), slice(x, [0], [1], [0])], 0),
    'rows that come to lie along another axis': (x) => reduceSum(expand(x, [rows, 1, 3]), [1]),
    'a mean of all rows': (x) => sub(x, reduceMean(x, [0], true)),
    'a sum of everything': (x) => gated(x, mul(x, reduceSum(x))),
    'a maximum over all rows, along a negative axis': (x) => gated(x, sub(x, reduceMean(x, [-2], true))),
    'a softmax over rows': (x) => gated(x, softmax(x, 0)),
    'rows turned into columns': (x) => transpose(reshape(transpose(x, [1, 0]), [3, rows]), [1, 0]),
    'products of rows with rows': (x) => gated(x, matmul(matmul(x, transpose(x, [1, 0])), x)),
    'a Gemm of columns': (x) =>
      transpose(gemm(gemm(x, x, undefined, { transA: true }), x, undefined, { transB: true }), [1, 0]),
    'a row looked up by another': (x) =>
      gated(x, gather(x, cast(reshape(slice(x, [0], [1], [1]), [-1]), 'int64'), 0)),
    'statistics of a batch': (x) =>
      gated(x, batchNormTraining(x, constant([1, 1, 1]), constant([0, 0, 0]), 1e-3).y),
    'one row laid over all': (x) => add(x, slice(x, [0], [1], [0])),
    'windows over rows': (x) =>
      reshape(averagePool(reshape(x, [1, 1, rows, 3]), [3, 1], { pads: [1, 0, 1, 0] }), [rows, 3]),
    'interpolation between rows': (x) => gated(x, resized(x, { mode: 'linear' }, [1, 1])),
    'windows that see nothing': (x) =>
      reshape(maxPool(reshape(x, [-1, 1, 3, 1]), [2, 1], { dilations: [3, 1], pads: [1, 0, 1, 0] }), [0, -1]),
    'texts that are read as numbers': (x) => cast(cast(cast(x, 'string'), 'int64'), 'float32'),
    'rows that are joined to rows': (x) => reduceMean(reshape(concat([x, x], 0), [rows, 2, 3]), [1]),
    'integers that are divided': (x) =>
      mul(x, cast(div(scalarLike(cast(x, 'int32'), 1), cast(x, 'int32')), 'float32')),
  }
  it.each(Object.entries(crossing))('%s', (_, layer) => {
    expect(() => build([functionLayer([3], layer), dense({ units: 3 })], [3])).toThrow(
      /keep them apart|no axis of its own|Export the model with a free|mixes the rows/,
    )
  })

  it('a shape that is asked for does not hide what is done by it', () => {
    const layer = functionLayer([3], (x) => {
      const size = cast(slice(shapeOf(x), [0], [1], [0]), 'float32')
      return where(less(size, constant([4])), pad(x, [1, 0], [-1, 0]), x)
    })
    expect(() => build([layer, dense({ units: 3 })], [3])).toThrow(/keep them apart/)
  })

  it('a loss along rows', () => {
    const ends = functionLayer([1], (x) => reshape(x, [-1]))
    expect(() => build([dense({ units: 1 }), ends], [3])).toThrow(/no axis of its own|keep them apart/)
  })

  it('filters over pieces of rows, in a batch of one, too', () => {
    const pieces = functionLayer([128], (x) => reshape(x, [-1, 1, 1, 2]))
    for (const examples of [1, rows])
      expect(() =>
        build(
          [
            pieces,
            conv2d({ filters: 2, kernel: [1, 2] }),
            flatten(),
            functionLayer([2], (x) => reshape(x, [examples, -1])),
            dense({ units: 2 }),
          ],
          [128],
          examples,
        ),
      ).toThrow()
  })

  it('a weight beside the rows', () => {
    const constantly = functionLayer([2], (x) => constant(new Float32Array(4).fill(1), [1, 1, 2, 2], x.dtype))
    const spread = functionLayer([2, 2, 2], (y) =>
      concat(
        Array.from({ length: rows }, () => y),
        0,
      ),
    )
    expect(() =>
      build([constantly, conv2d({ filters: 2, kernel: 1 }), spread, flatten(), dense({ units: 2 })], [2]),
    ).toThrow(/beside the rows|no axis of its own/)
  })
})

describe('models that keep rows apart are let through', () => {
  it.each(architectures.map((a) => [a.name, a] as const))('%s', (_, { model, loss }) => {
    expect(() =>
      clippedGraph(model, initialWeights(model, 1), {
        loss: lossOf(loss),
        dtype: 'float32',
        examples: rows,
        rowsEach: 1,
        clip: 1,
        clipping: 'flat',
        grid: 2 ** -30,
        pixels: false,
      }),
    ).not.toThrow()
  })

  const keeping: Readonly<Record<string, (x: Value) => Value>> = {
    'each row by itself': (x) =>
      div(sub(x, reduceMean(x, [1], true)), add(reduceSum(mul(x, x), [-1], true), scalarLike(x, 1))),
    'columns padded and cut': (x) => slice(pad(x, [0, 1], [0, 2]), [0], [3], [1]),
    'columns turned round': (x) => slice(x, [-1], [-100], [1], [-1]),
    'products within a row': (x) => {
      const each = reshape(x, [-1, 3, 1])
      return reduceSum(matmul(each, transpose(each, [0, 2, 1])), [2])
    },
    'a number for each place': (x) => add(x, constant(new Float32Array(3).fill(2), [1, 3])),
    'a softmax of each row': (x) => softmax(x, -1),
    'largest of two': (x) => max(x, scalarLike(x, 0)),
  }
  it.each(Object.entries(keeping))('%s', (_, layer) => {
    expect(() =>
      build([functionLayer([3], layer), activation('tanh'), dense({ units: 3 })], [3]),
    ).not.toThrow()
  })

  it('tables that are looked up in tables', () => {
    const table = constant(Float32Array.of(0, 3, 1, 2), [4, 1])
    const first = functionLayer([2], (x) => reshape(gather(table, cast(x, 'int64'), 0), [-1, 2]))
    expect(() =>
      build([first, embedding({ words: 4, units: 3 }), flatten(), dense({ units: 2 })], [2]),
    ).not.toThrow()
  })

  it('but not a resize of axes that are named in another order', () => {
    const x = input('x', [rows, 3])
    const y = resized(x, { mode: 'nearest', axes: [1, 0] }, [1, 2])
    expect(() => requireStandAlone(y, [x], rows)).toThrow(/keep them apart/)
  })

  it('but not a resize of a region, which may be one of rows', () => {
    const x = input('x', [rows, 3, 4])
    const inputs = [x, constant([1, 0, 0, 0, 1, 1]), constant([1, 1, 1])]
    const attributes = { mode: 'nearest', coordinate_transformation_mode: 'tf_crop_and_resize' }
    const y = apply(operators.get('Resize')!, inputs, attributes)
    expect(() => requireStandAlone(y, [x], rows)).toThrow(/keep them apart/)
  })

  it('but nothing that is steered by rows, or that runtimes read otherwise', () => {
    const x = input('x', [rows, 3])
    const square = input('x', [rows, rows])
    const split = (sizes: Value) => applyAll(operators.get('Split')!, [x, sizes], { axis: 1 })[0]!
    const byRows = reshape(slice(cast(x, 'int64'), [0, 0], [1, 3], [0, 1]), [3])
    expect(() => requireStandAlone(split(byRows), [x], rows)).toThrow(/keep them apart/)
    const product = (transA: number) =>
      apply(operators.get('Gemm')!, [square, constant(new Float64Array(24), [rows, 3])], { transA })
    expect(() => requireStandAlone(product(1), [square], rows)).toThrow(/keep them apart/)
    expect(() => product(2)).toThrow(/'transA' is 2, neither 0 nor 1/)
    const clip = (low: Value) => apply(operators.get('Clip')!, [x, low], {})
    const bound = reshape(slice(x, [0, 0], [1, 1], [0, 1]), [1])
    expect(() => requireStandAlone(clip(bound), [x], rows)).toThrow(/keep them apart/)
    expect(() => clip(slice(x, [0], [1], [1]))).toThrow(/a bound of shape/)
    const image = input('x', [rows, 3, 4])
    const [scales, sizes] = [constant([1.1, 1, 1]), constant([rows, 3, 4], [3], 'int64')]
    expect(() => apply(operators.get('Resize')!, [image, undefined, scales, sizes], {})).toThrow(
      /both scales and sizes/,
    )
  })

  it('says which values hold rows', () => {
    const x = input('x', [rows, 3])
    const free = mul(constant([1, 2, 3]), constant([2, 2, 2]))
    const y = mul(x, free)
    const holds = requireStandAlone(y, [x], rows)
    expect([x, y, free, tensor].map((v) => holds(v as Value))).toEqual([true, true, false, false])
  })
})
