// Key recovery: fits layers of the public architecture with unknown matrices and biases to the known rows, and undoes them.
// Source: docs/architecture.md#the-audit; SPG section 4.2, stages 4 to 7. Many starts; the first that leaves nothing but rounding is the key.
// Where no start does (few rows, many layers), it is the median of the likeliest starts: good, but no key.

import { keyActivation } from '../../../protect/keyed/activations.ts'
import { seededStream } from '../../../random/seeded.ts'
import { median } from '../../../statistics/median.ts'
import type { AttackOptions } from '../../finding.ts'
import type { Evidence, View } from '../evidence.ts'
import { type Guess, recoveryAttack } from '../recovery.ts'
import { fitRidge } from '../ridge.ts'
import { type LayerFitter, layerFitter } from './keyRecoveryFit.ts'
import { type Architecture, layerSizes } from './keyRecoveryGraph.ts'
import { invertLayers, priorOf, undoLayers } from './keyRecoveryInverse.ts'
import { undone } from './linear.ts'
import { whiten } from './whitening.ts'

/** The fit of the hidden layers solves equations of this size at each step. */
const mostWeights = 600

/** Seconds that fits may take, by the estimate below: so that an answer does not depend on the machine's load. */
const budget = { quick: 0.5, full: 15 }

/** Steps of a fit: fewer only where one start alone would take longer than the budget. */
const steps = { least: 40, most: 200 }

const mostStarts = 90

/** Deeper layers than one are worth it with this many starts only. */
const fewestStarts = 3

/** Share of the equations that the unknowns may use up, so that a perfect fit means something. */
const filled = 0.9

/** Equations that are fitted, in multiples of the unknowns. */
const mostEquations = 6

/** What a fit leaves of targets of variance 1 when it is the key: rounding, many digits below any local minimum. */
const exact = 1e-16

/**
 * Wrong layers cannot make some released rows of any features within their ranges. Starts that miss the released rows
 * by no more than this times the best one's squares have a say. On wheat, two layers and 20 known rows, R² of single
 * starts fell from 0.9995 to 0.88 as this misfit grew from 2e-6 to 1e3.
 */
const plausible = 10

/** This many have a say in any case: a median of fewer is no better than one. */
const fewestHeard = 5

/**
 * Narrow directions of the released rows are weighted by their spread to these powers, one after another over the
 * starts. On wheat the first is best at few rows, the second at several layers, and the last when little is bent.
 */
const weightings = [0.5, 1, 0]

/** Layers that are fitted by many starts, the last by least squares. */
export const keyRecovery = recoveryAttack({
  name: 'key-recovery',
  title: 'Key recovery by gradient',
  standpoint: 'leak',
  reads: ['columns'],
  holds: ['pairs'],
  needs: 'the number of layers and the activation, which are public, and some rows in both forms',
  source: 'Golub and Pereyra (1973) for the fit',
  fewest: 2,
  applies: ({ scheme, features, released }: Evidence) =>
    scheme.activation !== undefined &&
    scheme.layers > 1 &&
    released.length * (features.length + 1) <= mostWeights,
  recover: recoverKey,
})

/** Rows in the form that fits take: features in ±0.5 by their public ranges, released directions of variance 1. */
interface Prepared {
  readonly known: Float64Array[]
  readonly white: { readonly known: Float64Array[]; readonly unseen: Float64Array[] }
  readonly spread: readonly number[]
  /** A line's guess of the unseen rows, where the inversion begins. */
  readonly line: Float64Array[]
  restore(scaled: readonly Float64Array[]): Float64Array[]
}

async function recoverKey(view: View, options: AttackOptions): Promise<Guess> {
  const prepared = prepare(view)
  const all = prepared.known[0]!.length
  const architecture = architectureFor(view, prepared, all, options.effort)
  if (!architecture) {
    const note = `${all} known rows or the time did not suffice to fit layers of ${view.unseen.length} columns: a line was fitted.`
    return { features: prepared.restore(prepared.line), notes: [note] }
  }
  const rows = fittedRows(architecture, all)
  const first = (columns: readonly Float64Array[]) => columns.map((column) => column.subarray(0, rows))
  const fewer: Prepared = {
    ...prepared,
    known: first(prepared.known),
    white: { ...prepared.white, known: first(prepared.white.known) },
  }
  const fitter = await layerFitter(architecture, rowMajor(fewer.known), rows)
  try {
    return await fromManyStarts(view, fewer, architecture, fitter, options)
  } finally {
    await fitter.close()
  }
}

