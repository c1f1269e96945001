// FedAvg: one pass over all rows at once is gradient descent on all nodes' rows together.

import { expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { dense, initialWeights, seededStream, sequential, takeRows } from '../../learn/index.ts'
import { weightsToVector } from '../layout.ts'
import { openTrainer } from '../learner/trainer.ts'
import { fedAvg } from './fedAvg.ts'

const model = sequential([dense({ units: 1 })], { input: [3] })
const draws = seededStream(9, 'rows')
const data = {
  x: tensor(Float64Array.from({ length: 90 }, draws.normal), [30, 3], 'float64'),
  y: tensor(Float64Array.from({ length: 30 }, draws.normal), [30], 'float64'),
}

it('is gradient descent where each node takes one step of all its rows', async () => {
  const trainer = await openTrainer(model, { loss: 'meanSquaredError', executor: 'plain' })
  const first = initialWeights(model, 4)
  const from = weightsToVector(first, trainer.layout)
  const parts = [
    Int32Array.from({ length: 7 }, (_, i) => i),
    Int32Array.from({ length: 23 }, (_, i) => i + 7),
  ]
  const nodes = parts.map((rows) => trainer.learner(takeRows(data, rows)))
  const algorithm = fedAvg({ rate: 0.1 })
  let state = algorithm.start(from)
  let together = from
  for (let round = 1; round <= 4; round++) {
    const instruction = algorithm.instruct(state, round)
    const contributions = []
    for (const node of nodes)
      contributions.push(
        (await algorithm.node(node, instruction, { state: {}, random: seededStream(1, 'x') })).contribution,
      )
    state = algorithm.combine(state, contributions)
    const work = { epochs: 1, rate: 0.1, random: seededStream(1, 'x') }
    together = (await trainer.learner(data).train(together, work)).weights
  }
  algorithm.weights(state).forEach((w, i) => void expect(w).toBeCloseTo(together[i]!, 12))
  await trainer.close()
})
