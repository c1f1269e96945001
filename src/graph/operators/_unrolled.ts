// LSTM, GRU and RNN as other operators, step after step: what their gradients are made of.
// Source: ONNX LSTM, GRU, RNN (opset 14), the equations there; backpropagation through time.
// The number of steps must be known. The graph grows with it.

import type { Attributes, Value } from '../contract.ts'
import { isStatic } from '../shape.ts'
import { apply, constant, integers, scalarLike } from '../value.ts'
import type { Definition } from './_defined.ts'
import { type Recurrence, type Recurrent, readRecurrence, requireSteps } from './_recurrence.ts'
import { add, mul, sub } from './arithmetic.ts'
import { less, where } from './compare.ts'
import { clip } from './elementwise.ts'
import { concat, split } from './join.ts'
import { matmul, transpose } from './matmul.ts'
import { slice } from './slice.ts'
import { expand, expandOperator, reshape, shapeOf, squeeze, unsqueeze } from './view.ts'

/** The weights of one direction. */
interface Weights {
  /** `[features, gates·units]`, `[units, gates·units]`. */
  readonly input: Value
  readonly recurrent: Value
  /** `[gates·units]` each. */
  readonly inputBias: Value | undefined
  readonly recurrentBias: Value | undefined
  /** Input, output, forget: `[units]` each. */
  readonly peepholes: readonly Value[] | undefined
}

interface State {
  readonly h: Value
  readonly c: Value | undefined
}

/** One direction's part of a tensor whose first axis are directions. */
const direction = (v: Value, d: number): Value => {
  const rest = v.shape.slice(1)
  const part = v.shape[0] === 1 ? v : slice(v, [d], [d + 1], [0])
  return isStatic(rest) ? reshape(part, rest) : squeeze(part, [0])
}

const partsOf = (v: Value, count: number): readonly Value[] =>
  count === 1 ? [v] : split(v, Array(count).fill((v.shape.at(-1) as number) / count), v.shape.length - 1)

function weightsOf(inputs: readonly (Value | undefined)[], d: number): Weights {
  const [, w, r, b, , , , p] = inputs
  const biases = b && partsOf(direction(b, d), 2)
  return {
    input: transpose(direction(w!, d)),
    recurrent: transpose(direction(r!, d)),
    inputBias: biases?.[0],
    recurrentBias: biases?.[1],
    peepholes: p && partsOf(direction(p, d), 3),
  }
}

const plus = (a: Value, b: Value | undefined): Value => (b ? add(a, b) : a)

/** The next state from the step's part of the input (weighted, biased by its own bias) and the state. */
type Cell = (x: Value, state: State, weights: Weights, r: Recurrence, d: number) => State

const bounded = (x: Value, r: Recurrence): Value => (r.clip < Infinity ? clip(x, -r.clip, r.clip) : x)

const lstmCell: Cell = (x, { h, c }, { recurrent, recurrentBias, peepholes }, r, d) => {
  const [f, g] = r.activations[d]!.map((a) => (v: Value) => a.value(bounded(v, r)))
  const hidden = r.activations[d]![2]!
  const [i, o, forget, candidate] = partsOf(add(x, plus(matmul(h, recurrent), recurrentBias)), 4)
  const [pi, po, pf] = peepholes ?? []
  const peep = (v: Value, p: Value | undefined, cell: Value) => (p ? add(v, mul(p, cell)) : v)
  const input = f!(peep(i!, pi, c!))
  const keep = r.coupled ? sub(scalarLike(input, 1), input) : f!(peep(forget!, pf, c!))
  const next = add(mul(keep, c!), mul(input, g!(candidate!)))
  return { c: next, h: mul(f!(peep(o!, po, next)), hidden.value(next)) }
}

