// Fleets for the tests of attacks: small models, rows of digits or of chance, messages made as nodes make them.
// Source: send.ts. For tests only.

import { type ImageSet, readDigits } from '../../data/index.ts'
import { tensor } from '../../graph/index.ts'
import { categoricalCrossEntropy, initialWeights, type Model, seededStream } from '../../learn/index.ts'
import type { LabelledRows, UpdateEvidence, UpdateFacts } from './contract.ts'
import { sendUpdates, takeLabelled } from './send.ts'

/** A message of one gradient, as it is. */
export const plainGradient: UpdateFacts = {
  sends: 'gradient',
  rows: 1,
  steps: 1,
  rate: 1,
  clip: null,
  noise: 0,
  nodes: 1,
}

/** Images as rows of numbers from 0 to 1. */
export const rowsOfImages = ({ shape, count, pixels, labels }: ImageSet): LabelledRows => ({
  x: tensor(
    Float64Array.from(pixels, (v) => v / 255),
    [count, ...shape],
    'float64',
  ),
  labels: labels!.of,
})

/** Embedded digits. */
export async function digitRows(part: 'train' | 'test'): Promise<LabelledRows> {
  return rowsOfImages((await readDigits())[part])
}

/** Normal numbers around the corner of their class. */
export function drawnRows(count: number, width: number, classes: number, seed: number): LabelledRows {
  const draw = seededStream(seed, 'rows')
  const labels = Int32Array.from({ length: count }, () => draw.below(classes))
  const data = Float64Array.from(
    { length: count * width },
    (_, i) => draw.normal() + (i % width === labels[Math.floor(i / width)] ? 2 : 0),
  )
  return { x: tensor(data, [count, width], 'float64'), labels }
}

/** Evidence of a fleet whose messages are of consecutive rows. @param more what else the server has */
export async function evidenceFrom(
  model: Model,
  rows: LabelledRows,
  given: Partial<UpdateFacts>,
  messages: number,
  more: Partial<UpdateEvidence> = {},
): Promise<UpdateEvidence> {
  const facts = { ...plainGradient, ...given }
  const [weights, loss] = [more.weights ?? initialWeights(model, 1), categoricalCrossEntropy]
  const behind = facts.rows * facts.nodes
  const groups = Array.from({ length: messages }, (_, m) =>
    takeLabelled(
      rows,
      Int32Array.from({ length: behind }, (_, i) => m * behind + i),
    ),
  )
  const { sent, layout } = await sendUpdates({ model, weights, loss }, groups, facts, 1)
  return { model, weights, loss, layout, facts, sent, truth: { rows: groups }, ...more }
}

/** Candidates: all rows of the messages, and as many more; and which of them each message was made from. */
export function askedOf(
  rows: LabelledRows,
  { facts, sent }: UpdateEvidence,
  others: number,
): { readonly candidates: LabelledRows; readonly member: Uint8Array[] } {
  const behind = facts.rows * facts.nodes
  const all = sent.length * behind + others
  return {
    candidates: takeLabelled(
      rows,
      Int32Array.from({ length: all }, (_, i) => i),
    ),
    member: sent.map((_, m) =>
      Uint8Array.from({ length: all }, (_, i) => (Math.floor(i / behind) === m ? 1 : 0)),
    ),
  }
}
