// A private node from its budget to its leave: two tables' whole conversations side by side, and what rounds are priced at.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { type Dataset, dense, initialWeights, sequential } from '../../learn/index.ts'
import { createLedger } from '../../private/index.ts'
import { writeStep } from '../learner/stepFile.ts'
import { addNoise, updateNoise } from '../privacy/updateNoise.ts'
import type { Content, FlowerRecord } from './content.ts'
import type { Transport } from './contract.ts'
import { type JoinNews, joinFleet, termsOf } from './joinFleet.ts'
import { drawNodeKey, readNodeKey } from './nodeKey.ts'
import { privateRounds } from './privateNode.ts'
import { fakeServer } from './testing.ts'
import { connectTo } from './transport.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-join-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const model = sequential([dense({ units: 3, activation: 'tanh' }), dense({ units: 1 })], { input: [2] })
const message = (rate: number): Content =>
  new Map<string, FlowerRecord>([
    ['arrays', { arrays: new Map(Object.entries(initialWeights(model, 1))) }],
    ['config', { config: new Map([['rate', { double: rate }]]) }],
  ])
const tableOf = (rows: number, value: (i: number) => number): Dataset => ({
  x: tensor(
    Float64Array.from({ length: 2 * rows }, (_, i) => value(i)),
    [rows, 2],
    'float64',
  ),
  y: tensor(
    Float64Array.from({ length: rows }, (_, i) => value(i)),
    [rows, 1],
    'float64',
  ),
})
const own = { rate: 0.1, epochs: 1, batch: 8 }
const taskOf = (data: Dataset) => ({
  model,
  loss: 'meanSquaredError' as const,
  data,
  own,
  requireMeaning: () => undefined,
  ownStep: () => writeStep(model, 'meanSquaredError'),
})

/** All that a node of a table sends while it answers three messages: calls in their order, with the bytes of each. */
async function conversation(name: string, data: Dataset): Promise<readonly string[]> {
  const server = await fakeServer()
  const { call, close } = connectTo(server.url)
  const sent: string[] = []
  const recording: Transport = (path, body, options) => {
    // How often it looks for messages, and for its reply's fate, is a matter of the clock alone.
    if (!/pull-messages|pull-object|heartbeat/.test(path))
      sent.push(`${path} ${body.length} ${Object.keys(options.headers)}`)
    return call(path, body, options)
  }
  const ledger = await createLedger(join(folder, `${name}.ledger`), {
    dataset: name,
    unit: 'table',
    epsilon: 2,
    delta: 1e-6,
    composition: 'renyi',
  })
  const key = readNodeKey(drawNodeKey())
  const news: JoinNews[] = []
  const joined = joinFleet(recording, {
    task: taskOf(data),
    protection: { unit: 'table', clip: 1 },
    epsilon: 2,
    delta: 1e-6,
    rounds: 2,
    ledger,
    key,
    folder: join(folder, name),
    leave: new AbortController().signal,
    most: 4,
    examples: 1,
    limit: 60,
    onNews: (one) => news.push(one),
  })
  while (!server.calls.includes('pull-messages'))
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 10)), joined])
  const nodeId = server.nodeIdOf(key.publicPem)!
  for (const [type, rate] of [
    ['train', 0.1],
    ['evaluate', 0.1],
    // Whatever diverges.
    ['train', 1e6],
    ['train', 0.1],
  ] as const) {
    const outcome = await server.ask(nodeId, type, message(rate)).outcome
    sent.push('reason' in outcome ? outcome.reason : outcome.what)
  }
  await joined
  expect(news.filter(({ what }) => what === 'paid')).toHaveLength(2)
  expect(ledger.entries()).toHaveLength(2)
  ledger.close()
  close()
  await server.close()
  return sent
}

describe('a private node', () => {
  it('says the same to the byte, whatever its table is, but for numbers with noise in them', async () => {
    const usual = await conversation(
      'usual',
      tableOf(50, (i) => Math.sin(i)),
    )
    expect(usual.filter((line) => line === 'content')).toHaveLength(2)
    // Bytes of protobuf's numbers vary with the node's id and the time, not here: both are of one size.
    for (const [name, data] of Object.entries({
      short: tableOf(1, () => 1),
      zeros: tableOf(9, () => 0),
      'no numbers': tableOf(3, () => Number.NaN),
      huge: tableOf(300, () => 1e200),
    }))
      expect(await conversation(name, data)).toEqual(usual)
  })
})

it('a private node leaves a server that is gone when it is told to, and tells what it waited for', async () => {
  const key = readNodeKey(drawNodeKey())
  const ledger = await createLedger(join(folder, 'gone.ledger'), {
    dataset: 'gone',
    unit: 'table',
    epsilon: 2,
    delta: 1e-6,
    composition: 'renyi',
  })
  const leave = new AbortController()
  const waits: string[] = []
  const { call, close } = connectTo('http://127.0.0.1:1')
  try {
    await expect(
      joinFleet(call, {
        task: taskOf(tableOf(20, Math.sin)),
        protection: { unit: 'table', clip: 1 },
        epsilon: 2,
        delta: 1e-6,
        rounds: 2,
        ledger,
        key,
        folder: join(folder, 'gone'),
        leave: leave.signal,
        examples: 1,
        limit: 60,
        onNews(one) {
          if (one.what === 'waiting') waits.push(one.why)
          leave.abort()
        },
      }),
    ).rejects.toMatchObject({ code: 'aborted' })
    expect(waits).toEqual([expect.stringContaining('ECONNREFUSED')])
  } finally {
    ledger.close()
    close()
  }
})

describe('the terms', () => {
  const budget = { epsilon: 3, delta: 1e-5, rounds: 5, composition: 'renyi' } as const
  const task = taskOf(tableOf(100, Math.cos))

  it('of a share are the root of so many honest nodes less noise, and the sum has what was priced', () => {
    const alone = termsOf({ unit: 'table', clip: 1 }, task, budget)
    const shared = termsOf({ unit: 'table', clip: 1, honest: 25 }, task, budget)
    expect(alone.noiseMultiplier / shared.noiseMultiplier / 5).toBeCloseTo(1, 2)
    expect(shared.all.epsilon).toBeLessThanOrEqual(3)
    const noise = updateNoise(1, shared.noiseMultiplier)
    const numbers = 3000
    const sum = new Float64Array(numbers)
    for (let node = 0; node < 25; node++) addNoise(sum, noise)
    const deviation = Math.sqrt(sum.reduce((s, v) => s + v * v, 0) / numbers) * 2 ** noise.exponent
    // Six standard errors of a deviation.
    expect(Math.abs(deviation / alone.noiseMultiplier - 1)).toBeLessThan(6 / Math.sqrt(2 * numbers) + 0.002)
  })

  it('of time are a day a round at most', () => {
    const rounds = { rounds: 1, paid: async () => 0 }
    for (const limit of [86_401, 1e300, Number.NaN, 0])
      expect(() => privateRounds({ ...rounds, limit })).toThrow('at most 86400')
    expect(privateRounds({ ...rounds, limit: 86_400 })).toBeTypeOf('function')
  })

  it('of rows are by the node’s own batches and epochs', () => {
    const { losses } = termsOf({ unit: 'row', clip: 1, clipping: 'flat' }, task, {
      ...budget,
      composition: 'sum',
    })
    expect(losses).toEqual([
      { kind: 'sampled-gaussian', noiseMultiplier: expect.any(Number), rate: 0.08, times: 13 },
    ])
  })
})
