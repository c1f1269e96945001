// Linkage by distances: a row's distances to all others are a fingerprint that linear protection leaves as it is.
// Source: distance-based attacks on distance-preserving maps, Turgay, Pedersen, Saygın, Savaş and Levi (2008).
// It compares distances after whitening, which any one linear layer keeps; several layers bend them.

import { rowAttack } from '../rows.ts'
import { distanceProfiles, profileDistance } from './distances.ts'
import { comparable } from './whitening.ts'

/** Blind: sorted distances to everybody else, compared between raw people and protected rows. */
export const distanceLinkage = rowAttack({
  name: 'distance-linkage',
  title: 'Linkage by distances to all others',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['people'],
  needs:
    'the protected table, the activation, and raw rows of half of the people without knowing whose is whose',
  source: 'Turgay and others, Disclosure Risks of Distance Preserving Data Transformations (SSDBM 2008)',
  fewest: 0,
  match(view) {
    const { people, released } = view
    const spaces = comparable(people, released, view)
    const raw = distanceProfiles(spaces.raw)
    const left = distanceProfiles(spaces.undone)
    const count = people[0]?.length ?? 0
    const out = new Float64Array(count * count)
    for (let row = 0; row < count; row++) {
      for (let person = 0; person < count; person++) {
        out[row * count + person] = profileDistance(left[row]!, raw[person]!)
      }
    }
    return out
  },
})
