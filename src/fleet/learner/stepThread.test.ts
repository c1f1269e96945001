// A sent step in its thread: trains as in this one, is refused in the same words, and is ended wherever it is.

import { afterAll, describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { dense, seededStream, sequential } from '../../learn/index.ts'
import { writeStep } from './stepFile.ts'
import { stepThread } from './stepThread.ts'
import { openStepTrainer } from './stepTrainer.ts'

const model = sequential([dense({ units: 4, activation: 'tanh' }), dense({ units: 1 })], { input: [3] })
const bytes = writeStep(model, 'meanSquaredError')
const draws = seededStream(1, 'rows')
const data = {
  x: tensor(Float64Array.from({ length: 60 }, draws.normal), [20, 3], 'float64'),
  y: tensor(Float64Array.from({ length: 20 }, draws.normal), [20, 1], 'float64'),
}
const thread = stepThread(data)
afterAll(() => thread.close())
const from = Float64Array.from({ length: 21 }, draws.normal)
// All rows a step: then the order, which is drawn in secret, counts for nothing.
const order = (epochs: number) => ({ bytes, batch: 20, train: { from, rate: 0.1, epochs, batch: 20 } })

describe('a step in a thread', () => {
  it('is opened and trained as in this one', async () => {
    const trainer = await openStepTrainer(bytes, { batch: 20 })
    const { graph: _, ...file } = trainer.file
    expect(await thread.open(bytes, 20)).toEqual(file)
    const { weights } = await trainer
      .learner(data)
      .train(from, { rate: 0.1, epochs: 3, batch: 20, random: seededStream(2, 'x') })
    const found = await thread.train(order(3), undefined)
    found!.forEach((w, i) => void expect(w).toBeCloseTo(weights[i]!, 12))
  })

  it('is refused by name, and the thread goes on', async () => {
    await expect(thread.open(bytes.slice(0, 100), 20)).rejects.toMatchObject({ code: 'input' })
    expect(await thread.train(order(1), undefined)).toHaveLength(21)
  })

  it('leaves this thread free, and is ended in the middle', async () => {
    const stop = new AbortController()
    const begun = thread.train(order(1e9), stop.signal)
    let turns = 0
    const turn = () => {
      turns += 1
      if (turns === 20) stop.abort()
    }
    const timer = setInterval(turn, 5)
    await expect(begun).rejects.toMatchObject({ code: 'aborted' })
    clearInterval(timer)
    expect(turns).toBeGreaterThanOrEqual(20)
    expect(await thread.train(order(1), undefined)).toHaveLength(21)
  })
})
