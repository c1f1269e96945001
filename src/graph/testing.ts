// Checks that every operator's test uses: its gradient against differences, plain against native.
// Source: Richardson's extrapolation of central differences; ONNX Runtime as the outside reference.
// For tests only. It does not look for kinks: say with `avoid` where a function has them.

import fc from 'fast-check'
import { FrostglassError } from '../errors.ts'
import { shuffle, upTo } from '../random/order.ts'
import { seededRandom } from '../random/seeded.ts'
import type { Graph, Value } from './contract.ts'
import type { Tensors } from './executor.ts'
import { gradients } from './gradients.ts'
import { graph, reach } from './graph.ts'
import { compileNative } from './native/program.ts'
import { add, mul } from './operators/arithmetic.ts'
import { cast } from './operators/cast.ts'
import { reduceSum } from './operators/reduce.ts'
import { compilePlain } from './plain/program.ts'
import type { Shape } from './shape.ts'
import { type DType, isFloat, sizeOf, type Tensor, tensor, toFloat64 } from './tensor.ts'
import { input } from './value.ts'

/** What is checked: a function of the inputs that gives one value or several. */
export type Build = (...inputs: Value[]) => Value | readonly Value[]

export interface CheckOptions {
  /** Sizes that the free dimensions of the shapes are fed with. */
  readonly dims?: Readonly<Record<string, number>> | undefined
  /** Where the inputs lie. By default both signs, with magnitudes from 0.15 to 1.85. */
  readonly domain?: readonly [low: number, high: number] | undefined
  /** Points that no input comes nearer to than 0.01. */
  readonly avoid?: readonly number[] | undefined
  /** Inputs are drawn from this; 1 by default. */
  readonly seed?: number | undefined
}

export interface NativeOptions extends CheckOptions {
  /** Compare also the gradients by every input of a weighted sum of the float outputs. Default true. */
  readonly gradient?: boolean | undefined
  /**
   * Operators for which ONNX Runtime has no double kernel. A float64 graph with one of these must be refused, naming
   * one; a graph without must run. So the list can be neither too short nor too long.
   */
  readonly withoutDouble?: readonly string[] | undefined
  /** The dtypes compared; both by default. For operators whose double form ONNX does not have, or computes in float. */
  readonly dtypes?: readonly ('float32' | 'float64')[] | undefined
}

/**
 * Inputs for a check: all elements of all tensors apart from each other (so maxima have no ties) and from 0 by
 * default.
 */
export function drawInputs(
  shapes: readonly (readonly number[])[],
  options: CheckOptions = {},
): Float64Array[] {
  const { domain, avoid = [], seed = 1 } = options
  const draw = seededRandom(seed)
  const total = shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)
  const [low, high] = domain ?? [0.15, 1.85]
  // One element in each of as many strata, in random order.
  const order = shuffle(upTo(total), draw)
  let next = 0
  return shapes.map((shape) =>
    Float64Array.from({ length: sizeOf(shape) }, () => {
      const stratum = order[next++]!
      const magnitude = low + ((high - low) * (stratum + 0.25 + 0.5 * draw.uniform())) / total
      let x = !domain && draw.uniform() < 0.5 ? -magnitude : magnitude
      for (const point of avoid) if (Math.abs(x - point) < 0.01) x = point + (x < point ? -0.01 : 0.01)
      return x
    }),
  )
}

function concrete(shape: Shape, dims: Readonly<Record<string, number>>): number[] {
  return shape.map((d) => {
    const size = typeof d === 'number' ? d : dims[d]
    if (size === undefined) throw new TypeError(`the check gives no size for the free dimension ${d}`)
    return size
  })
}

/** The outputs of a build, and a weighted sum of those that are floating point (weights are inputs too). */
function weighted(build: Build, shapes: readonly Shape[], dtype: DType) {
  const inputs = shapes.map((shape, i) => input(`x${i}`, shape, dtype))
  const built = build(...inputs)
  const outputs = 'kind' in built ? [built] : built
  const floats = outputs.filter((v) => isFloat(v.dtype))
  const weights = floats.map((v, i) => input(`w${i}`, v.shape, v.dtype))
  const terms = floats.map((v, i) => cast(reduceSum(mul(v, weights[i]!)), dtype))
  const loss = terms.length ? terms.reduce((a, b) => add(a, b)) : undefined
  return { inputs, outputs, floats, weights, loss }
}

const named = (values: readonly Value[], prefix: string): Record<string, Value> =>
  Object.fromEntries(values.map((v, i) => [`${prefix}${i}`, v]))

