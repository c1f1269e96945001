// Equal rows by their frequencies: kinds of people and kinds of released rows are matched by how often each occurs.
// Source: frequency analysis, Naveed, Kamara and Wright (2015), section 4.1; matching and mapping by turns, Besl and McKay
// (1992). Kinds that are equally frequent are told apart by a line through all others, which many layers bend.

import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { type Random, seededStream } from '../../../random/seeded.ts'
import { standardised } from '../../../statistics/standard.ts'
import type { AttackOptions } from '../../finding.ts'
import type { Evidence, View } from '../evidence.ts'
import { type Guess, recoveryAttack } from '../recovery.ts'
import { assign } from './assignment.ts'
import { type EqualRows, equalRowsOf, hasEqualRows, noEqualRows } from './equalRows.ts'
import { whiten, withoutActivation } from './whitening.ts'

/** Kinds beyond which an assignment takes too long; and steps of all assignments together. */
const mostKinds = 200
const mostSteps = { quick: 1e9, full: 1e10 }

/** Starts: frequencies as they are, and frequencies with some luck. */
const mostStarts = { quick: 200, full: 1000 }

const mostRounds = 40

/** Penalty of the line, and least squared error that is believed of it. */
const penalty = 5e-4
const leastError = 1e-3

const kindsOf = ({ features, released }: Pick<Evidence, 'features' | 'released'>) =>
  Math.max(equalRowsOf(features).first.length, equalRowsOf(released).first.length)

/** Costs that differ by this much are believed as 1 to e: layers bend, so that the line that fits best is not always the right one. */
const doubt = 40

const shared = {
  standpoint: 'blind',
  reads: ['columns'],
  source: 'Naveed, Kamara and Wright (CCS 2015), section 4.1; Besl and McKay (1992)',
  fewest: 0,
  applies: (evidence: Evidence) => hasEqualRows(evidence) && kindsOf(evidence) <= mostKinds,
  whyNot: (evidence: Evidence) =>
    noEqualRows(evidence) ?? `There are more than ${mostKinds} kinds of rows: too many to be matched.`,
  recover: byFrequencies,
} as const

/** Blind: kinds of people on a list, matched by their frequencies. */
export const equalRowPeople = recoveryAttack({
  ...shared,
  name: 'equal-row-people',
  title: 'Equal rows by a list of people',
  holds: ['people'],
  needs:
    'the protected table, the activation, and raw rows of half of the people without knowing whose is whose',
  background: 'crowd',
})

/** Blind: kinds of people in a public sample, matched by their frequencies. */
export const equalRowStrangers = recoveryAttack({
  ...shared,
  name: 'equal-row-strangers',
  title: 'Equal rows by a public sample',
  holds: ['strangers'],
  needs: 'the protected table, the activation, and raw rows of other people of the same population',
  background: 'strangers',
})

function byFrequencies(view: View, { seed, effort }: AttackOptions): Guess {
  const { unseen, crowd = unseen, scheme, background } = view
  const people = equalRowsOf(background!)
  const left = equalRowsOf(crowd)
  const usual = people.first[people.counts.indexOf(Math.max(...people.counts))]!
  const { white } = whiten(withoutActivation(crowd, scheme))
  const places = white.map((column) => Float64Array.from(left.first, (r) => column[r]!))
  const kinds = scaled(background!, people)
  const matches = matchKinds(people, kinds, left, places, seededStream(seed, 'equal rows'), effort)
  const believed = background!.map((column) => {
    const sums = new Float64Array(left.first.length).fill(1e-9 * column[usual]!)
    for (const { match, weight } of matches)
      match.forEach((code, kind) => {
        if (code >= 0) sums[code] = sums[code]! + weight * column[people.first[kind]!]!
      })
    return sums
  })
  const keys = (columns: readonly Float64Array[], at: Int32Array) =>
    Array.from(at, (r) => columns.map((column) => column[r]!.toPrecision(9)).join())
  const codeOf = new Map(keys(crowd, left.first).map((key, code) => [key, code]))
  const asked = equalRowsOf(unseen)
  const codes = keys(unseen, asked.first).map((key) => codeOf.get(key)!)
  return {
    features: believed.map((column) => Float64Array.from(asked.codes, (code) => column[codes[code]!]!)),
    notes: [`${people.first.length} kinds of people and ${left.first.length} kinds of rows were matched.`],
  }
}

