// Whose classes: from the gradient by the last layer's bias, which is Σ (p − y) over the rows.
// Source: Zhao, Mopuri and Bilen 2020 (iDLG) for one row; Geng et al. 2021, section 3.2, for counts of a batch.
// It tells how many rows of each class there are, not which row is of which.

import { hitInterval } from '../../statistics/binomial.ts'
import type { SeenUpdates } from './contract.ts'
import { sharesOfClasses, tellsClasses } from './countClasses.ts'
import { updateAttack } from './frame.ts'
import { type ObservedGradient, observedGradient, rowsBehind, slotOf } from './observed.ts'
import { type DenseArrays, lastDense, probeAnswers, probeRows } from './probe.ts'

/** Rows of the server's own that it runs the model on. */
const probes = 1000

/** Why labels cannot be told; undefined where they can. */
export function labelObstacle(seen: SeenUpdates): string | undefined {
  if (seen.loss.name !== 'categoricalCrossEntropy')
    return 'The rule is that of a cross-entropy of several classes.'
  return lastDense(seen) ? undefined : 'The model does not end in a dense layer with a bias.'
}

/** Counts of classes. */
export const labelLeak = updateAttack<readonly Int32Array[]>({
  name: 'label-leak',
  title: 'Classes from the gradient of the last layer (iDLG, and counts of batches)',
  aim: 'labels',
  needs: 'what a node sent, and the weights that it was made from',
  source:
    'Zhao, Mopuri and Bilen, iDLG (2020); Geng and others, Towards General Deep Leakage in Federated Learning (2021)',
  obstacle: labelObstacle,
  guess: (seen, { seed }) => guessCounts(seen, seed),
  judge(guess, truth, seen) {
    const classes = seen.model.output[0]!
    const counts = truth.rows.map(({ labels }) => countsOf(labels, classes))
    const rows = counts.reduce((sum, of) => sum + total(of), 0)
    const overlap = (of: (m: number) => ArrayLike<number>) =>
      counts.reduce((sum, true_, m) => sum + true_.reduce((s, n, c) => s + Math.min(n, of(m)[c]!), 0), 0)
    const right = overlap((m) => guess[m]!)
    const behind = rowsBehind(seen)
    const even = roundedTo(new Float64Array(classes).fill(behind / classes), behind)
    const one = Array.from({ length: classes }, (_, c) =>
      Int32Array.from({ length: classes }, (_, k) => (k === c ? behind : 0)),
    )
    const chance = Math.max(...[even, ...one].map((constant) => overlap(() => constant)))
    const whole = counts.filter((of, m) => of.every((n, c) => n === guess[m]![c])).length
    return {
      rows,
      metrics: [
        { name: 'labels', value: right / rows, interval: hitInterval(right, rows), chance: chance / rows },
      ],
      measures: [
        {
          name: 'share of the messages whose classes were all counted rightly',
          value: whole / counts.length,
          interval: hitInterval(whole, counts.length),
        },
      ],
      notes: [
        behind === 1
          ? 'One row a message: its class is the one whose gradient is negative.'
          : `${behind} rows a message: classes are counted, and a row counts as named where the counts agree.`,
        'Chance is the best of all constant answers: every class alike, or one class for everybody.',
      ],
    }
  },
})

/**
 * How many rows of each class every message has. One row without noise: the class of negative slope. With rows of every class of
 * its own the server fits what these would send; without, it has B·g_c = Σ p_c − n_c, and the mean answer for p.
 */
export async function guessCounts(seen: SeenUpdates, seed: number): Promise<Int32Array[]> {
  const behind = rowsBehind(seen)
  const classes = seen.model.output[0]!
  const sure = behind === 1 && seen.facts.noise === 0
  if (!sure && seen.own && tellsClasses(seen.own, classes))
    return (await sharesOfClasses(seen, seen.own)).map((shares) =>
      roundedTo(
        shares.map((share) => share * behind),
        behind,
      ),
    )
  const arrays = lastDense(seen)!
  const rows = probeRows(seen, probes, seed)
  const { answers, features } = await probeAnswers(seen, rows)
  const [answer, feature] = [meanRow(answers, rows.labels.length), meanRow(features, rows.labels.length)]
  return seen.sent.map((_, m) => {
    const gradient = observedGradient(seen, m)
    const slopes = biasSlopes(gradient, seen, arrays, feature)
    if (behind === 1) return onlyNegative(slopes)
    const scale = gradient.sized ? 1 : absentScale(slopes, answer)
    return roundedTo(
      slopes.map((g, c) => behind * (answer[c]! - g / scale)),
      behind,
    )
  })
}

/**
 * The gradient by the bias. Under noise the kernel's rows, which are features times the same slopes, are averaged in: with
 * features h the sum of slopes is seen in ‖h‖² + 1 places.
 */
function biasSlopes(
  { values, noise }: ObservedGradient,
  seen: SeenUpdates,
  { kernel, bias }: DenseArrays,
  features: Float64Array,
): Float64Array {
  const [w, b] = [slotOf(seen, kernel), slotOf(seen, bias)]
  const slopes = values.slice(b.start, b.start + b.size)
  if (noise === 0) return slopes
  const weight = features.reduce((sum, h) => sum + h * h, 1)
  return slopes.map((g, c) => {
    const seenBy = features.reduce((sum, h, j) => sum + h * values[w.start + j * b.size + c]!, g)
    return seenBy / weight
  })
}

function meanRow(values: Float64Array, rows: number): Float64Array {
  const width = values.length / rows
  const sum = new Float64Array(width)
  for (let i = 0; i < values.length; i++) sum[i % width]! += values[i]! / rows
  return sum
}

/** One row: the class whose slope p − y is below zero; the least where noise makes several so. */
function onlyNegative(slopes: Float64Array): Int32Array {
  const least = slopes.indexOf(Math.min(...slopes))
  return Int32Array.from(slopes, (_, c) => (c === least ? 1 : 0))
}

/** Where a class is absent its slope is the mean answer: the largest slope, of what the model answers, tells the size. */
const absentScale = (slopes: Float64Array, answer: Float64Array): number =>
  Math.max(1e-12, ...slopes.map((g, c) => g / answer[c]!))

/** Whole numbers of a given sum, none below zero, nearest to given ones: what is cut off goes to the largest rests. */
export function roundedTo(wished: Float64Array, sum: number): Int32Array {
  const positive = wished.map((n) => Math.max(0, n))
  const whole = total(positive) || 1
  const scaled = positive.map((n) => (n * sum) / whole)
  const counts = Int32Array.from(scaled, Math.floor)
  const order = [...scaled.keys()].sort((a, b) => scaled[b]! - counts[b]! - (scaled[a]! - counts[a]!))
  for (let i = 0; total(counts) < sum; i++) counts[order[i % order.length]!]!++
  return counts
}

const total = (of: Int32Array | Float64Array): number => {
  let sum = 0
  for (const v of of) sum += v
  return sum
}

function countsOf(labels: Int32Array, classes: number): Int32Array {
  const counts = new Int32Array(classes)
  for (const label of labels) counts[label]!++
  return counts
}
