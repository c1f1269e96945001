// The layers of Smart Privacy Guardian over columns in memory: normalise, order, then matrix, bias and activation each.
// Source: SPG section 4.2, stages 1 and 4 to 7. The readable twin of graphs.ts; a test keeps the two equal.
// It is broken by known rows, exactly for one layer: see BREAK.md.

import { FrostglassError } from '../../errors.ts'
import { stream } from '../../secret/index.ts'
import type { KeyActivationName } from './activationNames.ts'
import { keyActivation } from './activations.ts'
import { calibrationFor, type Layer, layerOf, secretBias, secretMatrix } from './layers.ts'
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

/** Options of the protection {@link layered}. */
export interface LayeredOptions {
  /** Layers of matrix, bias and activation; from 1. There is no upper limit: precision is the caller's to measure. */
  readonly layers: number
  readonly activation: KeyActivationName
  /** As a key has it: `bounded` scales each layer to the data, `glorot` is the paper's and does not. */
  readonly matrix: 'bounded' | 'glorot'
  /** Stage 6. As a key has it if absent: a secret bias for `bounded`, none for `glorot`. */
  readonly bias?: boolean | undefined
  /** Stage 4, the secret order of attributes; true if absent. */
  readonly columnOrder?: boolean | undefined
  /** `float32` rounds the output of every layer, as a service that computes in float32 would; `float64` if absent. */
  readonly precision?: 'float64' | 'float32' | undefined
}

/**
 * SPG's layers as a {@link Protection}.
 * @example layered.fit(columns, { layers: 3, activation: 'tanh', matrix: 'bounded', secret }).protect(columns)
 */
export const layered: Protection<LayeredOptions> = {
  name: 'layered',
  summary: 'Smart Privacy Guardian: secret invertible layers of matrix, bias and a public activation',
  givesAway: 'most cells of all rows to an adversary who knows a few rows; for one layer everything, exactly',
  fit(columns, options) {
    const { layers: count, matrix: kind, secret, columnOrder = true, precision = 'float64' } = options
    if (!Number.isInteger(count) || count < 1) {
      throw new FrostglassError('usage', `a protection has one layer or more, but ${count} came`)
    }
    const { bias = kind === 'bounded' } = options
    const chosen = keyActivation(options.activation)
    const { forward, inverse } = chosen.plain
    const ranges = rangesOf(columns)
    const size = columns.length
    const order = columnOrder
      ? stream(secret, 'columns').permutation(size)
      : Int32Array.from({ length: size }, (_, i) => i)
    const round = precision === 'float32' ? Math.fround : (x: number) => x
    const ordered = (raw: readonly Float64Array[]) => {
      const scaled = normalised(raw, ranges)
      return Array.from(order, (j) => scaled[j]!.map(round))
    }
    const apply = (layer: Layer, h: readonly Float64Array[]) =>
      applyMatrix(layer.matrix.forward.map(round), size, h).map((z, i) =>
        z.map((x) => round(forward(round(x + round(layer.bias[i]!))))),
      )
    const layers: Layer[] = []
    let h = ordered(columns)
    for (let index = 1; index <= count; index++) {
      const matrix = secretMatrix(secret, index, size, kind)
      const z = applyMatrix(matrix.forward, size, h)
      const calibration =
        kind === 'bounded'
          ? calibrationFor(extreme(z, Math.min), extreme(z, Math.max), chosen.reach)
          : undefined
      const drawn = layerOf(secret, index, matrix, calibration, chosen.reach)
      layers.push({ matrix: drawn.matrix, bias: biasOf(drawn.bias) })
      h = apply(layers[index - 1]!, h)

      function biasOf(layer: Float64Array): Float64Array {
        if (bias && calibration) return layer
        if (bias) return secretBias(secret, index, size, chosen.reach)
        // Without stage 6 a calibrated layer still centres its data: that part is public arithmetic, not a secret.
        return calibration
          ? Float64Array.from(calibration.centre, (c) => -calibration.gain * c)
          : new Float64Array(size)
      }
    }
    const { secret: _, ...parameters } = options
    const pane: ColumnPane = {
      standing: 'secret',
      scheme: 'layered',
      fingerprint: columnFingerprint(secret, 'layered', parameters),
      about: { name: 'layered', activation: chosen.name, layers: count },
      outputs: size,
      protect: (raw) => layers.reduce((values, layer) => apply(layer, values), ordered(raw)),
      restore(protectedColumns) {
        requireColumns(protectedColumns, size)
        const last = layers.toReversed().reduce<readonly Float64Array[]>((y, layer) => {
          const z = y.map((column, i) => column.map((v) => inverse(v) - layer.bias[i]!))
          return applyMatrix(layer.matrix.inverse, size, z)
        }, protectedColumns)
        const features = new Array<Float64Array>(size)
        order.forEach((feature, i) => {
          features[feature] = last[i]!
        })
        return denormalised(features, ranges)
      },
    }
    return Object.freeze(pane)
  },
}

function extreme(columns: readonly Float64Array[], pick: (a: number, b: number) => number): Float64Array {
  return Float64Array.from(columns, (column) => column.reduce((a, b) => pick(a, b)))
}