/** The plain executor, which answers at once. */
function planned(g: Graph): (feeds: Tensors) => Tensors {
  const program = compilePlain(g)
  return (feeds) => program.run(feeds) as Tensors
}

/** Weights of the right shapes, which are known once the plain executor has run the outputs. */
function drawWeights(w: ReturnType<typeof weighted>, feeds: Tensors, seed: number): Record<string, Tensor> {
  const results = planned(graph({ inputs: w.inputs, outputs: named(w.floats, 'f') }))(feeds)
  const draw = seededRandom(seed + 0.5)
  return Object.fromEntries(
    w.weights.map((v, i) => {
      const { shape } = results[`f${i}`]!
      const data = Array.from({ length: sizeOf(shape) }, () =>
        Math.fround((draw.uniform() < 0.5 ? -1 : 1) * (0.5 + draw.uniform())),
      )
      return [v.name!, tensor(data, shape, v.dtype)]
    }),
  )
}

/**
 * Checks the gradient of a weighted sum of the build's outputs by every input: float64, plain executor, against
 * central differences with two Richardson steps, element by element to a relative error of 1e-6. (An element below
 * a thousandth of the largest counts as that thousandth.)
 * @throws Error with the input, the element and both numbers.
 * @example checkGradient((x, y) => mul(x, y), [['N', 3], [1]], { dims: { N: 4 } })
 */
export function checkGradient(build: Build, shapes: readonly Shape[], options: CheckOptions = {}): void {
  const w = weighted(build, shapes, 'float64')
  if (!w.loss) throw new TypeError('the build gives no floating-point output')
  const sizes = shapes.map((shape) => concrete(shape, options.dims ?? {}))
  const data = drawInputs(sizes, options)
  const x = Object.fromEntries(data.map((d, i) => [`x${i}`, tensor(d, sizes[i]!, 'float64')]))
  const feeds = { ...x, ...drawWeights(w, x, options.seed ?? 1) }
  const inputs = [...w.inputs, ...w.weights]
  const forward = planned(graph({ inputs, outputs: { loss: w.loss } }))
  const lossAt = () => forward(feeds)['loss']!.data[0] as number
  const found = planned(graph({ inputs, outputs: named(gradients(w.loss, w.inputs), 'g') }))(feeds)
  const magnitude = Math.abs(lossAt())

  data.forEach((values, i) => {
    const gradient = found[`g${i}`]!
    if (gradient.shape.join() !== sizes[i]!.join()) {
      throw new Error(`the gradient by input ${i} has shape [${gradient.shape}], the input [${sizes[i]}]`)
    }
    const exact = toFloat64(gradient)
    const estimates = values.map((at, j) => {
      const difference = (h: number): number => {
        values[j] = at + h
        const up = lossAt()
        values[j] = at - h
        const down = lossAt()
        values[j] = at
        return (up - down) / (2 * h)
      }
      const [d1, d2, d3] = [difference(4e-3), difference(2e-3), difference(1e-3)] as const
      return (16 * (4 * d3 - d2) - (4 * d2 - d1)) / 45
    })
    const largest = estimates.reduce((top, e) => Math.max(top, Math.abs(e)), 0)
    // Rounding of the loss puts 1e-13 of it into a difference.
    const floor = Math.max(1e-3 * largest, 1e-5 * magnitude, 1e-6)
    estimates.forEach((estimate, j) => {
      const got = exact[j]!
      const error = Math.abs(got - estimate) / Math.max(Math.abs(estimate), floor)
      if (!(error <= 1e-6)) {
        throw new Error(
          `gradient by input ${i} [${sizes[i]}], element ${j} (at ${values[j]}): rule ${got}, differences ${estimate}, relative error ${error.toExponential(2)}`,
        )
      }
    })
  })
}

/**
 * Compares plain and native on a build's outputs and gradients: to 1e-5 of the larger of 1 and the output's largest
 * magnitude in float32, to 1e-12 in float64 where ONNX Runtime has double kernels (`withoutDouble`).
 * @throws Error with the output, the element and both numbers; or when a graph runs that the list says cannot.
 */
export async function checkNative(
  build: Build,
  shapes: readonly Shape[],
  options: NativeOptions = {},
): Promise<void> {
  for (const dtype of options.dtypes ?? (['float32', 'float64'] as const))
    await compareAs(dtype, build, shapes, options)
}

