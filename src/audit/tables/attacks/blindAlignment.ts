// Blind alignment: turns the protected cloud of rows until it lies on the cloud of a public sample of the population.
// Source: the distribution attacks of Liu, Giannella and Kargupta (PKDD 2006), here for any linear map; see align.ts.
// It needs no known pair and no person in common. What layers bend it does not unbend.

import { recoveryAttack } from '../recovery.ts'
import { align } from './align.ts'
import { unmix } from './fastIca.ts'
import { codingOf, enoughColumns } from './ordinalCodes.ts'
import { lostColumns, whiten, withoutActivation } from './whitening.ts'

/** Blind: whitens both clouds, which then differ by a rotation, and finds it. */
export const blindAlignment = recoveryAttack({
  name: 'blind-alignment',
  title: 'Alignment with a public sample',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['strangers'],
  needs: 'the protected table, the activation, and raw rows of other people of the same population',
  source: 'Liu, Giannella and Kargupta (PKDD 2006), section 4, on whitened rows; Besl and McKay (1992)',
  fewest: 0,
  background: 'strangers',
  // Where columns were lost the clouds do not differ by a rotation.
  applies: enoughColumns,
  whyNot: lostColumns,
  recover(view, options) {
    const coding = codingOf(view.attributes, view.background!, view.unseen, view.scheme, options)
    const raw = whiten(coding.code(view.background!))
    const released = whiten(withoutActivation(view.unseen, view.scheme))
    // A direction that is constant, or rounding, on one side only has no counterpart.
    const directions = Math.min(raw.white.length, released.white.length)
    const turned = released.white.slice(0, directions)
    const { rotation } = align(turned, raw.white.slice(0, directions), options)
    return { features: coding.decode(raw.colour(unmix(turned, rotation))) }
  },
})
