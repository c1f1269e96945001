// Random projection: normalised rows through a secret Gaussian matrix to fewer columns, one matrix for all or each its own.
// Source: Liu, Kargupta and Ryan, Random Projection-Based Multiplicative Data Perturbation (TKDE 2006), section 5.
// Distances are kept on average and cells are not to be had exactly; known samples rebuild the matrix: see BREAK.md.

import { FrostglassError } from '../../errors.ts'
import { stream } from '../../secret/index.ts'
import {
  applyMatrix,
  type ColumnPane,
  columnFingerprint,
  normalised,
  type Protection,
  rangesOf,
} from './protection.ts'

/** Options of the protection {@link projection}. */
export interface ProjectionOptions {
  /** Columns that come out: fewer than go in. */
  readonly dimensions: number
  /**
   * How many participants protect rows of one table, each with a matrix of its own; 1 if absent, one shared matrix.
   * Rows are theirs in consecutive runs of near equal length.
   */
  readonly participants?: number | undefined
}

/**
 * `y = R x / (√m σ)` as a {@link Protection}: x normalised to [-0.5, 0.5], R of m rows with entries from N(0, σ²). What
 * comes out does not depend on σ, so that it is 1. There is no way back: `restore` is absent.
 * @example projection.fit(columns, { dimensions: 4, secret }).protect(columns)
 */
export const projection: Protection<ProjectionOptions> = {
  name: 'projection',
  summary:
    'Gaussian random projection of normalised rows to fewer columns, one matrix for all or one a participant',
  givesAway:
    'distances between rows of one matrix, roughly, and most of the variance to who knows some of its rows',
  fit(columns, { dimensions, participants = 1, secret }) {
    const ranges = rangesOf(columns)
    const size = columns.length
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions >= size) {
      throw new FrostglassError(
        'usage',
        `a projection of ${size} columns has from 1 to ${size - 1} dimensions, but ${dimensions} came`,
        'Take another protection, such as rotation, to keep their number.',
      )
    }
    if (!Number.isInteger(participants) || participants < 1) {
      throw new FrostglassError('usage', `one participant or more protect a table, but ${participants} came`)
    }
    const matrices = Array.from({ length: participants }, (_, p) => {
      const random = stream(secret, 'matrix', p + 1)
      return Float64Array.from({ length: dimensions * size }, () => random.gaussian() / Math.sqrt(dimensions))
    })
    const pane: ColumnPane = {
      standing: 'secret',
      scheme: 'projection',
      fingerprint: columnFingerprint(secret, 'projection', { dimensions, participants }),
      about: { name: 'projection', layers: 1 },
      outputs: dimensions,
      protect(raw) {
        const scaled = normalised(raw, ranges)
        const rows = scaled[0]!.length
        const out = Array.from({ length: dimensions }, () => new Float64Array(rows))
        matrices.forEach((matrix, p) => {
          const [from, to] = [firstRow(p, rows), firstRow(p + 1, rows)]
          const run = scaled.map((column) => column.subarray(from, to))
          applyMatrix(matrix, dimensions, run).forEach((column, i) => {
            out[i]!.set(column, from)
          })
        })
        return out
      },
      participantsOf: participants > 1 ? participantsOf : undefined,
    }
    return Object.freeze(pane)

    function firstRow(participant: number, rows: number): number {
      return Math.ceil((participant * rows) / participants)
    }

    function participantsOf(rows: number): Int32Array {
      return Int32Array.from({ length: rows }, (_, r) => Math.floor((r * participants) / rows))
    }
  },
}
