// Classes by their geometry: how a public sample's classes lie to each other names the codes that lie alike.
// Source: classShapes.ts (Mahalanobis, Fisher); the permutation that fits best, as in Naveed, Kamara and Wright (2015).
// Codes of classes of one shape and size, or far bent by many layers, are named by accident.

import { shuffle, upTo } from '../../../random/order.ts'
import { type Random, seededStream } from '../../../random/seeded.ts'
import { pick, pickCodes } from '../evidence.ts'
import { labelAttack } from '../labelAttack.ts'
import { type ClassShapes, classShapes } from './classShapes.ts'
import { whiten, withoutActivation } from './whitening.ts'

/** Splits of the public sample that say how much its numbers vary by accident. */
const splits = 8

/** Classes up to which all permutations are tried; beyond, exchanges of two from so many starts. */
export const mostPermuted = 6
const starts = 60

/** Classes beyond which their shapes alone take minutes, and comparisons of two pairs that all starts may take together. */
const mostClasses = 40
const mostCompared = 5e7

/** Blind: the permutation of codes under which the classes lie as in a public sample. */
export const classGeometry = labelAttack({
  name: 'class-geometry',
  title: 'Hidden classes by how they lie to each other',
  standpoint: 'blind',
  reads: ['classes', 'columns'],
  holds: ['strangers'],
  needs:
    'the protected table with its labels, the activation, and raw rows with classes of other people of the same population',
  source: 'Mahalanobis (1936), Fisher (1936); frequency analysis as in Naveed, Kamara and Wright (CCS 2015)',
  fewest: 0,
  label: 'classes',
  background: 'strangers',
  able: ({ labels }) => labels!.classes <= mostClasses,
  whyNot: ({ labels }) =>
    labels && labels.classes > mostClasses
      ? `The label has ${labels.classes} classes, and this attack compares all pairs of ${mostClasses} at most.`
      : undefined,
  guess({ classes, background, unseen, scheme }, { seed }) {
    const { count, background: known, unseen: codes } = classes!
    const left = withoutActivation(unseen, scheme)
    const { names, started } = namesByGeometry(background!, known!, left, codes, count, seed)
    return {
      labels: Int32Array.from(codes, (code) => names[code]!),
      notes:
        started < starts
          ? [
              `${count} classes left work for ${started} of ${starts} starts: more might find a better naming.`,
            ]
          : undefined,
    }
  },
})

/**
 * The class behind each code, and how many starts the work allowed for.
 * @param sample raw rows, and `known` their classes.
 * @param left protected rows, the activation undone, and `codes` what left of their classes.
 */
export function namesByGeometry(
  sample: readonly Float64Array[],
  known: Int32Array,
  left: readonly Float64Array[],
  codes: Int32Array,
  count: number,
  seed: number,
): { readonly names: Int32Array; readonly started: number } {
  const raw = whiten(sample).white
  const white = whiten(left).white
  const random = seededStream(seed, 'class geometry')
  const expected = classShapes(raw, known, count)
  const found = classShapes(white, codes, count)
  const accident = accidents(raw, known, count, random)
  const { place, started } = bestPermutation(count, costOf(expected, found, accident), random)
  const names = new Int32Array(count)
  place.forEach((code, c) => {
    names[code] = c
  })
  return { names, started }
}

/**
 * Squared differences of shares count as far as they go beyond twice what accident makes of them: where one table is
 * split, the class that is rarer in one part is commoner in the other, so that small differences point the wrong way.
 */
const insignificant = 4

/** Mean squared differences of two halves of a sample, of each kind of number. */
interface Accidents {
  readonly shares: number
  readonly spreads: number
  readonly between: number
}

