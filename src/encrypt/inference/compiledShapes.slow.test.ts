// Networks of any shape: convolutions, strides, paddings, pools as convolutions, depths to twelve, weights of every size. Each
// compiles, and then its card is read again as the same plans; or it is refused in words.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { compileNetwork, plansOf, readEncryptedCard } from './compiled.ts'
import { type PolynomialNetwork, windowsOf } from './network.ts'

const weight = fc.constantFrom(
  0,
  1,
  -1,
  0.3,
  -1e-3,
  1e-9,
  1e10,
  -1e10,
  1e300,
  5e-324,
  Number.MAX_VALUE,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
)
// Ordinary ones most of the time: of two layers with any, hardly one would compile.
const weights = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }),
  },
  { weight: 1, arbitrary: fc.array(weight, { minLength: 1, maxLength: 5 }) },
)
const pair = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }))

const networks = fc
  .record({
    input: fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
    ),
    conv: fc.option(
      fc.record({
        filters: fc.integer({ min: 1, max: 3 }),
        kernel: pair(1, 4),
        stride: pair(1, 4),
        padding: pair(0, 3),
      }),
    ),
    // An average over windows: a convolution of equal weights.
    pool: fc.boolean(),
    depth: fc.oneof(
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 }) },
      { weight: 1, arbitrary: fc.integer({ min: 3, max: 12 }) },
    ),
    squares: fc.array(fc.boolean(), { minLength: 13, maxLength: 13 }),
    units: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 13, maxLength: 13 }),
    values: fc.array(weights, { minLength: 14, maxLength: 14 }),
  })
  .filter(
    ({ input, conv }) =>
      conv === null || windowsOf(input, { kind: 'conv', ...conv }).every((count) => count >= 1),
  )
  .map(({ input, conv, pool, depth, squares, units, values }): PolynomialNetwork => {
    const numbers = (layer: number, count: number) =>
      Float64Array.from({ length: count }, (_, i) => values[layer]![i % values[layer]!.length]!)
    const layers: PolynomialNetwork['layers'][number][] = []
    let width = input[0] * input[1] * input[2]
    if (conv) {
      const count = conv.filters * input[0] * conv.kernel[0] * conv.kernel[1]
      layers.push({
        kind: 'conv',
        ...conv,
        weights: pool
          ? new Float64Array(count).fill(1 / (conv.kernel[0] * conv.kernel[1]))
          : numbers(13, count),
        bias: numbers(12, conv.filters),
      })
      const [down, across] = windowsOf(input, { kind: 'conv', ...conv })
      width = conv.filters * down * across
    }
    for (let i = 0; i <= depth; i++) {
      if (squares[i]) layers.push({ kind: 'square' })
      const outputs = units[i]!
      layers.push({ kind: 'dense', outputs, weights: numbers(i, width * outputs), bias: numbers(i, outputs) })
      width = outputs
    }
    return { input, layers }
  })

it('compile to plans that their cards give again, or are refused in words', () => {
  let [compiled, refused] = [0, 0]
  fc.assert(
    fc.property(networks, (network) => {
      try {
        const { card, plans, why, whole } = compileNetwork(network)
        compiled++
        expect(why.latency === null).toBe(plans.latency !== null)
        expect(why.throughput === null).toBe(plans.throughput !== null)
        expect(whole === null).toBe(plans.throughput === null)
        for (const words of [why.latency, why.throughput])
          if (words !== null) expect(words).toMatch(/\w+ \w+/)
        const read = readEncryptedCard(JSON.parse(JSON.stringify(card)), 'the card')
        expect(plansOf(read)).toEqual(plans)
      } catch (error) {
        if (!(error instanceof FrostglassError)) throw error
        refused++
        expect(['unsupported', 'input']).toContain(error.code)
        expect(error.message).toMatch(/\w+ \w+/)
      }
    }),
    { numRuns: 150, seed: 21 },
  )
  // The property is of both kinds, not of one that hides the other.
  expect(compiled).toBeGreaterThan(30)
  expect(refused).toBeGreaterThan(30)
})

