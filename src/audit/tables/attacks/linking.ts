// Links people of whom raw rows are had to protected rows: regression on the pairs so far, assignment by it, and again.
// Source: self-training, Yarowsky (1995); matching and mapping by turns, Besl and McKay (1992); kernelRidge.ts.
// It begins with some pairs. Where those tell too little of the others, wrong pairs confirm themselves.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { scalesOf } from '../../../statistics/standard.ts'
import { fitKernelRidge, type Inputs, type KernelFit, kernels, kernelsNear } from '../kernelRidge.ts'
import { assign } from './assignment.ts'
import { squaredDistances } from './distances.ts'

/** A row and the person it is taken for. */
export interface Pair {
  readonly row: number
  readonly person: number
}

export interface LinkingProblem {
  /** Raw rows of the people, one array a feature. */
  readonly people: readonly Float64Array[]
  /** Protected rows, at least as many as people, white. */
  readonly rows: Inputs
  /** Rows in both forms: features, and white directions. */
  readonly known: { readonly people: readonly Float64Array[]; readonly white: readonly Float64Array[] }
  /** Whether a row may be a person's at all, as its label tells: `[rows, people]`, row-major. All may be if absent. */
  readonly possible?: Uint8Array | undefined
  /** Pairs to begin with beside the known rows; together two at least. */
  readonly start?: readonly Pair[] | undefined
}

export interface Linking {
  /** The surest first. */
  readonly pairs: readonly Pair[]
  /** How many of them are likelier than their next best by a factor of ten and more. */
  readonly sure: number
  /** How unlike rows and people are, `[rows, people]`, row-major; those of a pair least of all. */
  readonly dissimilarities: Float64Array
  /** Fitted to the known rows and all pairs that were sure. */
  readonly fit: KernelFit
  /** Features of protected rows by that fit. */
  predict(white: readonly Float64Array[]): Float64Array[]
}

/** Shares of the people whose pairs are believed, round by round: the surest. */
const shares = [0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9]

/** Where the kernel is chosen anew: it takes as long as all other rounds. */
const rechosen = 0.45

/** Pairs that a regression is fitted to at most: on the way, and at the end. */
const mostFitted = { turn: 120, end: 300 }

/** Work of an assignment, in steps, beyond which each row takes its nearest person instead. */
const mostAssigned = 3e8

/** Difference of two squared errors, in their variance, from which the smaller one is ten times as likely. */
const certain = 2 * Math.log(10)

/** What is impossible costs this much, in squared deviations: more than any row is off, and still a number. */
const impossible = 1e9

/** @throws RangeError for fewer than two pairs to begin with. */
export function linkPeople({ people, rows, known, possible, start = [] }: LinkingProblem): Linking {
  const count = people[0]?.length ?? 0
  const scale = scalesOf(people, known.people)
  const standardised = scale.standardised(people)
  const before = scale.standardised(known.people)
  if ((before[0]?.length ?? 0) + start.length < 2)
    throw new RangeError('linking begins with two pairs or more')
  let pairs: readonly Pair[] = start
  let candidates = kernels
  const fitted = (most: number) => {
    const sure = pairs.slice(0, Math.max(2, most - (before[0]?.length ?? 0)))
    const inputs = {
      white: rows.white.map((column, d) => joinedWith(known.white[d], column, sure, 'row')),
      spread: rows.spread,
    }
    const targets = standardised.map((column, f) => joinedWith(before[f], column, sure, 'person'))
    const fit = fitKernelRidge(inputs, targets, candidates)
    candidates = [fit.kernel]
    return fit
  }
  let fit = fitted(mostFitted.turn)
  let judged = judge(fit)
  for (const share of shares) {
    pairs = judged.pairs.slice(0, Math.ceil(share * count))
    if (share === rechosen) candidates = kernels
    fit = fitted(mostFitted.turn)
    judged = judge(fit)
  }
  pairs = judged.pairs.slice(0, Math.ceil(shares.at(-1)! * count))
  candidates = pairs.length <= mostFitted.turn ? kernels : kernelsNear(fit.kernel)
  fit = fitted(mostFitted.end)
  judged = judge(fit)
  return {
    pairs: judged.pairs,
    sure: judged.pairs.filter(({ margin }) => margin > certain).length,
    dissimilarities: judged.dissimilarities,
    fit,
    predict: (white) => scale.restored(fit.predict(white)),
  }

  function judge({ predict, leftOut }: KernelFit) {
    const whitened = errorsWhite(leftOut)
    const distances = squaredDistances(whitened(predict(rows.white)), whitened(standardised))
    possible?.forEach((may, i) => {
      if (!may) distances[i] = distances[i]! + impossible
    })
    const sure = surest(distances, count)
    // What is impossible stays so, though an assignment of everybody had to name it.
    for (const { row, person } of sure) {
      const at = row * count + person
      if (distances[at]! < impossible) distances[at] = -1
    }
    return { pairs: sure, dissimilarities: distances }
  }
}

