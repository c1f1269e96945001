// The report of private training over users: accuracy at one ε, by clipping, with its account.
// Source: McMahan et al. 2018; Andrew et al. 2021.

import type { Report, Settings } from '../experiment.ts'
import { shareText } from '../shares.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { nameOf, normsFigure, roundsFigure } from './figures.ts'
import type { PrivateResults, PrivateRow } from './results.ts'

const table = (rows: readonly PrivateRow[], drawn = markdownTable) =>
  drawn(
    ['clipping norm', 'accuracy', 'ε spent', 'noise over norm', 'last norm', 'users a round', 'seconds'],
    rows.map((row) => [
      nameOf(row),
      shareText(row.last),
      row.spent === null ? 'none' : row.spent.epsilon.toFixed(3),
      row.spent === null ? '–' : row.spent.noiseMultiplier.toFixed(3),
      row.clips === null ? '–' : row.clips.at(-1)!.toFixed(3),
      `${row.cohorts[0]} to ${row.cohorts[1]}`,
      row.seconds.toFixed(0),
    ]),
  )

export function fleetPrivateReport(results: PrivateResults, { quick }: Settings): Report {
  const { users, participation, rounds, epsilon, delta, parameters, rows } = results
  return {
    figures: { 'fleet-private': roundsFigure(results), 'fleet-private-norm': normsFigure(results) },
    page: {
      quick,
      users: users.toLocaleString('en'),
      participation,
      rounds,
      epsilon,
      delta,
      parameters: parameters.toLocaleString('en'),
      table: table(rows),
    },
    summary: table(rows, plainTable),
  }
}
