// The tables on the page of leakage: one an attack.
// Source: results.ts.

import type { Metric, MetricName } from '../../src/audit/finding.ts'
import { digits } from '../../src/statistics/figures.ts'
import { markdownTable } from '../textTables.ts'
import type { LeakageTask } from './fleetLeakage.ts'
import type { LeakageRow } from './results.ts'

/** What each attack is judged by. */
export const judgedBy: Readonly<Record<LeakageTask['attack'], { metric: MetricName; title: string }>> = {
  inversion: { metric: 'ssim', title: 'SSIM' },
  rows: { metric: 'ssim', title: 'SSIM' },
  labels: { metric: 'labels', title: 'labels named' },
  membership: { metric: 'member', title: 'AUC' },
}

const networks = {
  lenet: 'LeNet, sigmoids',
  convolutional: 'convolutions, ReLU',
  dense: '256 dense, ReLU',
  'dense-small': '16 dense, ReLU',
} as const

/** The metric that a row is judged by. */
export const judged = ({ kind, metrics }: LeakageRow): Metric =>
  metrics.find(({ name }) => name === judgedBy[kind].metric)!

const text = ({ value, interval: [low, high] }: Pick<Metric, 'value' | 'interval'>): string =>
  `${value.toFixed(3)} [${low.toFixed(2)}, ${high.toFixed(2)}]`

/** The guesses' SSIM with rows that nobody sent: what matching many guesses with many rows gives by itself. */
const control = ({ measures }: LeakageRow): string => {
  const found = measures.find(({ name }) => name === 'ssim of the same guesses with rows that nobody sent')
  return found ? text(found) : '–'
}

export function leakageTable(
  kind: LeakageTask['attack'],
  rows: readonly LeakageRow[],
  drawn = markdownTable,
): string {
  const { title } = judgedBy[kind]
  const ofImages = title === 'SSIM'
  return drawn(
    [
      'what the server saw',
      'network',
      'attack',
      title,
      'chance',
      ...(ofImages ? ['with rows of nobody'] : []),
      'rows',
      'ε of it',
      'seconds',
    ],
    rows
      .filter((row) => row.kind === kind)
      .map((row) => [
        row.setting,
        networks[row.network],
        row.attack,
        text(judged(row)),
        judged(row).chance.toFixed(3),
        ...(ofImages ? [control(row)] : []),
        `${row.rows}`,
        row.epsilonOfMessage === null ? 'none' : digits(row.epsilonOfMessage, 3),
        row.seconds.toFixed(0),
      ]),
  )
}
