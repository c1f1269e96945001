// Linkage by distances: a row's distances to all others are a fingerprint that linear protection leaves as it is.
// Source: distance-based attacks on distance-preserving maps, Turgay, Pedersen, Saygın, Savaş and Levi (2008).
// It compares distances after whitening, which any one linear layer keeps; several layers bend them.

import { squaredDistances } from './align.ts'
import { rowAttack } from './rows.ts'
import { comparable } from './whitening.ts'

const points = 128

/** Blind: sorted distances to everybody else, compared between raw people and protected rows. */
export const distanceLinkage = rowAttack({
  name: 'distance-linkage',
  title: 'Linkage by distances to all others',
  standpoint: 'blind',
  needs:
    'the protected table, the activation, and raw rows of half of the people without knowing whose is whose',
  source: 'Turgay and others, Disclosure Risks of Distance Preserving Data Transformations (SSDBM 2008)',
  fewest: 0,
  match(view) {
    const { people, released } = view
    const spaces = comparable(people, released, view)
    const raw = profiles(spaces.raw)
    const own = profiles(spaces.own)
    const count = people[0]?.length ?? 0
    const out = new Float64Array(count * count)
    for (let row = 0; row < count; row++) {
      for (let person = 0; person < count; person++) {
        let sum = 0
        for (let i = 0; i < points; i++) sum += (own[row]![i]! - raw[person]![i]!) ** 2
        out[row * count + person] = sum
      }
    }
    return out
  },
})

/** For each row its distances to all others in ascending order, read at evenly spaced levels. */
function profiles(white: readonly Float64Array[]): Float64Array[] {
  const rows = white[0]?.length ?? 0
  const distances = squaredDistances(white, white)
  return Array.from({ length: rows }, (_, r) => {
    const sorted = distances.slice(r * rows, (r + 1) * rows).sort()
    return Float64Array.from({ length: points }, (__, i) => {
      // The first is the row itself.
      const level = 1 + ((i + 0.5) / points) * (rows - 2)
      const below = Math.floor(level)
      const next = Math.min(below + 1, rows - 1)
      const low = Math.sqrt(sorted[below] ?? 0)
      return low + (level - below) * (Math.sqrt(sorted[next] ?? 0) - low)
    })
  })
}
