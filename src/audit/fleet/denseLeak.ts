// Inputs out of the gradient of the dense layer that they reach: ∂W = x·δ and ∂b = δ, so that x = ∂W / ∂b.
// Source: Phong et al. 2017, section 3; for batches, units that one row alone is active at, as Boenisch et al. 2023 see them.
// Of a batch it finds rows behind units of ReLU alone; where every unit is active for every row (tanh, sigmoid), none: spanLeak.ts finds those.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { tensor } from '../../graph/index.ts'
import type { SeenUpdates } from './contract.ts'
import { updateAttack } from './frame.ts'
import { type LayerGradient, layerOf } from './gradientSpan.ts'
import { type GuessedRows, judgeRows } from './guessedRows.ts'
import { guessCounts, labelObstacle } from './labelLeak.ts'
import { lies, observedGradient, rowsBehind, within } from './observed.ts'
import { type Likelier, likelierRows } from './priorOfRows.ts'
import { firstDense, type GradientAsker, openAsker } from './probe.ts'

/** How far single precision may be off: of a unit's slope, and of the space that slopes of rows span. */
const slack = { slope: 1e-4, span: 1e-2, dimension: 1e-9 }

/** Rows of a dense layer. */
export const denseLeak = updateAttack<GuessedRows>({
  name: 'dense-leak',
  title: 'Rows out of the gradient of the first dense layer',
  aim: 'rows',
  needs: 'what a node sent, and the weights that it was made from',
  source:
    'Phong and others, Privacy-Preserving Deep Learning via Additively Homomorphic Encryption (2017); Boenisch and others, When the Curious Abandon Honesty (2023)',
  obstacle: (seen) =>
    firstDense(seen) ? undefined : 'Rows reach no dense layer with a bias before another layer.',
  guess: guessRows,
  judge: (guess, truth, seen, { seed }) =>
    judgeRows(guess, truth, seen, seed, [
      rowsBehind(seen) === 1
        ? 'One row a message: all units tell of it alike, and are averaged by what they weigh.'
        : 'A unit at which one row alone is active holds that row. A row is taken where its own gradient explains what the unit shows, is taken off, and the rest is looked at again.',
    ]),
})

async function guessRows(seen: SeenUpdates, { seed }: { readonly seed: number }): Promise<Float64Array[][]> {
  const arrays = firstDense(seen)!
  const found: Float64Array[][] = []
  const several = rowsBehind(seen) > 1
  const counts = several && labelObstacle(seen) === undefined ? await guessCounts(seen, seed) : undefined
  const asker = several ? await openAsker(seen) : undefined
  const likelier = !several && seen.facts.noise > 0 ? likelierRows(seen.own) : undefined
  try {
    for (const m of seen.sent.keys()) {
      const layer = layerOf(observedGradient(seen, m), seen, arrays)
      found.push(
        asker
          ? await rowsOfBatch(layer, asker, seen, labelsOf(seen, counts?.[m]))
          : [within(singleRow(layer, likelier), seen)],
      )
    }
  } finally {
    await asker?.close()
  }
  return found
}

/**
 * The row of a gradient of rank one, [x; 1]·δ. Without noise any unit tells it. Noise of one size on every number makes the
 * first left singular vector the likeliest direction of [x; 1], and its last number tells the size; what rows are like does the rest.
 */
function singleRow(
  { kernel, bias, width, units, noise }: LayerGradient,
  likelier: Likelier | undefined,
): Float64Array {
  let slopes = bias
  const times = (weights: Float64Array) =>
    Float64Array.from({ length: width + 1 }, (_, j) => {
      let sum = 0
      for (let u = 0; u < units; u++) sum += (j < width ? kernel[j * units + u]! : bias[u]!) * weights[u]!
      return sum
    })
  let direction = times(slopes)
  for (let round = 0; noise > 0 && round < 100; round++) {
    const next = bias.map((b, u) => {
      let sum = b * direction[width]!
      for (let j = 0; j < width; j++) sum += kernel[j * units + u]! * direction[j]!
      return sum
    })
    const norm = Math.hypot(...next)
    slopes = next.map((v) => v / norm)
    direction = times(slopes)
  }
  const size = direction[width]!
  const row = direction.slice(0, width).map((v) => (size === 0 ? 0 : v / size))
  // With slopes of length one, what is seen of a row is as long as its slopes are: noise is smaller by that.
  return noise > 0 && likelier && size !== 0 ? likelier(row, (noise / size) ** 2) : row
}

