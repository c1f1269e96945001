import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { partsOf } from '../../learn/evaluation.ts'
import { dense, dropout, initialWeights, type Model, sequential, sgd } from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { seededStream } from '../../random/seeded.ts'
import { systemRandom } from '../../random/source.ts'
import type { Clipping } from './clipping.ts'
import { type Examples, personExamples, rowExamples } from './examples.ts'
import { openMachine } from './machine.ts'
import { architectures, clippings, executors, lengthOf } from './testing.ts'

const clip = 0.5
const grid = 2 ** -32

/** Rows of random numbers, of which one may be replaced by nothing: by what is no number, which counts for nothing. */
function rowsOf(model: Model, count: number, seed: number, without?: number) {
  const source = seededStream(seed, 'rows')
  const width = model.input.reduce((a, b) => a * b, 1)
  const outputs = model.output.reduce((a, b) => a * b, 1)
  const x = Float32Array.from({ length: count * width }, () => 3 * source.normal())
  const y = new Float32Array(count * outputs)
  for (let row = 0; row < count; row++) y[row * outputs + Math.floor(outputs * source.uniform())] = 1
  if (without !== undefined) x.fill(Number.NaN, without * width, (without + 1) * width)
  return { x: tensor(x, [count, ...model.input]), y: tensor(y, [count, ...model.output]) }
}

async function machineOf(
  model: Model,
  loss: 'categoricalCrossEntropy' | 'binaryCrossEntropy' | 'meanSquaredError' | 'meanAbsoluteError',
  options: { clipping: Clipping; executor: 'plain' | 'native'; batch: number; rowsEach?: number | undefined },
) {
  const { rowsEach = 1 } = options
  const machine = await openMachine(model, initialWeights(model, 1), {
    ...options,
    rowsEach,
    loss: lossOf(loss),
    optimizer: sgd({ learningRate: 1 }),
    clip,
    grid,
    pixels: false,
    held: undefined,
  })
  const sumsOf = async (examples: Examples, drawn: readonly number[]) => {
    const sums = machine.trained.map(
      (w) => new Float64Array((w.shape as number[]).reduce((a, b) => a * b, 1)),
    )
    await machine.addUp(Int32Array.from(drawn), examples, seededStream(5, 'masks'), sums)
    return sums
  }
  return { machine, sumsOf }
}

const difference = (a: readonly Float64Array[], b: readonly Float64Array[]) =>
  a.map((part, i) => part.map((v, j) => v - (b[i]?.[j] as number)))

describe('adjacent data sets before the noise', () => {
  // The embedding takes what is no number for its first word, which is a row like others: it is left out of this one.
  const networks = architectures.filter((a) => a.name !== 'an embedding')
  it.each(networks.map((a) => [a.name, a] as const))(
    'differ by one row’s own whole numbers, which are within the clipping norm: %s',
    async (_, { model, loss }) => {
      for (const executor of executors)
        for (const clipping of clippings) {
          const { machine, sumsOf } = await machineOf(model, loss, { clipping, executor, batch: 11 })
          const examplesOf = (without?: number) =>
            rowExamples(
              partsOf(model, rowsOf(model, 14, 3, without), undefined, lossOf(loss), 0, { tolerant: true })
                .rows,
            )
          const all = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
          const whole = await sumsOf(examplesOf(), all)
          for (const part of whole) for (const v of part) expect(Number.isInteger(v)).toBe(true)
          for (const row of [0, 6, 12]) {
            const own = difference(whole, await sumsOf(examplesOf(row), all))
            // What the row adds where nothing else is there, at its place: the very same numbers.
            const others = all.filter((r) => r !== row)
            const alone = await (async () => {
              const data = rowsOf(model, 14, 3)
              const width = data.x.data.length / 14
              for (const other of others)
                (data.x.data as Float32Array).fill(Number.NaN, other * width, (other + 1) * width)
              return sumsOf(
                rowExamples(partsOf(model, data, undefined, lossOf(loss), 0, { tolerant: true }).rows),
                all,
              )
            })()
            own.forEach((part, i) => {
              expect(part.map((v) => v + 0)).toEqual(alone[i]?.map((v) => v + 0))
            })
            const length = (lengthOf(own) * grid) / clip
            expect(length).toBeLessThanOrEqual(1)
            expect(length).toBeGreaterThan(0)
          }
          await machine.close()
        }
    },
  )

  it('differ by one row with dropout, too: masks stay where they are', async () => {
    const model = sequential([dense({ units: 20, activation: 'tanh' }), dropout(0.5), dense({ units: 2 })], {
      input: [4],
    })
    const { machine, sumsOf } = await machineOf(model, 'categoricalCrossEntropy', {
      clipping: 'flat',
      executor: 'native',
      batch: 40,
    })
    const examplesOf = (without?: number) =>
      rowExamples(
        partsOf(model, rowsOf(model, 60, 9, without), undefined, lossOf('categoricalCrossEntropy'), 0, {
          tolerant: true,
        }).rows,
      )
    const all = Array.from({ length: 60 }, (_, i) => i)
    const whole = await sumsOf(examplesOf(), all)
    for (const row of [0, 30, 59]) {
      const length = (lengthOf(difference(whole, await sumsOf(examplesOf(row), all))) * grid) / clip
      expect(length).toBeLessThanOrEqual(1)
      expect(length).toBeGreaterThan(0.5)
    }
    await machine.close()
  })
})

