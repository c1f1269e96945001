// Messages of nodes, made as nodes make them: the auditor plays a fleet on rows that it knows.
// Source: McMahan et al. 2017 (FedSGD and FedAvg), McMahan et al. 2018 (DP-FedAvg: clip, add up, Gaussian noise).
// Noise is drawn from a public seed: this is for measuring what attacks get, and protects nobody.

import { type Layout, openTrainer, weightsToVector } from '../../fleet/index.ts'
import type { ExecutorName } from '../../graph/index.ts'
import { sizeOf, type Tensor, tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import type { Loss, Model, Weights } from '../../learn/index.ts'
import { seededStream } from '../../random/seeded.ts'
import type { ClassedRows, UpdateFacts } from './contract.ts'
import { normOf } from './observed.ts'

/** What a fleet computes with. */
export interface FleetSetting {
  readonly model: Model
  readonly weights: Weights
  readonly loss: Loss
  readonly executor?: ExecutorName | undefined
}

/** Some rows, copied, in the order given. */
export function takeLabelled({ x, labels }: ClassedRows, rows: ArrayLike<number>): ClassedRows {
  const width = sizeOf(x.shape.slice(1))
  const from = toFloat64(x)
  const data = new Float64Array(rows.length * width)
  for (let i = 0; i < rows.length; i++)
    data.set(from.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width)
  return {
    x: tensor(data, [rows.length, ...x.shape.slice(1)], 'float64'),
    labels: Int32Array.from(rows, (row) => labels[row]!),
  }
}

/** Rows as a trainer takes them. */
export const asDataset = ({ x, labels }: ClassedRows): { x: Tensor; y: Tensor } => ({
  x,
  y: tensor(labels, [labels.length], 'int32'),
})

/**
 * What the server sees of a fleet.
 * @param groups one entry a message: rows of `facts.nodes` nodes of `facts.rows` rows each, node after node
 * @param seed draws the noise
 * @throws RangeError when a group has another number of rows
 */
export async function sendUpdates(
  { model, weights, loss, executor }: FleetSetting,
  groups: readonly ClassedRows[],
  facts: UpdateFacts,
  seed: number,
): Promise<{ readonly sent: Float64Array[]; readonly layout: Layout }> {
  const trainer = await openTrainer(model, { loss, executor, batch: facts.rows, threads: 1 })
  try {
    const { layout } = trainer
    const from = weightsToVector(weights, layout)
    const sent: Float64Array[] = []
    for (const [g, group] of groups.entries()) {
      if (group.labels.length !== facts.rows * facts.nodes)
        throw new RangeError(
          `message ${g} has ${group.labels.length} rows, not ${facts.nodes} × ${facts.rows}`,
        )
      const total = new Float64Array(layout.size)
      for (let node = 0; node < facts.nodes; node++) {
        const rows = Int32Array.from({ length: facts.rows }, (_, i) => node * facts.rows + i)
        const learner = trainer.learner(asDataset(takeLabelled(group, rows)))
        let message: Float64Array
        if (facts.sends === 'gradient') message = (await learner.gradient(from)).gradient
        else {
          const random = seededStream(seed, 'order', g * facts.nodes + node)
          const { weights: after } = await learner.train(from, {
            steps: facts.steps,
            rate: facts.rate,
            random,
          })
          message = after.map((w, i) => w - from[i]!)
        }
        const norm = normOf(message)
        const kept = facts.clip === null ? 1 : Math.min(1, facts.clip / norm)
        for (const [i, v] of message.entries()) total[i]! += v * kept
      }
      const draw = seededStream(seed, 'noise', g)
      sent.push(facts.noise > 0 ? total.map((v) => v + facts.noise * draw.normal()) : total)
    }
    return { sent, layout }
  } finally {
    await trainer.close()
  }
}
