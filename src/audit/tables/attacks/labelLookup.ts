// Cells looked up by labels: what people of the same label, or of the nearest ones, have in each attribute.
// Source: nearest neighbours, Fix and Hodges (1951), Stone (1977); how many of them, by the hits of each person left out.
// It reads nothing but labels: an attribute that does not go with any is guessed as the constant that is most often right.

import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import type { Attribute, Evidence } from '../evidence.ts'
import { fitRidge } from '../ridge.ts'
import { likeliest } from './quantiles.ts'

/** One label: of the people whose cells are had, and of the rows that are asked about, in the same units or codes. */
export interface ToldLabel {
  readonly kind: 'class' | 'number'
  readonly people: ArrayLike<number>
  readonly asked: ArrayLike<number>
}

/** People who are looked up among, and those of them who are left out in turn. */
const mostPeople = 600
const mostLeftOut = 200

/** Numbers of neighbours that are tried; people as near as the last one count as well. */
const neighbourhoods = [1, 5, 20, 60, 200]

/** Share of a label's range within which two numbers are the same. */
const same = 1e-6

/** As cells are judged: within this share of an attribute's range. */
const tolerance = 0.05

/** Share of the range from which a guess counts as nothing where ways to guess are compared. */
const nearly = 0.2

/**
 * @param people features of the people, one array a feature.
 * @param rows how many rows are asked about.
 */
export function cellsByLabels(
  attributes: readonly Attribute[],
  people: readonly Float64Array[],
  labels: readonly ToldLabel[],
  rows: number,
): { readonly features: Float64Array[]; readonly notes: string[] } {
  const total = people[0]?.length ?? 0
  const chosen = shuffle(upTo(total), seededStream(0, 'looked up')).slice(0, mostPeople)
  const features = people.map((column) => Float64Array.from(chosen, (p) => column[p]!))
  const scales = labels.map((label) => scaleOf(label, chosen))
  const held = scales.map(({ people: at }) => at)
  const asked = scales.map(({ asked: at }) => at)
  const numbers = labels.filter(({ kind }) => kind === 'number')
  const values = numbers.map((label) => Float64Array.from(chosen, (p) => label.people[p]!))
  const leftOut = upTo(Math.min(mostLeftOut, chosen.length))
  const near = Array.from(leftOut, (p) => nearest(held, held, p, p))
  const forms = attributes.map((attribute) => bestForm(attribute, features, values, near))
  const places = new Map<string, number[]>()
  for (let r = 0; r < rows; r++) {
    const key = asked.map((column) => column[r]).join()
    const known = places.get(key)
    if (known) known.push(r)
    else places.set(key, [r])
  }
  const out = people.map(() => new Float64Array(rows))
  for (const same of places.values()) {
    const first = same[0]!
    const order = nearest(held, asked, first)
    const at = numbers.map((label) => label.asked[first]!)
    for (const form of forms) {
      form.guess(order, at).forEach((value, i) => {
        const column = out[form.attribute.feature + i]!
        for (const r of same) column[r] = value
      })
    }
  }
  const informed = forms.filter((form) => form.told).map(({ attribute }) => attribute.name)
  return {
    features: out,
    notes: [
      informed.length === 0
        ? 'No attribute goes with a label.'
        : `${informed.length} of ${attributes.length} attributes go with a label.`,
    ],
  }
}

/** Labels on scales where distances compare: ranks of numbers, so that one far out does not move the others. */
function scaleOf({ kind, people, asked }: ToldLabel, chosen: Int32Array) {
  const held = Float64Array.from(chosen, (p) => people[p]!)
  const others = Float64Array.from(asked)
  if (kind === 'class') return { people: held.map((c) => 2 * c), asked: others.map((c) => 2 * c) }
  const values = [...new Set(held)].sort((a, b) => a - b)
  const ascending = held.toSorted()
  const near = same * (values.at(-1)! - values[0]! || 1)
  const ranks = new Map<number, number>()
  let below = 0
  for (const value of values) {
    let upTo = below
    while (upTo < ascending.length && ascending[upTo] === value) upTo++
    ranks.set(value, (below + upTo) / (2 * ascending.length))
    below = upTo
  }
  const rank = (value: number) => {
    let low = 0
    let high = values.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (values[middle]! < value - near) low = middle + 1
      else high = middle
    }
    const [before, after] = [values[low - 1], values[low]]
    if (after === undefined) return 1
    if (after <= value + near) return ranks.get(after)!
    if (before === undefined) return 0
    const share = (value - before) / (after - before)
    return ranks.get(before)! + share * (ranks.get(after)! - ranks.get(before)!)
  }
  return { people: held.map(rank), asked: others.map(rank) }
}

/** People in the order of their distance to one row, and which distance each has. */
interface Neighbours {
  readonly people: Int32Array
  readonly distances: Float64Array
}

function nearest(
  held: readonly Float64Array[],
  asked: readonly Float64Array[],
  row: number,
  without = -1,
): Neighbours {
  const distances = new Float64Array(held[0]?.length ?? 0)
  held.forEach((column, i) => {
    const at = asked[i]![row]!
    for (let p = 0; p < distances.length; p++) {
      const difference = column[p]! - at
      // Two classes that differ are as far from each other as any.
      distances[p] = distances[p]! + Math.min(1, difference * difference)
    }
  })
  const people = upTo(distances.length)
    .filter((p) => p !== without)
    .sort((a, b) => distances[a]! - distances[b]!)
  return { people, distances: Float64Array.from(people, (p) => distances[p]!) }
}

