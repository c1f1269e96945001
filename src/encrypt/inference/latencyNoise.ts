// How much noise a computation leaves in the numbers of its answer to an image: a deviation, of the noise of each operation.
// Source: Cheon, Kim, Kim and Song 2017, section 3.5; the average case of Costache, Curtis, Hales, Murphy, Ogilvie and Player 2023
// (noises are taken to be independent, and their variances added). First order in the noise; no bound over all images (PROOF.md, section 3).

import { factorForm, zeroForm } from '../ckks/zeroForm.ts'
import { levelsOf } from '../seal/parameters.ts'
import { extremeImages, outputsToWatch, type Slopes, slopesOf } from './latencyExtremes.ts'
import { inputsOf } from './latencyLayout.ts'
import type { LatencyPlan } from './latencyPlan.ts'
import { type ConvLayer, type DenseLayer, type PolynomialNetwork, patchesOf } from './network.ts'

/** Variance of SEAL's errors: a binomial of 42 coins less 21. */
const errors = 21 / 2

/** Powers of two by which the numbers after each layer are made larger, so that noise weighs less; the last one's is 0. */
export type Factors = readonly number[]

/**
 * What one kind of noise weighs in an output: its variance, at the usual scales, times `gain`; divided by the square of the
 * factor after layer `over`, times that of layer `times`.
 */
interface Term {
  readonly kind: 'fresh' | 'rotated' | 'encoded' | 'square' | 'summed'
  readonly layer: number
  readonly gain: number
  readonly over?: number | undefined
  readonly times?: number | undefined
}

/** Every image's and output's terms: they depend on how numbers lie in slots, and not on scales. */
export type NoiseTerms = readonly (readonly Term[])[]

/** The terms of a network's answers to images that make them large. */
export function noiseTerms(
  network: PolynomialNetwork,
  plan: LatencyPlan,
  images: readonly Float64Array[] = extremeImages(network),
): NoiseTerms {
  const slopes = slopesOf(network)
  const outputs = outputsToWatch(network)
  return images.flatMap((image) =>
    outputs.map((output) => termsOf(network, plan, image, slopes(image, output))),
  )
}

/** The largest deviation of all. */
export function largestNoise(terms: NoiseTerms, plan: LatencyPlan, factors: Factors): number {
  const variance = variancesOf(plan)
  return Math.sqrt(
    terms.reduce(
      (most, entry) =>
        Math.max(
          most,
          entry.reduce(
            (sum, { kind, layer, gain, over, times }) =>
              sum +
              variance(kind, layer) *
                gain *
                4 **
                  ((times === undefined ? 0 : factors[times]!) - (over === undefined ? 0 : factors[over]!)),
            0,
          ),
        ),
      0,
    ),
  )
}

/** Factors that leave the least noise: one layer after another is tried at twice and at half. */
export function quietFactors({ layers }: PolynomialNetwork, terms: NoiseTerms, plan: LatencyPlan): Factors {
  const linear = layers.flatMap((layer, l) => (layer.kind === 'square' || l === layers.length - 1 ? [] : [l]))
  const exponents = new Map(linear.map((l) => [l, 0]))
  const all = (): number[] => layers.map((_, l) => exponents.get(l) ?? 2 * (exponents.get(l - 1) ?? 0))
  let least = largestNoise(terms, plan, all())
  for (let better = true; better; ) {
    better = false
    for (const l of linear)
      for (const step of [1, -1]) {
        const exponent = exponents.get(l)!
        if (Math.abs(exponent + step) > mostFactor) continue
        exponents.set(l, exponent + step)
        const noise = largestNoise(terms, plan, all())
        if (noise < least * 0.999) {
          least = noise
          better = true
        } else exponents.set(l, exponent)
      }
  }
  return all()
}

/** log₂ of the largest factor after a sum: weights are encoded with it. */
const mostFactor = 24

/** The same network, its numbers after each layer larger by their factors: its answers are the same. */
export function withFactors({ input, layers }: PolynomialNetwork, factors: Factors): PolynomialNetwork {
  return {
    input,
    layers: layers.map((layer, l) => {
      if (layer.kind === 'square') return layer
      const after = 2 ** factors[l]!
      const by = after / 2 ** (l === 0 ? 0 : factors[l - 1]!)
      return { ...layer, weights: layer.weights.map((w) => w * by), bias: layer.bias.map((b) => b * after) }
    }),
  }
}

