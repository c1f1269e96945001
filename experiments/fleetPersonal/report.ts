// The report of personalisation: global, local and fitted models, of users of the fleet and of others.
// Source: Servia-Rodríguez et al. 2018; the mark (better than both) is this project's own.

import type { Report, Settings } from '../experiment.ts'
import { plainTable } from '../textTables.ts'
import { usersFigure } from './figures.ts'
import type { PersonalResults } from './results.ts'
import { comparisonTable, totalsTable, usersTable } from './tables.ts'

export function fleetPersonalReport(
  { rounds, seeds, fleet, apart }: PersonalResults,
  { quick }: Settings,
): Report {
  return {
    figures: { 'fleet-personal': usersFigure(fleet) },
    page: {
      quick,
      rounds,
      seeds: seeds === 1 ? 'one seed' : `${seeds} seeds`,
      users: fleet.users.length,
      totals: totalsTable(fleet),
      comparisons: comparisonTable(fleet),
      // Better than both, and not by chance over users.
      better: fleet.comparisons.every(({ gain }) => gain.interval[0] > 0),
      whole: usersTable(fleet),
      apart:
        apart === null
          ? []
          : [
              {
                strangers: apart.users.length,
                'totals-apart': totalsTable(apart),
                'comparisons-apart': comparisonTable(apart),
              },
            ],
    },
    summary: `${totalsTable(fleet, plainTable)}\n${comparisonTable(fleet, plainTable)}`,
  }
}
