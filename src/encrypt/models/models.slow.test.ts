import { describe, expect, it } from 'vitest'
import { images, polynomialNetwork } from '../../../test/encryptedNetworks.ts'
import { readDigits, takeImages } from '../../data/index.ts'
import {
  add,
  averagePool,
  batchNormalization,
  cast,
  constant,
  conv,
  graph,
  input,
  matmul,
  maxPool,
  mul,
  relu,
  reshape,
  softmax,
  tanh,
  type Value,
  writeOnnx,
} from '../../graph/index.ts'
import { seededRandom } from '../../random/seeded.ts'
import { answerPlainly } from '../inference/network.ts'
import { convertNetwork, measureNetwork, measureOnnx } from './convert.ts'
import { nearest } from './fitQuadratics.ts'
import { readPolynomialNetwork, writePolynomialNetwork } from './networkFile.ts'

const source = seededRandom(77)
const normal = (count: number, deviation: number) =>
  Float32Array.from({ length: count }, () => deviation * source.normal())
const fileOf = (build: (x: Value) => Value, shape: readonly (number | string)[] = ['N', 1, 8, 8]) => {
  const x = input('x', shape)
  return writeOnnx(graph({ inputs: [x], outputs: { y: build(x) } }))
}
const filters = normal(18, 0.4)
const convolved = (x: Value) =>
  conv(x, constant(filters, [2, 1, 3, 3]), constant([0.1, -0.2]), { strides: [2, 2], pads: [1, 1, 1, 1] })
const image = images(1, 8)[0]!

