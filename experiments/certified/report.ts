// The report of certified panes: what was to be reached, what there was before, and every dial.
// Source: results.ts, pageValues.ts, figures.ts.

import type { Report, Settings } from '../experiment.ts'
import { plainTable } from '../textTables.ts'
import { channelFigure, leakFigure, mergingFigure } from './figures.ts'
import { pageValues } from './pageValues.ts'
import type { CertifiedResults } from './results.ts'
import { targetTable } from './tables.ts'

export const certifiedReport = (results: CertifiedResults, settings: Settings): Report => ({
  figures: {
    'certified-leaks': leakFigure(results),
    'certified-merging': mergingFigure(results),
    'certified-channels': channelFigure(results),
  },
  page: pageValues(results, settings),
  summary: targetTable(results, !settings.quick, plainTable),
})
