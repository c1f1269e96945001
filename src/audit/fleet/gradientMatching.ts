// Descent on inputs whose gradient is to point where an observed one does, with total variation: one graph, differentiated twice.
// Source: Geiping, Bauermeister, Dröge and Moeller 2020 (Inverting Gradients), equation 4; signed gradients into Adam, decay as theirs.
// Cosines know no size: what a node cuts off changes nothing, and noise of one size everywhere makes them the likelihood.

import { throwIfAborted } from '../../errors.ts'
import {
  abs,
  add,
  compile,
  div,
  gradients,
  graph,
  input,
  mul,
  type Program,
  reduceSum,
  slice,
  sqrt,
  sub,
  type Tensor,
  tensor,
  type Value,
} from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { constantOf, scalarLike } from '../../graph/value.ts'
import { forwardPass } from '../../learn/forwardPass.ts'
import { inType } from '../../learn/model.ts'
import type { Random } from '../../random/seeded.ts'
import type { SeenUpdates } from './contract.ts'
import { slotOf } from './observed.ts'
import { likelyDomain } from './probe.ts'

/** What a descent goes by. */
export interface Descent {
  /** Classes of the rows that are looked for. */
  readonly labels: Int32Array
  /** Weight of the total variation, per pixel and in units of the domain; 0 for rows that are no images. */
  readonly variation: number
  readonly iterations: number
  /** Draws where it starts. */
  readonly random: Random
  readonly signal?: AbortSignal | undefined
}

/** Where a descent ended. */
export interface Descended {
  readonly rows: Float64Array[]
  /** 1 − cosine of the gradients there, 0 … 2: what restarts are chosen by. */
  readonly distance: number
}

/** A graph that says how unlike the gradient of some rows is to a given one. */
export interface GradientMatcher {
  /** Looks for rows whose mean gradient points where `target` does. @throws FrostglassError 'aborted' */
  descend(target: Float64Array, descent: Descent): Promise<Descended>
  close(): Promise<void>
}

const step = { first: 0.1, mean: 0.9, square: 0.999, decay: 0.1 } as const

/**
 * Builds the graph for so many rows at once, in single precision on the native executor.
 * @throws FrostglassError 'unsupported' for a model with an operator that has no rule of gradients
 */
export async function openMatcher(seen: SeenUpdates, rows: number): Promise<GradientMatcher> {
  const built = matchingGraph(seen, rows)
  const program = await compile(built.graph, { executor: 'native', threads: 1 })
  const [low, high] = likelyDomain(seen)
  const { input: shape, output } = seen.model
  const width = shape.reduce((a, b) => a * b, 1)
  return {
    async descend(target, { labels, variation, iterations, random, signal }) {
      const classes = output[0]!
      const y = new Float32Array(rows * classes)
      for (const [i, c] of labels.entries()) y[i * classes + c] = 1
      const feeds: Record<string, Tensor> = {
        target: tensor(y, [rows, classes], 'float32'),
        variation: tensor(Float32Array.of(variation / (high - low)), [], 'float32'),
      }
      for (const name of built.trained) {
        const slot = seen.layout.slots.find((one) => one.name === name)!
        const { start, size } = slotOf(seen, name)
        feeds[`sent ${name}`] = tensor(
          Float32Array.from(target.subarray(start, start + size)),
          slot.shape,
          'float32',
        )
      }
      const x = Float64Array.from({ length: rows * width }, () => low + (high - low) * random.uniform())
      const slopes = (at: Float64Array) => slopesAt(program, feeds, at, [rows, ...shape])
      await adam(x, slopes, { iterations, low, high, signal })
      const { distance } = await slopes(x)
      return { rows: Array.from({ length: rows }, (_, i) => x.slice(i * width, (i + 1) * width)), distance }
    },
    close: () => program.close(),
  }
}

