// The file of a model of stated columns: it takes a table's rows as they are, and knows of them what was stated alone.
// Source: docs/architecture.md#the-service-and-the-edge, "what we train is what ships". Private training and fleets come to such.
// It says nothing of how the weights were learned: a card's `private` does.

import { writeOnnx } from '../../graph/index.ts'
import type { Model, Weights } from '../../learn/index.ts'
import { scaleOf } from '../../private/schema/cell.ts'
import type { StatedColumn, Task } from '../../private/schema/schema.ts'
import { cardMetadata, type ModelCard } from './card.ts'
import type { Standard } from './features.ts'
import { shippedGraph } from './trainTable.ts'

/** The model as ONNX, from rows in their own units to probabilities or a number. */
export function statedModel(task: Task, model: Model, weights: Weights, card: ModelCard): Uint8Array {
  const { label } = task
  const shape = { classes: label.kind === 'category' ? label.values.length : 0 }
  const shipped = shippedGraph(
    { model, weights, standard: standardOfTask(task), target: targetOfTask(task) },
    shape,
    true,
  )
  return writeOnnx(shipped, { metadata: cardMetadata(card) })
}

/** What the model's file says: what was stated, and nothing of the rows. */
export function cardOfTask({ columns, label }: Task): Omit<ModelCard, 'private'> {
  return {
    version: 1,
    columns: columns.map((column) =>
      column.kind === 'number'
        ? { name: column.name, kind: 'numeric', integer: false, fill: scaleOf(column).missing }
        : { name: column.name, kind: 'categorical', categories: [...column.values] },
    ),
    label:
      label.kind === 'category'
        ? { name: label.name, task: 'class', classes: [...label.values] }
        : { name: label.name, task: 'number' },
  }
}

/** Bounds to −1 and 1; categories stay 0 and 1. */
function standardOfTask({ columns }: Task): Standard {
  const each = (of: (column: StatedColumn) => number[]) => Float64Array.from(columns.flatMap(of))
  return {
    mean: each((c) => (c.kind === 'number' ? [scaleOf(c).middle] : c.values.map(() => 0))),
    deviation: each((c) => (c.kind === 'number' ? [scaleOf(c).half] : c.values.map(() => 1))),
  }
}

function targetOfTask({ label }: Task) {
  if (label.kind === 'category') return { mean: 0, deviation: 1 }
  const { middle, half } = scaleOf(label)
  return { mean: middle, deviation: half }
}
