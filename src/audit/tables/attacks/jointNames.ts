// Names of hidden classes from several labels together: the naming under which most people's labels are all there.
// Source: hits as in hiddenTarget.ts; assignments in turns, Kuhn (1955), from several starts.
// Classes that go with the other labels alike, and are equally frequent, are named by accident.

import { shuffle, upTo } from '../../../random/order.ts'
import { type Random, seededStream } from '../../../random/seeded.ts'
import { assign } from './assignment.ts'

/** A label: of each person its value, of each row its code; the same number of values and codes. */
export interface JointLabel {
  readonly count: number
  readonly people: Int32Array
  readonly rows: Int32Array
  /** Whether codes are values already, as numbers behind a line that was found. */
  readonly named: boolean
}

/** Namings that are begun with: that by frequencies, and others by chance. */
const starts = 30

/** Rounds of assignments; they end sooner, as soon as nothing changes. */
const mostRounds = 10

/** Steps of all costs and assignments together, beyond which no other start is made; a label of so many classes is not tried. */
const mostSteps = 3e8

/** The value behind each code, for each label; by frequencies alone of a label of very many classes. */
export function namesTogether(labels: readonly JointLabel[]): Int32Array[] {
  const random = seededStream(0, 'joint names')
  // A cost of every class with every code, over as many cells as people at most; and an assignment.
  const stepsOf = ({ count, people }: JointLabel) => count ** 2 * (people.length + count)
  const free = labels.filter((label) => !label.named && stepsOf(label) <= mostSteps)
  const eachRound = free.reduce((sum, label) => sum + stepsOf(label), 0)
  let steps = 0
  let best: { names: Int32Array[]; cost: number } | undefined
  for (let start = 0; start === 0 || (start < starts && steps < mostSteps); start++) {
    const names = labels.map((label) =>
      begun(label, start === 0 || !free.includes(label) ? undefined : random),
    )
    let cost = Number.POSITIVE_INFINITY
    for (let round = 0; round === 0 || (round < mostRounds && steps < mostSteps); round++) {
      let total = 0
      labels.forEach((label, i) => {
        if (!free.includes(label)) return
        const others = labels.flatMap((other, j) => (j === i ? [] : [{ ...other, names: names[j]! }]))
        const named = assigned(label, others)
        names[i] = named.names
        total = named.cost
      })
      steps += eachRound
      if (total >= cost) break
      cost = total
    }
    if (!best || cost < best.cost) best = { names: names.map((ofLabel) => ofLabel.slice()), cost }
  }
  return best!.names
}

function begun({ count, named, people, rows }: JointLabel, random: Random | undefined): Int32Array {
  const same = upTo(count)
  if (named) return same
  if (random) return shuffle(same, random)
  return namesBySize(people, rows, count)
}

/** The value behind each code by frequencies alone: the most frequent code is the most frequent value, and so on. */
export function namesBySize(people: Int32Array, rows: Int32Array, count: number): Int32Array {
  const [classes, other] = [people, rows].map((values) => byFrequency(values, count)) as [number[], number[]]
  const names = new Int32Array(count)
  other.forEach((code, place) => {
    names[code] = classes[place]!
  })
  return names
}

function byFrequency(values: Int32Array, count: number): number[] {
  const counts = new Float64Array(count)
  for (const value of values) counts[value] = counts[value]! + 1
  return Array.from(upTo(count)).sort((a, b) => counts[b]! - counts[a]!)
}

/** The best naming of one label, given what all others are taken for. */
function assigned(
  { count, people, rows }: JointLabel,
  others: readonly (JointLabel & { readonly names: Int32Array })[],
): { readonly names: Int32Array; readonly cost: number } {
  const cells = new Map<string, number>()
  const cellOf = (values: readonly number[]) => {
    const key = values.join()
    const at = cells.get(key) ?? cells.size
    cells.set(key, at)
    return at
  }
  const ofPeople = Int32Array.from(people, (_, p) => cellOf(others.map((label) => label.people[p]!)))
  const ofRows = Int32Array.from(rows, (_, r) =>
    cellOf(others.map((label) => label.names[label.rows[r]!] ?? -1)),
  )
  const counted = (values: Int32Array, at: Int32Array) => {
    const counts = Array.from({ length: count }, () => new Float64Array(cells.size))
    values.forEach((value, i) => {
      const ofValue = counts[value]!
      ofValue[at[i]!] = ofValue[at[i]!]! + 1
    })
    return counts
  }
  const [known, left] = [counted(people, ofPeople), counted(rows, ofRows)]
  const costs = known.map((row) =>
    Float64Array.from(left, (other) => costOf(row, other, people.length, rows.length)),
  )
  const place = assign(costs)
  const names = new Int32Array(count)
  let cost = 0
  place.forEach((code, value) => {
    names[code] = value
    cost += costs[value]![code]!
  })
  return { names, cost }
}

/** People of a value who are not among the rows of a code; where that is alike, the frequencies tell. */
function costOf(known: Float64Array, left: Float64Array, people: number, rows: number): number {
  let missing = 0
  let misfit = 0
  for (let cell = 0; cell < known.length; cell++) {
    missing += Math.max(0, known[cell]! - left[cell]!)
    misfit += (known[cell]! / people - left[cell]! / rows) ** 2
  }
  return missing / people + misfit
}
