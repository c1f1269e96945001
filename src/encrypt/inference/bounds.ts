// The most that an answer of a network can be, for any image of pixels 0 … 1: what its modulus must hold.
// Source: Moore 1966 (interval arithmetic); Shor 1987 (a quadratic form over a box is at most Σ d where diag(d) − M ≥ 0);
// PROOF.md, section 3. It bounds the weights that it is given, and nothing of an image with other pixels.

import { FrostglassError } from '../../errors.ts'
import { type ConvLayer, type DenseLayer, type PolynomialNetwork, placesOf } from './network.ts'

/** Lowest and highest value of each number after a layer. */
interface Interval {
  readonly low: Float64Array
  readonly high: Float64Array
}

/**
 * Sums here have at most 2^20 terms: their rounding is below 2^-32 of the sum of absolute values, and three follow one another.
 */
const rounding = 1e-6

/** More units than this are bounded by intervals alone: the form takes time with their cube. */
const mostUnits = 256

/** The most |answer|, rounded up. @throws FrostglassError `unsupported` where it is beyond all numbers */
function mostAnswer({ input, layers }: PolynomialNetwork): number {
  const size = input[0] * input[1] * input[2]
  let now: Interval = { low: new Float64Array(size), high: new Float64Array(size).fill(1) }
  const intervals: Interval[] = []
  for (const layer of layers) {
    now = widened(
      layer.kind === 'square'
        ? squared(now)
        : layer.kind === 'conv'
          ? convolved(now, input, layer)
          : summed(now, layer),
    )
    intervals.push(now)
  }
  const [last, , before] = layers.toReversed()
  const into = intervals.at(-4)
  const forms =
    last?.kind === 'dense' && before?.kind === 'dense' && into && before.outputs <= mostUnits
      ? formBounds(into, before, last)
      : null
  const most = now.high.reduce((largest, high, o) => {
    const reach = Math.max(high, -now.low[o]!)
    return Math.max(largest, forms ? Math.min(reach, forms[o]!) : reach)
  }, 0)
  if (!Number.isFinite(most))
    throw new FrostglassError(
      'unsupported',
      'one image at a time: answers may be beyond all numbers',
      'Scale the weights down.',
    )
  return most
}

/**
 * log₂ of the most |answer|, rounded up to a whole bit: what a card tells of it. Not below {@link leastRange}.
 * @throws FrostglassError `unsupported` where it is beyond all numbers
 */
export const rangeOf = (network: PolynomialNetwork): number =>
  Math.max(leastRange, Math.ceil(Math.log2(mostAnswer(network))))

/** Smaller answers are held as if they were so large. */
export const leastRange = -40

const widened = ({ low, high }: Interval): Interval => {
  const more = low.map((l, i) => rounding * Math.max(Math.abs(l), Math.abs(high[i]!)))
  return { low: low.map((l, i) => l - more[i]!), high: high.map((h, i) => h + more[i]!) }
}

const squared = ({ low, high }: Interval): Interval => ({
  low: low.map((l, i) => (l <= 0 && high[i]! >= 0 ? 0 : Math.min(l ** 2, high[i]! ** 2))),
  high: low.map((l, i) => Math.max(l ** 2, high[i]! ** 2)),
})

/** Adds weight · [low, high] to an interval in place. */
function add(into: Interval, at: number, weight: number, low: number, high: number): void {
  into.low[at]! += weight > 0 ? weight * low : weight * high
  into.high[at]! += weight > 0 ? weight * high : weight * low
}

/** Exact for one convolution of pixels: each number is linear in them. */
function convolved({ low, high }: Interval, input: PolynomialNetwork['input'], layer: ConvLayer): Interval {
  const places = placesOf(input, layer)
  const windows = places[0]!.length
  const bias = Float64Array.from({ length: layer.filters * windows }, (_, i) =>
    Number(layer.bias[Math.floor(i / windows)]),
  )
  const sum: Interval = { low: bias, high: bias.slice() }
  for (let filter = 0; filter < layer.filters; filter++)
    places.forEach((row, position) => {
      const weight = layer.weights[filter * places.length + position]!
      row.forEach((place, window) => {
        if (place >= 0) add(sum, filter * windows + window, weight, low[place]!, high[place]!)
      })
    })
  return sum
}

function summed({ low, high }: Interval, { outputs, weights, bias }: DenseLayer): Interval {
  const sum: Interval = { low: Float64Array.from(bias), high: Float64Array.from(bias) }
  for (let i = 0; i < low.length; i++)
    for (let o = 0; o < outputs; o++) add(sum, o, weights[i * outputs + o]!, low[i]!, high[i]!)
  return sum
}

