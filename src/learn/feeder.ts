// Fills the feeds of a program from a data set: batches in some order, and the noise that a step needs.
// Source: STYLE (nothing allocated in a step). One set of arrays for each batch size that occurs.

import { sizeOf, type Tensor, type Tensors } from '../graph/index.ts'
import type { Prepared } from './dataset.ts'
import type { Noise } from './layers/index.ts'
import type { Model, ModelType } from './model.ts'
import type { Random } from './random.ts'
import type { NoiseInput } from './trainingGraph.ts'

type Numbers = Float64Array | Float32Array

/** Feeds of one size and the way to fill them. */
export interface Batch {
  /** Rows a step. */
  readonly rows: number
  /** Steps that the feeds hold, stacked in front of the rows when there are several. */
  readonly steps: number
  readonly feeds: Tensors
  /** Rows `order[start]` and those that follow it, as many as the feeds hold. */
  fill(data: Prepared, order: Int32Array, start: number): void
  /** Fresh noise. */
  draw(source: Random): void
}

/** Feeds for `steps` batches of `rows` rows each. */
export function batchOf(
  model: Model,
  rows: number,
  dtype: ModelType,
  noise: readonly NoiseInput[],
  steps = 1,
): Batch {
  const front = steps > 1 ? [steps, rows] : [rows]
  const make = (shape: readonly number[]): Tensor & { data: Numbers } => ({
    dtype,
    shape,
    data: dtype === 'float64' ? new Float64Array(sizeOf(shape)) : new Float32Array(sizeOf(shape)),
  })
  const x = make([...front, ...model.input])
  const y = make([...front, ...model.output])
  const drawn = noise.map((n) => ({
    noise: n.noise,
    name: n.value.name as string,
    content: make([...front, ...(n.value.shape.slice(1) as number[])]),
  }))
  return {
    rows,
    steps,
    feeds: {
      input: x,
      target: y,
      ...Object.fromEntries(drawn.map((d) => [d.name, d.content])),
    },
    fill(data, order, start) {
      data.x.gather(order, start, rows * steps, x.data)
      data.y.gather(order, start, rows * steps, y.data)
    },
    draw(source) {
      // Step by step, so that the numbers do not depend on how many steps a call takes.
      for (let step = 0; step < steps; step++) {
        for (const { noise: kind, content } of drawn) {
          const size = content.data.length / steps
          fillNoise(kind, source, content.data.subarray(step * size, (step + 1) * size))
        }
      }
    },
  }
}

function fillNoise(noise: Noise, source: Random, into: Numbers): void {
  if (noise.kind === 'normal') {
    for (let i = 0; i < into.length; i++) into[i] = noise.deviation * source.normal()
    return
  }
  const kept = 1 / (1 - noise.rate)
  for (let i = 0; i < into.length; i++) into[i] = source.uniform() < noise.rate ? 0 : kept
}
