// The rows that a training run learns from and those that it is measured on, and how it is measured.
// Source: Keras 3, Model.fit (validation_split, validation_data).
// Measuring takes memory for a few rows at a time, however many there are.

import type { Tensors } from '../graph/index.ts'
import { upTo } from '../random/order.ts'
import { type Dataset, type Prepared, prepare } from './dataset.ts'
import { type Batch, batchOf } from './feeder.ts'
import type { Loss } from './losses.ts'
import { largest } from './metrics.ts'
import type { Model } from './model.ts'
import type { Programs } from './programs.ts'
import { holdOut } from './splits.ts'

/** Some rows of a data set, none of them copied. */
export interface Part {
  readonly data: Prepared
  /** Their numbers. */
  readonly order: Int32Array
}

/** Loss and accuracy on rows that are not trained on. */
export function evaluationPass(
  model: Model,
  { data, order }: Part,
  programs: Pick<Programs, 'dtype' | 'evaluate' | 'refresh'>,
  loss: Loss,
  batch: number,
): () => Promise<{ valLoss: number; valAccuracy?: number | undefined }> {
  // Small sets in one call; large ones in pieces, so that memory does not grow with rows: four photographs at a time.
  const rows = order.length
  const { pixels } = data
  const fitting = Math.floor(2 ** 17 / Math.max(data.x.width, data.y.width))
  const size = Math.min(rows, Math.max(Math.min(batch, 4), fitting))
  const full = batchOf(model, size, programs.dtype, [], { pixels })
  const rest = rows % size
  const short = rest === 0 ? full : batchOf(model, rest, programs.dtype, [], { pixels })
  if (size === rows) full.fill(data, order, 0)
  return async () => {
    programs.refresh()
    let total = 0
    let right = 0
    for (let start = 0; start < rows; start += size) {
      const piece: Batch = start + size > rows ? short : full
      if (size !== rows) piece.fill(data, order, start)
      const answer = programs.evaluate(piece.feeds)
      const outputs = answer instanceof Promise ? await answer : answer
      total += (outputs['loss']!.data[0] as number) * piece.rows
      right += countRight(outputs, data, loss, order, start, piece.rows)
    }
    const { loss: valLoss, accuracy } = mean(total, right, rows * data.y.width, rows, loss)
    return accuracy === undefined ? { valLoss } : { valLoss, valAccuracy: accuracy }
  }
}

/** What an epoch's or an evaluation's record says, of sums over rows. */
export function mean(total: number, right: number, elements: number, rows: number, loss: Loss) {
  if (loss.answers === 'numbers') return { loss: total / rows }
  return { loss: total / rows, accuracy: right / (loss.answers === 'one' ? rows : elements) }
}

/** How many answers of a run are right. */
export function countRight(
  outputs: Tensors,
  data: Prepared,
  loss: Loss,
  order: Int32Array,
  start: number,
  count: number,
): number {
  const { answers } = data
  if (!answers) return 0
  const scores = outputs['prediction']!.data as Float64Array
  const { width } = data.y
  let right = 0
  if (loss.answers === 'one') {
    for (let i = 0; i < count; i++) {
      if (largest(scores, i * width, width) === answers[order[start + i]!]) right++
    }
    return right
  }
  for (let i = 0; i < count; i++) {
    const row = order[start + i]! * width
    for (let j = 0; j < width; j++) if ((scores[i * width + j]! > 0 ? 1 : 0) === answers[row + j]) right++
  }
  return right
}

/** The rows to learn from, and those to measure on, if any. @param options as those of {@link prepare} for the former */
export function partsOf(
  model: Model,
  data: Dataset,
  validation: number | Dataset | undefined,
  loss: Loss,
  seed: number,
  options: { tolerant?: boolean | undefined } = {},
): { rows: Part; held: Part | undefined } {
  const whole = prepare(data, model, loss, options)
  if (typeof validation === 'number') {
    const split = holdOut(whole.rows, validation, { seed })
    return { rows: { data: whole, order: split.train }, held: { data: whole, order: split.validation } }
  }
  const other = validation && prepare(validation, model, loss)
  return {
    rows: { data: whole, order: upTo(whole.rows) },
    held: other && { data: other, order: upTo(other.rows) },
  }
}