const gruCell: Cell = (x, { h }, { recurrent, recurrentBias }, r, d) => {
  const [f, g] = r.activations[d]!.map((a) => (v: Value) => a.value(bounded(v, r)))
  const [xz, xr, xh] = partsOf(x, 3)
  const [rz, rr, rh] = partsOf(recurrent, 3)
  const [bz, br, bh] = recurrentBias ? partsOf(recurrentBias, 3) : []
  const update = f!(add(xz!, plus(matmul(h, rz!), bz)))
  const reset = f!(add(xr!, plus(matmul(h, rr!), br)))
  const recalled = r.resetAfter ? mul(reset, plus(matmul(h, rh!), bh)) : plus(matmul(mul(reset, h), rh!), bh)
  const candidate = g!(add(xh!, recalled))
  return {
    c: undefined,
    h: add(mul(sub(scalarLike(update, 1), update), candidate), mul(update, h)),
  }
}

const rnnCell: Cell = (x, { h }, { recurrent, recurrentBias }, r, d) => ({
  c: undefined,
  h: r.activations[d]![0]!.value(bounded(add(x, plus(matmul(h, recurrent), recurrentBias)), r)),
})

const cells: Readonly<Record<Recurrent['name'], Cell>> = { LSTM: lstmCell, GRU: gruCell, RNN: rnnCell }

/** Zeros `[batch, units]`. */
function nothing(x: Value, units: number): Value {
  const batch = x.shape[1]!
  if (typeof batch === 'number') return expand(scalarLike(x, 0), [batch, units])
  return apply(expandOperator, [
    scalarLike(x, 0),
    concat([slice(shapeOf(x), [1], [2]), integers([units])], 0),
  ])
}

/** All steps of one direction: `[steps, batch, units]` and the last state. */
function runDirection(
  kind: Recurrent,
  r: Recurrence,
  inputs: readonly (Value | undefined)[],
  steps: number,
  d: number,
): { all: Value; last: State } {
  const x = inputs[0]!
  const [, , , , lengths, h0, c0] = inputs
  const weights = weightsOf(inputs, d)
  const weighted = plus(matmul(x, weights.input), weights.inputBias)
  const each = steps === 1 ? [weighted] : split(weighted, Array(steps).fill(1), 0)
  const zeros = nothing(x, r.units)
  let state: State = {
    h: h0 ? direction(h0, d) : zeros,
    c: kind.name === 'LSTM' ? (c0 ? direction(c0, d) : zeros) : undefined,
  }
  const results = new Array<Value>(steps)
  for (let s = 0; s < steps; s++) {
    // Backwards, a short sequence waits in its first state until its last step comes.
    const t = r.backwards[d] ? steps - 1 - s : s
    const next = cells[kind.name](squeeze(each[t]!, [0]), state, weights, r, d)
    const on = lengths && unsqueeze(less(constant(t, [], lengths.dtype), lengths), [1])
    const kept = (now: Value, before: Value) => (on ? where(on, now, before) : now)
    state = { h: kept(next.h, state.h), c: next.c && kept(next.c, state.c!) }
    results[t] = unsqueeze(kept(next.h, zeros), [0])
  }
  return { all: concat(results, 0), last: state }
}

/** @throws FrostglassError `unsupported` when the number of steps is free or too large. */
export const unrolled =
  (kind: Recurrent): Definition =>
  (inputs, attributes: Attributes, what) => {
    const r = readRecurrence(kind, inputs, attributes, what)
    const steps = requireSteps(r.steps, what)
    const swap = (v: Value | undefined) => v && transpose(v, [1, 0, 2])
    const [x, w, weights, b, lengths, h0, c0, p] = inputs
    const given = r.batchFirst ? [swap(x), w, weights, b, lengths, swap(h0), swap(c0), p] : inputs
    const runs = r.backwards.map((_, d) => runDirection(kind, r, given, steps, d))
    const all = concat(
      runs.map((run) => unsqueeze(run.all, [1])),
      1,
    )
    const lastOf = (part: 'h' | 'c') =>
      concat(
        runs.map((run) => unsqueeze(run.last[part]!, [0])),
        0,
      )
    const lasts = kind.name === 'LSTM' ? [lastOf('h'), lastOf('c')] : [lastOf('h')]
    return r.batchFirst ? [transpose(all, [2, 0, 1, 3]), ...lasts.map((v) => swap(v)!)] : [all, ...lasts]
  }
