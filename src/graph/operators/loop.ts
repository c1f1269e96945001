// Loop: a body graph run again and again in one call, with values carried from one round to the next.
// Source: ONNX Loop (opset 16). For training many steps in one native call; the plain executor plans the body once.
// It has no gradient: unroll what is to be trained through. Carried values keep their shapes.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Buffer, Graph, Operator, Value, ValueInfo } from '../contract.ts'
import { bodyNodes, capturedBy } from '../graph.ts'
import { info } from '../operator.ts'
import { planNodes } from '../plain/program.ts'
import { type Dim, formatShape, hasRank, type Shape, unify, unknownDim } from '../shape.ts'
import { sizeOf, toFloat64 } from '../tensor.ts'
import { applyAll, constant, input } from '../value.ts'
import { requireInputs } from './_check.ts'
import { flopsOf } from './_defined.ts'
import { add } from './arithmetic.ts'
import { and, greater, greaterOrEqual, where } from './compare.ts'
import { gatherOperator } from './gather.ts'
import { reshape, unsqueeze } from './view.ts'

/**
 * The body of a loop as a graph: it may use values from outside, which the loop then captures.
 * @param outside where the outside begins, if that is known ({@link bodyNodes})
 */
export function subgraph(
  inputs: readonly Value[],
  outputs: Readonly<Record<string, Value>>,
  outside?: readonly Value[],
): Graph {
  const nodes = bodyNodes(inputs, Object.values(outputs), outside)
  return { inputs, outputs, variables: [], updates: [], nodes }
}

/** The body's outputs: the condition to go on, what is carried, what is collected from each round. */
function outputsOf(body: Graph): { condition: Value; carried: Value[]; scans: Value[] } {
  const [condition, ...rest] = Object.values(body.outputs)
  const count = body.inputs.length - 2
  return { condition: condition!, carried: rest.slice(0, count), scans: rest.slice(count) }
}

const bodyOf = (attributes: Attributes): Graph => attributes['body'] as Graph

/** True when the body never asks to stop. */
function alwaysOn(condition: Value): boolean {
  return condition.kind === 'constant' && Number(condition.tensor?.data[0]) !== 0
}

// Who asks for more rounds than these means no number of them, but an end by the condition.
const mostRounds = 2 ** 18

// A second's operations on plain and a second's rounds natively, and rounds that any body may take.
const mostOperations = 2 ** 30
const mostOpenRounds = 2 ** 16
const fewestOpenRounds = 2 ** 10

/** How many rounds a loop takes at most that is to end by its condition. */
const roundsUntilRefusal = (body: Graph): number =>
  Math.min(mostOpenRounds, Math.max(fewestOpenRounds, Math.floor(mostOperations / flopsOf(body.nodes))))

/**
 * The loop for the native executor where it is to end by its condition: with a number of rounds, after which it fails by an index
 * out of bounds if the condition holds still.
 */
function bounded(inputs: readonly (Value | undefined)[], body: Graph): readonly Value[] | undefined {
  const [limit, start, ...initial] = inputs as [Value | undefined, Value | undefined, ...Value[]]
  const asked = limit?.content?.[0]
  if (typeof asked === 'number' && asked <= mostRounds) return undefined
  const most = constant(roundsUntilRefusal(body), [], 'int64')
  const isOpen = limit && greater(reshape(limit, []), constant(mostRounds, [], 'int64'))
  const [iteration] = body.inputs as [Value, Value]
  const { condition, carried, scans } = outputsOf(body)
  const places = [input('going_on', [], 'bool'), input('rounds', [], 'int64')]
  const now = [reshape(condition, []), add(reshape(iteration, []), constant(1, [], 'int64'))]
  const outputs = [condition, ...carried, ...now, ...scans]
  const counted = subgraph(
    [...body.inputs, ...places],
    Object.fromEntries(outputs.map((v, i) => [i, v])),
    capturedBy(body),
  )
  const results = applyAll(
    loopOperator,
    [
      isOpen ? where(isOpen, most, reshape(limit, [])) : most,
      start,
      ...initial,
      start ? reshape(start, []) : constant(1, [], 'bool'),
      constant(0, [], 'int64'),
    ],
    { body: counted },
    { captured: capturedBy(counted) },
  )
  const [goesOn, rounds] = results.slice(carried.length, carried.length + 2) as [Value, Value]
  const full = and(goesOn, greaterOrEqual(rounds, most))
  const isEndless = isOpen ? and(full, isOpen) : full
  const index = where(isEndless, constant(1, [], 'int64'), constant(0, [], 'int64'))
  return [...results.slice(0, carried.length), ...results.slice(carried.length + 2)].map((v) => {
    const name = `${opening}${most.tensor!.data[0]}${closing}`
    if (hasRank(v.shape))
      return applyAll(gatherOperator, [unsqueeze(v, [0]), index], { axis: 0 }, { name })[0]!
    throw new FrostglassError(
      'unsupported',
      'Loop: it may not end, and gives what has no known number of dimensions',
      `Loop ${mostRounds} times at most, or export the model with its shapes.`,
    )
  })
}

