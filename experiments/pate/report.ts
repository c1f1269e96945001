// The report of PATE: what the answers cost by four accounts, and how far students come with them.
// Source: Papernot et al. 2018, section 4.4 (MNIST, Confident-GNMax: 286 answers, ε = 1.97 at δ = 10⁻⁵, 98.5%).

import type { Report, Settings } from '../experiment.ts'
import { shareText } from '../shares.ts'
import { plainTable } from '../textTables.ts'
import { priceFigure } from './figures.ts'
import type { PateResults } from './results.ts'
import { accountTable } from './tables.ts'

export function pateReport({ noise, publication, teachers, rows }: PateResults, { quick }: Settings): Report {
  const seeds = rows[0]?.published.length ?? 0
  const mean = (100 * teachers.mean).toFixed(1)
  const plurality = shareText(teachers.plurality)
  return {
    figures: { 'accuracy-epsilon': priceFigure(rows, teachers.count, seeds) },
    page: {
      quick,
      teachers: teachers.count,
      mean,
      worst: (100 * teachers.worst).toFixed(1),
      best: (100 * teachers.best).toFixed(1),
      plurality,
      minutes: (teachers.seconds / 60).toFixed(0),
      'sigma-threshold': noise.sigmaThreshold,
      threshold: noise.threshold,
      sigma: noise.sigma,
      table: accountTable(rows),
      seeds,
      'held-out': (rows[0]?.held.of ?? 0) / Math.max(1, seeds),
      seen: rows.map((row) => `${shareText(row.seen)} (${row.queries} asked)`).join(', '),
      order: publication.order,
      'fails-once-in': 1 / publication.failure,
    },
    summary: `${teachers.count} teachers are right on ${mean}% of the public images, the class with most of their votes on ${plurality}.\n${accountTable(rows, plainTable)}`,
  }
}
