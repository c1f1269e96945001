// One secure round over real HTTP: the exact mean, with a node that drops out. What else may happen is in secure.slow.test.ts.

import { expect, it } from 'vitest'
import {
  answerOf,
  firstWeights,
  joined,
  secureMean,
  startTestFleet,
  testNodes,
  weightsAfterMeans,
} from '../../../test/fleets.ts'
import { FrostglassError } from '../../errors.ts'

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

it.each([
  ['beginRound', 1],
  ['accept', 3],
  ['advance', 2],
  ['finish', 1],
] as const)('goes on when the disk refuses once, in %s', async (method, turn) => {
  const nodes = testNodes(6)
  let calls = 0
  const { url, coordinator, news, faults, close } = await startTestFleet({
    nodes,
    plan: { rounds: 1, failures: 1 },
    aggregation: secureMean(nodes),
    changed: (store) => ({
      ...store,
      [method](...given: never[]) {
        calls += 1
        if (calls === turn) throw new FrostglassError('io', 'the disk is full', 'Make room.')
        return (store[method] as (...all: never[]) => void)(...given)
      },
    }),
  })
  try {
    await Promise.all(nodes.map((node, i) => joined(url, node, answerOf(i), { secure: { fewest: 4 } })))
    expect(calls).toBeGreaterThan(turn)
    expect(faults).toHaveLength(1)
    expect(news.filter(({ what }) => what === 'failed')).toEqual([])
    expect(coordinator.weights()).toEqual(weightsAfterMeans([[0, 1, 2, 3, 4, 5]]))
  } finally {
    await close()
  }
})

it('tells of a round that had ended when the disk refused', async () => {
  const nodes = testNodes(6)
  const { url, coordinator, news, close } = await startTestFleet({
    nodes,
    plan: { rounds: 1, failures: 1 },
    aggregation: secureMean(nodes),
    changed: (store) => ({
      ...store,
      finish(round, state) {
        store.finish(round, state)
        throw new FrostglassError('io', 'the disk is full', 'Make room.')
      },
    }),
  })
  try {
    await Promise.all(nodes.map((node, i) => joined(url, node, answerOf(i))))
    expect(news).toContainEqual({ what: 'done', round: 1, done: 1 })
    expect(coordinator.weights()).not.toEqual(firstWeights)
  } finally {
    await close()
  }
})
