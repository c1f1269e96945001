// Rounds of a state folder: counted over all lives of a node, before the entry, and never more entries than its owner allowed.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { afterAll, describe, expect, it } from 'vitest'
import { tensor } from '../../graph/index.ts'
import { dense, initialWeights, sequential } from '../../learn/index.ts'
import { createLedger, type Ledger, openLedger } from '../../private/index.ts'
import type { Content, FlowerRecord } from '../flower/content.ts'
import { MetadataSchema } from '../flower/flower_pb.js'
import { withPrivateAnswer } from '../flower/joinFleet.ts'
import { refusals } from '../flower/privateNode.ts'
import { writeStep } from '../learner/stepFile.ts'
import { openAccount, paidRounds } from './account.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-account-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const budget = { dataset: 'd', unit: 'table', epsilon: 9, delta: 1e-5, composition: 'renyi' } as const
const newLedger = (name: string): Promise<Ledger> => createLedger(join(folder, `${name}.ledger`), budget)
const model = sequential([dense({ units: 1 })], { input: [2] })
const training = {
  metadata: create(MetadataSchema, { messageType: 'train', runId: 5n }),
  content: new Map<string, FlowerRecord>([
    ['arrays', { arrays: new Map(Object.entries(initialWeights(model, 1))) }],
    ['config', { config: new Map() }],
  ]) as Content,
}

/** One life of a node, of Flower or of a coordinator: it is asked so often, and is ended. */
async function live(
  path: string,
  state: string,
  asked: number,
  { rounds = 2, epsilon = 1 } = {},
): Promise<string[]> {
  const ledger = openLedger(path)
  const told: string[] = []
  await withPrivateAnswer(
    {
      task: {
        model,
        loss: 'meanSquaredError',
        data: { x: tensor([1, 2, 3, 4], [2, 2], 'float64'), y: tensor([1, 2], [2, 1], 'float64') },
        own: { rate: 0.1, epochs: 1, batch: 2 },
        requireMeaning: () => undefined,
        ownStep: () => writeStep(model, 'meanSquaredError'),
      },
      protection: { unit: 'table', clip: 1 },
      epsilon,
      delta: 1e-6,
      rounds,
      ledger,
      folder: state,
      examples: 1,
      limit: 60,
    },
    async (answer) => {
      for (let i = 0; i < asked; i++) {
        const made = await answer(training, undefined)
        told.push('refused' in made ? made.refused : 'answered')
      }
    },
  )
  ledger.close()
  return told
}

describe('rounds of a state folder', () => {
  it('are those that its owner allowed, in three lives of the node', async () => {
    const ledger = await newLedger('lives')
    const state = join(folder, 'lives')
    expect(await live(ledger.path, state, 1)).toEqual(['answered'])
    expect(await live(ledger.path, state, 3)).toEqual(['answered', refusals.rounds, refusals.rounds])
    expect(await live(ledger.path, state, 2)).toEqual([refusals.rounds, refusals.rounds])
    expect(ledger.entries()).toHaveLength(2)
    expect(await paidRounds(state)).toBe(2)
    // Another ε begins no new count; more rounds are those that lack.
    expect(await live(ledger.path, state, 1, { epsilon: 2 })).toEqual([refusals.rounds])
    expect(await live(ledger.path, state, 2, { rounds: 3 })).toEqual(['answered', refusals.rounds])
    expect(ledger.entries()).toHaveLength(3)
    ledger.close()
  })

  it('are counted before the entry is made, and not where none is', async () => {
    const ledger = await newLedger('order')
    const state = join(folder, 'order')
    const seen: number[] = []
    const watched: Ledger = {
      ...ledger,
      async spendInTurn(request) {
        seen.push(await paidRounds(state))
        return ledger.spendInTurn(request)
      },
    }
    const terms = { losses: [{ kind: 'concentrated', rho: 0.01 }], delta: undefined, unit: 'table' } as const
    await (await openAccount(watched, state, terms))('one')
    const dear = { ...terms, losses: [{ kind: 'concentrated', rho: 100 }] } as const
    await expect((await openAccount(watched, state, dear))('too dear')).rejects.toMatchObject({
      code: 'policy',
    })
    expect(seen).toEqual([1, 2])
    expect(await paidRounds(state)).toBe(1)
    expect(ledger.entries()).toHaveLength(1)
    ledger.close()
  })

  it('are not begun anew where the count is damaged or gone', async () => {
    const ledger = await newLedger('damaged')
    const state = join(folder, 'damaged')
    await live(ledger.path, state, 1)
    const count = join(state, 'rounds.paid')
    expect(readFileSync(count, 'utf8')).toBe('1\n')
    for (const text of ['', '-1\n', '0x0\n', '1']) {
      writeFileSync(count, text)
      await expect(paidRounds(state)).rejects.toThrow('is damaged')
    }
    rmSync(count)
    await expect(paidRounds(state)).rejects.toThrow('is gone')
    expect(await live(ledger.path, state, 1)).toEqual([refusals.unpaid])
    expect(ledger.entries()).toHaveLength(1)
    ledger.close()
  })
})
