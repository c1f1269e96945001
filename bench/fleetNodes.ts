// Any number of virtual clients with 20 rows of a linear model each, made when they are asked for: the fleet of the benchmark.
// Source: fleet.ts; the model is the one that Flower's simulation was measured on (4 inputs and a bias).

import type { Learner } from '../src/fleet/learner/learner.ts'
import { openTrainer } from '../src/fleet/learner/trainer.ts'
import type { OpenFleet } from '../src/fleet/simulation/fleet.ts'
import { tensor } from '../src/graph/index.ts'
import { type Dataset, dense, seededStream, sequential } from '../src/learn/index.ts'

const rows = 20
const truth = [1, -2, 3, 0.5]

/** @param options.keep learners that stay, of those that were asked for first; the others are made again */
export async function openFleet({ nodes, keep }: { nodes: number; keep: number }): Promise<OpenFleet> {
  const model = sequential([dense({ units: 1 })], { input: [4] })
  const trainer = await openTrainer(model, { loss: 'meanSquaredError', executor: 'plain' })
  const kept = new Map<number, Learner>()
  return {
    nodes,
    learner(index) {
      const learner = kept.get(index) ?? trainer.learner(rowsOf(index))
      if (kept.size < keep) kept.set(index, learner)
      return learner
    },
    close: () => trainer.close(),
  }
}

function rowsOf(node: number): Dataset {
  const { normal } = seededStream(1, 'client', node)
  const x = Float64Array.from({ length: rows * 4 }, normal)
  const y = Float64Array.from({ length: rows }, (_, i) =>
    truth.reduce((sum, w, j) => sum + w * x[4 * i + j]!, 0.25),
  )
  return { x: tensor(x, [rows, 4], 'float64'), y: tensor(y, [rows], 'float64') }
}
