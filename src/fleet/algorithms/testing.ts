// A learner whose loss is a quadratic, so that tests know fixed points and optima in closed form.
// Source: f(w) = ½ Σ a_j (w_j − b_j)²; its gradient is a (w − b), whatever the rows. Steps are those of learner.ts.
// For tests alone.

import { seededStream } from '../../random/seeded.ts'
import type { Learner, LocalWork } from '../learner/learner.ts'
import type { Algorithm, Contribution, NodeState } from './algorithm.ts'

/** A quadratic: curvature a and centre b. */
export interface Quadratic {
  readonly curvature: readonly number[]
  readonly centre: readonly number[]
  /** 10 unless given. */
  readonly rows?: number | undefined
}

/** A learner of a quadratic. Passes have ⌈rows / batch⌉ steps, all of the same gradient. */
export function quadraticLearner({ curvature, centre, rows = 10 }: Quadratic): Learner {
  const gradientAt = (w: Float64Array) => w.map((v, j) => curvature[j]! * (v - centre[j]!))
  const lossAt = (w: Float64Array) =>
    w.reduce((sum, v, j) => sum + 0.5 * curvature[j]! * (v - centre[j]!) ** 2, 0)
  return {
    rows,
    async train(from, { epochs = 1, steps, batch = rows, rate, proximal, correction }: LocalWork) {
      const count = steps ?? epochs * Math.ceil(rows / batch)
      const towards = proximal?.towards ?? from
      let w = from
      let loss = 0
      for (let k = 0; k < count; k++) {
        loss += lossAt(w) / count
        const g = gradientAt(w)
        w = w.map(
          (v, j) =>
            v - rate * (g[j]! + (correction?.[j] ?? 0) + (proximal?.strength ?? 0) * (v - towards[j]!)),
        )
      }
      return { weights: w, steps: count, loss }
    },
    gradient: async (at) => ({ gradient: gradientAt(at), loss: lossAt(at) }),
    measure: async (at, some) => ({ loss: lossAt(at), accuracy: 0.5, rows: some?.length ?? rows }),
  }
}

/** Runs rounds in which every node answers. */
export async function runRounds<State>(
  algorithm: Algorithm<State>,
  learners: readonly Learner[],
  from: readonly number[],
  rounds: number,
): Promise<State> {
  let state = algorithm.start(Float64Array.from(from))
  const kept: NodeState[] = learners.map(() => ({}))
  for (let round = 1; round <= rounds; round++) {
    const instruction = algorithm.instruct(state, round)
    const contributions: Contribution[] = []
    for (const [i, learner] of learners.entries()) {
      const random = seededStream(1, 'node', i)
      const { contribution, state: after } = await algorithm.node(learner, instruction, {
        state: kept[i]!,
        random,
      })
      kept[i] = after
      contributions.push(contribution)
    }
    state = algorithm.combine(state, contributions)
  }
  return state
}

/** The minimum of the sum of quadratics, each counted `share` times: Σ s a b / Σ s a by coordinate. */
export const optimumOf = (parts: readonly (Quadratic & { readonly share?: number })[]): number[] =>
  parts[0]!.curvature.map((_, j) => {
    const sum = (of: (part: Quadratic) => number) =>
      parts.reduce((total, part) => total + (part.share ?? 1) * of(part), 0)
    return sum((p) => p.curvature[j]! * p.centre[j]!) / sum((p) => p.curvature[j]!)
  })