/** The first `count` people and whoever is as near as the last of them. */
function hood({ people, distances }: Neighbours, count: number): Int32Array {
  let end = Math.min(count, people.length)
  const last = distances[end - 1]! + 1e-12
  while (end < people.length && distances[end]! <= last) end++
  return people.subarray(0, end)
}

/** How an attribute is guessed: its features for one label of all. */
interface Form {
  readonly attribute: Attribute
  /** Whether labels tell of it more than the best constant. */
  readonly told: boolean
  guess(order: Neighbours, at: readonly number[]): number[]
}

/** The way to guess that hits most of those left out; the constant unless another is better by a standard error. */
function bestForm(
  attribute: Attribute,
  features: readonly Float64Array[],
  labels: readonly Float64Array[],
  leftOut: readonly Neighbours[],
): Form {
  const guessFrom = (people: Int32Array) => usual(attribute, features, people)
  const everybody = upTo(features[0]!.length)
  const constant = guessFrom(everybody)
  const counts = neighbourhoods.filter((count) => count <= everybody.length / 2)
  // Where many have one label, neighbourhoods of several sizes are the same people.
  const guessed = new WeakMap<Neighbours, Map<number, number[]>>()
  const guessNear = (order: Neighbours, count: number) => {
    const near = hood(order, count)
    const known = guessed.get(order) ?? new Map<number, number[]>()
    guessed.set(order, known)
    const guess = known.get(near.length) ?? guessFrom(near)
    known.set(near.length, guess)
    return guess
  }
  const ways: Form['guess'][] = counts.map((count) => (order) => guessNear(order, count))
  const line = lineOf(attribute, features, labels)
  if (line) ways.push((_, at) => [line(at)])
  const hits = (guess: Form['guess']) =>
    leftOut.reduce(
      (sum, order, p) =>
        sum +
        hit(
          attribute,
          features,
          p,
          guess(
            order,
            labels.map((column) => column[p]!),
          ),
        ),
      0,
    )
  const least = hits(() => constant)
  const best = ways
    .map((guess) => ({ guess, hits: hits(guess) }))
    .reduce((a, b) => (b.hits > a.hits ? b : a), { guess: (() => constant) as Form['guess'], hits: least })
  return best.hits > least
    ? { attribute, told: true, guess: best.guess }
    : { attribute, told: false, guess: () => constant }
}

function hit(
  attribute: Attribute,
  features: readonly Float64Array[],
  person: number,
  guess: readonly number[],
): number {
  if (attribute.kind === 'categorical')
    return guess.every((value, c) => value === features[attribute.feature + c]![person]) ? 1 : 0
  const { feature, minimum, maximum } = attribute
  // Counts of few people are rough; what is nearly hit tells, too.
  const error = Math.abs(guess[0]! - features[feature]![person]!) / (maximum - minimum)
  return Math.max(0, 1 - error / nearly)
}

/** What most of some people have: the likeliest value, or the most frequent category as a one-hot code. */
function usual(attribute: Attribute, features: readonly Float64Array[], people: Int32Array): number[] {
  if (attribute.kind === 'numeric') {
    const column = features[attribute.feature]!
    const ascending = Float64Array.from(people, (p) => column[p]!).sort()
    return [crest(ascending, attribute)]
  }
  const counts = Array.from({ length: attribute.categories }, (_, c) => {
    const column = features[attribute.feature + c]!
    return people.reduce((sum, p) => sum + column[p]!, 0)
  })
  const most = counts.indexOf(Math.max(...counts))
  return counts.map((_, c) => (c === most ? 1 : 0))
}

/** Places of an attribute's range that are tried for a crest. */
const places = 60

/**
 * Where values lie densest, smoothed over what counts as a hit and a little more: of few values a sharp window finds
 * accidents. As one of the values, which are exact where there are few different ones.
 */
function crest(
  ascending: Float64Array,
  { minimum, maximum }: Attribute & { readonly kind: 'numeric' },
): number {
  const width = 2 * tolerance * (maximum - minimum)
  let best = { place: ascending[0]!, weight: 0 }
  for (let i = 0; i <= places; i++) {
    const place = minimum + ((maximum - minimum) * i) / places
    let weight = 0
    for (const x of ascending) weight += Math.max(0, 1 - ((x - place) / width) ** 2)
    if (weight > best.weight) best = { place, weight }
  }
  return ascending.reduce((a, x) => (Math.abs(x - best.place) < Math.abs(a - best.place) ? x : a))
}

/** A line from labels that are numbers to an attribute, moved to where most people lie beside it. */
function lineOf(
  attribute: Attribute,
  features: readonly Float64Array[],
  labels: readonly Float64Array[],
): ((at: readonly number[]) => number) | undefined {
  const column = features[attribute.feature]!
  if (attribute.kind === 'categorical' || labels.length === 0 || column.length < 8) return undefined
  const line = fitRidge(labels, [column])
  const left = line.predict(labels)[0]!.map((guess, p) => column[p]! - guess)
  const shift = likeliest(left.sort(), tolerance * (attribute.maximum - attribute.minimum))
  return (at) => line.predict(at.map((x) => Float64Array.of(x)))[0]![0]! + shift
}

/** Whether a release has a label that varies. */
export function hasLabel(evidence: Pick<Evidence, 'labels' | 'target' | 'labelColumns'>): boolean {
  return (evidence.labelColumns ?? [evidence]).some(
    ({ labels, target }) =>
      (labels?.classes ?? 0) > 1 || (target?.original.some((t) => t !== target.original[0]) ?? false),
  )
}