async function compareAs(
  dtype: 'float32' | 'float64',
  build: Build,
  shapes: readonly Shape[],
  options: NativeOptions,
): Promise<void> {
  const w = weighted(build, shapes, dtype)
  const sizes = shapes.map((shape) => concrete(shape, options.dims ?? {}))
  const feeds: Record<string, Tensor> = Object.fromEntries(
    drawInputs(sizes, options).map((d, i) => [
      `x${i}`,
      tensor(Float64Array.from(d, Math.fround), sizes[i]!, dtype),
    ]),
  )
  const withGradient = options.gradient !== false && w.loss !== undefined
  if (withGradient) Object.assign(feeds, drawWeights(w, feeds, options.seed ?? 1))
  const g = graph({
    inputs: withGradient ? [...w.inputs, ...w.weights] : w.inputs,
    outputs: {
      ...named(w.outputs, 'y'),
      ...(withGradient ? named(gradients(w.loss!, w.inputs), 'g') : {}),
    },
  })
  const expected = planned(g)(feeds)
  const got = await runNative(g, feeds, options.withoutDouble ?? [])
  if (!got) return
  const tolerance = dtype === 'float32' ? 1e-5 : 1e-12
  for (const [name, e] of Object.entries(expected))
    compareTensors(`${dtype} ${name}`, e, got[name]!, tolerance)
}

/** Native results; undefined when ONNX Runtime rightly has no double kernel for an operator of `lacking`. */
async function runNative(g: Graph, feeds: Tensors, lacking: readonly string[]): Promise<Tensors | undefined> {
  const expected = reach([...Object.values(g.outputs)]).nodes.filter(
    (node) =>
      lacking.includes(node.operator.name) &&
      [...node.inputs, ...node.outputs].some((v) => v?.dtype === 'float64'),
  )
  let program: Awaited<ReturnType<typeof compileNative>>
  try {
    program = await compileNative(g, {})
  } catch (error) {
    const missing = error instanceof FrostglassError && /implementation for (\w+)\(/.exec(error.message)?.[1]
    if (missing && expected.some((node) => node.operator.name === missing)) return undefined
    throw error
  }
  try {
    if (expected.length) {
      throw new Error(`ONNX Runtime runs ${expected[0]?.operator.name} in float64 now: take it off the list`)
    }
    return await program.run(feeds)
  } finally {
    await program.close()
  }
}

/**
 * Compares two tensors: shapes equal, elements within `tolerance` of the larger of 1 and the largest magnitude
 * expected; NaN and infinities must be the same.
 * @throws Error with the element and both numbers.
 */
export function compareTensors(what: string, expected: Tensor, got: Tensor, tolerance: number): void {
  if (expected.shape.join() !== got.shape.join())
    throw new Error(`${what}: shape [${got.shape}], expected [${expected.shape}]`)
  const e = toFloat64(expected)
  const a = toFloat64(got)
  let largest = 1
  for (const x of e) if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x))
  e.forEach((x, i) => {
    const y = a[i]!
    if (Object.is(x, y) || Math.abs(x - y) <= tolerance * largest) return
    throw new Error(`${what}, element ${i} of [${expected.shape}]: ${y}, expected ${x}`)
  })
}

/** The largest sizes of axes that the arbitraries below give. */
const largestAxis = 4

/** A shape of up to `rank` axes, each 1 to 4. */
export const anyShape = (rank = 4, least = 0): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: largestAxis }), { minLength: least, maxLength: rank })

/**
 * Two shapes that broadcast together: either may lack leading axes, have 1 where the other has more, be a scalar;
 * a leading axis may be the free dimension N.
 */
export const broadcastShapes: fc.Arbitrary<[Shape, Shape]> = fc
  .record({
    full: anyShape(),
    ones: fc.array(fc.constantFrom('none', 'left', 'right', 'none'), { minLength: 4, maxLength: 4 }),
    cut: fc.nat(4),
    swap: fc.boolean(),
    free: fc.boolean(),
  })
  .map(({ full, ones, cut, swap, free }) => {
    const dims: Shape = free && full.length ? ['N', ...full.slice(1)] : full
    const left: Shape = dims.map((d, i) => (ones[i] === 'left' ? 1 : d))
    const right: Shape = dims.map((d, i) => (ones[i] === 'right' ? 1 : d)).slice(Math.min(cut, dims.length))
    return swap ? [right, left] : [left, right]
  })

/** The seed of a check, for `fc.property`. */
export const anySeed: fc.Arbitrary<number> = fc.integer({ min: 1, max: 1_000_000 })
