// A coordinator's round as a private node reads it: what an algorithm leaves open is the node's own.

import { expect, it } from 'vitest'
import { fedAvg } from '../algorithms/fedAvg.ts'
import { readTrainRequest } from '../flower/trainRequest.ts'
import { layoutOf } from '../layout.ts'
import { messageOf, weightsOf } from './privateNode.ts'

it.each([
  // All rows: how many there are is not for a server to choose by, so the owner's batch is taken.
  [undefined, undefined],
  [16, 16],
])('FedAvg with batches of %s rows asks for batches of %s', async (batch, asked) => {
  const weights = Float64Array.of(1, 2)
  const task = {
    fleet: 'A'.repeat(22),
    round: 3,
    seconds: 60,
    instruction: fedAvg({ rate: 0.5, batch }).instruct(weights, 3),
    layout: layoutOf([['w', { shape: [2], dtype: 'float32' }]]),
    settings: {},
    program: async () => undefined,
  }
  const request = readTrainRequest(await messageOf(task, weightsOf(task)))
  expect(request).toMatchObject({ batch: asked, rate: 0.5, epochs: 1, round: 3, step: undefined })
})
