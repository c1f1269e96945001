// As many rounds as are told before are those that the ledger takes, one by one, by each of its rules.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createLedger } from '../../private/index.ts'
import type { Spend } from '../../private/ledger/spend.ts'
import { roundsHeld } from './roundsHeld.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-held-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each([
  ['sum', 1e-7],
  ['renyi', undefined],
  ['fixed', undefined],
] as const)('a ledger by %s takes as many as it was said to hold', async (composition, delta) => {
  const path = join(folder, `${composition}.ledger`)
  const ledger = await createLedger(path, {
    dataset: 'd',
    unit: 'table',
    epsilon: 4,
    delta: 1e-6,
    composition,
  })
  const losses: readonly Spend[] = [{ kind: 'concentrated', rho: 0.02 }]
  const request = { what: 'a round', unit: 'table', losses, delta }
  const held = roundsHeld(ledger, losses, delta, 100)
  expect(held).toBeGreaterThan(2)
  expect(held).toBeLessThan(100)
  expect(roundsHeld(ledger, losses, delta, 2)).toBe(2)
  for (let left = held; left > 0; left--) {
    expect(roundsHeld(ledger, losses, delta, 100)).toBe(left)
    ledger.spend(request)
  }
  expect(roundsHeld(ledger, losses, delta, 100)).toBe(0)
  expect(() => ledger.spend(request)).toThrow(/does not allow this/)
  ledger.close()
})
