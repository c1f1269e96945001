import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digitNetwork, polynomialNetwork } from '../../../test/encryptedNetworks.ts'
import { FrostglassError } from '../../errors.ts'
import { seededRandom } from '../../random/seeded.ts'
import { levelsOf, modulusBits, requireSecure } from '../seal/parameters.ts'
import { compileNetwork, plansOf, readEncryptedCard } from './compiled.ts'
import { compileLatency } from './latencyChoice.ts'
import { extremeImages, slopesOf } from './latencyExtremes.ts'
import { largestNoise, noiseTerms, quietFactors, withFactors } from './latencyNoise.ts'
import { answerPlainly, type PolynomialNetwork, windowsOf } from './network.ts'

const conv = { filters: 2, kernel: [3, 3], stride: [2, 2], padding: [1, 1] } as const
const small = (seed: number, units?: number, classes = 3) =>
  polynomialNetwork(6, conv, { seed, classes, units })

/** Weights of every layer, or of the one given, times a factor. */
const scaled = (network: PolynomialNetwork, factor: number, only?: number): PolynomialNetwork => ({
  ...network,
  layers: network.layers.map((layer, l) =>
    layer.kind === 'square' || (only !== undefined && only !== l)
      ? layer
      : { ...layer, weights: layer.weights.map((w) => factor * w), bias: layer.bias.map((b) => factor * b) },
  ),
})

describe('the plan of a network that one has', () => {
  it('any convolution compiles, or is refused in words, whatever its shape, stride and padding', () => {
    const side = fc.integer({ min: 1, max: 9 })
    const pair = (least: number, most: number) =>
      fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most }))
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 3 }), side, side),
        fc.record({
          filters: fc.integer({ min: 1, max: 6 }),
          kernel: pair(1, 5),
          stride: pair(1, 4),
          padding: pair(0, 6),
        }),
        fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
        fc.constantFrom(0, 1e-300, 1e-6, 0.01, 1, 100, 1e9, 1e200),
        fc.integer({ min: 0, max: 2 ** 31 }),
        (input, shape, outputs, factor, seed) => {
          const [down, across] = windowsOf(input, { kind: 'conv', ...shape })
          fc.pre(down >= 1 && across >= 1)
          const source = seededRandom(seed)
          const numbers = (count: number) => Float64Array.from({ length: count }, () => source.normal())
          let before = shape.filters * down * across
          const rest = outputs.flatMap((own) => {
            const layer = {
              kind: 'dense' as const,
              outputs: own,
              weights: numbers(before * own),
              bias: numbers(own),
            }
            before = own
            return [{ kind: 'square' as const }, layer]
          })
          const position = input[0] * shape.kernel[0] * shape.kernel[1]
          const network = scaled(
            {
              input,
              layers: [
                {
                  kind: 'conv' as const,
                  ...shape,
                  weights: numbers(shape.filters * position),
                  bias: numbers(shape.filters),
                },
                ...rest,
              ],
            },
            factor,
          )
          try {
            const { card, plans } = compileNetwork(network)
            const sent = readEncryptedCard(JSON.parse(JSON.stringify(card)), 'a card')
            expect(plansOf(sent)).toEqual(plans)
            if (!plans.latency) return
            const { parameters, range, answerPrecision, error, hiding } = plans.latency
            requireSecure(parameters)
            expect(levelsOf(parameters)).toBe(network.layers.length)
            // Answer, mask, and as much again below half of the first prime.
            expect(range + 3 + answerPrecision).toBeLessThanOrEqual(parameters.primes[0]!)
            expect(error).toBe(12 * hiding)
          } catch (thrown) {
            if (!(thrown instanceof FrostglassError)) throw thrown
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('is as good for small weights as for large ones, in one layer or in all', () => {
    const network = small(3, 5)
    const {
      plan: { error },
    } = compileLatency(network)
    for (const power of [-7, 7]) {
      // Answers grow with the last layer's weights, and what is allowed with them, by whole bits.
      const last = compileLatency(scaled(network, 2 ** power, 4)).plan
      expect(Math.abs(Math.log2(last.error / error) - power)).toBeLessThanOrEqual(1)
    }
    for (const only of [undefined, 0, 2, 4])
      for (const factor of [0.01, 0.1, 10, 100]) {
        const own = scaled(network, factor, only)
        const most = extremeImages(own).reduce(
          (all, image) => Math.max(all, ...answerPlainly(own, image).answers.map(Math.abs)),
          0,
        )
        const why = refusal(own)
        if (why) expect(why).toMatch(/answers may reach ±2\^/)
        else expect(compileLatency(own).plan.error).toBeLessThan(most / 16)
      }
  })

  it('refuses what it could not answer, in words', () => {
    const network = small(3, 5)
    expect(refusal(scaled(network, 1e6))).toMatch(/answers may reach ±2\^\d+, and ±2\^\d+ can be held/)
    expect(refusal(scaled(network, 0, 2))).toMatch(/the weights of layer 3 are all 0/)
    expect(refusal({ ...network, layers: network.layers.slice(2) })).toMatch(/first layer is no convolution/)
  })

  it('keeps 128 bits of security and degree 8192 for CryptoNets’ network', () => {
    const {
      plan: { parameters },
    } = compileLatency(digitNetwork())
    expect(parameters.degree).toBe(8192)
    expect(modulusBits(parameters)).toBeLessThanOrEqual(218)
  })
})

/** Why one image at a time is not to be had; null where it is. */
function refusal(network: PolynomialNetwork): string | null {
  try {
    compileLatency(network)
    return null
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    return error.message
  }
}

describe('factors between layers', () => {
  it('leave the answers as they are, and less noise', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(0.01, 1, 30),
        (seed, units, factor) => {
          const network = scaled(small(seed, units), factor, 0)
          const { plan, quiet } = compileLatency(network)
          const images = extremeImages(network)
          const terms = noiseTerms(network, plan, images)
          const factors = quietFactors(network, terms, plan)
          const own = withFactors(network, factors)
          expect(quiet).toEqual(own)
          for (const image of images) {
            const plain = answerPlainly(network, image).answers
            answerPlainly(own, image).answers.forEach((v, o) => {
              expect(v).toBeCloseTo(plain[o]!, 8 - Math.ceil(Math.log10(1 + Math.abs(plain[o]!))))
            })
          }
          const none = network.layers.map(() => 0)
          expect(largestNoise(terms, plan, factors)).toBeLessThanOrEqual(largestNoise(terms, plan, none))
          expect(4 * largestNoise(terms, plan, factors)).toBeLessThanOrEqual(plan.hiding)
        },
      ),
      { numRuns: 20 },
    )
  })
})

describe('slopes', () => {
  it('are those of differences', () => {
    const network = small(11, 4)
    const slopes = slopesOf(network)
    const source = seededRandom(5)
    const image = Float64Array.from({ length: 36 }, () => source.uniform())
    for (const output of [0, 2]) {
      const { pixels, numbers } = slopes(image, output)
      expect(numbers.at(-1)).toEqual(answerPlainly(network, image).answers)
      for (const at of [0, 7, 35]) {
        const moved = (by: number) =>
          answerPlainly(
            network,
            image.map((v, i) => (i === at ? v + by : v)),
          ).answers[output]!
        expect(pixels[at]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 6)
      }
    }
  })
})
