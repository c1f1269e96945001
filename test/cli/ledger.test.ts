import { chmodSync, truncateSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openLedger } from '../../src/private/index.ts'
import { json, refused, workplace, works } from './harness.ts'

const place = workplace()
const budget = '--dataset census --epsilon 0.5 --delta 1e-6'

it('makes a ledger and shows what is spent and left', async () => {
  const { out } = await works(place, `ledger create a.ledger ${budget}`)
  expect(out).toMatch(/census[\s\S]*0.5: 0 spent, 0.5 left[\s\S]*sum[\s\S]*spends +│ +0 │/)
  const ledger = openLedger(place.at('a.ledger'))
  ledger.spend({
    what: 'SELECT COUNT(*)\n\u001b[2JFROM data',
    unit: 'row',
    losses: [{ kind: 'priced', epsilon: 0.2, delta: 0 }],
  })
  ledger.close()
  const shown = await works(place, 'ledger show a.ledger')
  expect(shown.out).toMatch(
    /SELECT COUNT\(\*\) \[2JFROM data[\s\S]*0.5: 0.2 spent, 0.3 left[\s\S]*spends +│ +1 │/,
  )
  expect(shown.out).not.toContain('\u001b')
  expect(shown.err).toBe('')
  expect(await json(place, 'ledger show a.ledger')).toMatchObject({
    dataset: 'census',
    composition: 'sum',
    entries: 1,
    left: { epsilon: 0.3, delta: 1e-6 },
    spends: [{ number: 1, epsilon: 0.2, losses: [{ kind: 'priced', epsilon: 0.2, delta: 0 }] }],
  })
})

it('never replaces a ledger, and refuses what is none', async () => {
  await works(place, `ledger create b.ledger ${budget} --composition renyi`)
  await refused(place, `ledger create b.ledger ${budget}`, 2, [
    /exists already\n {2}try a ledger is never replaced/,
  ])
  await refused(place, `ledger create c.ledger --dataset d --epsilon 1 --delta 1`, 2, [
    /δ must be between 0 and 1/,
  ])
  await refused(place, 'ledger show none.ledger', 2, [/there is no ledger none.ledger/])
  writeFileSync(place.at('empty.ledger'), '')
  await refused(place, 'ledger show empty.ledger', 2, [/empty.ledger is not a ledger/])
  truncateSync(place.at('b.ledger'), 5000)
  await refused(place, 'ledger show b.ledger', 2, [/b.ledger is damaged/])
})

it.skipIf(process.getuid?.() !== 0)(
  'shows a ledger that may not be written, and does not spend there',
  async () => {
    await works(place, `ledger create d.ledger ${budget}`)
    chmodSync(place.at('d.ledger'), 0o444)
    const shown = await works(place, 'ledger show d.ledger', { uid: 65534 })
    expect(shown.out).toMatch(/0.5 left/)
  },
)
