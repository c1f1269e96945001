// Squares in the place of activations, each fitted to its function where the data lies.
// Source: least squares of a z² + b z + c on what reaches the activation, written as ± (slope (z + shift))² + offset, so
// that a bare square between sums is all that is computed. A start for training, not its end.

import { Matrix, solve } from 'ml-matrix'
import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageSet } from '../../data/index.ts'
import type { Graph } from '../../graph/contract.ts'
import { compile, graph } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { chainOf } from './chain.ts'
import { isActivation, type Quadratic } from './importLayers.ts'

/** Images that the ranges are measured on, and numbers of each that the fit takes. */
const sample = 48
const numbers = 4000

/**
 * Fits one quadratic to each activation of a network.
 * @param set images of the network's input, pixels of 0 … 255 that it takes as 0 … 1
 */
export async function fitQuadratics(g: Graph, file: string, set: ImageSet): Promise<Quadratic[]> {
  const chain = chainOf(g, file)
  const links = chain.links.filter(isActivation)
  if (links.length === 0) return []
  const fitted = graph({
    inputs: [chain.input],
    outputs: Object.fromEntries(
      links.flatMap(({ from, to }, i) => [
        [`before${i}`, from],
        [`after${i}`, to],
      ]),
    ),
  })
  const program = await compile(fitted)
  const befores: number[][] = links.map(() => [])
  const afters: number[][] = links.map(() => [])
  try {
    const size = imageSize(set.shape)
    const name = chain.input.name!
    const count = Math.min(sample, set.count)
    for (let n = 0; n < count; n++) {
      const at = Math.floor((n * set.count) / count) * size
      const data = Float32Array.from(set.pixels.subarray(at, at + size), (v) => v / 255)
      const found = await program.run({ [name]: { dtype: 'float32', shape: [1, ...set.shape], data } })
      links.forEach((_, i) => {
        const before = toFloat64(found[`before${i}`]!)
        const after = toFloat64(found[`after${i}`]!)
        const step = Math.max(1, Math.floor((before.length * count) / numbers))
        for (let j = n % step; j < before.length; j += step) {
          befores[i]!.push(before[j]!)
          afters[i]!.push(after[j]!)
        }
      })
    }
  } finally {
    await program.close()
  }
  return befores.map((before, i) => nearest(before, afters[i]!))
}

/** The nearest quadratic; its curve is kept from vanishing, or no square could stand for it. */
export function nearest(z: readonly number[], f: readonly number[]): Quadratic {
  const mean = z.reduce((a, b) => a + b, 0) / z.length
  const deviation = Math.sqrt(z.reduce((sum, v) => sum + (v - mean) ** 2, 0) / z.length) || 1
  // In units of the deviation about the mean: well conditioned.
  const t = z.map((v) => (v - mean) / deviation)
  const fit = (powers: readonly number[], target: readonly number[]): number[] =>
    solve(
      new Matrix(t.map((v) => powers.map((p) => v ** p))),
      Matrix.columnVector([...target]),
      true,
    ).to1DArray()
  let [c, b, a] = fit([0, 1, 2], f) as [number, number, number]
  const least = leastCurve * (Math.abs(b) || 1)
  if (Math.abs(a) < least) {
    a = a < 0 ? -least : least
    ;[c, b] = fit(
      [0, 1],
      f.map((v, i) => v - a * t[i]! ** 2),
    ) as [number, number]
  }
  const slope = Math.sqrt(Math.abs(a)) / deviation
  return {
    sign: a < 0 ? -1 : 1,
    slope,
    shift: (b / (2 * a)) * deviation - mean,
    offset: c - b ** 2 / (4 * a),
  }
}

/** Curve over slope, in units of the data's deviation. */
const leastCurve = 0.1
