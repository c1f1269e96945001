// Fills the feeds of a program from a data set: batches in some order, and the noise that a step needs.
// Source: STYLE (nothing allocated in a step). One set of arrays for each batch size that occurs.

import { type DType, sizeOf, type Tensor, type Tensors } from '../graph/index.ts'
import type { Prepared } from './dataset.ts'
import type { Noise } from './layers/index.ts'
import type { Model, ModelType } from './model.ts'
import type { Random } from './random.ts'
import type { NoiseInput } from './trainingGraph.ts'

type Numbers = Float64Array | Float32Array | Uint8Array

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

/** Feeds for `steps` (1) batches of `rows` rows each; `pixels` says that inputs are bytes. */
export function batchOf(
  model: Model,
  rows: number,
  dtype: ModelType,
  noise: readonly NoiseInput[],
  options: { steps?: number; pixels?: boolean } = {},
): Batch {
  const { steps = 1, pixels = false } = options
  const front = steps > 1 ? [steps, rows] : [rows]
  const make = (shape: readonly number[], own: DType): Tensor & { data: Numbers } => ({
    dtype: own,
    shape,
    data: new { float64: Float64Array, float32: Float32Array, uint8: Uint8Array }[own as ModelType | 'uint8'](
      sizeOf(shape),
    ),
  })
  const x = make([...front, ...model.input], pixels ? 'uint8' : dtype)
  const y = make([...front, ...model.output], dtype)
  const drawn = noise.map((n) => ({
    noise: n.noise,
    name: n.value.name as string,
    content: make([...front, ...(n.value.shape.slice(1) as number[])], n.value.dtype),
  }))
  const masks = drawn.filter((d) => d.noise.kind === 'dropout')
  const words = new Int32Array(Math.ceil(Math.max(0, ...masks.map((d) => d.content.data.length / steps)) / 2))
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
          fillNoise(kind, source, content.data.subarray(step * size, (step + 1) * size), words)
        }
      }
    },
  }
}

function fillNoise(noise: Noise, source: Random, into: Numbers, words: Int32Array): void {
  if (noise.kind === 'normal') {
    for (let i = 0; i < into.length; i++) into[i] = noise.deviation * source.normal()
    return
  }
  fillMask(noise.rate, source, words, into as Uint8Array)
}

/**
 * Sets bytes to 0 with probability `rate`, else to 1. An element takes eight bits where the rate is a multiple of 1/256,
 * as 0.25 and 0.5 are, else sixteen, to which the rate is rounded. A mask of [128, 9216] takes 0.9 ms so; with a double
 * drawn for each element it took 18.
 * @param words room for a word for every second element
 */
function fillMask(rate: number, source: Random, words: Int32Array, into: Uint8Array): void {
  if (Number.isInteger(rate * 256)) {
    const drawn = words.subarray(0, Math.ceil(into.length / 4))
    source.fill(drawn)
    // Four bytes at once: one that is kept, b ≥ 256·rate, carries when 256 − 256·rate is added to it.
    const added = (256 - rate * 256) * 0x00010001
    for (let i = 0; i < drawn.length; i++) {
      const word = drawn[i] as number
      const even = (((word & 0x00ff00ff) + added) >>> 8) & 0x00010001
      drawn[i] = even | ((((word >>> 8) & 0x00ff00ff) + added) & 0x01000100)
    }
    into.set(new Uint8Array(drawn.buffer, 0, into.length))
    return
  }
  const drawn = words.subarray(0, Math.ceil(into.length / 2))
  source.fill(drawn)
  const dropped = Math.round(rate * 65536)
  for (let i = 0; i < into.length; i++) {
    const word = drawn[i >> 1] as number
    into[i] = (i & 1 ? word >>> 16 : word & 0xffff) < dropped ? 0 : 1
  }
}
