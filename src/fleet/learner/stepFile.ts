// A training step as a file: a model, its loss and one step of gradient descent as one ONNX graph, which a server sends to nodes.
// Source: ONNX IR; localStep.ts has the step. Inputs `input`, `target`, weights as `NAME:now`, `rate:now`; outputs `loss`, `NAME:next`.
// A file of a server is not trusted: what it may compute is bounded here; that its weights tell of rows, noise has to see to.

// The small one: this file comes to browsers.
import * as z from 'zod/mini'
import { FrostglassError } from '../../errors.ts'
import { bindDims, type Graph, readOnnx, sizeOf, type Value, writeOnnx } from '../../graph/index.ts'
import type { LossName, Model } from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { initialWeights } from '../../learn/model.ts'
import { type Layout, layoutOf } from '../layout.ts'
import { localStep } from './localStep.ts'
import { refuseBoundless, refuseUnbounded } from './stepWork.ts'

/** Where a step's file keeps its card. */
const cardKey = 'frostglass.step'

const column = z.discriminatedUnion('kind', [
  z.strictObject({ name: z.string(), kind: z.literal('number'), bounds: z.tuple([z.number(), z.number()]) }),
  z.strictObject({
    name: z.string(),
    kind: z.literal('category'),
    values: z.array(z.string()).check(z.maxLength(10_000)),
  }),
])

const cardShape = z.strictObject({
  format: z.literal('frostglass training step'),
  version: z.literal(1),
  /** By Keras' name, or another that the operator has for it. */
  loss: z.string().check(z.maxLength(200)),
  /** What targets are: one class of several, yes or no for each output, or numbers. */
  answers: z.enum(['one', 'binary', 'numbers']),
  /** What inputs and targets mean, where they are columns of tables. */
  columns: z.optional(z.array(column).check(z.maxLength(10_000))),
  label: z.optional(column),
})

/** What a step's file says of itself. */
export type StepCard = Readonly<z.infer<typeof cardShape>>

/** A column as a step's card has it. */
export type StepColumn = Readonly<z.infer<typeof column>>

/** A step that was read. */
export interface StepFile {
  readonly card: StepCard
  readonly graph: Graph
  /** Shape of one row of inputs, and of targets. */
  readonly input: readonly number[]
  readonly target: readonly number[]
  /** Weights, in the order in which the file answers them. */
  readonly layout: Layout
  /** Whether a pull and a correction can be asked for (FedProx, SCAFFOLD). */
  readonly pulled: boolean
}

/**
 * Writes the step of a model.
 * @param meaning what inputs and targets are, for tables
 * @throws FrostglassError 'unsupported' for a model with dropout or noise: a node would have to draw it as the file says
 */
export function writeStep(
  model: Model,
  loss: LossName,
  meaning: { readonly columns?: readonly StepColumn[]; readonly label?: StepColumn } = {},
): Uint8Array {
  const step = localStep(model, initialWeights(model, 0), {
    loss: lossOf(loss),
    dtype: 'float32',
    pixels: false,
  })
  if (step.noise.length > 0)
    throw new FrostglassError(
      'unsupported',
      'a training step with dropout or noise is no file: nodes would have to draw what it says',
      'Take a model without these layers.',
    )
  const card: StepCard = {
    format: 'frostglass training step',
    version: 1,
    loss,
    answers: lossOf(loss).answers,
    ...(meaning.columns ? { columns: [...meaning.columns] } : {}),
    ...(meaning.label ? { label: meaning.label } : {}),
  }
  return writeOnnx(step.step({ pulled: true }), {
    variablesAsInputs: true,
    metadata: { [cardKey]: JSON.stringify(card) },
    description: 'One step of local training, for nodes of a fleet.',
  })
}

/** The most bytes of a file, and numbers of all weights together. */
const [mostBytes, mostWeights] = [64 * 2 ** 20, 2 ** 24]

/**
 * Reads a step that somebody sent.
 * @param rows of a batch: what the file may cost is bounded for so many
 * @throws FrostglassError 'input' for what is no training step, 'unsupported' for one that asks for too much or for operators
 * whose work depends on what rows hold
 */
