import { describe, expect, it } from 'vitest'
import { readDigits, takeImages } from '../../data/index.ts'
import {
  activation,
  averagePool2d,
  batchNorm,
  conv2d,
  dense,
  flatten,
  initialWeights,
  maxPool2d,
  predict,
  sequential,
} from '../../learn/index.ts'
import { networkOf, requirePolynomial } from '../models/networkOf.ts'
import { answerPlainly } from './network.ts'
import { trainPolynomial } from './train.ts'

describe('a network for ciphertexts', () => {
  it('is trained, and answers as it was trained', async () => {
    const digits = await readDigits()
    const train = takeImages(
      digits.train,
      Int32Array.from({ length: 2500 }, (_, i) => i),
    )
    const { network, validationAccuracy } = await trainPolynomial(train, { epochs: 8, seed: 1 })
    expect(network.layers.map(({ kind }) => kind)).toEqual(['conv', 'square', 'dense', 'square', 'dense'])
    expect(network.layers[0]).toMatchObject({ filters: 5, kernel: [5, 5], stride: [2, 2], padding: [1, 1] })
    expect(network.layers[2]).toMatchObject({ outputs: 100 })
    expect(validationAccuracy).toBeGreaterThan(0.88)
    let right = 0
    for (let i = 0; i < 300; i++) {
      const image = digits.test.pixels.subarray(784 * i, 784 * (i + 1))
      const { answers } = answerPlainly(
        network,
        Float64Array.from(image, (v) => v / 255),
      )
      if (answers.indexOf(Math.max(...answers)) === digits.test.labels!.of[i]) right++
    }
    expect(right / 300).toBeGreaterThan(0.85)
  })

  it('has what lies between squares as one dense layer: pooling, batch norm, more convolutions', async () => {
    const model = sequential(
      [
        conv2d({ filters: 3, kernel: 3, padding: [1, 0], stride: [1, 2] }),
        averagePool2d({ size: [2, 1], stride: 1 }),
        batchNorm(),
        activation('square'),
        conv2d({ filters: 2, kernel: 2 }),
        batchNorm(),
        activation('square'),
        flatten(),
        dense({ units: 4 }),
      ],
      { input: [1, 6, 8] },
    )
    const weights = initialWeights(model, 3)
    const network = await networkOf(model, weights)
    expect(network.layers.map(({ kind }) => kind)).toEqual(['conv', 'square', 'dense', 'square', 'dense'])
    const image = Float32Array.from({ length: 48 }, (_, i) => Math.sin(i))
    const { data } = await predict(
      model,
      weights,
      { dtype: 'float32', shape: [1, 1, 6, 8], data: image },
      {
        loss: 'meanSquaredError',
        executor: 'plain',
      },
    )
    const { answers } = answerPlainly(network, image)
    for (const [i, v] of answers.entries()) expect(Math.abs(v - Number(data[i]))).toBeLessThan(1e-5)
  })

  it('has no other functions: the message says what can stand for them', () => {
    expect(() => requirePolynomial([conv2d({ filters: 1, kernel: 3, activation: 'relu' })])).toThrow(
      /layer 0 \(relu\) is none that ciphertexts can compute/,
    )
    expect(() => requirePolynomial([flatten(), maxPool2d({ size: 2 })])).toThrow(/layer 1 \(maxPool2d\)/)
    expect(() => requirePolynomial([activation('softmax')])).toThrow(/softmax/)
  })
})
