// What a step may take of a machine, in files that hide it: operators that do more than their outputs show.

import { describe, expect, it } from 'vitest'
import {
  add,
  averagePool,
  constant,
  expand,
  graph,
  input,
  reduceMean,
  reshape,
  scatterElements,
  tensor,
  type Value,
  variable,
  writeOnnx,
} from '../../graph/index.ts'
import { maxPool } from '../../graph/operators/pool.ts'
import { upsample } from '../../graph/operators/resize.ts'
import { averagePool2d, conv2d, dense, flatten, sequential } from '../../learn/index.ts'
import { readStep, writeStep } from './stepFile.ts'

const metadata = {
  'frostglass.step': '{"format":"frostglass training step","version":1,"loss":"x","answers":"one"}',
}

/** The file of a step of one weight. */
function fileOf(next: (w: Value) => Value): Uint8Array {
  const x = input('input', ['N', 3])
  const y = input('target', ['N', 1])
  const w = variable('w', tensor([0], [1]))
  const rate = variable('rate', tensor([0], []))
  const step = add(next(w), reshape(rate, [1]))
  return writeOnnx(graph({ inputs: [x, y], outputs: { loss: reduceMean(y) }, updates: [[w, step]] }), {
    variablesAsInputs: true,
    metadata,
  })
}

const one = (w: Value) => reshape(w, [1, 1, 1, 1])
const square = (w: Value, side: number) => expand(one(w), [1, 1, side, side])

/** Files of a few kilobytes, as many times over as they are given. */
const hidden: Readonly<Record<string, (w: Value, size: number, times: number) => Value>> = {
  scattered(w, size, times) {
    const places = expand(constant([0], [1], 'int64'), [size])
    const updates = expand(w, [size])
    let v = w
    for (let i = 0; i < times; i++) v = scatterElements(v, places, updates, { reduction: 'add' })
    return v
  },
  pooled(w, size, times) {
    const side = Math.sqrt(size)
    let v = one(w)
    for (let i = 0; i < times; i++)
      v = add(v, averagePool(square(w, side), [side, side], { strides: [1, 1] }))
    return reshape(v, [1])
  },
  'the greatest of': (w, size, times) => {
    const side = Math.sqrt(size)
    let v = one(w)
    for (let i = 0; i < times; i++) v = add(v, maxPool(square(w, side), [side, side], { strides: [1, 1] }))
    return reshape(v, [1])
  },
}

describe('a step that somebody sent', () => {
  it.each([
    ['scattered', 2 ** 22, 2000, /operations a step|numbers at once/],
    // Each of them is within the bounds on values; what is planned for them is not.
    ['scattered', 2 ** 20, 300, /numbers at once/],
    ['pooled', 2 ** 22, 3, /windows of 12582912 places/],
    ['pooled', 2 ** 16, 40, /windows of 2621440 places/],
    ['the greatest of', 2 ** 22, 1, /windows of 4194304 places/],
  ] as const)('is refused for what its file does not show: %s %i × %i', (name, size, times, words) => {
    const bytes = fileOf((w) => hidden[name]!(w, size, times))
    expect(bytes.length).toBeLessThan(200_000)
    expect(() => readStep(bytes, 1)).toThrow(words)
  })

  it.each(Object.keys(hidden))('is taken where it asks for little: %s', (name) => {
    expect(
      readStep(
        fileOf((w) => hidden[name]!(w, 64, 3)),
        32,
      ).layout.size,
    ).toBe(1)
  })

  it('may resample, and honest networks of images have room', () => {
    const resampling = fileOf((w) => reshape(averagePool(upsample(square(w, 8), [4, 4]), [32, 32]), [1]))
    expect(readStep(resampling, 32).layout.size).toBe(1)
    const layers = [
      conv2d({ filters: 16, kernel: 3, padding: 'same' }),
      averagePool2d({ size: 2 }),
      conv2d({ filters: 32, kernel: 3, padding: 'same' }),
      flatten(),
      dense({ units: 10 }),
    ]
    const model = sequential(layers, { input: [3, 32, 32] })
    expect(readStep(writeStep(model, 'categoricalCrossEntropy'), 64).layout.slots).toHaveLength(6)
  })
})