/** Classes that rows of a message may have. */
function labelsOf({ model }: SeenUpdates, counts: Int32Array | undefined): number[] {
  const classes = Array.from({ length: model.output[0]! }, (_, c) => c)
  const told = counts ? classes.filter((c) => counts[c]! > 0) : []
  // Counted classes first; others only where the count may be wrong, which costs time alone.
  return [...told, ...classes.filter((c) => !told.includes(c))]
}

/**
 * Rows of a batch. A candidate is what one unit shows; it is a row of the batch just if its own slopes lie in the span of
 * all rows' slopes, whose dimension is below the number of units. Taken off, it leaves others alone at their units.
 */
async function rowsOfBatch(
  given: LayerGradient,
  asker: GradientAsker,
  seen: SeenUpdates,
  labels: readonly number[],
): Promise<Float64Array[]> {
  const arrays = firstDense(seen)!
  const behind = rowsBehind(seen)
  const rows: Float64Array[] = []
  // Noise hides which candidate is a row, and spans of as many dimensions as units tell nothing apart.
  if (given.noise > 0) return rows
  const span = slopeSpan(given)
  if (!span) return rows
  let rest = given
  const least = 1e-4 * Math.max(...given.bias.map(Math.abs))
  const refused = new Set<string>()
  for (let again = true; again && rows.length < behind; ) {
    again = false
    const units = [...rest.bias.keys()].filter((u) => Math.abs(rest.bias[u]!) > least)
    for (const unit of units) {
      const slope = rest.bias[unit]!
      const key = `${unit} ${slope.toPrecision(6)}`
      if (Math.abs(slope) <= least || refused.has(key)) continue
      const row = Float64Array.from(
        { length: rest.width },
        (_, j) => rest.kernel[j * rest.units + unit]! / slope,
      )
      const own = lies(row, seen)
        ? await explained({ row, unit, slope }, labels, { asker, seen, arrays, span })
        : undefined
      if (!own) {
        refused.add(key)
        continue
      }
      rows.push(within(row, seen))
      rest = {
        ...rest,
        kernel: rest.kernel.map((v, i) => v - own.scale * own.layer.kernel[i]!),
        bias: rest.bias.map((v, u) => v - own.scale * own.layer.bias[u]!),
      }
      again = true
      break
    }
  }
  return rows
}

/** A basis of the space that the slopes of a batch's rows span; undefined where it is all of it. */
function slopeSpan({ kernel, bias, width, units }: LayerGradient): Matrix | undefined {
  const gram = new Matrix(units, units)
  const rowsOf = [
    ...Array.from({ length: width }, (_, j) => kernel.subarray(j * units, (j + 1) * units)),
    bias,
  ]
  for (const row of rowsOf)
    for (let a = 0; a < units; a++) {
      if (row[a] === 0) continue
      for (let b = a; b < units; b++) gram.set(a, b, gram.get(a, b) + row[a]! * row[b]!)
    }
  for (let a = 0; a < units; a++) for (let b = 0; b < a; b++) gram.set(a, b, gram.get(b, a))
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true })
  const largest = Math.max(...realEigenvalues)
  const kept = realEigenvalues.flatMap((v, i) => (v > slack.dimension * largest ? [i] : []))
  return kept.length < units ? eigenvectorMatrix.subMatrixColumn(kept) : undefined
}

/** The gradient of a candidate of some class, and how much of it the batch holds; undefined where it is no row of it. */
async function explained(
  candidate: { readonly row: Float64Array; readonly unit: number; readonly slope: number },
  labels: readonly number[],
  by: {
    readonly asker: GradientAsker
    readonly seen: SeenUpdates
    readonly arrays: { readonly kernel: string; readonly bias: string }
    readonly span: Matrix
  },
): Promise<{ readonly layer: LayerGradient; readonly scale: number } | undefined> {
  const { asker, seen, arrays, span } = by
  const { row, unit, slope } = candidate
  const behind = rowsBehind(seen)
  const x = tensor(row, [1, ...seen.model.input], 'float64')
  for (const label of labels) {
    const values = await asker.gradient({ x, labels: Int32Array.of(label) })
    const layer = layerOf({ values, noise: 0 }, seen, arrays)
    if (Math.abs(layer.bias[unit]!) < 1e-12) continue
    const scale = slope / layer.bias[unit]!
    // Where nothing was cut off, each row has one part of the mean.
    const whole = seen.facts.clip !== null || Math.abs(scale * behind - 1) < slack.slope
    if (whole && scale > 0 && outside(layer.bias, span) < slack.span) return { layer, scale }
  }
  return undefined
}

/** The share of a vector that lies outside of a span. */
function outside(vector: Float64Array, span: Matrix): number {
  const v = Matrix.columnVector(vector)
  const inside = span.mmul(span.transpose().mmul(v))
  return Matrix.sub(v, inside).norm() / v.norm()
}
