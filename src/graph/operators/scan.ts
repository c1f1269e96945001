// Scan: a body graph run once for each slice of some inputs, with states carried on and results collected.
// Source: ONNX Scan (opset 9 and later: one sequence, no batch of its own).
// The plain executor runs it as a Loop. Its gradient is of the rounds written out one after another.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Buffer, GradientContext, Graph, Operator, Value, ValueInfo } from '../contract.ts'
import { pullBack } from '../gradients.ts'
import { describeNode, isRandom, reach, substitute } from '../graph.ts'
import { attribute, info } from '../operator.ts'
import { planNodes } from '../plain/program.ts'
import { type Dim, formatShape, hasRank, normaliseAxis, unify, unknownShape } from '../shape.ts'
import { isFloat, toFloat64 } from '../tensor.ts'
import { constant, input, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { flopsOf, inferBody } from './_defined.ts'
import { requireSteps } from './_recurrence.ts'
import { sub } from './arithmetic.ts'
import { identity } from './cast.ts'
import { gather } from './gather.ts'
import { concat } from './join.ts'
import { type LoopRound, type LoopStep, loopWithin } from './loop.ts'
import { transpose } from './matmul.ts'
import { slice } from './slice.ts'
import { expandLike, unsqueeze } from './view.ts'

/** A node's attributes, read. */
interface Scanning {
  readonly body: Graph
  /** How many inputs are states; the others are scanned. */
  readonly states: number
  /** Of each scanned input, from the front; of each collected output, as the attribute has it. */
  readonly axesIn: readonly number[]
  readonly axesOut: readonly number[]
  readonly reversedIn: readonly boolean[]
  readonly reversedOut: readonly boolean[]
  /** How many slices there are. */
  readonly length: Dim
}

/** @throws FrostglassError `shape` for inputs and a body that do not fit. */
function readScan(
  inputs: readonly (ValueInfo | undefined)[],
  attributes: Attributes,
  what: string,
): Scanning {
  const body = attributes['body'] as Graph
  const scanned = attribute(attributes, 'num_scan_inputs', 0)
  const states = inputs.length - scanned
  const results = Object.values(body?.outputs ?? {})
  if (!body || scanned < 1 || states < 0 || body.inputs.length !== inputs.length || results.length < states) {
    throw new FrostglassError(
      'shape',
      `${what}: ${inputs.length} inputs, ${scanned} of them scanned, for a body that takes ${body?.inputs.length} and gives ${results.length}`,
      'Give the body a state and a slice for each input.',
    )
  }
  const list = (name: string, count: number): readonly number[] => {
    const given = attributes[name] as readonly number[] | undefined
    return Array.from({ length: count }, (_, i) => given?.[i] ?? 0)
  }
  const axesIn = list('scan_input_axes', scanned).map((axis, i) =>
    normaliseAxis(axis, inputs[states + i]!.shape.length, what),
  )
  const collected = results.slice(states)
  const axesOut = list('scan_output_axes', collected.length)
  const lengths = axesIn.map((axis, i) => inputs[states + i]!.shape[axis]!)
  const length = lengths.reduce((a, b) => unify(a, b) ?? Number.NaN)
  if (Number.isNaN(length)) {
    throw new FrostglassError(
      'shape',
      `${what}: the scanned inputs have ${formatShape(lengths)} slices`,
      'Give them equally many.',
    )
  }
  const isReversed = (d: number) => d === 1
  return {
    body,
    states,
    axesIn,
    axesOut,
    reversedIn: list('scan_input_directions', scanned).map(isReversed),
    reversedOut: list('scan_output_directions', collected.length).map(isReversed),
    length,
  }
}

/** What the body gives for these states and slices. */
const runBody = ({ body }: Scanning, given: readonly Value[]): Value[] =>
  substitute(Object.values(body.outputs), new Map(body.inputs.map((place, i) => [place, given[i]!])))

/** A collected output, whose first axis are rounds, as the node gives it. */
function arranged(v: Value, i: number, scan: Scanning): Value {
  const turned = scan.reversedOut[i] ? slice(v, [-1], [-(2 ** 31)], [0], [-1]) : v
  const axis = normaliseAxis(scan.axesOut[i]!, v.shape.length, 'Scan')
  if (axis === 0) return turned
  const order = v.shape.map((_, at) => (at < axis ? at + 1 : at === axis ? 0 : at))
  return transpose(turned, order)
}

/** The node as a Loop. */
function looped(inputs: readonly Value[], scan: Scanning, captured: readonly Value[]): readonly Value[] {
  const { states, axesIn, reversedIn } = scan
  const scanned = inputs.slice(states)
  const length = scan.length as number
  const last = constant(length - 1, [], 'int64')
  const round = ({ iteration, carried: now }: LoopRound): LoopStep => {
    const slices = scanned.map((v, i) =>
      gather(v, reversedIn[i] ? sub(last, iteration) : iteration, axesIn[i]!),
    )
    const results = runBody(scan, [...now, ...slices])
    return { carried: results.slice(0, states), scans: results.slice(states) }
  }
  const { carried, scans } = loopWithin(length, inputs.slice(0, states), round, [...inputs, ...captured])
  return [...carried, ...scans.map((v, i) => arranged(v, i, scan))]
}

/** The node as its rounds one after another. @throws FrostglassError `unsupported` when their number is free. */
function written(inputs: readonly Value[], scan: Scanning): readonly Value[] {
  const { states, axesIn, reversedIn, length } = scan
  const rounds = requireSteps(length, 'Scan')
  let now = inputs.slice(0, states)
  const collected: Value[][] = scan.axesOut.map(() => [])
  for (let t = 0; t < rounds; t++) {
    const slices = inputs.slice(states).map((v, i) => {
      const at = reversedIn[i] ? rounds - 1 - t : t
      return gather(v, constant(at, [], 'int64'), axesIn[i]!)
    })
    const results = runBody(scan, [...now, ...slices])
    now = results.slice(0, states)
    results.slice(states).forEach((v, i) => void collected[i]!.push(unsqueeze(v, [0])))
  }
  return [...now, ...collected.map((all, i) => arranged(concat(all, 0), i, scan))]
}

function gradient({ inputs, attributes, grads, needs, captured }: GradientContext) {
  const scan = readScan(inputs, attributes, 'Scan')
  const random = scan.body.nodes.find(isRandom)
  if (random) {
    throw new FrostglassError(
      'unsupported',
      `${describeNode(random)} in a Scan draws anew for the gradient, or has none`,
      'Draw before the Scan.',
    )
  }
  const own = (inputs as readonly Value[]).map((v, i) => (needs[i] && isFloat(v.dtype) ? identity(v) : v))
  const wanted = captured.filter((v, i) => needs[inputs.length + i] && isFloat(v.dtype))
  const wrt = [...own.filter((v, i) => v !== inputs[i]), ...wanted]
  const found = pullBack(written(own, scan), grads, wrt, new Set([...own, ...captured]))
  const of = (v: Value): Value | undefined => {
    const at = wrt.indexOf(v)
    return at < 0 ? undefined : (found[at] ?? expandLike(scalarLike(v, 0), v))
  }
  return [...own.map(of), ...captured.map(of)]
}

export const scanOperator: Operator = {
  name: 'Scan',
  attributes: {
    body: 'graph',
    num_scan_inputs: 'int',
    scan_input_axes: 'ints',
    scan_input_directions: 'ints',
    scan_output_axes: 'ints',
    scan_output_directions: 'ints',
  },
  infer(inputs, attributes, what, captured) {
    requireInputs(inputs, inputs.length, what)
    const scan = readScan(inputs, attributes, what)
    const { body, states, axesIn, axesOut, length } = scan
    const given = inputs.map((v, i): ValueInfo => {
      if (i < states) return v!
      const axis = axesIn[i - states]
      return info(
        v!.dtype,
        v!.shape.filter((_, at) => at !== axis),
      )
    })
    const known = new Map<Value, ValueInfo>(captured)
    body.inputs.forEach((place, i) => void known.set(place, given[i]!))
    const results = inferBody(body, known, what)
    return results.map((v, i) => {
      if (i < states) return info(inputs[i]!.dtype, inputs[i]!.shape)
      if (!hasRank(v.shape)) return info(v.dtype, unknownShape)
      const shape = [...v.shape]
      shape.splice(normaliseAxis(axesOut[i - states]!, shape.length + 1, what), 0, length)
      return info(v.dtype, shape)
    })
  },
  gradient,
  differentiatesCaptured: true,
  kernel({ inputs, outputs, attributes, captured }) {
    const places = (inputs as readonly Buffer[]).map((b, i) => input(`in${i}`, b.shape, b.dtype))
    const scan = readScan(places, attributes, 'Scan')
    const buffers = new Map<Value, Buffer>(captured)
    places.forEach((v, i) => void buffers.set(v, inputs[i]!))
    const results = looped(places, scan, [...captured.keys()])
    const steps = planNodes(reach(results, new Set(captured.keys())).nodes, buffers)
    const copies = results.map((v, i) => {
      const from = buffers.get(v)?.data ?? toFloat64(v.tensor!)
      const to = outputs[i]!.data
      return () => to.set(from)
    })
    const all = [...steps, ...copies]
    return () => {
      for (let i = 0; i < all.length; i++) all[i]!()
    }
  },
  // Its body may draw random numbers.
  random: true,
  flops(inputs, _, attributes) {
    const { body, length } = readScan(inputs as ValueInfo[], attributes, 'Scan')
    return flopsOf(body.nodes) * (typeof length === 'number' ? length : 32)
  },
}

export const scanOperators: readonly Operator[] = [scanOperator]