/** Variances of the real parts in a slot, in the units of the numbers there. */
function variancesOf(plan: LatencyPlan): (kind: Term['kind'], layer: number) => number {
  const { parameters, answerPrecision, products } = plan
  const { degree, primes, precision } = parameters
  const top = levelsOf(parameters)
  const last = 2 * (products.length - 1)
  const unit = 2 ** precision
  const special = 2 ** primes.at(-1)!
  // A polynomial's coefficients of variance v give real parts of variance v N / 2.
  const inSlots = degree / 2
  /** Rounding of two polynomials, one of which meets a ternary secret. */
  const rounding = (inSlots * (1 + (2 * degree) / 3)) / 12
  /** A change of keys: residues by errors, divided by the special prime, and rounded. */
  const switched = (level: number): number =>
    rounding +
    primes
      .slice(0, level + 1)
      .reduce((sum, bits) => sum + ((inSlots * degree * errors) / 3) * (2 ** bits / special) ** 2, 0)
  const encoding = inSlots / 12
  // The sum of multiples of zeros: errors times factors, over the prime that goes, and rounded; in the mean of a number's repeats.
  const factors = 4 ** factorForm.bits / 3
  const zeros =
    (plan.period / plan.slots) *
    (rounding + (inSlots * zeroForm.count * degree * errors * factors) / 4 ** precision)
  return (kind, layer) => {
    // The convolution is multiplied at the highest level, and each layer one lower.
    const level = top - layer
    const scale = layer === last ? 2 ** answerPrecision : unit
    switch (kind) {
      case 'fresh':
        return (inSlots * errors + encoding) / unit ** 2
      case 'rotated':
        return switched(level) / unit ** 2
      case 'encoded':
        return encoding / scale ** 2
      case 'square':
        return rounding / unit ** 2 + switched(level) / unit ** 4
      default: {
        const { walk, period, span, later } = products[layer / 2]!
        const giants = walk.diagonals / walk.baby
        const repeats = span / period
        const whole = later
          ? rounding + ((giants * repeats - 1) * switched(level)) / unit ** 2
          : giants * repeats * rounding + (giants * repeats - 1) * switched(level - 1)
        // The mask's noise, and that of what makes the answer new, come once more with the last one.
        const added = layer === last ? inSlots * errors + encoding + rounding + zeros : 0
        return (whole + encoding + added) / scale ** 2
      }
    }
  }
}

function termsOf(
  network: PolynomialNetwork,
  plan: LatencyPlan,
  image: Float64Array,
  { numbers, slopes }: Slopes,
): Term[] {
  const squares = (v: Float64Array) => v.reduce((sum, one) => sum + one ** 2, 0)
  const terms: Term[] = []
  network.layers.forEach((layer, l) => {
    const slope = slopes[l]!
    const summed = squares(slope)
    if (layer.kind === 'square') {
      terms.push({ kind: 'square', layer: l, gain: summed, over: l })
      return
    }
    terms.push({ kind: 'summed', layer: l, gain: summed, over: l })
    if (layer.kind === 'conv') terms.push(...termsOfMaps(layer, plan, image, slope))
    else {
      // Slots between those of the inputs hold numbers like them, and each slot is multiplied by some rounding.
      const before = plan.products[l / 2 - 1]!
      const product = plan.products[l / 2]!
      const seen = (squares(numbers[l - 1]!) * product.span) / (before.period * (plan.slots / before.span))
      terms.push({ kind: 'encoded', layer: l, gain: summed * seen, over: l, times: l - 1 })
      terms.push({ kind: 'rotated', layer: l, gain: rotatedInto(layer, plan, l, slope), over: l - 1 })
    }
  })
  return terms
}

/** Of the convolution: each position of the patches is rotated for some maps, and not for others. */
function termsOfMaps(layer: ConvLayer, plan: LatencyPlan, image: Float64Array, slope: Float64Array): Term[] {
  const { slots, block, positions, windows } = plan
  const patches = patchesOf(image, plan.input, layer)
  const { baby, diagonals } = plan.products[0]!.walk
  const blocks = slots / block
  let [fresh, rotated, encoded] = [0, 0, 0]
  const groups = new Float64Array(baby)
  for (let window = 0; window < windows; window++) {
    let seen = 0
    for (let position = 0; position < positions; position++) {
      groups.fill(0)
      let all = 0
      for (let map = 0; map < layer.filters; map++) {
        const moved = slope[map * windows + window]! * layer.weights[map * positions + position]!
        groups[(((position % blocks) - map + blocks) % diagonals) % baby]! += moved
        all += moved
      }
      fresh += all ** 2
      for (let step = 1; step < baby; step++) rotated += groups[step]! ** 2
      seen += patches[position]![window]! ** 2
    }
    for (let map = 0; map < layer.filters; map++) encoded += slope[map * windows + window]! ** 2 * seen
  }
  return [
    { kind: 'fresh', layer: 0, gain: fresh },
    { kind: 'rotated', layer: 0, gain: rotated },
    { kind: 'encoded', layer: 0, gain: encoded, over: 0 },
  ]
}

/** How much of a rotation's noise in its numbers a dense layer hands on: each number is rotated by some baby steps, for each part. */
function rotatedInto(
  { outputs, weights }: DenseLayer,
  plan: LatencyPlan,
  layer: number,
  slope: Float64Array,
): number {
  const { walk, period, span } = plan.products[layer / 2]!
  const inputAt = inputsOf(plan, layer / 2 - 1)
  const parts = plan.slots / span
  const groups = new Float64Array(parts * walk.baby)
  let sum = 0
  for (let place = 0; place < span; place++) {
    const input = inputAt(place)
    if (input < 0 || input * outputs >= weights.length) continue
    groups.fill(0)
    for (let o = 0; o < outputs; o++) {
      const step = ((place - (o % period) + plan.slots) % period) % walk.baby
      if (step > 0)
        groups[Math.floor(o / period) * walk.baby + step]! += slope[o]! * weights[input * outputs + o]!
    }
    for (const norm of groups) sum += norm ** 2
  }
  return sum
}
