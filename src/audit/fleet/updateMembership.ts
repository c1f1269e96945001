// Whether a row is among those that a message was made from: its own gradient beside what was sent.
// Source: Nasr, Shokri and Houmansadr 2019 (gradients tell members); the ratio of Neyman and Pearson for normal laws,
// with the moments of gradients of the server's own rows, as Carlini et al. 2022 fit normal laws to shadow models.
// It takes gradients of rows at the weights that were sent: after several steps, what they were at the first.

import { curveOf } from '../roc.ts'
import type { SeenUpdates, UpdateTruth } from './contract.ts'
import { type UpdateFound, updateAttack } from './frame.ts'
import { dot, inverseCovariance, meanOf, ownGradients, rowGradients } from './gradientLaw.ts'
import { normOf, observedGradient, rowsBehind } from './observed.ts'
import { openAsker } from './probe.ts'

const noCandidates = 'Nobody named candidates whose membership is asked.'

/** Cosines. */
export const alignment = updateAttack<readonly Float64Array[]>({
  name: 'gradient-alignment',
  title: 'Members by the angle between their gradient and what was sent',
  aim: 'member',
  needs: 'what a node sent, the weights that it was made from, and the rows that are asked about',
  source: 'Nasr, Shokri and Houmansadr, Comprehensive Privacy Analysis of Deep Learning (S&P 2019)',
  obstacle: ({ candidates }) => (candidates ? undefined : noCandidates),
  async guess(seen) {
    const asker = await openAsker(seen)
    try {
      const rows = await rowGradients(seen.candidates!, asker)
      return seen.sent.map((_, m) => {
        const { values } = observedGradient(seen, m)
        const size = normOf(values) || 1
        return Float64Array.from(rows, (row) => dot(row, values) / (normOf(row) || 1) / size)
      })
    } finally {
      await asker.close()
    }
  },
  judge: (scores, truth, seen, { seed }) => judgeMembers(scores, truth, seen, seed),
})

/** Likelihood ratios. */
export const likelihoodRatioOfUpdate = updateAttack<readonly Float64Array[]>({
  name: 'update-likelihood-ratio',
  title: 'Members by the likelihood ratio of what was sent with them and without',
  aim: 'member',
  needs:
    'what a node sent, the weights that it was made from, the rows that are asked about, and rows of its own like the node’s',
  source:
    'Neyman and Pearson (1933) for normal laws; Carlini and others (S&P 2022) for fitting them to shadows',
  obstacle({ candidates, own }) {
    if (!candidates) return noCandidates
    return own && own.labels.length >= 20 ? undefined : 'The server has no 20 rows of its own.'
  },
  guess: likelihoodRatios,
  judge: (scores, truth, seen, { seed }) => judgeMembers(scores, truth, seen, seed),
})

/**
 * log p(u | row is in) − log p(u | not) for normal u of the same covariance C: dᵀC⁻¹(u − μ) − dᵀC⁻¹d / 2, where one row in B
 * moves the mean by d = (g − μ) / B. C is that of the server's own gradients, divided by B, and the noise's; where few rows
 * span little, what lies outside of their span is as large as that of rows which were left out.
 */
async function likelihoodRatios(seen: SeenUpdates): Promise<Float64Array[]> {
  const behind = rowsBehind(seen)
  const asker = await openAsker(seen)
  try {
    const { kept, spans, others } = await ownGradients(seen, asker)
    const centre = meanOf(spans)
    const away = (g: Float64Array) => g.map((v, j) => v - centre[j]!)
    const observed = seen.sent.map((_, m) => observedGradient(seen, m))
    const inverse = inverseCovariance(spans.map(away), others.map(away), behind, observed[0]!.noise)
    const candidates = (await rowGradients(seen.candidates!, asker)).map((g) =>
      away(kept(g)).map((v) => v / behind),
    )
    // C⁻¹ is symmetric: applied to the few messages, it need not be to the many candidates, but for their own size.
    const sizes = candidates.map((d) => inverse.square(d))
    return observed.map(({ values }) => {
      const seenBy = inverse.apply(away(values))
      return Float64Array.from(candidates, (d, c) => dot(d, seenBy) - sizes[c]! / 2)
    })
  } finally {
    await asker.close()
  }
}

/** Scores of every candidate at every message beside whether it was in. @throws RangeError where nobody said */
function judgeMembers(
  scores: readonly Float64Array[],
  { member }: UpdateTruth,
  seen: SeenUpdates,
  seed: number,
): UpdateFound {
  if (!member) throw new RangeError('the truth does not say which candidates are members')
  const all = Float64Array.from(scores.flatMap((of) => [...of]))
  const kinds = Uint8Array.from(member.flatMap((of) => [...of]))
  const { auc, balancedAccuracy, hitsAtHundredth, hitsAtThousandth } = curveOf(all, kinds, seed)
  const others = kinds.length - kinds.reduce((sum, m) => sum + m, 0)
  return {
    rows: kinds.length,
    metrics: [{ name: 'member', ...auc, chance: 0.5 }],
    measures: [
      { name: 'members found at one false alarm in a hundred', ...hitsAtHundredth },
      { name: 'members found at one false alarm in a thousand', ...hitsAtThousandth },
      { name: 'balanced accuracy at the best threshold', ...balancedAccuracy },
    ],
    notes: [
      `Asked of ${kinds.length - others} rows that a message was made from and ${others} that it was not, ${rowsBehind(seen)} rows a message.`,
      ...(others < 1000 ? [`With ${others} others, one false alarm in a thousand means none.`] : []),
    ],
  }
}
