// Scores to probabilities.
// Source: Bridle 1990; the largest score is taken off first, so that no power overflows.
// It works on arrays: the operator of graphs is in src/graph/operators/softmax.ts.

/** Probabilities of scores, in proportion to their powers of e. @returns as many, their sum 1 */
export function softmax(scores: ArrayLike<number>): Float64Array {
  let most = Number.NEGATIVE_INFINITY
  for (let i = 0; i < scores.length; i++) most = Math.max(most, scores[i]!)
  const powers = Float64Array.from(scores, (score) => Math.exp(score - most))
  const total = powers.reduce((a, b) => a + b, 0)
  return powers.map((power) => power / total)
}
