// A message's work on a table: which thread does what, in which order, and that nothing of one message is left for the next.

import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { tensor } from '../../graph/index.ts'
import { dense, initialWeights, seededStream, sequential } from '../../learn/index.ts'
import { weightsToVector } from '../layout.ts'
import { writeStep } from '../learner/stepFile.ts'
import { openStepTrainer } from '../learner/stepTrainer.ts'
import { updateNoise, wholeUpdate } from '../privacy/updateNoise.ts'
import { tableRounds } from './localRounds.ts'
import { inThreads, type TableTurn, tableTurns, type Workplace } from './tableWork.ts'
import { inThisThread, requestOf } from './testing.ts'
import type { TrainRequest } from './trainRequest.ts'

const model = sequential([dense({ units: 4, activation: 'tanh' }), dense({ units: 1 })], { input: [3] })
const bytes = writeStep(model, 'meanSquaredError')
const draws = seededStream(1, 'rows')
const data = {
  x: tensor(Float64Array.from({ length: 60 }, draws.normal), [20, 3], 'float64'),
  y: tensor(Float64Array.from({ length: 20 }, draws.normal), [20, 1], 'float64'),
}
const noise = updateNoise(1, 2)
const first = initialWeights(model, 1)
const never = new AbortController().signal
const task = {
  model,
  loss: 'meanSquaredError' as const,
  data,
  own: { rate: 0.1, epochs: 1, batch: 20 },
  requireMeaning: () => undefined,
  ownStep: () => bytes,
}
const request = (changed: Partial<TrainRequest> = {}): TrainRequest =>
  requestOf(new Map(Object.entries(first)), changed)

/** A workplace that notes what is asked of it. */
function noting(place: Workplace) {
  const noted: string[] = []
  const made: Workplace = (rows) => {
    const open = place(rows)
    noted.push('rows')
    return () => {
      const work = open()
      noted.push('begun')
      return {
        ask(turn, signal) {
          noted.push(Object.keys(turn)[0]!)
          return work.ask(turn, signal)
        },
        end() {
          noted.push('ended')
          work.end()
        },
      }
    }
  }
  return { noted, made }
}

describe('work on a table', () => {
  it('is the step’s training, on a grid, with the noise that was drawn before it', async () => {
    const trainer = await openStepTrainer(bytes, { batch: 20 })
    const from = weightsToVector(first, trainer.layout)
    const work = { rate: 0.1, epochs: 3, batch: 20 }
    // All rows a step: then the order, which is drawn in secret, counts for nothing but last digits.
    const { weights } = await trainer.learner(data).train(from, { ...work, random: seededStream(2, 'x') })
    const whole = wholeUpdate(
      weights.map((w, i) => w - from[i]!),
      noise,
    )
    for (const ask of [tableTurns(data), inThreads(data)().ask]) {
      const answers = []
      const turns: TableTurn[] = [
        { read: { bytes, batch: 20 } },
        { draw: { own: noise } },
        { train: { ...work, from } },
      ]
      for (const turn of turns) answers.push(await ask(turn, never))
      const [facts, drawn, made] = answers as [object, ...{ numbers: Float64Array }[]]
      const { graph: _, ...file } = trainer.file
      expect(facts).toEqual({ facts: file })
      expect(Math.hypot(...drawn!.numbers)).toBeGreaterThan(noise.sigma)
      for (const [i, k] of whole.entries())
        expect(Math.abs(made!.numbers[i]! - drawn!.numbers[i]! - k)).toBeLessThanOrEqual(1)
    }
  })

  it.each([
    ['a step that was sent', { step: bytes }, ['begun', 'read', 'draw', 'train', 'ended']],
    ['the node’s own model', {}, ['begun', 'read', 'draw', 'train', 'ended']],
    // Not even a row of zeros is tried, and no noise is drawn.
    [
      'arrays of another model',
      { step: bytes, arrays: new Map([['w', tensor([1], [1])]]) },
      ['begun', 'read', 'ended'],
    ],
    ['a step that is none', { step: Uint8Array.of(1, 2, 3) }, ['begun', 'read', 'ended']],
  ] as const)('begins and ends with its message: %s', async (_, changed, expected) => {
    const { noted, made } = noting(inThisThread())
    const prepare = tableRounds(task, noise, made)
    for (let i = 0; i < 2; i++)
      await prepare(request(changed), never).then(
        async (ready) => {
          await ready.run(never)
          ready.close()
        },
        (error) => expect(error).toBeInstanceOf(FrostglassError),
      )
    expect(noted).toEqual(['rows', ...expected, ...expected])
  })

  it('that is cut off, or ends by itself, comes to the noise alone, which was drawn before', async () => {
    for (const reason of [new FrostglassError('aborted', 'cut off'), new Error('out of memory')]) {
      let drawn: unknown
      const prepare = tableRounds(task, noise, (rows) => () => {
        const ask = tableTurns(rows)
        return {
          async ask(turn) {
            if ('train' in turn) throw reason
            const answer = await ask(turn)
            if ('numbers' in answer) drawn = answer.numbers
            return answer
          },
          end: () => undefined,
        }
      })
      expect(await (await prepare(request(), never)).run(never)).toBe(drawn)
    }
  })

  it('leaves this thread free, ends in the middle, and takes rows that were copied before anybody asked', async () => {
    const rows = { x: tensor(data.x.data.slice(), data.x.shape, 'float64'), y: data.y }
    const open = inThreads(rows)
    ;(rows.x.data as Float64Array).fill(Number.NaN)
    const [work, stop] = [open(), new AbortController()]
    const from = weightsToVector(first, (await openStepTrainer(bytes)).layout)
    await work.ask({ read: { bytes, batch: 20 } }, never)
    const drawn = await work.ask({ draw: { own: noise } }, never)
    const made = await work.ask({ train: { from, rate: 0.1, epochs: 1, batch: 20 } }, never)
    // Rows of no numbers would have come to nothing.
    expect(made).not.toEqual(drawn)
    const begun = work.ask({ train: { from, rate: 1e-3, epochs: 1e9, batch: 20 } }, stop.signal)
    let turns = 0
    const turn = () => {
      turns += 1
      if (turns === 20) stop.abort()
    }
    const timer = setInterval(turn, 5)
    await expect(begun).rejects.toMatchObject({ code: 'aborted' })
    clearInterval(timer)
    expect(turns).toBe(20)
    await expect(work.ask({ draw: { own: noise } }, never)).rejects.toThrow()
    // The next message's is a new one.
    const next = open()
    await next.ask({ read: { bytes, batch: 20 } }, never)
    next.end()
  })
})
