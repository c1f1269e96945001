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
  readonly rows: number
  readonly feeds: Tensors
  /** Rows `order[start]` … `order[start + rows − 1]`. */
  fill(data: Prepared, order: Int32Array, start: number): void
  /** Fresh noise. */
  draw(source: Random): void
}

/** Feeds for batches of `rows` rows. */
export function batchOf(model: Model, rows: number, dtype: ModelType, noise: readonly NoiseInput[]): Batch {
  const make = (shape: readonly number[]): Tensor & { data: Numbers } => ({
    dtype,
    shape,
    data: dtype === 'float64' ? new Float64Array(sizeOf(shape)) : new Float32Array(sizeOf(shape)),
  })
  const x = make([rows, ...model.input])
  const y = make([rows, ...model.output])
  const drawn = noise.map((n) => ({
    noise: n.noise,
    name: n.value.name as string,
    content: make([rows, ...(n.value.shape.slice(1) as number[])]),
  }))
  return {
    rows,
    feeds: {
      input: x,
      target: y,
      ...Object.fromEntries(drawn.map((d) => [d.name, d.content])),
    },
    fill(data, order, start) {
      data.x.gather(order, start, rows, x.data)
      data.y.gather(order, start, rows, y.data)
    },
    draw(source) {
      for (const d of drawn) fillNoise(d.noise, source, d.content.data)
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