/** The value that a condition is another name of. */
function handedOn(condition: Value): Value {
  let from = condition
  while (from.node?.operator.name === 'Identity' && from.node.inputs[0]) from = from.node.inputs[0]
  return from
}

/** Whether a body's condition is the same in each round: the one that came in, or nothing that its inputs say. */
function handsOn(condition: Value, body: Graph): boolean {
  const from = handedOn(condition)
  if (from === body.inputs[1]) return true
  return from.node ? !body.nodes.includes(from.node) : !body.inputs.includes(from)
}

/** How many rounds there are, where that is known before them. */
function roundsOf([limit, start]: readonly (ValueInfo | undefined)[], body: Graph): Dim | undefined {
  const begins = start === undefined ? 1 : start.content?.[0]
  if (begins === 0) return 0
  const { condition } = outputsOf(body)
  if (typeof begins !== 'number' || !(alwaysOn(condition) || handedOn(condition) === body.inputs[1]))
    return undefined
  const rounds = limit?.content?.[0]
  return typeof rounds === 'number' ? Math.max(rounds, 0) : rounds
}

const endless = (rounds: number): FrostglassError =>
  new FrostglassError(
    'input',
    `Loop: its condition holds still after ${rounds} rounds`,
    `Loop until a condition is false, or a number of times (${mostRounds} at most).`,
  )

const opening = 'a loop that has not ended after '
const closing = ' rounds;'

/** What the runtime's words mean where they are of a loop without an end ({@link bounded}). */
export function endlessRefusal(message: string): FrostglassError | undefined {
  const start = message.lastIndexOf(opening)
  return start < 0 ? undefined : endless(Number.parseInt(message.slice(start + opening.length), 10))
}

function fits(a: ValueInfo, b: ValueInfo): boolean {
  return (
    a.dtype === b.dtype &&
    a.shape.length === b.shape.length &&
    a.shape.every((d, i) => typeof d !== typeof b.shape[i] || unify(d, b.shape[i]!) !== undefined)
  )
}

export const loopOperator: Operator = {
  name: 'Loop',
  attributes: { body: 'graph' },
  infer(inputs, attributes, what) {
    const body = bodyOf(attributes)
    const { condition, carried, scans } = outputsOf(body)
    const initial = inputs.slice(2)
    requireInputs(initial, initial.length, what)
    if (initial.length !== carried.length || body.inputs.length !== inputs.length) {
      throw new FrostglassError(
        'shape',
        `${what}: ${initial.length} values go in, and the body takes and gives ${body.inputs.length - 2} and ${carried.length}`,
        'Carry as many values as you start with.',
      )
    }
    const sizes = new Map<Dim, Dim>()
    const results = carried.map((next, i) => {
      const start = initial[i]!
      const place = body.inputs[i + 2]!
      for (const [given, role] of [
        [start, 'starts as'],
        [next, 'becomes'],
      ] as const) {
        if (fits(place, given)) continue
        throw new FrostglassError(
          'shape',
          `${what}: the carried value ${i} is ${place.dtype} ${formatShape(place.shape)} but ${role} ${given.dtype} ${formatShape(given.shape)}`,
          'Collect what grows as a scan: a carried value keeps its dtype and shape.',
        )
      }
      place.shape.forEach((d, axis) => void sizes.set(d, start.shape[axis]!))
      return info(start.dtype, start.shape)
    })
    const rounds = roundsOf(inputs, body)
    const asked = inputs[0] ? inputs[0].content?.[0] : Infinity
    if (typeof asked === 'number' && asked > mostRounds && handsOn(condition, body)) {
      throw new FrostglassError(
        'input',
        `${what}: ${inputs[0] ? `${asked} rounds` : 'no number of rounds is given'}, and nothing in its body ends them`,
        `Loop ${mostRounds} times at most, or until a condition is false.`,
      )
    }
    const known = (shape: Shape) => shape.map((d) => (typeof d === 'string' ? (sizes.get(d) ?? d) : d))
    return [...results, ...scans.map((v) => info(v.dtype, [rounds ?? unknownDim(), ...known(v.shape)]))]
  },
  kernel({ inputs, outputs, attributes, captured }) {
    const body = bodyOf(attributes)
    const [limit, start, ...initial] = inputs
    const buffers = new Map<Value, Buffer>(captured)
    const places = body.inputs.map((v, i): Buffer => {
      const shape = i < 2 ? [] : initial[i - 2]!.shape
      const b = { data: new Float64Array(sizeOf(shape)), shape, dtype: v.dtype }
      buffers.set(v, b)
      return b
    })
    const [round, going, ...state] = places as [Buffer, Buffer, ...Buffer[]]
    const steps = planNodes(body.nodes, buffers)
    const refusal = roundsUntilRefusal(body)
    const found = outputsOf(body)
    const bufferOf = (v: Value): Float64Array => buffers.get(v)?.data ?? toFloat64(v.tensor!)
    const goesOn = bufferOf(found.condition)
    const next = found.carried.map(bufferOf)
    const collected = found.scans.map(bufferOf)
    // A value that goes into another place (a swap) must be read before that place is written.
    const held = next.map((from, i) =>
      state.some((b, j) => j !== i && b.data.buffer === from.buffer) ? new Float64Array(from.length) : from,
    )
    const finals = outputs.slice(0, state.length).map((b) => b.data)
    const rows = outputs.slice(state.length).map((b) => b.data)

    return () => {
      for (let i = 0; i < state.length; i++) state[i]!.data.set(initial[i]!.data)
      const most = limit ? limit.data[0]! : Infinity
      const last = most > mostRounds ? refusal : Infinity
      let on = start ? start.data[0]! : 1
      for (let k = 0; k < most && on !== 0; k++) {
        if (k === last) throw endless(k)
        round.data[0] = k
        going.data[0] = on
        for (let i = 0; i < steps.length; i++) steps[i]!()
        on = goesOn[0]!
        for (let i = 0; i < rows.length; i++) {
          const from = collected[i]!
          rows[i]!.set(from, k * from.length)
        }
        for (let i = 0; i < held.length; i++) if (held[i] !== next[i]) held[i]!.set(next[i]!)
        for (let i = 0; i < held.length; i++) {
          const to = state[i]!.data
          if (to !== held[i]) to.set(held[i]!)
        }
      }
      for (let i = 0; i < finals.length; i++) finals[i]!.set(state[i]!.data)
    }
  },
  gradient() {
    throw new FrostglassError(
      'unsupported',
      'Loop has no gradient rule',
      'Unroll it: build the rounds one after another; or take the gradients inside its body.',
    )
  },
  lower: (inputs, attributes) => bounded(inputs, bodyOf(attributes)),
  // Its body may draw random numbers.
  random: true,
  flops(inputs, _, attributes) {
    const limit = inputs[0]
    const rounds = limit && 'content' in limit ? limit.content?.[0] : undefined
    const known = typeof rounds === 'number' && rounds <= mostRounds
    return flopsOf(bodyOf(attributes).nodes) * (known ? rounds : 1)
  },
}

