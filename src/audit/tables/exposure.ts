// What an average over cells hides: how each attribute fares, and the tenth of the people who fare worst.
// Source: intervals of Wilson (1927) for shares, Agresti and Min (2005) for pairs, Cochran (1977), 6.4, for ratios.
// Intervals are of single attributes: the worst of many is above its own value more often than one time in twenty.

import { seededStream } from '../../random/seeded.ts'
import { wilson } from '../../statistics/binomial.ts'
import { percentileInterval } from '../../statistics/bootstrap.ts'
import { mean, sum } from '../../statistics/moments.ts'
import type { Metric } from '../finding.ts'

const z = 1.959963984540054
const resamples = 200

/**
 * The share of people whose value of one attribute is hit.
 * @param hits 1 or 0 a person. @param guessed the same of the constant guess.
 */
export function shareMetric(
  name: 'cells5' | 'cells1',
  hits: Uint8Array,
  guessed: Uint8Array,
  baseline?: Uint8Array,
): Metric {
  const rows = hits.length
  const value = mean(hits)
  const chance = mean(guessed)
  return {
    name,
    value,
    interval: wilson(value, rows),
    chance,
    baseline: baseline ? mean(baseline) : undefined,
    beyond: pairedInterval(hits, guessed),
  }
}

/** 95% interval of the difference of two shares of the same people: half a person more in each cell of the two by two. */
function pairedInterval(hits: Uint8Array, guessed: Uint8Array): readonly [number, number] {
  let [more, fewer] = [0.5, 0.5]
  for (let r = 0; r < hits.length; r++) {
    if (hits[r]! > guessed[r]!) more++
    else if (hits[r]! < guessed[r]!) fewer++
  }
  // Where attack and guess agree on everybody the attack got nothing from the release.
  if (more + fewer === 1) return [0, 0]
  const rows = hits.length + 2
  const difference = (more - fewer) / rows
  const doubt = (z * Math.sqrt(more + fewer - (more - fewer) ** 2 / rows)) / rows
  return [difference - doubt, difference + doubt]
}

/**
 * R² of one attribute: the share of the squares that chance leaves which the guess explains.
 * @param squares of the guess's errors, a person each. @param below of the mean's.
 */
export function explainedMetric(squares: Float64Array, below: Float64Array, baseline?: Float64Array): Metric {
  const base = sum(below)
  const left = base > 0 ? sum(squares) / base : 1
  let spread = 0
  for (let r = 0; r < squares.length; r++) spread += (squares[r]! - left * below[r]!) ** 2
  const doubt = base > 0 ? (z * Math.sqrt(spread)) / base : 0
  return {
    name: 'explained',
    value: 1 - left,
    interval: [1 - left - doubt, 1 - left + doubt],
    chance: 0,
    baseline: baseline ? (base > 0 ? 1 - sum(baseline) / base : 0) : undefined,
  }
}

/** Attributes that are hit, a person each. */
export interface PeopleHits {
  readonly hits: Int32Array
  /** By the constant guess. */
  readonly guessed: Int32Array
  /** By the attack's guesses when each is taken for somebody else's, once or several times: what luck gets. */
  readonly elsewhere: readonly Int32Array[]
}

/**
 * The mean share of a person's cells that is hit. Of the people of whom the constant guess misses a cell it is of the tenth of
 * whom most is hit beyond that guess: whom it hits throughout nobody can give away.
 * @param attributes that there are.
 */
export function worstTenth(
  name: 'cells5' | 'cells1',
  { hits, guessed, elsewhere }: PeopleHits,
  attributes: number,
  seed: number,
): Metric {
  const people = Array.from(guessed.keys()).filter((r) => guessed[r]! < attributes)
  const tenth = Math.max(1, Math.round(people.length / 10))
  // Nobody is missed: the constant guess has everything.
  if (people.length === 0) return { name, value: 1, interval: [1, 1], chance: 1, of: 0 }
  const top = (found: Int32Array, person: (p: number) => number) => {
    const counts = new Int32Array(2 * attributes + 1)
    const sums = new Int32Array(2 * attributes + 1)
    for (let p = 0; p < people.length; p++) {
      const r = person(p)
      const beyond = found[r]! - guessed[r]! + attributes
      counts[beyond] = counts[beyond]! + 1
      sums[beyond] = sums[beyond]! + found[r]!
    }
    let [left, sum] = [tenth, 0]
    for (let beyond = 2 * attributes; beyond >= 0 && left > 0; beyond--) {
      const count = counts[beyond]!
      if (count === 0) continue
      // Of people who are alike by this some are taken, as they are on average.
      const taken = Math.min(left, count)
      sum += (taken * sums[beyond]!) / count
      left -= taken
    }
    return sum / (tenth * attributes)
  }
  const source = seededStream(seed, 'worst tenth')
  const drawn = () => people[source.below(people.length)]!
  return {
    name,
    value: top(hits, (p) => people[p]!),
    interval: percentileInterval(Float64Array.from({ length: resamples }, () => top(hits, drawn))),
    chance: elsewhere.reduce((sum, found) => sum + top(found, (p) => people[p]!) / elsewhere.length, 0),
    of: tenth,
  }
}
