// One budget that counted rows and persons alike: somebody with six rows got six times what the ledger said.
// Source: attackers from outside; Dwork and Roth 2014, theorem 2.2 (groups). The form of before is `sumBefore`, here.
// It shows counts, whose loss is known exactly; other releases are converted as src/private/ledger/PROOF.md says.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FrostglassError } from '../../errors.ts'
import { createLedger } from '../../private/ledger/ledger.ts'
import type { Exhibit } from './exhibit.ts'

const rows = 6
const budget = 1
/** Counts with discrete Laplace noise, each of a third of the budget: of people, and of their rows. */
const asked = [{ unit: 'person' }, { unit: 'row' }, { unit: 'row' }] as const
const scale = 3 / budget

/** As it was: prices add up, whatever they are about. Answers which requests were admitted. */
function sumBefore(): boolean[] {
  let spent = 0
  return asked.map(() => {
    if (spent + 1 / scale > budget * (1 + 1e-9)) return false
    spent += 1 / scale
    return true
  })
}

async function sumToday(): Promise<boolean[]> {
  const folder = mkdtempSync(join(tmpdir(), 'frostglass-exhibit-'))
  try {
    const ledger = await createLedger(join(folder, 'people.ledger'), {
      dataset: 'people',
      unit: 'person',
      epsilon: budget,
      delta: 1e-6,
    })
    const admitted = asked.map(({ unit }) => {
      const spend = { what: 'count', losses: [{ kind: 'discrete-laplace', scale, sensitivity: 1 }] as const }
      // An honest caller says how many rows a person has; one who does not is refused.
      for (const contributions of unit === 'row' ? [undefined, rows] : [undefined])
        try {
          ledger.spend({ ...spend, unit, contributions })
          return true
        } catch (error) {
          if (!(error instanceof FrostglassError)) throw error
        }
      return false
    })
    ledger.close()
    return admitted
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const mixedUnits: Exhibit = {
  name: 'mixed-units',
  title: 'A budget that takes rows for persons',
  claim: 'All that is released about one person stays within the budget of the ledger.',
  source: 'attackers from outside',
  mended:
    'A spend says whose data it is about; a ledger counts one unit, and charges rows for as many as a person has, or refuses.',
  async run(form) {
    const admitted = form === 'before' ? sumBefore() : await sumToday()
    // The person's six rows move a count of rows by six: an answer above both counts is e^{6/scale} times as likely.
    const measured = asked.reduce(
      (sum, { unit }, i) => sum + (admitted[i] ? (unit === 'row' ? rows : 1) / scale : 0),
      0,
    )
    return { allowed: budget, measured, unit: 'ε about a person with six rows' }
  },
}
