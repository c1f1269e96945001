// What a step may take of a machine, in files that hide it: operators that do more than their outputs show.

import { describe, expect, it } from 'vitest'
import {
  add,
  averagePool,
  constant,
  equal,
  expand,
  graph,
  input,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  scatterElements,
  shapeOf,
  slice,
  sub,
  tensor,
  type Value,
  variable,
  where,
  writeOnnx,
} from '../../graph/index.ts'
import { maxPool } from '../../graph/operators/pool.ts'
import { upsample } from '../../graph/operators/resize.ts'
import { expandOperator } from '../../graph/operators/view.ts'
import { compilePlain } from '../../graph/plain/program.ts'
import { applyAll } from '../../graph/value.ts'
import { averagePool2d, conv2d, dense, flatten, seededStream, sequential } from '../../learn/index.ts'
import { readStep, writeStep } from './stepFile.ts'
import { openStepTrainer } from './stepTrainer.ts'

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

/** Files of less than a kilobyte whose sizes follow from the number of rows in ways that no honest step has. */
describe('a step whose sizes follow from the number of rows', () => {
  const batch = 1000
  const size = 2 ** 30
  const whole = (value: number) => constant([value], [1], 'int64')
  /** The file of a step that makes so many numbers of N rows. */
  function growing(numbersOf: (n: Value) => Value): Uint8Array {
    const x = input('input', ['N', 1])
    const y = input('target', ['N', 1])
    const w = variable('w', tensor([0], [1]))
    const rate = variable('rate', tensor([0], []))
    const many = applyAll(expandOperator, [reshape(rate, [1]), numbersOf(slice(shapeOf(x), [0], [1], [0]))])
    const next = add(add(w, reshape(rate, [1])), reshape(reduceSum(many[0]!), [1]))
    return writeOnnx(graph({ inputs: [x, y], outputs: { loss: reduceMean(y) }, updates: [[w, next]] }), {
      variablesAsInputs: true,
      metadata,
    })
  }

  it.each([
    // Nothing at a batch, much at one row: what was tried, and not what was measured.
    ['fewer for more rows', (n: Value) => mul(sub(whole(batch), n), whole(size / batch)), /numbers at once/],
    // Little wherever one would look, at first.
    ['none at both ends', (n: Value) => mul(sub(n, whole(1)), sub(whole(batch), n)), /numbers for \d+ rows/],
    ['a square', (n: Value) => mul(n, n), /numbers for \d+ rows/],
    ['one more', (n: Value) => add(n, whole(1)), /numbers for \d+ rows/],
  ] as const)('is refused before anything runs: %s', (_, numbersOf, words) => {
    const bytes = growing(numbersOf)
    expect(bytes.length).toBeLessThan(1000)
    expect(() => readStep(bytes, batch)).toThrow(words)
  })

  it('at one number alone is refused where that many rows are to be fed, before any is', async () => {
    const bytes = growing((n) => where(equal(n, whole(40)), whole(size), whole(1)))
    const learned = async (rows: number) => {
      const trainer = await openStepTrainer(bytes, { batch })
      await trainer.trial()
      const numbers = tensor(new Float64Array(rows), [rows, 1], 'float64')
      const work = { rate: 0, epochs: 1, batch, random: seededStream(1, 'x') }
      return trainer.learner({ x: numbers, y: numbers }).train(Float64Array.of(0), work)
    }
    // Unless a size that nobody knew beforehand was that very one: then it is refused all the sooner.
    await expect(learned(40)).rejects.toThrow(/numbers at once/)
    // As what is left of a batch, too.
    await expect(learned(batch + 40)).rejects.toThrow(/numbers at once/)
  })

  it('is held to a bound of its own, however many weights it is given', () => {
    const given = input('given', [2 ** 14])
    const many = graph({
      inputs: [given],
      outputs: { sum: reduceSum(expand(reshape(given, [1, 2 ** 14]), [64, 2 ** 14])) },
    })
    const feeds = { given: tensor(new Float64Array(2 ** 14), [2 ** 14], 'float64') }
    expect(() => compilePlain(many, { mostElements: 2 ** 19 }).run(feeds)).toThrow('too much memory')
    expect(compilePlain(many, { mostElements: 2 ** 21 }).run(feeds)).toHaveProperty('sum')
  })
})