async function slopesAt(
  program: Program,
  feeds: Readonly<Record<string, Tensor>>,
  at: Float64Array,
  shape: readonly number[],
): Promise<{ readonly slopes: Float32Array; readonly distance: number }> {
  const found = await program.run({ ...feeds, input: tensor(Float32Array.from(at), shape, 'float32') })
  return { slopes: found['slopes']!.data as Float32Array, distance: toFloat64(found['distance']!)[0]! }
}

/** Adam on the signs of slopes; the rate falls to a tenth after 3/8, 5/8 and 7/8 of the way; x stays where inputs lie. */
async function adam(
  x: Float64Array,
  slopes: (at: Float64Array) => Promise<{ readonly slopes: Float32Array }>,
  options: {
    readonly iterations: number
    readonly low: number
    readonly high: number
    readonly signal?: AbortSignal | undefined
  },
): Promise<void> {
  const { iterations, low, high, signal } = options
  const mean = new Float64Array(x.length)
  const square = new Float64Array(x.length)
  let [meanLeft, squareLeft] = [1, 1]
  for (let k = 0; k < iterations; k++) {
    throwIfAborted(signal)
    const { slopes: found } = await slopes(x)
    const decays = [3 / 8, 5 / 8, 7 / 8].filter((part) => k >= part * iterations).length
    const rate = (high - low) * step.first * step.decay ** decays
    meanLeft *= step.mean
    squareLeft *= step.square
    for (let i = 0; i < x.length; i++) {
      const sign = Math.sign(found[i]!)
      mean[i] = step.mean * mean[i]! + (1 - step.mean) * sign
      square[i] = step.square * square[i]! + (1 - step.square) * sign * sign
      const deviation = Math.sqrt(square[i]! / (1 - squareLeft))
      const moved = x[i]! - (rate * mean[i]!) / (1 - meanLeft) / (deviation + 1e-8)
      x[i] = Math.min(high, Math.max(low, moved))
    }
  }
}

/** Inputs `input`, `target`, `variation` and `sent NAME`; outputs `distance` and `slopes` by the input. */
function matchingGraph(seen: SeenUpdates, rows: number) {
  const { model, weights, loss, image } = seen
  const parameters = new Map<string, Value>()
  for (const p of model.parameters)
    if (!p.frozen) parameters.set(p.name, constantOf(inType(weights[p.name]!, 'float32'), p.name))
  const share = { parameters, frozen: new Map<string, Value>() }
  const pass = forwardPass(model, weights, { loss, dtype: 'float32', rows, pieces: false, share })
  const slopes = gradients(loss.build(pass.parts[0]!.value, pass.target), pass.trained)
  const trained = pass.trained.map((w) => w.name!)
  const sent = pass.trained.map((w) => input(`sent ${w.name}`, w.shape))
  const products = (of: readonly Value[], by: readonly Value[]) =>
    of.map((v, i) => reduceSum(mul(v, by[i]!))).reduce((a, b) => add(a, b))
  const cosine = div(products(slopes, sent), sqrt(mul(products(slopes, slopes), products(sent, sent))))
  const distance = sub(scalarLike(cosine, 1), cosine)
  const variation = input('variation', [])
  const whole = image ? add(distance, mul(variation, totalVariation(pass.x))) : distance
  const [byInput] = gradients(whole, [pass.x])
  return {
    trained,
    graph: graph({
      inputs: [pass.x, pass.target, ...(image ? [variation] : []), ...sent],
      outputs: { distance, slopes: byInput! },
    }),
  }
}

/** Mean absolute difference of pixels that lie beside or under each other. */
function totalVariation(x: Value): Value {
  const [rows, channels, height, width] = x.shape as readonly number[] as [number, number, number, number]
  const difference = (axis: number, size: number) =>
    reduceSum(abs(sub(slice(x, [1], [size], [axis]), slice(x, [0], [size - 1], [axis]))))
  const count = rows * channels * height * width
  return mul(add(difference(2, height), difference(3, width)), scalarLike(x, 1 / count))
}
