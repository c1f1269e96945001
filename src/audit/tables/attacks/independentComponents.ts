// Independent components: unmixes what left by FastICA and names the components by the attributes' distributions.
// Source: Guo and Wu (ECML 2007) and Chen and Liu (2005) on ICA against linear perturbation; Hyvärinen and Oja (2000).
// It undoes one linear layer of independent attributes; real attributes depend on each other, and layers bend.

import { seededStream } from '../../../random/seeded.ts'
import { recoveryAttack } from '../recovery.ts'
import { separate, unmix } from './fastIca.ts'
import { guessByShape } from './guessByShape.ts'
import { whiten, withoutActivation } from './whitening.ts'

/** Components are fitted to as many rows as this allows, evenly spaced, but to ten a direction at least. */
const fittedNumbers = 4e6

/** Multiplications that are spent: enough for 3 and 12 starts of 200 steps on 14 columns, a few seconds on 100. */
const budgets = { quick: { starts: 3, work: 4e8 }, full: { starts: 12, work: 12e9 } }

/** Blind: FastICA on the released columns, components matched to attributes by shape. */
export const independentComponents = recoveryAttack({
  name: 'independent-components',
  title: 'Independent component analysis',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['distributions'],
  needs:
    'the protected table, the activation, and the distribution of each attribute, as from a public data set',
  source:
    'Hyvärinen and Oja (2000); against linear perturbation: Chen and Liu (2005), Guo and Wu (ECML 2007)',
  fewest: 0,
  guesses: ['numeric'],
  recover(view, { seed, effort }) {
    const { white } = whiten(withoutActivation(view.unseen, view.scheme))
    const most = Math.max(10 * white.length, fittedNumbers / white.length ** 2)
    const step = Math.ceil((white[0]?.length ?? 0) / most)
    const fitted = white.map((column) => column.filter((_, r) => r % step === 0))
    const { starts, work } = budgets[effort]
    const steps = work / (white.length ** 2 * Math.max(1, fitted[0]?.length ?? 0))
    const unmixing = separate(fitted, {
      random: seededStream(seed, 'independent components'),
      starts: Math.max(1, Math.min(starts, Math.floor(steps / 100))),
      steps: Math.max(50, Math.min(200, Math.floor(steps))),
    })
    return guessByShape(view, unmix(white, unmixing))
  },
})
