// t-SNE, exact: a map on which points that are near each other in many dimensions are near each other in two.
// Source: van der Maaten and Hinton 2008, Visualizing Data using t-SNE; learning rate N / 12 by Belkina et al. 2019.
// Distances between groups, and sizes of groups, on such a map mean nothing. Quadratic: for a thousand or two points.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { throwIfAborted } from '../../errors.ts'
import { seededStream } from '../../random/seeded.ts'

// Of the JavaScript libraries one (wasm-bhtsne) needs a browser's shared memory and another (@keckelt/tsne) has no
// tests and one release; neither draws from a seed. Exact gradients of 1,000 points take some 8 ms an iteration.

export interface TsneOptions {
  /** How many neighbours count, roughly; the study takes 15. */
  readonly perplexity: number
  readonly iterations?: number | undefined
  readonly seed: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((share: number) => void) | undefined
}

/**
 * Maps points to the plane.
 * @param squared squared distances of all pairs, row-major
 * @returns [points, 2], row-major
 * @throws FrostglassError `aborted`
 */
export async function tsne(squared: Float64Array, options: TsneOptions): Promise<Float64Array> {
  const rows = Math.round(Math.sqrt(squared.length))
  const { perplexity, iterations = 500, seed, signal } = options
  const joint = jointProbabilities(squared, rows, Math.min(perplexity, Math.max(1, (rows - 1) / 3)))
  const source = seededStream(seed, 'tsne')
  const y = Float64Array.from({ length: 2 * rows }, () => 1e-4 * source.normal())
  const velocity = new Float64Array(2 * rows)
  const gains = new Float64Array(2 * rows).fill(1)
  const gradient = new Float64Array(2 * rows)
  const kernel = new Float64Array(rows * rows)
  const early = Math.min(250, iterations >> 1)
  // In the exaggerated phase points find their groups; Belkina's rate lets large samples move as far as small ones.
  const rate = Math.max(50, rows / 12)
  for (let step = 0; step < iterations; step++) {
    if (step % 10 === 0) {
      await nextTurn()
      throwIfAborted(signal)
      options.onProgress?.(step / iterations)
    }
    gradientOf(joint, y, step < early ? 12 : 1, kernel, gradient)
    const momentum = step < early ? 0.5 : 0.8
    for (let i = 0; i < y.length; i++) {
      const turned = Math.sign(gradient[i]!) !== Math.sign(velocity[i]!)
      gains[i] = Math.max(0.01, turned ? gains[i]! + 0.2 : gains[i]! * 0.8)
      velocity[i] = momentum * velocity[i]! - rate * gains[i]! * gradient[i]!
      y[i] = y[i]! + velocity[i]!
    }
  }
  options.onProgress?.(1)
  return y
}

/** p_ij = (p_j|i + p_i|j) / 2N, with each row's bandwidth found by bisection to the perplexity. */
function jointProbabilities(squared: Float64Array, rows: number, perplexity: number): Float64Array {
  const target = Math.log(perplexity)
  const joint = new Float64Array(rows * rows)
  const weights = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    const at = i * rows
    let nearest = Number.POSITIVE_INFINITY
    for (let j = 0; j < rows; j++) if (j !== i) nearest = Math.min(nearest, squared[at + j]!)
    let [low, high, beta] = [0, Number.POSITIVE_INFINITY, 1]
    for (let tries = 0; tries < 60; tries++) {
      let sum = 0
      let weighted = 0
      for (let j = 0; j < rows; j++) {
        // Distances count from the nearest: the smallest exponent is 0 whatever the scale of the data.
        const d = squared[at + j]! - nearest
        const p = j === i ? 0 : Math.exp(-beta * d)
        weights[j] = p
        sum += p
        weighted += p * d
      }
      for (let j = 0; j < rows; j++) weights[j] = weights[j]! / sum
      const entropy = Math.log(sum) + (beta * weighted) / sum
      if (Math.abs(entropy - target) < 1e-5) break
      if (entropy > target) {
        low = beta
        beta = high === Number.POSITIVE_INFINITY ? beta * 2 : (beta + high) / 2
      } else {
        high = beta
        beta = (beta + low) / 2
      }
    }
    for (let j = 0; j < rows; j++) {
      const share = weights[j]! / (2 * rows)
      joint[at + j] = joint[at + j]! + share
      joint[j * rows + i] = joint[j * rows + i]! + share
    }
  }
  return joint
}

/** 4 Σ_j (e·p_ij − q_ij) (y_i − y_j) / (1 + |y_i − y_j|²), e the exaggeration. */
function gradientOf(
  joint: Float64Array,
  y: Float64Array,
  exaggeration: number,
  kernel: Float64Array,
  gradient: Float64Array,
): void {
  const rows = y.length / 2
  let sum = 0
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const dx = y[2 * i]! - y[2 * j]!
      const dy = y[2 * i + 1]! - y[2 * j + 1]!
      const w = 1 / (1 + dx * dx + dy * dy)
      kernel[i * rows + j] = w
      sum += 2 * w
    }
  }
  gradient.fill(0)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < i; j++) {
      const w = kernel[i * rows + j]!
      const force = 4 * (exaggeration * joint[i * rows + j]! - w / sum) * w
      const fx = force * (y[2 * i]! - y[2 * j]!)
      const fy = force * (y[2 * i + 1]! - y[2 * j + 1]!)
      gradient[2 * i] = gradient[2 * i]! + fx
      gradient[2 * i + 1] = gradient[2 * i + 1]! + fy
      gradient[2 * j] = gradient[2 * j]! - fx
      gradient[2 * j + 1] = gradient[2 * j + 1]! - fy
    }
  }
}