/**
 * Bounds of Σ_j v_j h_j² + b where h = a W + c, a in a box: all units at their largest at once is what no a reaches.
 * With a = middle + half · t, |t| ≤ 1: h = centre + Gᵀ t, and the answer is Σ v centre² + 2 Σ v centre Gᵀ t + tᵀ G v Gᵀ t.
 */
function formBounds({ low, high }: Interval, units: DenseLayer, last: DenseLayer): Float64Array {
  const count = units.outputs
  const inputs = low.length
  const centre = Float64Array.from(units.bias)
  const g = new Float64Array(inputs * count)
  for (let i = 0; i < inputs; i++) {
    const middle = (low[i]! + high[i]!) / 2
    const half = (high[i]! - low[i]!) / 2
    for (let j = 0; j < count; j++) {
      const weight = units.weights[i * count + j]!
      centre[j]! += weight * middle
      g[i * count + j] = weight * half
    }
  }
  return Float64Array.from({ length: last.outputs }, (_, o) => {
    const v = Float64Array.from({ length: count }, (_, j) => last.weights[j * last.outputs + o]!)
    const constant = v.reduce((sum, w, j) => sum + w * centre[j]! ** 2, last.bias[o]!)
    let linear = 0
    for (let i = 0; i < inputs; i++) {
      let slope = 0
      for (let j = 0; j < count; j++) slope += v[j]! * centre[j]! * g[i * count + j]!
      linear += 2 * Math.abs(slope)
    }
    // Above, the form is at most that of the positive weights; below, that of the negative ones.
    const above =
      constant +
      linear +
      formBound(
        g,
        v.map((w) => Math.max(0, w)),
      )
    const below =
      -constant +
      linear +
      formBound(
        g,
        v.map((w) => Math.max(0, -w)),
      )
    // Rounding is of all that was added up, not of what is left of it.
    const size = v.reduce((sum, w, j) => sum + Math.abs(w) * centre[j]! ** 2, Math.abs(Number(last.bias[o])))
    return Math.max(above, below) + rounding * (size + Math.abs(above) + Math.abs(below))
  })
}

/** At least the most of Σ_j v_j (Gᵀ t)_j² over |t| ≤ 1, v ≥ 0: Σ d · λ, where λ d − G v Gᵀ is not negative. */
function formBound(g: Float64Array, v: Float64Array): number {
  const count = v.length
  const inputs = g.length / count
  // d: how much each input moves the form; any positive one gives a bound.
  const d = Float64Array.from({ length: inputs }, (_, i) => {
    let sum = 0
    for (let j = 0; j < count; j++) sum += v[j]! * g[i * count + j]! ** 2
    return Math.sqrt(sum)
  })
  // λ is the largest eigenvalue of v^½ Gᵀ d⁻¹ G v^½, as large as the units are many.
  const form = new Float64Array(count * count)
  let whole = 0
  for (let i = 0; i < inputs; i++) {
    if (d[i] === 0) continue
    whole += d[i]!
    for (let j = 0; j < count; j++) {
      const entry = (v[j]! * g[i * count + j]!) / d[i]!
      if (entry === 0) continue
      for (let k = j; k < count; k++) form[j * count + k]! += entry * g[i * count + k]!
    }
  }
  for (let j = 0; j < count; j++)
    for (let k = j; k < count; k++) {
      const root = v[j] === 0 || v[k] === 0 ? 0 : Math.sqrt(v[k]! / v[j]!)
      form[j * count + k]! *= root
      form[k * count + j] = form[j * count + k]!
    }
  return whole * mostEigenvalue(form, count)
}

/** Not below the largest eigenvalue of a symmetric matrix: ‖S^64‖^(1/64) by Frobenius, 4% above it for a hundred rows. */
function mostEigenvalue(symmetric: Float64Array, size: number): number {
  let power = symmetric
  let logarithm = 0
  for (let squaring = 0; ; squaring++) {
    const norm = Math.hypot(...power)
    if (norm === 0) return 0
    // λ^(2^squaring) ≤ norm · e^logarithm, the matrix being kept at norm 1.
    logarithm += Math.log(norm)
    if (squaring === 6) return Math.exp(logarithm / 2 ** squaring) * (1 + rounding)
    power = power.map((value) => value / norm)
    const next = new Float64Array(size * size)
    for (let i = 0; i < size; i++)
      for (let k = 0; k < size; k++) {
        const entry = power[i * size + k]!
        if (entry !== 0) for (let j = 0; j < size; j++) next[i * size + j]! += entry * power[k * size + j]!
      }
    power = next
    logarithm *= 2
  }
}