/** One pair a person, the surest first: those whose next best row and person are furthest behind. */
function surest(distances: Float64Array, people: number): (Pair & { readonly margin: number })[] {
  const rows = distances.length / people
  const at = (row: number, person: number) => distances[row * people + person]!
  const rowBest = twoLeast(rows, people, at)
  const personBest = twoLeast(people, rows, (person, row) => at(row, person))
  const place =
    people * people * rows <= mostAssigned
      ? assign(
          Array.from({ length: people }, (_, person) =>
            Float64Array.from({ length: rows }, (__, row) => at(row, person)),
          ),
        )
      : Int32Array.from(personBest, ({ first }) => first)
  return Array.from(place, (row, person) => {
    const cost = at(row, person)
    const others = [rowBest[row]!, personBest[person]!].map(({ least, second }) =>
      least < cost ? least : second,
    )
    return { row, person, margin: Math.min(...others) - cost }
  }).sort((a, b) => b.margin - a.margin)
}

/** For each of `count`, which of `others` is least, and the two least values. */
function twoLeast(count: number, others: number, value: (one: number, other: number) => number) {
  return Array.from({ length: count }, (_, one) => {
    let first = 0
    let least = Number.POSITIVE_INFINITY
    let second = Number.POSITIVE_INFINITY
    for (let other = 0; other < others; other++) {
      const distance = value(one, other)
      if (distance < least) {
        second = least
        least = distance
        first = other
      } else if (distance < second) second = distance
    }
    return { first, least, second }
  })
}

/**
 * Coordinates in which errors of a fit are of equal size in all directions: so that a direction which is predicted well
 * tells people apart by small differences.
 */
export function errorsWhite(
  errors: readonly Float64Array[],
): (columns: readonly Float64Array[]) => Float64Array[] {
  const size = errors.length
  const rows = errors[0]!.length
  const covariance = Matrix.zeros(size, size)
  errors.forEach((a, i) => {
    errors.forEach((b, j) => {
      if (j > i) return
      let sum = 0
      for (let r = 0; r < rows; r++) sum += a[r]! * b[r]!
      // Few rows say little of how errors go together: their products are shrunk, not their squares.
      const shrunk = i === j ? sum / rows + 1e-12 : sum / (rows + size)
      covariance.set(i, j, shrunk)
      covariance.set(j, i, shrunk)
    })
  })
  const { eigenvectorMatrix: vectors, realEigenvalues } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  })
  const weights = realEigenvalues.map((value) => 1 / Math.sqrt(Math.max(value, 1e-12)))
  return (columns) =>
    weights.map((weight, d) => {
      const out = new Float64Array(columns[0]!.length)
      columns.forEach((column, f) => {
        const factor = weight * vectors.get(f, d)
        for (let r = 0; r < out.length; r++) out[r] = out[r]! + factor * column[r]!
      })
      return out
    })
}

function joinedWith(
  known: Float64Array | undefined,
  column: Float64Array,
  pairs: readonly Pair[],
  side: 'row' | 'person',
): Float64Array {
  const first = known ?? new Float64Array(0)
  const out = new Float64Array(first.length + pairs.length)
  out.set(first)
  pairs.forEach((pair, i) => {
    out[first.length + i] = column[pair[side]]!
  })
  return out
}