/** Features of each kind, of mean 0 over the people. */
function scaled(features: readonly Float64Array[], { first }: EqualRows): Float64Array[] {
  return features.map((column) => {
    const all = standardised(column)
    return Float64Array.from(first, (r) => all[r]!)
  })
}

/** For each kind of people its kind of rows, -1 for none; and how far it is believed. */
interface Match {
  readonly match: Int32Array
  readonly weight: number
}

/** Matches that frequencies and a line make likely. */
function matchKinds(
  people: EqualRows,
  kinds: readonly Float64Array[],
  left: EqualRows,
  places: readonly Float64Array[],
  random: Random,
  effort: 'quick' | 'full',
): Match[] {
  const [n, m] = [people.codes.length, left.codes.length]
  // Twice the log-likelihood ratio of two counts, nearly: roots of shares have a variance that does not depend on them.
  const counted = Array.from(people.counts, (count) =>
    Float64Array.from(
      left.counts,
      (other) => ((Math.sqrt(count / n) - Math.sqrt(other / m)) ** 2 * 4 * n * m) / (n + m),
    ),
  )
  const steps =
    Math.min(people.first.length, left.first.length) ** 2 * Math.max(people.first.length, left.first.length)
  let spent = 0
  const found: { readonly match: Int32Array; readonly cost: number }[] = []
  for (let start = 0; start < mostStarts[effort] && (start === 0 || spent < mostSteps[effort]); start++) {
    let match = assign(
      counted.map((costs) =>
        costs.map((cost) => cost + (start === 0 ? 0 : -Math.log(-Math.log(random.uniform())))),
      ),
    )
    let cost = Number.POSITIVE_INFINITY
    for (let round = 0; round < mostRounds; round++) {
      const { squares, error } = lineErrors(people, kinds, left, places, match)
      const next = assign(counted.map((costs, k) => costs.map((c, code) => c + squares[k]![code]! / error)))
      spent += 10 * steps
      const pairs = [...next.keys()].filter((k) => next[k]! >= 0)
      const same = next.every((code, k) => code === match[k])
      match = next
      cost =
        pairs.reduce((sum, k) => sum + counted[k]![match[k]!]!, 0) +
        pairs.length * places.length * Math.log(error)
      if (same) break
    }
    found.push({ match, cost })
  }
  const least = Math.min(...found.map(({ cost }) => cost))
  const weights = found.map(({ cost }) => Math.exp(-(cost - least) / doubt))
  const total = weights.reduce((a, b) => a + b, 0)
  return found.map(({ match }, i) => ({ match, weight: weights[i]! / total }))
}

/** Squared distances of every kind's place by the line to every code's, and how far pairs are off on average. */
function lineErrors(
  { counts }: EqualRows,
  kinds: readonly Float64Array[],
  left: EqualRows,
  places: readonly Float64Array[],
  match: Int32Array,
): { readonly squares: Float64Array[]; readonly error: number } {
  const pairs = [...match.keys()].filter((k) => match[k]! >= 0)
  const weight = (k: number) => Math.min(counts[k]!, left.counts[match[k]!]!)
  const total = pairs.reduce((sum, k) => sum + weight(k), 0)
  const size = kinds.length + 1
  const input = (k: number, i: number) => (i < kinds.length ? kinds[i]![k]! : 1)
  const gram = Matrix.eye(size, size, penalty * total)
  const cross = Matrix.zeros(size, places.length)
  for (const k of pairs) {
    for (let i = 0; i < size; i++) {
      const weighed = weight(k) * input(k, i)
      for (let j = 0; j <= i; j++) {
        gram.set(i, j, gram.get(i, j) + weighed * input(k, j))
        if (j < i) gram.set(j, i, gram.get(i, j))
      }
      for (const [d, place] of places.entries())
        cross.set(i, d, cross.get(i, d) + weighed * place[match[k]!]!)
    }
  }
  const line = new CholeskyDecomposition(gram).solve(cross)
  const squares = Array.from(counts, (_, k) => {
    const out = new Float64Array(left.counts.length)
    for (const [d, place] of places.entries()) {
      let guess = 0
      for (let i = 0; i < size; i++) guess += line.get(i, d) * input(k, i)
      for (let code = 0; code < out.length; code++) out[code] = out[code]! + (place[code]! - guess) ** 2
    }
    return out
  })
  const off = pairs.reduce((sum, k) => sum + weight(k) * squares[k]![match[k]!]!, 0)
  return { squares, error: off / (total * places.length) + leastError }
}