async function fromManyStarts(
  view: View,
  prepared: Prepared,
  architecture: Architecture,
  fitter: LayerFitter,
  { effort, seed, signal, onProgress }: AttackOptions,
): Promise<Guess> {
  const rows = prepared.known[0]!.length
  const unseen = view.unseen[0]!.length
  const { features, outputs } = architecture
  const unknowns = unknownsOf(architecture)
  const { tries, steps } = planFor(architecture, rows, unseen, effort)
  const prior = priorOf(prepared.known)
  const stop = signal ? { signal } : {}
  const fitted = architecture.hidden + 1
  const about =
    fitted < view.scheme.layers
      ? [
          `${fitted} layers were fitted in place of ${view.scheme.layers}: more would need more rows or more time.`,
        ]
      : []
  const line = rowMajor(prepared.line)
  const { inverse } = keyActivation(view.scheme.activation!).plain
  const square = features === architecture.width && features === outputs
  const tried: { x: Float64Array; misfit: number }[] = []
  for (let attempt = 0; attempt < tries; attempt++) {
    const power = weightings[attempt % weightings.length]!
    const weights = prepared.spread.map((spread) => (spread / prepared.spread[0]!) ** power)
    const weighted = (columns: readonly Float64Array[]) =>
      rowMajor(columns.map((column, d) => column.map((z) => weights[d]! * z)))
    const layers = await fitter.fit(
      startFor(view, architecture, prepared.known, seed, attempt),
      weighted(prepared.white.known),
      { steps, ...stop },
    )
    const isKey = layers.left < exact
    const equations = rows * outputs
    const free = Math.max(equations - unknowns, equations / 10)
    const targets = weighted(prepared.white.unseen)
    const { x, values } = await invertLayers(architecture, layers, targets, {
      error: (layers.left * equations) / free,
      prior,
      start: isKey && square ? undoLayers(architecture, layers, targets, inverse) : line,
      bound: 0.5,
      ...stop,
    })
    onProgress?.(isKey ? 1 : (attempt + 1) / tries)
    if (isKey) {
      const note = `Start ${attempt + 1} of ${tries} fitted the known rows to rounding: it found the key.`
      return { features: prepared.restore(columnsOf(x, features)), notes: [note, ...about] }
    }
    const misfit = values.reduce((sum, z, i) => sum + ((z - targets[i]!) / weights[i % outputs]!) ** 2, 0)
    tried.push({ x, misfit })
  }
  tried.sort((a, b) => a.misfit - b.misfit)
  const kept = tried.filter((t, i) => i < fewestHeard || t.misfit <= plausible * tried[0]!.misfit)
  const middle = Float64Array.from({ length: unseen * features }, (_, i) => median(kept.map((t) => t.x[i]!)))
  const note = `None of ${tries} starts fitted the known rows to rounding: the guess is the median of ${kept.length}.`
  return { features: prepared.restore(columnsOf(middle, features)), notes: [note, ...about] }
}

function prepare(view: View): Prepared {
  const { known, unseen } = undone(view)
  const count = known[0]!.length
  const all = whiten(
    known.map((column, j) => {
      const joined = new Float64Array(count + unseen[j]!.length)
      joined.set(column)
      joined.set(unseen[j]!, count)
      return joined
    }),
  )
  const white = {
    known: all.white.map((column) => column.slice(0, count)),
    unseen: all.white.map((column) => column.slice(count)),
  }
  const scales = view.attributes.flatMap((attribute) =>
    attribute.kind === 'numeric'
      ? [{ low: attribute.minimum, width: attribute.maximum - attribute.minimum }]
      : Array.from({ length: attribute.categories }, () => ({ low: 0, width: 1 })),
  )
  const scaled = view.known.original.map((column, f) => {
    const { low, width } = scales[f]!
    return column.map((x) => (width > 0 ? (x - low) / width - 0.5 : 0))
  })
  return {
    known: scaled,
    white,
    spread: all.spread,
    line: fitRidge(white.known, scaled).predict(white.unseen),
    restore: (columns) =>
      columns.map((column, f) => column.map((x) => (x + 0.5) * scales[f]!.width + scales[f]!.low)),
  }
}

