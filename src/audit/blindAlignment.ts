// Blind alignment: turns the protected cloud of rows until it lies on the cloud of a public sample of the population.
// Source: the distribution attacks of Liu, Giannella and Kargupta (PKDD 2006), here for any linear map; see align.ts.
// It needs no known pair and no person in common. What layers bend it does not unbend.

import { shuffle, stream, upTo } from '../learn/index.ts'
import { align } from './align.ts'
import { pick } from './evidence.ts'
import { unmix } from './fastIca.ts'
import { recoveryAttack } from './recovery.ts'
import { whiten, withoutActivation } from './whitening.ts'

/** Rows of each side that are laid on each other: the cost is their product. */
const alignedRows = { quick: 400, full: 1000 }

/** Blind: whitens both clouds, which then differ by a rotation, and finds it. */
export const blindAlignment = recoveryAttack({
  name: 'blind-alignment',
  title: 'Alignment with a public sample',
  standpoint: 'blind',
  needs: 'the protected table, the activation, and raw rows of other people of the same population',
  source: 'Liu, Giannella and Kargupta (PKDD 2006), section 4, on whitened rows; Besl and McKay (1992)',
  fewest: 0,
  background: true,
  recover(view, { seed, effort, onProgress }) {
    const raw = whiten(view.background!)
    const released = whiten(withoutActivation(view.unseen, view.scheme))
    const directions = Math.min(raw.white.length, released.white.length)
    const some = (white: readonly Float64Array[], use: string) => {
      const rows = shuffle(upTo(white[0]?.length ?? 0), stream(seed, use))
      return pick(white.slice(0, directions), rows.subarray(0, alignedRows[effort]))
    }
    const { rotation } = align(some(released.white, 'aligned rows'), some(raw.white, 'background rows'), {
      random: stream(seed, 'blind alignment'),
      starts: effort === 'quick' ? 40 : 120,
    })
    onProgress?.(1)
    return { features: raw.colour(unmix(released.white.slice(0, directions), rotation)) }
  },
})
