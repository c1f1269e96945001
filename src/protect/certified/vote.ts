// One code for the windows of a session: the label that most windows have, then the code that most of its windows have.
// Source: CERTIFIED obfuscation, section 5a: voting once tells less of a person than releasing each window, and is more often right.
// Ties go to the first label, then to the first code: the vote depends on how often each code came, not on the order of windows.

import {
  argMax,
  constant,
  equal,
  matmul,
  oneHot,
  reduceSum,
  reshape,
  unsqueeze,
  type Value,
  where,
} from '../../graph/index.ts'

/**
 * The voted code of a session.
 * @param codes of its windows, at least one @param labelOf the label of each code
 * @throws RangeError for no windows, or a code that is none
 * @example voteOf([0, 2, 2, 1], [0, 0, 1]) // 0: two windows have label 0, and two have label 1; of label 0's codes, the first
 */
export function voteOf(codes: ArrayLike<number>, labelOf: readonly number[]): number {
  const counts = labelOf.map(() => 0)
  const labels: number[] = new Array(Math.max(...labelOf) + 1).fill(0)
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    const label = labelOf[code]
    if (label === undefined) throw new RangeError(`window ${i} has the code ${code} of ${labelOf.length}`)
    counts[code]!++
    labels[label]!++
  }
  if (codes.length === 0) throw new RangeError('a session has at least one window')
  const winner = labels.indexOf(Math.max(...labels))
  const most = Math.max(...counts.filter((_, code) => labelOf[code] === winner))
  return counts.findIndex((count, code) => labelOf[code] === winner && count === most)
}

/** The same in a graph: int64 [N] to int64 [1]. */
export function voteValue(codes: Value, labelOf: readonly number[]): Value {
  const size = labelOf.length
  const labels = Math.max(...labelOf) + 1
  const counts = reduceSum(oneHot(codes, size), [0], true)
  const member = new Float32Array(size * labels)
  for (const [code, label] of labelOf.entries()) member[code * labels + label] = 1
  const winner = argMax(matmul(counts, constant(member, [size, labels])))
  const inside = equal(unsqueeze(winner, [1]), constant(labelOf, [1, size], 'int64'))
  return reshape(argMax(where(inside, counts, constant([-1], [1, 1]))), [1])
}
