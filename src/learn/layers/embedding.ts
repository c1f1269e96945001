// The embedding layer: a row of a trained table for each word, class or place, by its number.
// Source: Keras 3, Embedding; its uniform start in ±0.05 is a tenth of ours, which follows the fans.
// A number that is no whole number of the table is an error of the run, not of building.

import { cast, gather } from '../../graph/index.ts'
import type { Initialiser } from '../initialisers.ts'
import { type Builder, type LayerOptions, sizesOf } from './layer.ts'

export interface Embedding extends LayerOptions {
  readonly kind: 'embedding'
  /** Rows of the table: inputs are 0 … words − 1. */
  readonly words: number
  /** Numbers in each. */
  readonly units: number
  readonly initialiser?: Initialiser | undefined
}

/**
 * [N, …] whole numbers to [N, …, units]. Weight `table` [words, units].
 * @example embedding({ words: 10_000, units: 16 })
 */
export const embedding = (options: Omit<Embedding, 'kind'>): Embedding =>
  Object.freeze({ kind: 'embedding', ...options })

export const buildEmbedding: Builder<Embedding> = (layer, x, b) => {
  sizesOf(x, Math.max(1, x.shape.length - 1), 'an embedding')
  const { words, units } = layer
  const table = b.weight('table', [words, units], layer.initialiser ?? 'glorotUniform', {
    in: words,
    out: units,
  })
  return gather(table, cast(x, 'int64'), 0)
}
