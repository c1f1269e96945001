// Metrics: what an answer is worth. Accuracy, confusion matrix, recall of each class, RMSE, MAE, AUC.
// Source: Fawcett, An Introduction to ROC Analysis, 2006 (AUC as the rank statistic of Mann and Whitney).
// They take plain arrays, not graphs, and give no confidence interval.

/** The class with the largest of each row's `width` scores; the first of equals. */
export function argmax(scores: ArrayLike<number>, width: number): Int32Array {
  const classes = new Int32Array(Math.floor(scores.length / width))
  for (let row = 0; row < classes.length; row++) classes[row] = largest(scores, row * width, width)
  return classes
}

/** Place, from 0, of the largest of `width` numbers from `start` on. */
export function largest(scores: ArrayLike<number>, start: number, width: number): number {
  let best = 0
  for (let j = 1; j < width; j++) if (scores[start + j]! > scores[start + best]!) best = j
  return best
}

/** The share of equal entries, from 0 to 1. @throws RangeError when there are none or lengths differ. */
export function accuracy(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  requirePairs(predicted, actual)
  let right = 0
  for (let i = 0; i < actual.length; i++) if (predicted[i] === actual[i]) right++
  return right / actual.length
}

/** Counts by actual class (row) and predicted class (column). @throws RangeError for a class outside 0 … classes − 1. */
export function confusionMatrix(
  predicted: ArrayLike<number>,
  actual: ArrayLike<number>,
  classes: number,
): number[][] {
  requirePairs(predicted, actual)
  const counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  for (let i = 0; i < actual.length; i++) {
    const row = counts[actual[i]!]
    const column = predicted[i]!
    if (!row || row[column] === undefined) {
      throw new RangeError(`entry ${i}: actual ${actual[i]}, predicted ${column}, of ${classes} classes`)
    }
    row[column] = row[column] + 1
  }
  return counts
}

/** For each actual class the share that was found, from 0 to 1; NaN for a class that does not occur. */
export function recalls(confusion: readonly (readonly number[])[]): number[] {
  return confusion.map((row, i) => row[i]! / row.reduce((sum, n) => sum + n, 0))
}

/** Root of the mean squared difference, in the units of the entries. */
export function rootMeanSquaredError(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  requirePairs(predicted, actual)
  let sum = 0
  for (let i = 0; i < actual.length; i++) sum += (predicted[i]! - actual[i]!) ** 2
  return Math.sqrt(sum / actual.length)
}

/** Mean absolute difference, in the units of the entries. */
export function meanAbsoluteDifference(predicted: ArrayLike<number>, actual: ArrayLike<number>): number {
  requirePairs(predicted, actual)
  let sum = 0
  for (let i = 0; i < actual.length; i++) sum += Math.abs(predicted[i]! - actual[i]!)
  return sum / actual.length
}

/**
 * Area under the ROC curve: how often a positive scores above a negative, a tie counting half. NaN when one of the two
 * does not occur.
 * @param positive 1 where the entry is positive, 0 elsewhere
 */
export function areaUnderCurve(scores: ArrayLike<number>, positive: ArrayLike<number>): number {
  requirePairs(scores, positive)
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!)
  let positives = 0
  let ranks = 0
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++
    // Equal scores share the mean of their ranks, start + 1 … end. NaN equals nothing: it ranks alone.
    if (end === start) end = start + 1
    const rank = (start + 1 + end) / 2
    for (let i = start; i < end; i++) {
      if (positive[order[i]!] === 1) {
        positives++
        ranks += rank
      }
    }
    start = end
  }
  const negatives = order.length - positives
  return (ranks - (positives * (positives + 1)) / 2) / (positives * negatives)
}

function requirePairs(a: ArrayLike<number>, b: ArrayLike<number>): void {
  if (a.length !== b.length || a.length === 0) {
    throw new RangeError(
      `a metric compares arrays of one length, at least 1, not ${a.length} and ${b.length}`,
    )
  }
}