function accidents(
  white: readonly Float64Array[],
  classes: Int32Array,
  count: number,
  random: Random,
): Accidents {
  const sums = { shares: 0, spreads: 0, between: 0 }
  for (let split = 0; split < splits; split++) {
    const order = shuffle(upTo(classes.length), random)
    const [a, b] = [order.slice(0, order.length >> 1), order.slice(order.length >> 1)].map((rows) =>
      classShapes(whiten(pick(white, rows)).white, pickCodes(classes, rows), count),
    ) as [ClassShapes, ClassShapes]
    for (let c = 0; c < count; c++) {
      sums.shares += shareDifference(a, b, c, c) / (splits * count)
      sums.spreads += squaredDifference(a.spreads[c]!, b.spreads[c]!) / (splits * count)
      for (let d = 0; d < count; d++) {
        if (d === c) continue
        const between = squaredDifference(a.between[c]![d]!, b.between[c]![d]!)
        sums.between += between / (splits * count * (count - 1))
      }
    }
  }
  return sums
}

function costOf(expected: ClassShapes, found: ClassShapes, accident: Accidents) {
  const count = expected.shares.length
  const single = Array.from({ length: count }, (_, c) =>
    Float64Array.from(
      { length: count },
      (__, code) =>
        Math.max(0, shareDifference(expected, found, c, code) / (accident.shares || 1) - insignificant) +
        squaredDifference(expected.spreads[c]!, found.spreads[code]!) / (accident.spreads || 1),
    ),
  )
  return (place: Int32Array): number => {
    let cost = 0
    for (let c = 0; c < count; c++) {
      cost += single[c]![place[c]!]!
      for (let d = 0; d < count; d++) {
        if (d === c) continue
        const between = squaredDifference(expected.between[c]![d]!, found.between[place[c]!]![place[d]!]!)
        cost += between / ((accident.between || 1) * (count - 1))
      }
    }
    return cost
  }
}

/** For each class its code: the cheapest permutation, or the cheapest that exchanges lead to. */
function bestPermutation(
  count: number,
  cost: (place: Int32Array) => number,
  random: Random,
): { readonly place: Int32Array; readonly started: number } {
  let best = { place: upTo(count), cost: Number.POSITIVE_INFINITY }
  const attempt = (place: Int32Array) => {
    const tried = cost(place)
    if (tried < best.cost) best = { place: place.slice(), cost: tried }
    return tried
  }
  if (count <= mostPermuted) {
    permute(upTo(count), 0, attempt)
    return { place: best.place, started: starts }
  }
  let left = mostCompared
  let started = 0
  for (; started < starts && left > 0; started++) {
    const place = shuffle(upTo(count), random)
    let least = attempt(place)
    for (let changed = true; changed && left > 0; ) {
      changed = false
      left -= (count * (count - 1) * count ** 2) / 2
      for (let a = 0; a < count; a++) {
        for (let b = a + 1; b < count; b++) {
          exchange(place, a, b)
          const next = attempt(place)
          if (next < least) {
            least = next
            changed = true
          } else exchange(place, a, b)
        }
      }
    }
  }
  return { place: best.place, started }
}

function permute(place: Int32Array, from: number, visit: (place: Int32Array) => void): void {
  if (from === place.length) visit(place)
  for (let i = from; i < place.length; i++) {
    exchange(place, from, i)
    permute(place, from + 1, visit)
    exchange(place, from, i)
  }
}

function exchange(place: Int32Array, a: number, b: number): void {
  const kept = place[a]!
  place[a] = place[b]!
  place[b] = kept
}

/** In units of the variance of shares of so many rows, but for their number. */
function shareDifference(a: ClassShapes, b: ClassShapes, one: number, other: number): number {
  const [p, q] = [a.shares[one]!, b.shares[other]!]
  const middle = (p + q) / 2
  return (p - q) ** 2 / Math.max(1e-6, middle * (1 - middle))
}

/** Mean over the numbers that both have. */
function squaredDifference(a: Float64Array, b: Float64Array): number {
  const size = Math.min(a.length, b.length)
  let sum = 0
  for (let i = 0; i < size; i++) sum += (a[i]! - b[i]!) ** 2
  return sum / Math.max(1, size)
}
