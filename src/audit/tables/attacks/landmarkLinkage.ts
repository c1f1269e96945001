// Linkage by landmarks: each row by its distances to the rows that are known in both forms.
// Source: Turgay, Pedersen, Saygın, Savaş and Levi (SSDBM 2008): trilateration from known rows.
// It needs no model of the protection: what keeps near rows near gives itself away.

import { standardised } from '../../../statistics/standard.ts'
import { rowAttack } from '../rows.ts'
import { squaredDistances } from './distances.ts'
import { comparable } from './whitening.ts'

/** Leak: distances to the known rows are coordinates, compared between raw people and protected rows. */
export const landmarkLinkage = rowAttack({
  name: 'landmark-linkage',
  title: 'Linkage by distances to known rows',
  standpoint: 'leak',
  reads: ['columns'],
  holds: ['pairs', 'people'],
  needs: 'known rows with their protected forms, the activation, and raw rows of half of the other people',
  source: 'Turgay and others, Disclosure Risks of Distance Preserving Data Transformations (SSDBM 2008)',
  fewest: 1,
  match(view) {
    const { people, released, known } = view
    const count = people[0]!.length
    const spaces = comparable(joined(people, known.original), joined(released, known.released), view)
    const raw = coordinates(spaces.raw, count)
    const left = coordinates(spaces.undone, released[0]!.length)
    const out = new Float64Array(count * count)
    raw.forEach((persons, landmark) => {
      const rows = left[landmark]!
      for (let row = 0; row < count; row++) {
        for (let person = 0; person < count; person++) {
          const at = row * count + person
          out[at] = out[at]! + (rows[row]! - persons[person]!) ** 2
        }
      }
    })
    return out
  },
})

/**
 * Distances of the first rows to the rows after them, one array a landmark, each with mean 0 and variance 1: of raw
 * distances, their ranks and these, these linked most rows through several layers.
 */
function coordinates(columns: readonly Float64Array[], rows: number): Float64Array[] {
  const others = columns.map((column) => column.subarray(0, rows))
  const landmarks = columns.map((column) => column.subarray(rows))
  const count = landmarks[0]?.length ?? 0
  const squared = squaredDistances(others, landmarks)
  return Array.from({ length: count }, (_, l) => {
    return standardised(Float64Array.from({ length: rows }, (__, r) => Math.sqrt(squared[r * count + l]!)))
  })
}

function joined(first: readonly Float64Array[], second: readonly Float64Array[]): Float64Array[] {
  return first.map((column, j) => {
    const out = new Float64Array(column.length + second[j]!.length)
    out.set(column)
    out.set(second[j]!, column.length)
    return out
  })
}
