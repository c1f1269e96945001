// The report of encrypted training: held-out accuracy beside the plain, round trips, bytes, time.
// Source: encryptedTraining.ts.

import type { Report, Settings } from '../experiment.ts'
import { accuracyFigure } from './figures.ts'
import type { EncryptedTrainingResults } from './results.ts'
import { accuracyTable, costTable, plainTables } from './tables.ts'

export function encryptedTrainingReport({ rows }: EncryptedTrainingResults, { quick }: Settings): Report {
  return {
    figures: { 'encrypted-training': accuracyFigure(rows) },
    page: {
      quick,
      accuracy: accuracyTable(rows),
      costs: costTable(rows),
      rows: rows.map(({ data, model, encrypted, largest, reach, weightError }) => ({
        data,
        model,
        encrypted,
        largest: largest.toFixed(1),
        fitted: reach === null ? [] : [{ reach }],
        'weight-error': weightError.toPrecision(2),
      })),
      plans: rows.map(({ plan }) => ({ plan })),
    },
    summary: plainTables(rows),
  }
}
