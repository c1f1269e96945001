import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createLedger, type Ledger } from '../../private/index.ts'
import { type NotedTraining, noteOf, requireNoted } from './privateCheckpoint.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-noted-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
const losses = [{ kind: 'sampled-gaussian', noiseMultiplier: 2, rate: 0.1, times: 10 }] as const
writeFileSync(at('people.csv'), 'a\n1\n')
writeFileSync(at('others.csv'), 'a\n2\n')

const ledgerOf = (name: string, table?: string) =>
  createLedger(at(name), { dataset: 'people', epsilon: 9, delta: 1e-3, table })

async function noted(ledger: Ledger, table = 'people.csv'): Promise<NotedTraining> {
  const source = await ledger.sourceOf(at(table))
  return { path: 'c', table: 'people.csv', told: [1], ledger, losses, source }
}

const pay = async (ledger: Ledger, table = 'people.csv') =>
  ledger.spend({
    what: 'training',
    losses,
    delta: 1e-5,
    unit: 'row',
    source: await ledger.sourceOf(at(table)),
  }).number

it('a training goes on with the ledger that paid for it, and with no other of its name and price', async () => {
  const [paid, other] = [await ledgerOf('paid.ledger'), await ledgerOf('other.ledger')]
  const note = noteOf(await noted(paid), await pay(paid))
  expect(() => requireNoted(note, { ...({} as NotedTraining), path: 'c' })).toThrow()
  requireNoted(note, await noted(paid))
  await pay(other)
  const elsewhere = await noted(other)
  expect(() => requireNoted(note, elsewhere)).toThrow(/no entry 1 that pays/)
  // Later entries are no matter.
  await pay(paid)
  requireNoted(note, await noted(paid))
  paid.close()
  other.close()
})

it('a training goes on with the file that its ledger is tied to, also once that was corrected', async () => {
  const ledger = await ledgerOf('tied.ledger', at('people.csv'))
  const note = noteOf(await noted(ledger), await pay(ledger))
  const swapped = await noted(ledger, 'others.csv')
  expect(() => requireNoted(note, swapped)).toThrow(/tied to another file/)
  await ledger.tie(at('others.csv'))
  requireNoted(note, swapped)
  const second = noteOf(swapped, await pay(ledger, 'others.csv'))
  requireNoted(second, swapped)
  ledger.close()
})
