// Rotation perturbation: normalised rows turned by one secret orthogonal matrix, and moved by a secret translation if asked.
// Source: Chen and Liu, Privacy Preserving Data Classification with Rotation Perturbation (ICDM 2005).
// Every distance between rows is kept, for whoever learns from them and for whoever attacks: see BREAK.md.

import { stream } from '../../secret/index.ts'
import { haarOrthogonal } from './matrix.ts'
import {
  applyMatrix,
  type ColumnPane,
  columnFingerprint,
  denormalised,
  normalised,
  type Protection,
  rangesOf,
  requireColumns,
} from './protection.ts'

/** Options of the protection {@link rotation}. */
export interface RotationOptions {
  /** Adds a secret number to each released column, uniform on [-0.5, 0.5]; false if absent. */
  readonly translation?: boolean | undefined
}

/**
 * `y = R x + t` as a {@link Protection}: x normalised to [-0.5, 0.5], R uniform (Haar) on the orthogonal matrices.
 * @example rotation.fit(columns, { secret }).protect(columns)
 */
export const rotation: Protection<RotationOptions> = {
  name: 'rotation',
  summary: 'rotation perturbation: one secret orthogonal matrix turns all normalised rows',
  givesAway:
    'all distances between rows, and with as many known rows as columns plus one every cell, exactly',
  fit(columns, { secret, translation = false }) {
    const ranges = rangesOf(columns)
    const size = columns.length
    const matrix = haarOrthogonal(size, stream(secret, 'matrix', 1))
    const transposed = matrix.map((_, i) => matrix[(i % size) * size + Math.floor(i / size)]!)
    const random = stream(secret, 'bias', 1)
    const offset = Float64Array.from({ length: size }, () => (translation ? random.uniform() - 0.5 : 0))
    const pane: ColumnPane = {
      standing: 'secret',
      scheme: 'rotation',
      fingerprint: columnFingerprint(secret, 'rotation', { translation }),
      about: { name: 'rotation', layers: 1 },
      outputs: size,
      protect: (raw) =>
        applyMatrix(matrix, size, normalised(raw, ranges)).map((y, i) => y.map((v) => v + offset[i]!)),
      restore(protectedColumns) {
        requireColumns(protectedColumns, size)
        const turned = protectedColumns.map((y, i) => y.map((v) => v - offset[i]!))
        return denormalised(applyMatrix(transposed, size, turned), ranges)
      },
    }
    return Object.freeze(pane)
  },
}