describe('files of networks', () => {
  it('are written and read back, with the names of the classes', async () => {
    const network = polynomialNetwork(
      8,
      { filters: 2, kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
      { classes: 3 },
    )
    const bytes = writePolynomialNetwork({ network, classes: ['a', 'b', 'c'] })
    const read = await readPolynomialNetwork(bytes, 'own.onnx')
    expect(read.classes).toEqual(['a', 'b', 'c'])
    expect(read.network.layers.map(({ kind }) => kind)).toEqual(['conv', 'square', 'dense'])
    expect(read.network.layers[0]).toMatchObject({ kernel: [3, 3], stride: [2, 2], padding: [1, 1] })
    const [ours, theirs] = [network, read.network].map((own) => answerPlainly(own, image).answers)
    ours!.forEach((v, i) => {
      expect(Math.abs(v - theirs![i]!)).toBeLessThan(1e-6)
    })
    await expect(readPolynomialNetwork(bytes.subarray(0, 100), 'own.onnx')).rejects.toThrow(/own.onnx/)
  })

  it('may have batch norm, average pooling and a last softmax: folded, summed up, left out', async () => {
    const bytes = fileOf((x) => {
      const normed = batchNormalization(
        convolved(x),
        constant([1.5, 0.5]),
        constant([0.1, 0.3]),
        constant([0.2, -0.1]),
        constant([2, 0.5]),
        1e-3,
      )
      const pooled = averagePool(mul(normed, normed), [2, 2], { strides: [2, 2] })
      return softmax(matmul(reshape(pooled, [-1, 8]), constant(normal(32, 0.5), [8, 4])))
    })
    const { network, classes } = await readPolynomialNetwork(bytes, 'theirs.onnx')
    expect(classes).toBeNull()
    // The convolution is one still: what is folded in does not make a matrix of it.
    expect(network.layers.map(({ kind }) => kind)).toEqual(['conv', 'square', 'dense'])
    const gamma = 1.5 / Math.sqrt(2 + 1e-3)
    expect((network.layers[0] as { weights: Float64Array }).weights[0]).toBeCloseTo(gamma * filters[0]!, 5)
  })

  it('that do more are refused, by name', async () => {
    const read = (build: (x: Value) => Value, shape?: (number | string)[]) =>
      readPolynomialNetwork(fileOf(build, shape), 'theirs.onnx')
    await expect(read((x) => relu(convolved(x)))).rejects.toThrow(
      /theirs.onnx: Relu is none that ciphertexts can compute/,
    )
    await expect(read((x) => maxPool(convolved(x), [2, 2]))).rejects.toThrow(/MaxPool/)
    await expect(read((x) => mul(softmax(x), constant(2)))).rejects.toThrow(/Softmax .*nothing stands for it/)
    // What is cut off or rounded on the way is no network of sums and products.
    await expect(read((x) => cast(cast(convolved(x), 'int32'), 'float32'))).rejects.toThrow(
      /Cast is none that ciphertexts can compute/,
    )
    await expect(read((x) => cast(cast(convolved(x), 'float8e4m3fn'), 'float32'))).rejects.toThrow(
      /Cast is none that ciphertexts can compute/,
    )
    await expect(read((x) => add(x, mul(x, x)))).rejects.toThrow(/joins|branches/)
    await expect(read((x) => x, ['N', 1, 'h', 8])).rejects.toThrow(/its input is \[N?1?, ?1, h, 8\]/)
  })
})

describe('a quadratic for an activation', () => {
  it('is the nearest where the data lies', () => {
    const z = Array.from({ length: 3000 }, () => 2 * source.normal() - 0.5)
    const of = (f: (v: number) => number) => {
      const { sign, slope, shift, offset } = nearest(z, z.map(f))
      return (v: number) => sign * (slope * (v + shift)) ** 2 + offset
    }
    const own = of((v) => 0.3 * v * v - v + 2)
    for (const v of [-3, 0, 2]) expect(own(v)).toBeCloseTo(0.3 * v * v - v + 2, 6)
    // A ReLU: within a sixth of the deviation in the mean.
    const bent = of((v) => Math.max(0, v))
    const error = Math.sqrt(z.reduce((sum, v) => sum + (bent(v) - Math.max(0, v)) ** 2, 0) / z.length)
    expect(error).toBeLessThan(2 / 6)
    // A straight line has no curve of its own: one is kept.
    const line = of((v) => v)
    expect(Math.abs(line(1.5) - 1.5)).toBeLessThan(0.6)
  })
})

describe('somebody’s network', () => {
  it('is converted, trained on, and answers as well without what ciphertexts cannot compute', async () => {
    const digits = await readDigits()
    const rows = (count: number) => Int32Array.from({ length: count }, (_, i) => i)
    const train = takeImages(digits.train, rows(2000))
    const test = takeImages(digits.test, rows(400))
    // A network with ReLU, max pooling and tanh; its weights are drawn, so that training has all to do.
    const theirs = fileOf(
      (x) => {
        const first = conv(x, constant(normal(4 * 25, 0.2), [4, 1, 5, 5]), constant(normal(4, 0.05)), {
          strides: [2, 2],
          pads: [1, 1, 1, 1],
        })
        const pooled = maxPool(relu(first), [2, 2], { strides: [2, 2] })
        const hidden = add(
          matmul(reshape(pooled, [-1, 144]), constant(normal(144 * 32, 0.1), [144, 32])),
          constant(normal(32, 0.05)),
        )
        return softmax(matmul(tanh(hidden), constant(normal(320, 0.2), [32, 10])))
      },
      ['batch', 1, 28, 28],
    )
    expect(await measureOnnx(theirs, 'theirs.onnx', test)).toBeLessThan(0.4)
    const { network, replaced } = await convertNetwork(theirs, 'theirs.onnx', train, { epochs: 30, seed: 1 })
    expect(replaced).toEqual([
      'Relu: a square, fitted to it where the data lies',
      'MaxPool: average pooling',
      'Tanh: a square, fitted to it where the data lies',
    ])
    expect(network.layers.map(({ kind }) => kind)).toEqual(['conv', 'square', 'dense', 'square', 'dense'])
    expect(measureNetwork(network, test)).toBeGreaterThan(0.85)
    // As a file it is the same network.
    const again = await readPolynomialNetwork(writePolynomialNetwork({ network, classes: null }), 'own.onnx')
    expect(measureNetwork(again.network, test)).toBeCloseTo(measureNetwork(network, test), 2)
    await expect(
      convertNetwork(
        fileOf((x) => relu(x)),
        'small.onnx',
        train,
        { epochs: 1 },
      ),
    ).rejects.toThrow(/takes images of 1×8×8/)
  })
})
