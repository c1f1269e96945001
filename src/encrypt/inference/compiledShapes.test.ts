// Networks of any shape: convolutions, strides, paddings, pools as convolutions, depths to twelve, weights of every size. Each
// compiles, and then its card is read again as the same plans; or it is refused in words.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { compileNetwork, plansOf, readCard } from './compiled.ts'
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
      Float64Array.from({ length: count }, (_, i) => values[layer]![i % values[layer]!.length] as number)
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
      const outputs = units[i] as number
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
        const read = readCard(JSON.parse(JSON.stringify(card)), 'the card')
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
    readCard({ ...card, throughput: { ...card.throughput, ...throughput } }, 'the card')
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
