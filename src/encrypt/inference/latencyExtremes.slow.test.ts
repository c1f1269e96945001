// One image at a time, asked by the real client about the worst images that are known: no wrong answer, and no refusal.

import { expect, it } from 'vitest'
import { digitNetwork, polynomialNetwork } from '../../../test/encryptedNetworks.ts'
import { readDigits, takeImages } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { openAnswering, packAnswer, readQuestion } from './answering.ts'
import { type CompiledNetwork, compileNetwork } from './compiled.ts'
import { createKeyHolder } from './keyHolder.ts'
import { extremeImages } from './latencyExtremes.ts'
import { answerPlainly, type PolynomialNetwork } from './network.ts'
import { trainPolynomial } from './train.ts'

const conv = { filters: 2, kernel: [3, 3], stride: [2, 2], padding: [1, 1] } as const
const small = (seed: number, classes: number, units?: number) =>
  polynomialNetwork(6, conv, { seed, classes, units })

/** Weights and biases of some layers times a factor. */
const scaled = (network: PolynomialNetwork, factor: number, ...only: number[]): PolynomialNetwork => ({
  ...network,
  layers: network.layers.map((layer, l) =>
    layer.kind === 'square' || (only.length > 0 && !only.includes(l))
      ? layer
      : { ...layer, weights: layer.weights.map((w) => factor * w), bias: layer.bias.map((b) => factor * b) },
  ),
})

/** Black and white pixels: one after another is turned as long as that makes an output larger, or smaller. */
function corner(network: PolynomialNetwork, output: number, sign: 1 | -1): Float64Array {
  const image = Float64Array.from({ length: network.input.reduce((a, b) => a * b) }, (_, i) => i % 2)
  const answer = () => sign * answerPlainly(network, image).answers[output]!
  for (let best = answer(), better = true; better; ) {
    better = false
    for (let i = 0; i < image.length; i++) {
      image[i] = 1 - image[i]!
      const own = answer()
      if (own > best) {
        best = own
        better = true
      } else image[i] = 1 - image[i]!
    }
  }
  return image
}

const cornersOf = (network: PolynomialNetwork): Float64Array[] => {
  const last = network.layers.at(-1)
  return Array.from({ length: last?.kind === 'dense' ? Math.min(2, last.outputs) : 0 }, (_, o) => [
    corner(network, o, 1),
    corner(network, o, -1),
  ]).flat()
}

/** Asks for all of these at once: every answer is right within what the plan says. */
async function asksAll(model: CompiledNetwork, images: readonly Float64Array[]): Promise<void> {
  const { error, range } = model.plans.latency!
  const holder = await createKeyHolder(model.card, 'latency')
  const answering = await openAnswering(model, holder.keys())
  try {
    const question = readQuestion(
      new Uint8Array(Buffer.concat([...(await holder.question(images))])),
      model.plans,
    )
    const rows: Uint8Array[][] = []
    for (const [at, row] of question.rows.entries())
      rows.push(await answering.answer(at, row, question.images))
    const { exact } = (await holder.read(packAnswer(question, rows))).forOwner()
    images.forEach((image, i) => {
      answerPlainly(model.network, image).answers.forEach((plain, o) => {
        expect(Math.abs(plain)).toBeLessThanOrEqual(2 ** range)
        // Two thirds of what is allowed is never reached: eight deviations of the noise that the service adds.
        expect(Math.abs(exact[i]![o]! - plain)).toBeLessThan((error * 2) / 3)
      })
    })
  } finally {
    answering.close()
    holder.close()
  }
}

it.each([
  ['one output', small(1, 1, 5)],
  ['two outputs and one square', small(2, 2)],
  ['three outputs, weights of a hundredth', scaled(small(3, 3, 5), 0.01)],
  ['four outputs, answers of many thousands', scaled(small(4, 4, 7), 3000, 4)],
  ['ten outputs, large maps and small weights after them', scaled(scaled(small(5, 10, 7), 100, 0), 1e-4, 2)],
])('%s: the worst images are answered right', async (_, network) => {
  await asksAll(compileNetwork(network), [...extremeImages(network), ...cornersOf(network)])
})

it('a trained network answers pictures of each class, and images that are made to have large answers', async () => {
  const { train, test } = await readDigits()
  const some = takeImages(
    train,
    Int32Array.from({ length: 2500 }, (_, i) => i),
  )
  const { network } = await trainPolynomial(some, { epochs: 8, seed: 1 })
  const pictures = Array.from({ length: 10 }, (_, digit) => {
    const at = test.labels!.of.indexOf(digit)
    return Float64Array.from(test.pixels.subarray(784 * at, 784 * (at + 1)), (v) => v / 255)
  })
  await asksAll(compileNetwork(network), [...pictures, ...extremeImages(network)])
})

it('weights that are too large are refused when a model is compiled, and those just below work', async () => {
  const network = small(7, 3, 5)
  let held = network
  for (let power = 1; ; power++) {
    const own = scaled(network, 2 ** power, 0, 4)
    const { why, plans } = compileNetwork(own)
    if (!plans.latency) {
      expect(why.latency).toMatch(/answers may reach ±2\^\d+, and ±2\^\d+ can be held/)
      break
    }
    // A larger ring takes longer, and its keys more memory.
    if (plans.latency.parameters.degree === 8192) held = own
  }
  await asksAll(compileNetwork(held), [...extremeImages(held), ...cornersOf(held)])
  expect(() => compileNetwork(scaled(digitNetwork(), 1e200))).toThrow(FrostglassError)
})
