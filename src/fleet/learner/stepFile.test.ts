// Training steps as files: what a node learns by one is what it learns by the model, and what is no honest step is refused.

import { describe, expect, it } from 'vitest'
import {
  add,
  expand,
  type Graph,
  graph,
  input,
  loop,
  mul,
  reduceMean,
  reduceSum,
  reshape,
  slice,
  sub,
  tensor,
  type Value,
  variable,
  writeOnnx,
} from '../../graph/index.ts'
import { dense, dropout, initialWeights, seededStream, sequential } from '../../learn/index.ts'
import { architectures } from '../../private/training/testing.ts'
import { weightsToVector } from '../layout.ts'
import { readStep, writeStep } from './stepFile.ts'
import { openStepTrainer } from './stepTrainer.ts'
import { openTrainer } from './trainer.ts'

const card = {
  'frostglass.step': '{"format":"frostglass training step","version":1,"loss":"x","answers":"one"}',
}
const file = (g: Graph, metadata: Record<string, string> = card) =>
  writeOnnx(g, { variablesAsInputs: true, metadata })

/** A step of one weight w of three numbers, by hand. */
function handmade(next: (w: Value, x: Value, y: Value, rate: Value) => Value): Graph {
  const x = input('input', ['N', 3])
  const y = input('target', ['N', 1])
  const w = variable('w', tensor([0, 0, 0], [3]))
  const rate = variable('rate', tensor([0], []))
  return graph({ inputs: [x, y], outputs: { loss: reduceMean(y) }, updates: [[w, next(w, x, y, rate)]] })
}
const honest = handmade((w, x, y, rate) =>
  sub(w, mul(rate, add(reduceMean(x, [0]), reshape(reduceSum(y), [1])))),
)

describe('a training step as a file', () => {
  it.each(architectures.map((a) => [a.name, a] as const))('trains as its model does: %s', async (_, a) => {
    const random = seededStream(5, a.name)
    const rows = 11
    const numbers = (shape: readonly number[], one: () => number) =>
      tensor(
        Float64Array.from({ length: shape.reduce((p, d) => p * d, rows) }, one),
        [rows, ...shape],
        'float64',
      )
    const data = {
      // Whole numbers too: an embedding looks places up.
      x: numbers(a.model.input, a.name.includes('embedding') ? () => random.below(6) : random.normal),
      y: numbers(a.model.output, random.uniform),
    }
    const trainer = await openTrainer(a.model, { loss: a.loss, executor: 'plain' })
    const sent = await openStepTrainer(writeStep(a.model, a.loss), { batch: 4 })
    const first = initialWeights(a.model, 3)
    const work = () => ({
      epochs: 2,
      batch: 4,
      rate: 0.05,
      proximal: { strength: 0.3 },
      random: seededStream(9, 'order'),
    })
    const own = await trainer.learner(data).train(weightsToVector(first, trainer.layout), work())
    const theirs = await sent.learner(data).train(weightsToVector(first, sent.layout), work())
    expect(theirs.steps).toBe(6)
    expect(theirs.loss).toBeCloseTo(own.loss, 4)
    for (const slot of trainer.layout.slots) {
      const there = sent.layout.slots.find(({ name }) => name === slot.name)!
      for (let i = 0; i < slot.size; i++)
        expect(theirs.weights[there.start + i]).toBeCloseTo(own.weights[slot.start + i]!, 4)
    }
    const at = weightsToVector(first, sent.layout)
    const { loss } = await trainer.learner(data).measure(weightsToVector(first, trainer.layout))
    expect((await sent.learner(data).measure(at)).loss).toBeCloseTo(loss, 4)
    await trainer.close()
    await sent.close()
  })

  it('says what its inputs mean', () => {
    const model = sequential([dense({ units: 2 })], { input: [1] })
    const columns = [{ name: 'age', kind: 'number', bounds: [0, 100] }] as const
    const label = { name: 'sick', kind: 'category', values: ['yes', 'no'] } as const
    const read = readStep(
      writeStep(model, 'categoricalCrossEntropy', {
        columns: columns.map((c) => ({ ...c, bounds: [...c.bounds] })),
        label: { ...label, values: [...label.values] },
      }),
      32,
    )
    expect(read.card).toMatchObject({ answers: 'one', columns, label })
    expect([read.input, read.target, read.layout.size, read.pulled]).toEqual([[1], [2], 4, true])
  })

  it('is not written of a model that draws', () => {
    const model = sequential([dense({ units: 2 }), dropout(0.5)], { input: [2] })
    expect(() => writeStep(model, 'meanSquaredError')).toThrow('dropout or noise')
  })

  it('may be anybody’s', async () => {
    expect(readStep(file(honest), 8).layout.slots.map(({ name }) => name)).toEqual(['w'])
    const trainer = await openStepTrainer(file(honest))
    const data = { x: tensor([1, 2, 3], [1, 3], 'float64'), y: tensor([1], [1, 1], 'float64') }
    const work = { epochs: 1, rate: 0.5, random: seededStream(1, 'x') }
    const { weights } = await trainer.learner(data).train(Float64Array.of(1, 1, 1), work)
    expect([...weights]).toEqual([0, -0.5, -1])
    await expect(
      trainer.learner(data).train(Float64Array.of(1, 1, 1), { ...work, correction: weights }),
    ).rejects.toThrow('no pull and no correction')
  })
})

