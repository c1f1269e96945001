// The tables on the page of membership.
// Source: results.ts.

import type { MembershipAttack } from '../../src/audit/index.ts'
import { percent } from '../../src/statistics/figures.ts'
import type { Estimate } from '../estimates.ts'
import { markdownTable, points } from '../textTables.ts'
import type { AttackRow, AuditRow } from './results.ts'

export const titles: Readonly<Record<MembershipAttack, string>> = {
  threshold: 'loss threshold',
  'class-threshold': 'thresholds by class',
  'lira-online': 'LiRA, online',
  'lira-offline': 'LiRA, offline',
}

type Drawn = typeof markdownTable

export const attackTable = (rows: readonly AttackRow[], drawn: Drawn = markdownTable): string =>
  drawn(
    ['training', 'attack', 'AUC', 'found at 0.1% false alarms', 'at 1%', 'balanced accuracy'],
    rows.map((row) => [
      row.training,
      titles[row.attack],
      row.auc.value.toFixed(3),
      share(row.atThousandth),
      share(row.atHundredth),
      share(row.balancedAccuracy),
    ]),
  )

export const auditTable = (rows: readonly AuditRow[], drawn: Drawn = markdownTable): string =>
  drawn(
    ['claimed ε', 'noise', 'σ', 'accuracy', 'canaries told apart', 'lower bound on ε', 'caught'],
    rows.map((row) => [
      String(row.epsilon),
      row.fault === 1 ? 'as claimed' : 'a tenth of it',
      row.noiseMultiplier.toFixed(2),
      percent(row.accuracy),
      percent(row.auc),
      row.bounds.map((bound) => bound.toFixed(2)).join(', '),
      `${row.caught} of ${row.runs}`,
    ]),
  )

/** e.g. `8.1% [7.2, 9.0]`. */
export const share = ({ value, interval: [low, high] }: Estimate): string =>
  `${percent(value)} [${points(low)}, ${points(high)}]`
