import { describe, expect, it } from 'vitest'
import { seededRandom } from '../random/seeded.ts'
import {
  add,
  averagePool,
  batchNormTraining,
  constant,
  conv,
  convTranspose,
  elu,
  gemm,
  gradients,
  layerNormalization,
  leakyRelu,
  logSoftmax,
  matmul,
  maxPool,
  mul,
  reduceMean,
  reduceSum,
  relu,
  sigmoid,
  sizeOf,
  softmax,
  softplus,
  sqrt,
  tanh,
  type Value,
} from './index.ts'
import { checkGradient, checkNative } from './testing.ts'

// The gradient of a square has the values in it, so that its own gradient runs through every rule once more.
const squared = (y: Value): Value => reduceSum(mul(y, mul(y, y)))

/** Checks the gradients of the gradients of Σ y³ by differences: what attacks that match gradients go down. */
function checkTwice(
  build: (...x: Value[]) => Value,
  shapes: readonly (readonly number[])[],
  options = {},
): void {
  checkGradient((...x) => gradients(squared(build(...x)), x), shapes, options)
}

const away = { avoid: [0] }

describe('a gradient of a gradient is that of differences', () => {
  it.each<[string, (...x: Value[]) => Value, readonly (readonly number[])[], object?]>([
    ['Sigmoid', (x) => sigmoid(x), [[3, 4]]],
    ['Tanh', (x) => tanh(x), [[3, 4]]],
    ['Softplus', (x) => softplus(x), [[3, 4]]],
    ['Relu', (x) => relu(x), [[3, 4]], away],
    ['LeakyRelu', (x) => leakyRelu(x), [[3, 4]], away],
    ['Elu', (x) => elu(x), [[3, 4]], away],
    ['Softmax', (x) => softmax(x), [[2, 5]]],
    ['LogSoftmax', (x) => logSoftmax(x), [[2, 5]]],
    [
      'MatMul',
      (x, w) => matmul(x, w),
      [
        [2, 3],
        [3, 4],
      ],
    ],
    ['Gemm', (x, w, b) => gemm(x, w, b), [[2, 3], [3, 4], [4]]],
    ['AveragePool', (x) => averagePool(x, [2, 2]), [[1, 2, 4, 4]]],
    [
      'AveragePool over each other',
      (x) => averagePool(x, [3, 3], { strides: [2, 2], autoPad: 'SAME_UPPER' }),
      [[1, 1, 5, 5]],
    ],
    ['MaxPool', (x) => maxPool(x, [2, 2], { strides: [2, 2] }), [[1, 2, 4, 4]]],
    ['MaxPool over each other', (x) => maxPool(x, [3, 3], { strides: [2, 2] }), [[1, 1, 5, 5]]],
    ['BatchNormalization', (x, s, b) => batchNormTraining(x, s, b, 1e-3).y, [[4, 2], [2], [2]]],
    ['LayerNormalization', (x, s, b) => layerNormalization(x, s, b), [[2, 4], [4], [4]]],
    // Each way that the gradient of filters goes: see filterGradient.ts.
    [
      'Conv of 5×5 on few channels',
      (x, w, b) => conv(x, w, b, { pads: [2, 2, 2, 2], strides: [2, 2] }),
      [[2, 1, 6, 6], [2, 1, 5, 5], [2]],
    ],
    [
      'Conv of 3×3 on few channels',
      (x, w) => conv(x, w, undefined, { pads: [1, 1, 1, 1] }),
      [
        [2, 2, 4, 4],
        [3, 2, 3, 3],
      ],
    ],
    [
      'Conv of 3×3 with stride',
      (x, w) => conv(x, w, undefined, { pads: [1, 1, 1, 1], strides: [2, 2] }),
      [
        [1, 2, 5, 5],
        [2, 2, 3, 3],
      ],
    ],
    [
      'Conv on many windows',
      (x, w) => conv(x, w),
      [
        [1, 1, 10, 10],
        [1, 1, 2, 2],
      ],
    ],
    [
      'Conv on eight channels',
      (x, w) => conv(x, w),
      [
        [1, 8, 3, 3],
        [1, 8, 2, 2],
      ],
    ],
    [
      'Conv in groups',
      (x, w) => conv(x, w, undefined, { group: 2 }),
      [
        [1, 2, 4, 4],
        [2, 1, 2, 2],
      ],
    ],
    [
      'ConvTranspose',
      (x, w) => convTranspose(x, w, undefined, { strides: [2, 2] }),
      [
        [1, 2, 3, 3],
        [2, 2, 2, 2],
      ],
    ],
  ])('%s', (_, build, shapes, options) => {
    expect(() => checkTwice(build, shapes, options)).not.toThrow()
  })

  // With constant filters of 16 channels ONNX Runtime keeps blocks, and the rules take other masks (_blocked.ts).
  it('in blocks of channels the native executor agrees', async () => {
    const filters = (shape: readonly number[], seed: number) => {
      const draw = seededRandom(seed)
      return constant(
        Float32Array.from({ length: sizeOf(shape) }, () => draw.normal() / 8),
        shape,
      )
    }
    const [first, second] = [filters([16, 1, 3, 3], 1), filters([16, 16, 3, 3], 2)]
    const network = (x: Value): Value => {
      const seen = maxPool(relu(conv(x, first)), [2, 2], { strides: [2, 2] })
      const slopes = gradients(squared(relu(conv(seen, second))), [first, second, x])
      return slopes.map((g) => reduceSum(mul(g, g))).reduce((a, b) => add(a, b))
    }
    await checkNative(network, [[2, 1, 10, 10]], { dtypes: ['float32'] })
  })

  it('the cosine of two gradients, as attacks have it', () => {
    const cosine = (x: Value, w: Value, target: Value): Value => {
      const [g] = gradients(reduceMean(softplus(matmul(x, w))), [w])
      const dot = reduceSum(mul(g!, target))
      return mul(
        dot,
        sqrt(mul(reduceSum(mul(g!, g!)), add(reduceSum(mul(target, target)), reduceSum(mul(x, x))))),
      )
    }
    checkGradient(cosine, [
      [2, 3],
      [3, 2],
      [3, 2],
    ])
    checkGradient(
      (...v) => gradients(cosine(...(v as [Value, Value, Value])), v.slice(0, 1)),
      [
        [2, 3],
        [3, 2],
        [3, 2],
      ],
    )
  })
})
