// Links people to the few rows that may be theirs: each row counts as far as a line makes it likely, and again.
// Source: expectation maximisation, Dempster, Laird and Rubin (1977); soft assignment, Rangarajan, Chui and Bookstein (1997).
// Where everybody may be everybody it ends where it began: it needs candidates that are few for most people.

import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { scalesOf } from '../../../statistics/standard.ts'
import { errorsWhite, type Pair } from './linking.ts'

const steps = 60

/** Penalty of the line, relative to the weight of all pairs. */
const penalty = 1e-3

/** How sharply likelihoods are read: from blurred to as they are. */
const sharpness = (step: number) => Math.min(1, 0.1 + (1.2 * step) / steps)

/**
 * @param people one array a feature.
 * @param white protected rows, one array a direction of variance 1.
 * @param possible whether a row may be a person's: `[rows, people]`, row-major.
 * @returns each person's likeliest row, the surest first; people without any candidate are left out.
 */
export function linkSoftly(
  people: readonly Float64Array[],
  white: readonly Float64Array[],
  possible: Uint8Array,
): Pair[] {
  const count = people[0]?.length ?? 0
  const x = scalesOf(people).standardised(people)
  const pairs: { row: number; person: number; weight: number }[] = []
  possible.forEach((may, i) => {
    if (may) pairs.push({ row: Math.floor(i / count), person: i % count, weight: 1 })
  })
  shareOut(pairs, count)
  for (let step = 0; step < steps; step++) {
    const errors = errorsOf(pairs, x, white)
    const roots = pairs.map(({ weight }) => Math.sqrt(weight))
    const total = pairs.reduce((sum, { weight }) => sum + weight, 0)
    const whitened = errorsWhite(
      errors.map((column) => column.map((e, i) => e * roots[i]! * Math.sqrt(pairs.length / total))),
    )(errors)
    const least = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
    const squares = pairs.map(({ person }, i) => {
      const square = whitened.reduce((sum, column) => sum + column[i]! ** 2, 0)
      least[person] = Math.min(least[person]!, square)
      return square
    })
    pairs.forEach((pair, i) => {
      pair.weight = Math.exp((-sharpness(step) * (squares[i]! - least[pair.person]!)) / 2)
    })
    shareOut(pairs, count)
  }
  const best = new Map<number, { row: number; person: number; weight: number }>()
  for (const pair of pairs) {
    if (pair.weight > (best.get(pair.person)?.weight ?? -1)) best.set(pair.person, pair)
  }
  return [...best.values()].sort((a, b) => b.weight - a.weight)
}

/** Weights of a person sum to 1, those of a row to 1 at most. */
function shareOut(pairs: readonly { row: number; person: number; weight: number }[], people: number): void {
  for (let turn = 0; turn < 3; turn++) {
    const ofPerson = new Float64Array(people)
    for (const { person, weight } of pairs) ofPerson[person] = ofPerson[person]! + weight
    for (const pair of pairs) pair.weight /= ofPerson[pair.person]! || 1
    const ofRow = new Map<number, number>()
    for (const { row, weight } of pairs) ofRow.set(row, (ofRow.get(row) ?? 0) + weight)
    for (const pair of pairs) pair.weight /= Math.max(1, ofRow.get(pair.row)!)
  }
}

/** Errors of the weighted line in every pair, one array a feature. */
function errorsOf(
  pairs: readonly { row: number; person: number; weight: number }[],
  x: readonly Float64Array[],
  white: readonly Float64Array[],
): Float64Array[] {
  const size = white.length + 1
  const z = (d: number, row: number) => (d < white.length ? white[d]![row]! : 1)
  const gram = Matrix.zeros(size, size)
  const cross = Matrix.zeros(size, x.length)
  const total = pairs.reduce((sum, { weight }) => sum + weight, 0)
  for (const { row, person, weight } of pairs) {
    for (let i = 0; i < size; i++) {
      const weighed = weight * z(i, row)
      for (let j = 0; j <= i; j++) gram.set(i, j, gram.get(i, j) + weighed * z(j, row))
      for (const [f, column] of x.entries()) cross.set(i, f, cross.get(i, f) + weighed * column[person]!)
    }
  }
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) gram.set(j, i, gram.get(i, j))
    gram.set(i, i, gram.get(i, i) + penalty * total)
  }
  const weights = new CholeskyDecomposition(gram).solve(cross)
  return x.map((column, f) =>
    Float64Array.from(pairs, ({ row, person }) => {
      let guess = 0
      for (let i = 0; i < size; i++) guess += weights.get(i, f) * z(i, row)
      return column[person]! - guess
    }),
  )
}
