// Rows of a batch or of a sum out of the two spans of the first dense layer's gradient: those of rows, and of their slopes.
// Source: Dimitrov et al. 2024 (SPEAR: exact rows of batches from the low rank of gradients); where units are smooth, a descent of ours.
// It needs fewer rows than inputs, and half as many as units; several local steps turn the slopes' span, and are not claimed.

import { seededStream } from '../../random/seeded.ts'
import type { SeenUpdates, UpdateAttackOptions } from './contract.ts'
import { updateAttack } from './frame.ts'
import { type GradientSpan, layerOf, partOf, planeOf, spanOf, without } from './gradientSpan.ts'
import { type GuessedRows, judgeRows } from './guessedRows.ts'
import { observedGradient, rowsBehind, within } from './observed.ts'
import { firstDense } from './probe.ts'
import { openSlopeAsker } from './slopeGraph.ts'
import { behindSparse, behindUnits, byDescent, type SpanSearch, type Way } from './spanSearch.ts'

/** How long it looks, by effort: candidates at once, steps of each, draws of units, and turns that find nothing before it gives up. */
const lengths = {
  quick: { candidates: 400, steps: 250, draws: 100_000, fruitless: 1 },
  full: { candidates: 1000, steps: 300, draws: 400_000, fruitless: 3 },
} as const

/** By how much the share of a row may seem off. */
const slack = 0.1

/** Rows by spans. */
export const spanLeak = updateAttack<GuessedRows>({
  name: 'span-leak',
  title: 'Rows of a batch from the spans of the first dense layer’s gradient',
  aim: 'rows',
  needs: 'what a node sent, and the weights that it was made from; rows of its own to start from help',
  source: 'Dimitrov, Baader, Müller and Vechev, SPEAR: Exact Gradient Inversion of Batches (NeurIPS 2024)',
  searches: true,
  obstacle(seen) {
    if (!firstDense(seen)) return 'Rows reach no dense layer with a bias before another layer.'
    if (seen.loss.answers !== 'one')
      return 'Classes of rows are tried one by one, and answers here are numbers.'
    if (rowsBehind(seen) === 1)
      return 'One row is behind each message: the attack on dense layers solves for it.'
    if (seen.facts.steps > 1)
      return 'Several steps were taken, each at other weights: slopes of a row span more.'
    if (seen.model.layers.some(({ kind }) => ['dropout', 'gaussianNoise', 'batchNorm'].includes(kind)))
      return 'What the model makes of a row in training depends on draws, or on the other rows.'
    return undefined
  },
  guess: guessRows,
  judge: (guess, truth, seen, { seed }) =>
    judgeRows(guess, truth, seen, seed, [
      `${rowsBehind(seen)} rows are behind each message; rows were taken whose own slopes lie in the span of all slopes.`,
    ]),
})

async function guessRows(seen: SeenUpdates, options: UpdateAttackOptions): Promise<Float64Array[][]> {
  const arrays = firstDense(seen)!
  const behind = rowsBehind(seen)
  const { seed, effort, signal, onProgress } = options
  const length = lengths[effort]
  const spans = seen.sent.map((_, m) => spanOf(layerOf(observedGradient(seen, m), seen, arrays), behind))
  const dimensions = Math.max(1, ...spans.map((span) => (span?.sizes.length ?? 1) - 1))
  const asker = await openSlopeAsker(seen, { ...length, dimensions })
  const found: Float64Array[][] = []
  try {
    for (const [m, span] of spans.entries()) {
      const random = seededStream(seed, 'span', m)
      const search = { seen, asker, ...length, dimensions, random, signal }
      found.push(span ? await rowsOf(span, search, length.fruitless) : [])
      onProgress?.((m + 1) / spans.length)
    }
  } finally {
    await asker.close()
  }
  return found
}

/** Rows of one message: what is found is taken off, and the spans of the rest, which are smaller, are searched anew. */
async function rowsOf(given: GradientSpan, search: SpanSearch, fruitless: number): Promise<Float64Array[]> {
  const { seen } = search
  const relu = firstDense(seen)!.layer.activation === 'relu'
  const ways: readonly Way[] = relu ? [behindUnits, behindSparse, byDescent] : [byDescent]
  const rows: Float64Array[] = []
  let span: GradientSpan | undefined = given
  for (let barren = 0; span && barren < fruitless; ) {
    const before = rows.length
    for (const way of ways) {
      const plane = planeOf(span)
      if (!plane) return rows
      for (const { row, slopes } of await way({ span, plane }, search)) {
        const part = partOf(span, row, slopes)
        if (!isShare(part.share, seen)) continue
        rows.push(within(row, seen))
        span = without(span, part)
        if (!span) return rows
      }
      if (rows.length > before) break
    }
    if (rows.length === before) barren++
  }
  return rows
}

/** Whether a message may have such a share of a row: one part of the mean where nothing was cut off, else at most that. */
function isShare(share: number, seen: SeenUpdates): boolean {
  const part = share * rowsBehind(seen)
  return part > 0 && part < 1 + slack && (seen.facts.clip !== null || part > 1 - slack)
}