/** The deepest stack that the rows determine and the budget allows; undefined when there is none. */
function architectureFor(
  view: View,
  { white }: Prepared,
  rows: number,
  effort: AttackOptions['effort'],
): Architecture | undefined {
  const activated = keyActivation(view.scheme.activation!)
  for (let hidden = view.scheme.layers - 1; hidden > 0; hidden--) {
    const architecture: Architecture = {
      features: view.known.original.length,
      outputs: white.known.length,
      width: view.unseen.length,
      hidden,
      activate: activated.forward,
    }
    const enough = rows > architecture.width + 1
    const determined = unknownsOf(architecture) <= filled * rows * architecture.outputs
    const small = weightsOf(architecture) <= mostWeights
    const { tries, seconds } = planFor(architecture, rows, view.unseen[0]!.length, effort)
    const affordable = hidden > 1 ? tries >= fewestStarts : seconds <= 4 * budget[effort]
    if (enough && determined && small && affordable) return architecture
  }
  return undefined
}

/** Rows beyond some multiple of the unknowns make a fit slower, and hardly better. */
function fittedRows(architecture: Architecture, known: number): number {
  return Math.min(known, Math.ceil((mostEquations * unknownsOf(architecture)) / architecture.outputs))
}

function weightsOf(architecture: Architecture): number {
  return layerSizes(architecture).reduce((a, b) => a + b, 0)
}

function unknownsOf(architecture: Architecture): number {
  return weightsOf(architecture) + architecture.outputs * (architecture.width + 1)
}

/**
 * What the budget allows. Measured on one core of two: a step of the fit takes 0.4 ms and 0.3 ns for each product of two
 * slopes, a row of the inversion some 15 steps of 4 ns for each product of features and outputs.
 */
function planFor(
  architecture: Architecture,
  known: number,
  unseen: number,
  effort: AttackOptions['effort'],
): { tries: number; steps: number; seconds: number } {
  const { features, outputs } = architecture
  const weights = weightsOf(architecture)
  const products = (fittedRows(architecture, known) * outputs + weights / 3) * weights ** 2
  const step = 4e-4 + 3e-10 * products
  const inversion = 15 * 4e-9 * unseen * features ** 2 * outputs
  const possible = Math.round(budget[effort] / (steps.most * step + inversion))
  const tries = Math.min(mostStarts, Math.max(1, possible))
  const alone = Math.floor((budget[effort] - inversion) / step)
  const most = tries > 1 ? steps.most : Math.min(steps.most, Math.max(steps.least, alone))
  return { tries, steps: most, seconds: tries * (most * step + inversion) }
}

/** Layers as a key's creation makes them: random matrices, scaled and centred so that the known rows stay within reach. */
function startFor(
  view: View,
  { features, width, hidden }: Architecture,
  known: readonly Float64Array[],
  seed: number,
  attempt: number,
): Float64Array {
  const { reach, plain } = keyActivation(view.scheme.activation!)
  const random = seededStream(seed, 'key recovery', attempt)
  const weights: number[] = []
  let h = known
  for (let layer = 0; layer < hidden; layer++) {
    const size = layer === 0 ? features : width
    const matrix = Array.from({ length: width }, () => Array.from({ length: size }, () => random.normal()))
    const z = matrix.map((row) =>
      h[0]!.map((_, r) => row.reduce((sum, weight, j) => sum + weight * h[j]![r]!, 0)),
    )
    const ends = z.map((column) => [Math.min(...column), Math.max(...column)] as const)
    const spread = Math.max(...ends.map(([low, high]) => (high - low) / 2))
    const gain = spread > 0 ? (0.75 * reach) / spread : 1
    h = z.map((column, i) => {
      const bias = 0.25 * reach * (2 * random.uniform() - 1) - (gain * (ends[i]![0] + ends[i]![1])) / 2
      weights.push(...matrix[i]!.map((weight) => gain * weight), bias)
      return column.map((value) => plain.forward(gain * value + bias))
    })
  }
  return Float64Array.from(weights)
}

function rowMajor(columns: readonly Float64Array[]): Float64Array {
  const rows = columns[0]!.length
  const out = new Float64Array(rows * columns.length)
  columns.forEach((column, j) => {
    for (let r = 0; r < rows; r++) out[r * columns.length + j] = column[r]!
  })
  return out
}

function columnsOf(x: Float64Array, features: number): Float64Array[] {
  return Array.from({ length: features }, (_, f) =>
    Float64Array.from({ length: x.length / features }, (__, r) => x[r * features + f]!),
  )
}