export function readStep(bytes: Uint8Array, rows: number): StepFile {
  if (bytes.length > mostBytes) throw wrong(`it has more than ${mostBytes} bytes`)
  const { graph, metadata } = readOnnx(bytes, { file: 'the training step' })
  const card = readCard(metadata[cardKey])
  const inputs = new Map(graph.inputs.map((v) => [v.name!, v]))
  const outputs = new Map(Object.entries(graph.outputs))
  const input = rowShape(inputs, 'input')
  const target = rowShape(inputs, 'target')
  if (inputs.get('input')!.shape[0] !== inputs.get('target')!.shape[0])
    throw wrong('its inputs and targets are not of the same rows')
  const loss = outputs.get('loss')
  if (loss === undefined || String(loss.shape) !== '') throw wrong('its output `loss` is not one number')
  const layout = weightsOf(inputs, outputs)
  const rest = [...inputs].filter(
    ([name]) =>
      name !== 'input' && name !== 'target' && !layout.slots.some((slot) => nowOf(slot.name) === name),
  )
  const pulled = requireSettings(rest, layout)
  const free = inputs.get('input')!.shape[0] as string
  refuseBoundless((count) => bindDims(graph, { [free]: count }), rows)
  return { card, graph, input, target, layout, pulled }
}

/**
 * Holds a step to its bounds at numbers of rows that will be fed to it, before any is.
 * @throws FrostglassError 'unsupported' as `readStep`
 */
export function requireBounded({ graph }: Pick<StepFile, 'graph'>, rows: readonly number[]): void {
  const free = graph.inputs.find(({ name }) => name === 'input')!.shape[0] as string
  for (const count of new Set(rows)) refuseUnbounded(bindDims(graph, { [free]: count }))
}

export const nowOf = (name: string): string => `${name}:now`
export const nextOf = (name: string): string => `${name}:next`

function readCard(text: string | undefined): StepCard {
  let value: unknown
  try {
    value = JSON.parse(text ?? '')
  } catch {
    throw wrong('it has no card that says what it is')
  }
  const { success, data, error } = cardShape.safeParse(value)
  if (success) return data
  throw wrong(`its card is none of ours: ${error.issues[0]?.message}`)
}

/** The shape of a row. Rows are counted by a free size, numbers are of 32 or 64 bits. */
function rowShape(inputs: ReadonlyMap<string, Value>, name: string): number[] {
  const value = inputs.get(name)
  if (value === undefined) throw wrong(`it has no input \`${name}\``)
  const [rows, ...row] = value.shape
  if (typeof rows !== 'string' || row.length === 0 || !row.every((dim) => typeof dim === 'number'))
    throw wrong(`its input \`${name}\` is of shape [${value.shape}], not of [N, …]`)
  requireReal(name, value)
  return row as number[]
}

function requireReal(name: string, { dtype }: Value): void {
  if (dtype !== 'float32' && dtype !== 'float64')
    throw wrong(`\`${name}\` is of ${dtype}, not of float32 or float64`)
}

/** Weights: what has a next. */
function weightsOf(inputs: ReadonlyMap<string, Value>, outputs: ReadonlyMap<string, Value>): Layout {
  const weights = [...outputs].flatMap(
    ([output, next]): [string, { shape: number[]; dtype: 'float32' }][] => {
      if (output === 'loss') return []
      const name = /^(.+):next$/s.exec(output)?.[1]
      const now = name === undefined ? undefined : inputs.get(nowOf(name))
      if (name === undefined || now === undefined)
        throw wrong(`its output '${output}' is the next content of nothing`)
      requireReal(nowOf(name), now)
      requireReal(output, next)
      if (!now.shape.every((dim) => typeof dim === 'number') || String(now.shape) !== String(next.shape))
        throw wrong(`'${name}' is of shape [${now.shape}] before the step, and of [${next.shape}] after it`)
      return [[name, { shape: now.shape as number[], dtype: 'float32' }]]
    },
  )
  const count = weights.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0)
  if (count === 0) throw wrong('it changes no weight')
  if (!(count <= mostWeights)) throw wrong(`it has ${count} weights, more than ${mostWeights}`)
  return layoutOf(weights)
}

/** Inputs besides rows and weights: the rate, and the two further terms of a step, all of them or none. */
function requireSettings(rest: readonly (readonly [string, Value])[], { slots }: Layout): boolean {
  const shapes = new Map<string, string>([
    [nowOf('rate'), ''],
    [nowOf('strength'), ''],
    ...slots.flatMap(({ name, shape }): [string, string][] => [
      [nowOf(`towards.${name}`), String(shape)],
      [nowOf(`correction.${name}`), String(shape)],
    ]),
  ])
  for (const [name, value] of rest) {
    if (shapes.get(name) !== String(value.shape))
      throw wrong(`it has an input '${name}' of shape [${value.shape}], which no step has`)
    requireReal(name, value)
  }
  if (!rest.some(([name]) => name === nowOf('rate'))) throw wrong('it has no learning rate, `rate:now`')
  return rest.some(([name]) => name === nowOf('strength'))
}

export const wrong = (why: string): FrostglassError =>
  new FrostglassError(
    'input',
    `what the server sent is no training step: ${why}`,
    'Make one with `frostglass fleet step`.',
  )
