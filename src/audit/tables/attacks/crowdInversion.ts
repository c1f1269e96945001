// Crowd inversion: links people of whom only raw rows are had to protected rows, then inverts by the pairs that result.
// Source: alignment as in align.ts; least squares trimmed to the surer pairs (Rousseeuw 1984); ratio test of Lowe (2004).
// It makes known rows out of none. Where the alignment finds no right turn the line is fitted to wrong pairs.

import { joined, pick } from '../evidence.ts'
import { recoveryAttack } from '../recovery.ts'
import { fitLeastSquares, type Line } from '../ridge.ts'
import { align } from './align.ts'
import { squaredDistances } from './distances.ts'
import { unmix } from './fastIca.ts'
import { codingOf, enoughColumns } from './ordinalCodes.ts'
import { lostColumns, whiten, withoutActivation } from './whitening.ts'

/** People who are linked at most. */
const linkedPeople = 1000

/** Shares of the pairs that lines are fitted to, one after another; the best line of all is kept. */
const shares = [1, 0.9, 0.7, 0.5, 0.5, 0.5, 0.7, 0.9]

/** Blind: pairs from an alignment instead of from a leak. */
export const crowdInversion = recoveryAttack({
  name: 'crowd-inversion',
  title: 'Inversion by linking people in the crowd',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['people'],
  needs:
    'the protected table, the activation, and raw rows of half of the people without knowing whose is whose',
  source:
    'Besl and McKay (1992), Rousseeuw (1984); known-input inversion as in Liu, Giannella and Kargupta (2006)',
  fewest: 0,
  background: 'crowd',
  // Where columns were lost the clouds do not differ by a rotation.
  applies: (evidence) => enoughColumns(evidence) && evidence.released[0]!.length >= 8,
  whyNot: lostColumns,
  recover(view, options) {
    const { scheme, unseen, crowd } = view
    const coding = codingOf(view.attributes, view.background!, crowd!, scheme, options)
    const people = coding.code(view.background!).map((column) => column.subarray(0, linkedPeople))
    // Both pass together, so that a value at the end of the activation's range is moved to the same place in both.
    const count = unseen[0]!.length
    const all = withoutActivation(joined(unseen, crowd!), scheme)
    const asked = all.map((column) => column.subarray(0, count))
    const ofCrowd = all.map((column) => column.subarray(count))
    const raw = whiten(people)
    const released = whiten(ofCrowd)
    const directions = Math.min(raw.white.length, released.white.length)
    const turned = released.white.slice(0, directions)
    const { rotation } = align(turned, raw.white.slice(0, directions), options)
    let placed = raw.colour(unmix(turned, rotation))
    let best: { readonly line: Line; readonly distance: number } | undefined
    for (const share of shares) {
      const { pairs } = linked(raw.apply(placed), raw.white)
      const better = pairs.slice(0, Math.ceil(share * pairs.length))
      if (better.length < 2) break
      const line = fitLeastSquares(
        pick(
          ofCrowd,
          Int32Array.from(better, (p) => p.row),
        ),
        pick(
          people,
          Int32Array.from(better, (p) => p.person),
        ),
      )
      placed = line.predict(ofCrowd)
      const { distance } = linked(raw.apply(placed), raw.white)
      if (!best || distance < best.distance) best = { line, distance }
    }
    const guess = best ? best.line.predict(asked) : raw.colour(unmix(released.apply(asked), rotation))
    return { features: coding.decode(guess) }
  },
})

/**
 * Rows and people that are each other's nearest, the surest first: those that have the second nearest far behind, which
 * keeps rows with rare values in. And the mean distance of all people to the nearest row: 0 where everybody is found.
 */
function linked(rows: readonly Float64Array[], people: readonly Float64Array[]) {
  const count = rows[0]?.length ?? 0
  const others = people[0]?.length ?? 0
  const distances = squaredDistances(rows, people)
  const at = (row: number, person: number) => distances[row * others + person]!
  const nearestRow = new Int32Array(others)
  let total = 0
  for (let person = 0; person < others; person++) {
    for (let row = 1; row < count; row++) {
      if (at(row, person) < at(nearestRow[person]!, person)) nearestRow[person] = row
    }
    total += Math.sqrt(at(nearestRow[person]!, person))
  }
  const pairs: { readonly row: number; readonly person: number; readonly doubt: number }[] = []
  for (let row = 0; row < count; row++) {
    let person = 0
    let second = Number.POSITIVE_INFINITY
    for (let p = 1; p < others; p++) {
      if (at(row, p) < at(row, person)) {
        second = at(row, person)
        person = p
      } else if (at(row, p) < second) {
        second = at(row, p)
      }
    }
    if (nearestRow[person] !== row) continue
    pairs.push({ row, person, doubt: second > 0 ? at(row, person) / second : 1 })
  }
  return { pairs: pairs.sort((a, b) => a.doubt - b.doubt), distance: total / others }
}
