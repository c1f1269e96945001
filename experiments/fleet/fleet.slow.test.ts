// The fleet's experiments end to end on embedded digits, in tiny: directions and accounts, not figures.
// Source: docs/architecture.md#experiments.

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { fleetPersonalWork, type Method } from '../fleetPersonal/fleetPersonal.ts'
import { fleetPrivateWork } from '../fleetPrivate/fleetPrivate.ts'
import { fleetRobustWork } from '../fleetRobust/fleetRobust.ts'
import { fleetRoundsWork } from '../fleetRounds/fleetRounds.ts'
import { fleetSelectiveWork } from '../fleetSelective/fleetSelective.ts'
import { shardsOf } from './digits.ts'

const settings = { quick: true, seed: 0 }

it('shards are two digits a node, or the few that a shard’s edge brings', () => {
  const labels = Int32Array.from({ length: 2000 }, (_, i) => (i * 7) % 10)
  const parts = shardsOf(labels, { nodes: 50, shards: 2, seed: 1 })
  expect(new Set(parts.flatMap((part) => [...part])).size).toBe(2000)
  for (const part of parts) expect(new Set(part.map((row) => labels[row]!)).size).toBeLessThanOrEqual(2)
})

it('a curve rises, and goes on where it was stopped', async () => {
  const shared = await mkdtemp(join(tmpdir(), 'frostglass-'))
  try {
    const [first] = await fleetRoundsWork.tasks(settings)
    const task = { ...first!, nodes: 20, count: 6, rounds: 12, epochs: 3, rate: 0.1, test: 300 }
    const whole = await fleetRoundsWork.run(task)
    expect(whole.accuracies.length).toBe(12)
    expect(whole.last.value).toBeGreaterThan(0.4)
    const stop = new AbortController()
    const stopped = fleetRoundsWork.run(task, stop.signal, shared)
    const look = async () => {
      if ((await readdir(shared)).some((name) => name.endsWith('.simulation'))) stop.abort()
    }
    const poll = setInterval(look, 5)
    await stopped.catch(() => undefined)
    clearInterval(poll)
    const { seconds: _, ...again } = await fleetRoundsWork.run(task, undefined, shared)
    const { seconds: __, ...expected } = whole
    expect(again).toEqual(expected)
  } finally {
    await rm(shared, { recursive: true })
  }
})

it('a private training states what it spent, and adaptive norms move', async () => {
  const tasks = await fleetPrivateWork.tasks(settings)
  const [adaptive] = tasks
  const answer = await fleetPrivateWork.run({ ...adaptive!, test: 200 })
  expect(answer.spent!.epsilon).toBeLessThanOrEqual(8)
  expect(answer.spent!.epsilon).toBeGreaterThan(7.9)
  expect(new Set(answer.clips).size).toBe(3)
  const open = await fleetPrivateWork.run({
    ...tasks.find(({ clipping }) => clipping === 'none')!,
    test: 200,
  })
  expect(open.spent).toBeUndefined()
})

it('participants that share learn more than one alone', async () => {
  const tasks = await fleetSelectiveWork.tasks(settings)
  const small = { participants: 5, rows: 300, rounds: 5, test: 500, batch: 5, rate: 0.1 }
  const sharing = await fleetSelectiveWork.run({ ...tasks[2]!, ...small })
  const alone = await fleetSelectiveWork.run({ ...tasks.at(-1)!, ...small })
  expect(sharing.last.value).toBeGreaterThan(alone.last.value)
})

it('a mean falls to liars whom a median takes', async () => {
  const tasks = await fleetRobustWork.tasks(settings)
  const of = async (name: string) =>
    fleetRobustWork.run({
      ...tasks.find(({ aggregator }) => aggregator === name)!,
      train: 3000,
      rounds: 8,
      test: 500,
    })
  const [mean, median] = [await of('mean'), await of('median')]
  const under = ({ under: found }: typeof mean) => found.find(({ lie }) => lie === 'reversed')!.accuracy.value
  expect(under(mean)).toBeLessThan(0.3)
  expect(under(median)).toBeGreaterThan(median.honest.value - 0.1)
})

const data = fileURLToPath(new URL('../../../shared/data', import.meta.url))
it.skipIf(!existsSync(join(data, 'wisdm')))(
  'a model fitted to its user beats everybody’s (skipped without ../shared/data)',
  async () => {
    const [task] = await fleetPersonalWork.tasks({ quick: true, seed: 0, data })
    const { users } = await fleetPersonalWork.run({ ...task!, rounds: 10 })
    const rightOf = (method: Method) => users.reduce((sum, { right }) => sum + right[method]!, 0)
    expect(users.length).toBe(36)
    expect(rightOf('personalised')).toBeGreaterThan(rightOf('global'))
    expect(rightOf('personalised')).toBeGreaterThan(rightOf('local'))
  },
)
