// One secure round over real HTTP: the exact mean, with a node that drops out. What else may happen is in secure.slow.test.ts.

import { expect, it } from 'vitest'
import {
  answerOf,
  joined,
  secureMean,
  startTestFleet,
  testNodes,
  weightsAfterMeans,
} from '../../../test/fleets.ts'

it('comes to the exact mean of the numbers of all that have some', async () => {
  const nodes = testNodes(6)
  const aggregation = secureMean(nodes)
  const { url, coordinator, close } = await startTestFleet({ nodes, plan: { rounds: 1 }, aggregation })
  try {
    const no = async () => ({ refused: 'no data' })
    await Promise.all(
      nodes.map((node, i) => joined(url, node, i === 2 ? no : answerOf(i), { secure: { fewest: 4 } })),
    )
    expect(coordinator.weights()).toEqual(weightsAfterMeans([[0, 1, 3, 4, 5]]))
  } finally {
    await close()
  }
})
