// The activations that LSTM, GRU and RNN name in their attributes: as numbers for kernels, as values for gradients.
// Source: ONNX LSTM (opset 14), the list of activation functions; defaults of alpha and beta as ONNX Runtime has them.
// Alphas and betas are taken in order by those functions of the list that have one.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Value } from '../contract.ts'
import { apply, scalarLike } from '../value.ts'
import { add, mul } from './arithmetic.ts'
import { greater, where } from './compare.ts'
import {
  clip,
  eluOperator,
  leakyReluOperator,
  relu,
  sigmoid,
  softplus,
  softsign,
  tanh,
} from './elementwise.ts'

/** One activation with its parameters. */
export interface Activation {
  of(x: number): number
  value(x: Value): Value
}

interface Kind {
  readonly alpha?: number
  readonly beta?: number
  of(x: number, alpha: number, beta: number): number
  value(x: Value, alpha: number, beta: number): Value
}

const times = (x: Value, factor: number): Value => mul(x, scalarLike(x, factor))
const plus = (x: Value, term: number): Value => add(x, scalarLike(x, term))

const kinds: Readonly<Record<string, Kind>> = {
  sigmoid: { of: (x) => 1 / (1 + Math.exp(-x)), value: (x) => sigmoid(x) },
  tanh: { of: Math.tanh, value: (x) => tanh(x) },
  relu: { of: (x) => Math.max(x, 0), value: (x) => relu(x) },
  softsign: { of: (x) => x / (1 + Math.abs(x)), value: (x) => softsign(x) },
  softplus: {
    of: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    value: (x) => softplus(x),
  },
  affine: {
    alpha: 1,
    beta: 0,
    of: (x, a, b) => a * x + b,
    value: (x, a, b) => plus(times(x, a), b),
  },
  scaledtanh: {
    alpha: 1,
    beta: 1,
    of: (x, a, b) => a * Math.tanh(b * x),
    value: (x, a, b) => times(tanh(times(x, b)), a),
  },
  hardsigmoid: {
    alpha: Math.fround(0.2),
    beta: 0.5,
    of: (x, a, b) => Math.min(1, Math.max(0, a * x + b)),
    value: (x, a, b) => clip(plus(times(x, a), b), 0, 1),
  },
  leakyrelu: {
    alpha: Math.fround(0.01),
    of: (x, a) => (x < 0 ? a * x : x),
    value: (x, alpha) => apply(leakyReluOperator, [x], { alpha }),
  },
  thresholdedrelu: {
    alpha: 1,
    of: (x, a) => (x > a ? x : 0),
    value: (x, a) => where(greater(x, scalarLike(x, a)), x, scalarLike(x, 0)),
  },
  elu: {
    alpha: 1,
    of: (x, a) => (x < 0 ? a * Math.expm1(x) : x),
    value: (x, alpha) => apply(eluOperator, [x], { alpha }),
  },
}

/** As the file holds them: in float32. */
const numbersOf = (list: Attributes[string]): number[] =>
  Array.from((list as readonly number[] | undefined) ?? [], Math.fround)

/**
 * The activations of each direction, in the operator's order.
 * @param defaults those of one direction, when the node names none
 * @throws FrostglassError `unsupported` for a name that is not in the specification, `shape` for too few.
 */
export function activationsOf(
  attributes: Attributes,
  directions: number,
  defaults: readonly string[],
  what: string,
): Activation[][] {
  const given = attributes['activations'] as readonly string[] | undefined
  const names = given?.length ? given : Array.from({ length: directions }, () => defaults).flat()
  if (names.length !== directions * defaults.length) {
    throw new FrostglassError(
      'shape',
      `${what}: ${names.length} activations, for ${directions} directions of ${defaults.length}`,
      'Name every activation of every direction.',
    )
  }
  const alphas = numbersOf(attributes['activation_alpha'])
  const betas = numbersOf(attributes['activation_beta'])
  const all = names.map((name): Activation => {
    const kind = kinds[name.toLowerCase()]
    if (!kind) {
      throw new FrostglassError(
        'unsupported',
        `${what}: we do not know the activation '${name}'`,
        `Choose among ${Object.keys(kinds).join(', ')}.`,
      )
    }
    const alpha = kind.alpha === undefined ? 0 : (alphas.shift() ?? kind.alpha)
    const beta = kind.beta === undefined ? 0 : (betas.shift() ?? kind.beta)
    return { of: (x) => kind.of(x, alpha, beta), value: (x) => kind.value(x, alpha, beta) }
  })
  return Array.from({ length: directions }, (_, d) =>
    all.slice(d * defaults.length, (d + 1) * defaults.length),
  )
}
