// Linkage by alignment: turns the protected cloud onto the cloud of known people; the nearest person is the guess.
// Source: Besl and McKay (1992) on whitened rows, as blindAlignment.ts; linkage as in distanceLinkage.ts.
// It needs a table whose cloud has one right turn; a Gaussian cloud has none.

import { rowAttack } from '../rows.ts'
import { align } from './align.ts'
import { squaredDistances } from './distances.ts'
import { unmix } from './fastIca.ts'
import { codingOf, enoughColumns } from './ordinalCodes.ts'
import { lostColumns, whiten, withoutActivation } from './whitening.ts'

/** Blind: whitened clouds of protected rows and of known people are laid on each other. */
export const alignedLinkage = rowAttack({
  name: 'aligned-linkage',
  title: 'Linkage by alignment with known people',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['people'],
  needs:
    'the protected table, the activation, and raw rows of half of the people without knowing whose is whose',
  source: 'Besl and McKay (1992), iterative closest points on whitened rows',
  fewest: 0,
  // Where columns were lost the clouds do not differ by a rotation.
  applies: enoughColumns,
  whyNot: lostColumns,
  match({ attributes, people, released, scheme }, options) {
    const raw = whiten(codingOf(attributes, people, released, scheme, options).code(people)).white
    const left = whiten(withoutActivation(released, scheme)).white
    const directions = Math.min(raw.length, left.length)
    const turned = left.slice(0, directions)
    const fixed = raw.slice(0, directions)
    return squaredDistances(unmix(turned, align(turned, fixed, options).rotation), fixed)
  },
})
