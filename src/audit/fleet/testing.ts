// Fleets for the tests of attacks: small models, rows of digits or of chance, messages made as nodes make them.
// Source: send.ts. For tests only.

import { type ImageSet, readDigits } from '../../data/index.ts'
import { tensor } from '../../graph/index.ts'
import {
  categoricalCrossEntropy,
  dense,
  flatten,
  initialWeights,
  type Model,
  seededStream,
  sequential,
} from '../../learn/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import type { ClassedRows, UpdateEvidence, UpdateFacts } from './contract.ts'
import type { PlayedFleet } from './playedFleet.ts'
import { sendUpdates, takeLabelled } from './send.ts'
import { rowsWhere } from './triggers.ts'

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
export const rowsOfImages = ({ shape, count, pixels, labels }: ImageSet): ClassedRows => ({
  x: tensor(
    Float64Array.from(pixels, (v) => v / 255),
    [count, ...shape],
    'float64',
  ),
  labels: labels!.of,
})

/** Embedded digits. */
export async function digitRows(part: 'train' | 'test'): Promise<ClassedRows> {
  return rowsOfImages((await readDigits())[part])
}

/** Normal numbers around the corner of their class. */
export function drawnRows(count: number, width: number, classes: number, seed: number): ClassedRows {
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
  rows: ClassedRows,
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
  rows: ClassedRows,
  { facts, sent }: UpdateEvidence,
  others: number,
): { readonly candidates: ClassedRows; readonly member: Uint8Array[] } {
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

/** Embedded digits of 14 pixels a side, each the mean of four, in an order of chance. */
async function smallDigits(part: 'train' | 'test'): Promise<ClassedRows> {
  const { count, pixels, labels } = (await readDigits())[part]
  const data = new Float64Array(count * 196)
  for (let i = 0; i < count; i++)
    for (let at = 0; at < 784; at++)
      data[i * 196 + Math.floor(at / 56) * 14 + Math.floor((at % 28) / 2)]! += pixels[i * 784 + at]! / 1020
  const rows = { x: tensor(data, [count, 1, 14, 14], 'float64'), labels: labels!.of }
  return takeLabelled(rows, shuffle(upTo(count), seededStream(1, 'small digits')))
}

const span = (from: number, count: number) => Int32Array.from({ length: count }, (_, i) => from + i)

/** A small fleet on digits: eight nodes of a hundred rows of all classes. */
export async function digitFleet(more: Partial<PlayedFleet> = {}): Promise<PlayedFleet> {
  const [train, test] = [await smallDigits('train'), await smallDigits('test')]
  return {
    model: sequential([flatten(), dense({ units: 16, activation: 'relu' }), dense({ units: 10 })], {
      input: [1, 14, 14],
    }),
    loss: categoricalCrossEntropy,
    nodes: Array.from({ length: 8 }, (_, n) => takeLabelled(train, span(100 * n, 100))),
    attacker: 0,
    test: takeLabelled(test, span(0, 500)),
    training: { epochs: 1, batch: 10, rate: 0.1 },
    before: 12,
    rounds: 3,
    after: 2,
    seed: 1,
    ...more,
  }
}

/** One in which the attacker lacks 0 to 4, and the model has a class to spare. */
export async function splitFleet(more: Partial<PlayedFleet> = {}): Promise<PlayedFleet> {
  const train = await smallDigits('train')
  const [low, high] = [true, false].map((is) => rowsWhere(train, (label) => label < 5 === is)) as [
    ClassedRows,
    ClassedRows,
  ]
  return digitFleet({
    model: sequential([flatten(), dense({ units: 32, activation: 'relu' }), dense({ units: 11 })], {
      input: [1, 14, 14],
    }),
    nodes: [
      takeLabelled(high, span(0, 300)),
      takeLabelled(low, span(0, 300)),
      takeLabelled(low, span(300, 300)),
    ],
    judging: takeLabelled(train, span(4000, 1000)),
    before: 2,
    rounds: 12,
    after: 0,
    ...more,
  })
}