it('a forged card of plain moduli that do not exist is refused in words', () => {
  const { card } = compileNetwork({
    input: [1, 1, 4],
    layers: [{ kind: 'dense', outputs: 1, weights: Float64Array.of(1, 2, 3, 4), bias: new Float64Array(1) }],
  })
  const forged = (throughput: object) => () =>
    readEncryptedCard({ ...card, throughput: { ...card.throughput, ...throughput } }, 'the card')
  for (const bits of [14, 15, 16, 19])
    expect(forged({ bits, bound: 1 })).toThrow(`the card: there are 0 plain moduli of ${bits} bits`)
  for (const bits of [0, -1, 13, 41, 20.5, '20', null, Number.NaN])
    expect(forged({ bits })).toThrow(FrostglassError)
  // Three of 17 bits: there are two.
  expect(forged({ bits: 17, moduli: 3, bound: 1 })).toThrow(/there are 2 plain moduli of 17 bits/)
  // Plans of such a card that came by another way.
  expect(() => plansOf({ ...card, throughput: { ...card.throughput!, bits: 15, bound: 1 } })).toThrow(
    FrostglassError,
  )
})

const dense = (inputs: number, outputs: number, weight = 1, bias = 0.1) => ({
  kind: 'dense' as const,
  outputs,
  weights: Float64Array.from({ length: inputs * outputs }, (_, i) => weight * Math.cos(i)),
  bias: new Float64Array(outputs).fill(bias),
})
const conv = (filters: number, kernel: number, channels = 1) => ({
  kind: 'conv' as const,
  filters,
  kernel: [kernel, kernel] as const,
  stride: [1, 1] as const,
  padding: [0, 0] as const,
  weights: new Float64Array(filters * channels * kernel ** 2).fill(0.3),
  bias: new Float64Array(filters),
})
const square = { kind: 'square' } as const

it.each<[string, PolynomialNetwork['input'], PolynomialNetwork['layers'], RegExp]>([
  [
    'a convolution after a square',
    [1, 6, 6],
    [conv(2, 3), square, conv(1, 2, 2), square, dense(9, 2)],
    /^layer 3 is a convolution, which only the first can be$/,
  ],
  [
    'a kernel larger than the image',
    [1, 2, 2],
    [conv(1, 5), square, dense(1, 1)],
    /^layer 1: a kernel of 5×5 is larger than the image of 2×2/,
  ],
  ['no layers', [1, 2, 2], [], /^the network has no layers$/],
  [
    'a convolution last',
    [1, 4, 4],
    [conv(2, 2)],
    /^the last layer is a convolution, and a network ends in a dense/,
  ],
  [
    'a square last',
    [1, 2, 2],
    [dense(4, 2), square],
    /^the last layer is a square, and a network ends in a dense/,
  ],
  [
    'five inputs on four pixels',
    [1, 2, 2],
    [dense(5, 2)],
    /^layer 1 has 10 weights and 2 biases, and what comes to it takes 8 and 2$/,
  ],
  [
    'weights for more units than came',
    [1, 2, 2],
    [dense(4, 3), square, dense(4, 2)],
    /^layer 3 has 8 weights and 2 biases, and what comes to it takes 6 and 2$/,
  ],
  ['no outputs', [1, 2, 2], [dense(4, 0)], /^layer 1 has 0 outputs$/],
  [
    'weights far below their biases',
    [1, 2, 2],
    [dense(4, 2, 1e-300)],
    /biases of up to 0\.10 beside weights of up to 1\.0e-300 in layer 1 make answers of more than 240 bits/,
  ],
  [
    'weights of one bit of float64',
    [1, 2, 2],
    [{ ...dense(4, 2, 0, 0), weights: new Float64Array(8).fill(5e-324) }],
    /weights of up to 4\.9e-324 in layer 1 are too small to be made whole numbers/,
  ],
  [
    'small weights before a square',
    [1, 2, 2],
    [dense(4, 2, 1e-200, 0), square, dense(2, 2, 1, 0)],
    /weights of up to 1\.0e-200 in layer 1 are too small to be made whole numbers/,
  ],
  [
    'large weights before a square',
    [1, 2, 2],
    [dense(4, 2, 1e200), square, dense(2, 2)],
    /weights of up to 1\.0e\+200 in layer 1 are so large that whole answers have no scale/,
  ],
  [
    'large biases',
    [1, 2, 2],
    [dense(4, 2, 1, 1e40)],
    /answers of \d+ bits, with the coarsest whole weights of a network without squares, do not fit into 3 plain moduli/,
  ],
])('what it does not compile is told by its true reason: %s', (_, input, layers, words) => {
  let message = 'compiled'
  try {
    compileNetwork({ input, layers })
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    ;({ message } = error)
  }
  expect(message).toMatch(words)
  // "after 0 squares they do not fit, after 0 of them they do" tells nobody what to change.
  expect(message).not.toMatch(/after 0/)
})

it('small weights without biases have a scale', () => {
  const { plans } = compileNetwork({ input: [1, 2, 2], layers: [dense(4, 2, 1e-300, 0)] })
  expect(plans.throughput).not.toBeNull()
})
