// A ledger's older copy put back: a whole chain with room in its budget, and nothing in it that says what is gone.
// Source: attackers from outside; Haber and Stornetta 1991 (chains, and heads kept elsewhere).
// It shows what a kept head tells. Who keeps none, or releases before comparing, notices nothing, today as before.

import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLedger, openLedger } from '../../private/ledger/ledger.ts'
import type { Exhibit } from './exhibit.ts'

const spend = { what: 'count', unit: 'row', losses: [{ kind: 'priced', epsilon: 0.2, delta: 0 }] as const }

export const ledgerRestored: Exhibit = {
  name: 'ledger-restored',
  title: 'Yesterday’s ledger put back',
  claim: 'What is spent stays spent: an owner who checks the ledger sees when it is not.',
  source: 'attackers from outside',
  mended: 'A ledger tells its head; one that does not continue a head that was kept is refused.',
  async run(form) {
    const folder = mkdtempSync(join(tmpdir(), 'frostglass-exhibit-'))
    try {
      const [path, copy] = [join(folder, 'people.ledger'), join(folder, 'copy')]
      const ledger = await createLedger(path, { dataset: 'people', epsilon: 1, delta: 1e-6 })
      ledger.spend(spend)
      copyFileSync(path, copy)
      for (let i = 0; i < 4; i++) ledger.spend(spend)
      const kept = ledger.head()
      ledger.close()
      copyFileSync(copy, path)
      const restored = openLedger(path)
      // All that an owner could check before: that the chain is whole, which it is.
      const noticed = form === 'today' && !restored.continues(kept)
      const regained = restored.state().left.epsilon
      restored.close()
      return { allowed: 0, measured: noticed ? 0 : regained, unit: 'ε regained without notice' }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
}