describe('a file that is no honest step', () => {
  const x = input('input', ['N', 3])
  const y = input('target', ['N', 1])
  const w = variable('w', tensor([0, 0, 0], [3]))
  const rate = variable('rate', tensor([0], []))
  const stepped = sub(w, mul(rate, reduceMean(x, [0])))
  const loss = reduceMean(y)
  const cases: Readonly<Record<string, readonly [Uint8Array, string | RegExp]>> = {
    'no file at all': [Uint8Array.of(1, 2, 3), /training step/],
    'an empty one': [new Uint8Array(), /training step|no training step/],
    'no card': [file(honest, {}), 'no card'],
    'another card': [file(honest, { 'frostglass.step': '{"format":"x"}' }), 'its card is none of ours'],
    'no weights': [
      file(graph({ inputs: [x, y], outputs: { loss: add(loss, rate) }, updates: [] })),
      'changes no weight',
    ],
    'no rate': [
      file(graph({ inputs: [x, y], outputs: { loss }, updates: [[w, reduceMean(x, [0])]] })),
      'no learning rate',
    ],
    'an output of its own': [
      file(graph({ inputs: [x, y], outputs: { loss, rows: x }, updates: [[w, stepped]] })),
      "'rows' is the next content of nothing",
    ],
    'a loss of each row': [
      file(graph({ inputs: [x, y], outputs: { loss: y }, updates: [[w, stepped]] })),
      'not one number',
    ],
    'a weight of another size after the step': [
      file(graph({ inputs: [x, y], outputs: { loss }, updates: [[w, slice(stepped, [0], [2], [0])]] })),
      'before the step, and of',
    ],
    'an input that no step has': [
      file(
        graph({
          inputs: [x, y],
          outputs: { loss: mul(loss, variable('clock', tensor([0], []))) },
          updates: [[w, stepped]],
        }),
      ),
      "an input 'clock:now'",
    ],
    'rows of one size': [
      file(
        graph({
          inputs: [input('input', [4, 3]), input('target', [4, 1])],
          outputs: { loss: reduceMean(rate) },
          updates: [[w, mul(w, rate)]],
        }),
      ),
      'not of [N, …]',
    ],
    'more memory than there is': [
      file(
        graph({
          inputs: [x, y],
          outputs: { loss },
          updates: [[w, add(stepped, reduceSum(mul(rate, expand(rate, [2 ** 14, 2 ** 14]))))]],
        }),
      ),
      'out of all proportion',
    ],
    'a loop': [
      file(
        graph({
          inputs: [x, y],
          outputs: { loss },
          updates: [
            [w, loop(3, [stepped], ({ carried }) => ({ carried: [mul(carried[0]!, rate)] })).carried[0]!],
          ],
        }),
      ),
      'the operator Loop',
    ],
  }
  it.each(Object.entries(cases))('is refused: %s', async (_, [bytes, words]) => {
    const refused = await openStepTrainer(bytes).then(
      () => 'opened',
      (error: { code?: string; message: string }) => `${error.code} ${error.message}`,
    )
    expect(refused).toMatch(/^(input|unsupported|shape) /)
    expect(refused).toMatch(words instanceof RegExp ? words : new RegExp(words.replaceAll(/[[\]]/g, '\\$&')))
  })

  it('is refused for batches that would take too much of a machine', () => {
    expect(() => readStep(file(honest), 2 ** 26)).toThrow('numbers at once')
    const wide = writeStep(sequential([dense({ units: 1024 })], { input: [1024] }), 'meanSquaredError')
    expect(readStep(wide, 2 ** 10).layout.size).toBe(1024 * 1025)
    expect(() => readStep(wide, 2 ** 12)).toThrow('operations a step')
  })

  it('is refused by its size before it is read', () => {
    expect(() => readStep(new Uint8Array(65 * 2 ** 20), 8)).toThrow('more than')
  })
})
