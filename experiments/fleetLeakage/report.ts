// The report of leakage: what each attack got, and the two marks: a digit from a plain gradient, none behind noise.
// Source: Geiping et al. 2020; the marks (SSIM of 0.9; chance) are this project's own.

import type { Report, Settings } from '../experiment.ts'
import { plainTable } from '../textTables.ts'
import { shownSettings } from './drawn.ts'
import { noiseAtPrice } from './fleetLeakage.ts'
import type { LeakageResults } from './results.ts'
import { judged, leakageTable } from './tables.ts'

const kinds = ['inversion', 'rows', 'labels', 'membership'] as const

export function fleetLeakageReport({ price, rows }: LeakageResults, { quick }: Settings): Report {
  const inverted = (setting: string) =>
    judged(
      rows.find(
        (row) => row.kind === 'inversion' && row.network === 'convolutional' && row.setting === setting,
      )!,
    )
  const [plain, noisy] = [inverted('plain'), inverted('noise of ε = 8')]
  return {
    figures: {},
    page: {
      quick,
      plain: plain.value.toFixed(3),
      'is-reached': plain.value >= 0.9,
      noisy: noisy.value.toFixed(3),
      chance: noisy.chance.toFixed(3),
      'is-hidden': noisy.interval[0] <= noisy.chance,
      users: price.users.toLocaleString('en'),
      share: price.rate,
      rounds: price.rounds,
      epsilon: price.epsilon,
      delta: price.delta.toExponential(),
      noise: noiseAtPrice().toFixed(3),
      lines: shownSettings.join('; '),
      ...Object.fromEntries(kinds.map((kind) => [kind, leakageTable(kind, rows)])),
    },
    summary: kinds.map((kind) => leakageTable(kind, rows, plainTable)).join('\n'),
  }
}