describe('persons as examples', () => {
  const model = sequential([dense({ units: 6, activation: 'tanh' }), dense({ units: 2 })], { input: [3] })
  const loss = lossOf('categoricalCrossEntropy')
  const examplesOf = (people: readonly number[], rowsEach: number, without?: readonly number[]) => {
    const data = rowsOf(model, people.length, 4)
    for (const row of without ?? []) (data.x.data as Float32Array).fill(Number.NaN, row * 3, row * 3 + 3)
    const { rows } = partsOf(model, data, undefined, loss, 0, { tolerant: true })
    return personExamples(rows, people, { count: Math.max(...people) + 1, rowsEach, random: systemRandom })
  }

  it.each(executors)('add within the clipping norm, whatever their rows: %s', async (executor) => {
    for (const clipping of clippings) {
      const { machine, sumsOf } = await machineOf(model, loss.name as 'categoricalCrossEntropy', {
        clipping,
        executor,
        batch: 3,
        rowsEach: 4,
      })
      const people = [0, 1, 1, 2, 2, 2, 2, 3]
      const whole = await sumsOf(examplesOf(people, 4), [0, 1, 2, 3])
      for (const [person, rows] of [
        [0, [0]],
        [1, [1, 2]],
        [2, [3, 4, 5, 6]],
      ] as const) {
        const own = difference(whole, await sumsOf(examplesOf(people, 4, rows), [0, 1, 2, 3]))
        const alone = await sumsOf(examplesOf(people, 4), [person])
        expect((lengthOf(own) * grid) / clip).toBeLessThanOrEqual(1)
        expect((lengthOf(own) * grid) / clip).toBeGreaterThan(0)
        // Another place in the batch may round otherwise, by a step or two.
        difference(own, alone).forEach((part) => {
          for (const v of part) expect(Math.abs(v) * grid).toBeLessThan(clip * 2 ** -14)
        })
      }
      await machine.close()
    }
  })

  it('weigh all rows of a person alike, and take as many as they may', async () => {
    const { machine, sumsOf } = await machineOf(model, 'categoricalCrossEntropy', {
      clipping: 'automatic',
      executor: 'plain',
      batch: 2,
      rowsEach: 3,
    })
    // Somebody with the same row three times is somebody with it once.
    const data = rowsOf(model, 4, 4)
    const rows = (of: readonly number[]) => {
      const x = Float32Array.from(
        of.flatMap((r) => Array.from(data.x.data as Float32Array).slice(3 * r, 3 * r + 3)),
      )
      const y = Float32Array.from(
        of.flatMap((r) => Array.from(data.y.data as Float32Array).slice(2 * r, 2 * r + 2)),
      )
      const prepared = partsOf(
        model,
        { x: tensor(x, [of.length, 3]), y: tensor(y, [of.length, 2]) },
        undefined,
        loss,
        0,
      )
      return prepared.rows
    }
    const make = (of: readonly number[], rowsEach: number) =>
      personExamples(rows(of), new Int32Array(of.length), { count: 1, rowsEach, random: systemRandom })
    const once = await sumsOf(make([1], 3), [0])
    const thrice = await sumsOf(make([1, 1, 1], 3), [0])
    const often = await sumsOf(make([1, 1, 1, 1, 1, 1, 1], 3), [0])
    for (const sums of [thrice, often])
      difference(sums, once).forEach((part) => {
        for (const v of part) expect(Math.abs(v) * grid).toBeLessThan(clip * 2 ** -14)
      })
    await machine.close()
  })

  it('are numbers below their count', () => {
    expect(() => examplesOf([0, 1, 5], 2)).not.toThrow()
    const data = partsOf(model, rowsOf(model, 3, 4), undefined, loss, 0).rows
    const options = { count: 2, rowsEach: 2, random: systemRandom }
    expect(() => personExamples(data, [0, 1, 2], options)).toThrow(/belongs to no person/)
    expect(() => personExamples(data, [0, 1], options)).toThrow(/3 rows, but 2/)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }), (people) => {
        expect(personExamples(data, people, { ...options, count: 4 }).count).toBe(4)
      }),
    )
  })
})
