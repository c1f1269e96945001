// Whether a row is among those that a message was made from: its own gradient beside what was sent.
// Source: Nasr, Shokri and Houmansadr 2019 (gradients tell members); the ratio of Neyman and Pearson for normal laws,
// with the moments of gradients of the server's own rows, as Carlini et al. 2022 fit normal laws to shadow models.
// It takes gradients of rows at the weights that were sent: after several steps, what they were at the first.

import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { mean } from '../../statistics/moments.ts'
import { curveOf } from '../roc.ts'
import type { LabelledRows, SeenUpdates, UpdateTruth } from './contract.ts'
import { type UpdateFound, updateAttack } from './frame.ts'
import { normOf, observedGradient, rowsBehind } from './observed.ts'
import { type GradientAsker, gradientLimit, keptShare, openAsker } from './probe.ts'
import { takeLabelled } from './send.ts'

/** Rows of the server's own whose gradients say how gradients spread; as many again say what lies outside of their span. */
const spanning = 200

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
  const own = seen.own!
  const half = Math.min(spanning, Math.floor(own.labels.length / 2))
  const asker = await openAsker(seen)
  try {
    const kept = await keeping(seen, asker, own)
    const gradientsOf = async (from: number) => {
      const rows = Int32Array.from({ length: half }, (_, i) => from + i)
      return (await rowGradients(takeLabelled(own, rows), asker)).map(kept)
    }
    const [spans, others] = [await gradientsOf(0), await gradientsOf(half)]
    const centre = new Float64Array(seen.layout.size)
    for (const g of spans) for (let j = 0; j < centre.length; j++) centre[j]! += g[j]! / half
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

/** How gradients of rows come to what is seen: each cut off where a node has one row, else by what is kept on average. */
async function keeping(
  seen: SeenUpdates,
  asker: GradientAsker,
  own: LabelledRows,
): Promise<(g: Float64Array) => Float64Array> {
  if (seen.facts.clip === null) return (g) => g
  if (seen.facts.rows === 1) {
    const limit = gradientLimit(seen)
    return (g) => {
      const share = Math.min(1, limit / normOf(g))
      return g.map((v) => v * share)
    }
  }
  const share = await keptShare(seen, asker, own)
  return (g) => g.map((v) => v * share)
}

/** C⁻¹ by Woodbury's identity: vᵀC⁻¹v and C⁻¹v, for C = λ + XᵀX with as many rows of X as there are gradients. */
function inverseCovariance(
  spans: readonly Float64Array[],
  others: readonly Float64Array[],
  behind: number,
  noise: number,
): { readonly square: (v: Float64Array) => number; readonly apply: (v: Float64Array) => Float64Array } {
  const count = spans.length
  const scale = 1 / Math.sqrt(count * behind)
  const rows = spans.map((g) => g.map((v) => v * scale))
  const gram = new Matrix(count, count)
  for (let a = 0; a < count; a++)
    for (let b = a; b < count; b++) {
      const product = dot(rows[a]!, rows[b]!)
      gram.set(a, b, product)
      gram.set(b, a, product)
    }
  const projection = (ridge: number) => {
    const solver = new CholeskyDecomposition(Matrix.add(gram, Matrix.eye(count, count).mul(ridge)))
    const along = (v: Float64Array) => Matrix.columnVector(rows.map((row) => dot(row, v)))
    /** vᵀ(λC⁻¹)v: one pass over the rows. */
    const square = (v: Float64Array): number => {
      const inside = along(v)
      return dot(v, v) - solver.solve(inside).dot(inside)
    }
    /** λC⁻¹v. */
    const apply = (v: Float64Array): Float64Array => {
      const weights = solver.solve(along(v))
      const left = v.slice()
      for (const [a, row] of rows.entries()) {
        const weight = weights.get(a, 0)
        for (let j = 0; j < row.length; j++) left[j]! -= weight * row[j]!
      }
      return left
    }
    return { square, apply }
  }
  // What rows that did not span leave, per number: with next to no ridge the square is that of what lies outside.
  const largest = Math.max(...gram.diagonal())
  const residual = projection(1e-6 * largest || 1)
  const outside = mean(others.map((g) => residual.square(g))) / spans[0]!.length / behind
  const ridge = Math.max(noise ** 2 + outside, 1e-12 * largest) || 1
  const { square, apply } = projection(ridge)
  return { square: (v) => square(v) / ridge, apply: (v) => apply(v).map((x) => x / ridge) }
}

async function rowGradients(rows: LabelledRows, asker: GradientAsker): Promise<Float64Array[]> {
  const found: Float64Array[] = []
  for (let i = 0; i < rows.labels.length; i++)
    found.push(await asker.gradient(takeLabelled(rows, Int32Array.of(i))))
  return found
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
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