/** What the body of a {@link loop} is given in a round. */
export interface LoopRound {
  /** The number of the round, from 0: int64 scalar. */
  readonly iteration: Value
  readonly carried: readonly Value[]
}

/** What the body of a {@link loop} answers. */
export interface LoopStep {
  /** The carried values of the next round, with the same shapes. */
  readonly carried: readonly Value[]
  /** Values to collect: the loop gives each with a leading axis of rounds. */
  readonly scans?: readonly Value[] | undefined
  /** Bool scalar: false ends the loop after this round. Collecting then runs natively only. */
  readonly condition?: Value | undefined
}

/**
 * Runs `body` for `rounds` rounds, or until its condition is false. The body is built once, from symbolic values; it
 * may use any value from outside. What it computes (or draws) from outside values alone is computed once, before the loop.
 * @param rounds how many at most: a number, or an int64 scalar; without a limit when undefined
 * @throws FrostglassError `shape` when a carried value changes its dtype or shape.
 * @example const { carried } = loop(10, [x], ({ carried: [v] }) => ({ carried: [mul(v, half)] }))
 */
export function loop(
  rounds: number | Value | undefined,
  initial: readonly Value[],
  body: (round: LoopRound) => LoopStep,
): { readonly carried: readonly Value[]; readonly scans: readonly Value[] } {
  return loopWithin(rounds, initial, body, undefined)
}

/** As {@link loop}, where it is known which values are outside: the body draws anew in each round what it draws. */
export function loopWithin(
  rounds: number | Value | undefined,
  initial: readonly Value[],
  body: (round: LoopRound) => LoopStep,
  outside: readonly Value[] | undefined,
): ReturnType<typeof loop> {
  const iteration = input('iteration', [], 'int64')
  const going = input('going', [], 'bool')
  const places = initial.map((v, i) => input(`carried${i}`, v.shape, v.dtype))
  const step = body({ iteration, carried: places })
  const outputs = [step.condition ?? constant(1, [], 'bool'), ...step.carried, ...(step.scans ?? [])]
  const inner = subgraph(
    [iteration, going, ...places],
    Object.fromEntries(outputs.map((v, i) => [`out${i}`, v])),
    outside,
  )
  const limit = typeof rounds === 'number' ? constant(rounds, [], 'int64') : rounds
  const results = applyAll(
    loopOperator,
    [limit, undefined, ...initial],
    { body: inner },
    { captured: capturedBy(inner) },
  )
  return { carried: results.slice(0, initial.length), scans: results.slice(initial.length) }
}

export const loopOperators: readonly Operator[] = [loopOperator]
