// Invertible activations of the keyed protection, each with its inverse, as graphs and as plain functions.
// Source: SPG section 4.2 stage 7 (tanh, sigmoid, exp); the rest are standard strictly increasing functions.
// The activation is public: it hides nothing by itself, and an adversary may apply its inverse (BREAK.md).

import { FrostglassError } from '../../errors.ts'
import {
  abs,
  add,
  div,
  exp,
  log,
  max,
  min,
  mul,
  neg,
  sigmoid,
  sign,
  sqrt,
  sub,
  tanh,
  type Value,
} from '../../graph/index.ts'
import { scalarLike } from '../../graph/value.ts'
import { type KeyActivationName, keyActivationNames } from './activationNames.ts'

/**
 * A strictly increasing function on all reals. The graph forms use only operators with float64 kernels in ONNX
 * Runtime (its Elu, LeakyRelu, Softsign, Asinh and Sinh have none).
 */
export interface Activation {
  readonly name: KeyActivationName
  /**
   * The key scales its layers so that |z| ≤ reach on all the data that it was made from. There the slope is at
   * least `slope(±reach)`, so that the inverse loses at most that factor. Larger reaches bend the data more and cost
   * accuracy and digits. Measured on wheat, three layers of tanh, five folds of the paper's model (raw: 95.1 ± 2.5%),
   * and R² of a line fitted to 20 known rows: reach 1: 93.7%, 0.99; 1.5: 93.3%, 0.97; 2.5: 92.0%, 0.92. None of them
   * withstands known rows, so the reach is chosen for accuracy: for tanh 1.5, and for the others where the slope has
   * fallen to the same share of its largest, 0.18. Changing one changes what existing keys decode.
   */
  readonly reach: number
  /** The open interval of values that it takes. */
  readonly range: readonly [low: number, high: number]
  forward(z: Value): Value
  inverse(y: Value): Value
  /** The same functions on numbers, and the derivative: for diagnosis and as the oracle in tests. */
  readonly plain: {
    forward(z: number): number
    inverse(y: number): number
    slope(z: number): number
  }
}

const leak = 0.25
const everything = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

const activations: Readonly<Record<KeyActivationName, Activation>> = {
  tanh: {
    name: 'tanh',
    reach: 1.5,
    range: [-1, 1],
    forward: tanh,
    // artanh y = ½ ln((1 + y) / (1 - y))
    inverse(y) {
      const one = scalarLike(y, 1)
      return mul(scalarLike(y, 0.5), log(div(add(one, y), sub(one, y))))
    },
    plain: { forward: Math.tanh, inverse: Math.atanh, slope: (z) => 1 - Math.tanh(z) ** 2 },
  },
  sigmoid: {
    name: 'sigmoid',
    reach: 3,
    range: [0, 1],
    forward: sigmoid,
    inverse: (y) => log(div(y, sub(scalarLike(y, 1), y))),
    plain: {
      forward: logistic,
      inverse: (y) => Math.log(y / (1 - y)),
      slope: (z) => logistic(z) * (1 - logistic(z)),
    },
  },
  exp: {
    name: 'exp',
    reach: 0.85,
    range: [0, Number.POSITIVE_INFINITY],
    forward: exp,
    inverse: log,
    plain: { forward: Math.exp, inverse: Math.log, slope: Math.exp },
  },
  softsign: {
    name: 'softsign',
    reach: 1.4,
    range: [-1, 1],
    forward: (z) => div(z, add(scalarLike(z, 1), abs(z))),
    inverse: (y) => div(y, sub(scalarLike(y, 1), abs(y))),
    plain: {
      forward: (z) => z / (1 + Math.abs(z)),
      inverse: (y) => y / (1 - Math.abs(y)),
      slope: (z) => 1 / (1 + Math.abs(z)) ** 2,
    },
  },
  elu: {
    name: 'elu',
    reach: 1.75,
    range: [-1, Number.POSITIVE_INFINITY],
    forward(z) {
      const zero = scalarLike(z, 0)
      return add(max(z, zero), sub(exp(min(z, zero)), scalarLike(z, 1)))
    },
    inverse(y) {
      const zero = scalarLike(y, 0)
      return add(max(y, zero), log(add(scalarLike(y, 1), min(y, zero))))
    },
    plain: {
      forward: (z) => (z > 0 ? z : Math.expm1(z)),
      inverse: (y) => (y > 0 ? y : Math.log1p(y)),
      slope: (z) => (z > 0 ? 1 : Math.exp(z)),
    },
  },
  'leaky-relu': {
    name: 'leaky-relu',
    reach: 2,
    range: everything,
    forward: (z) => max(z, mul(z, scalarLike(z, leak))),
    inverse: (y) => min(y, mul(y, scalarLike(y, 1 / leak))),
    plain: {
      forward: (z) => (z > 0 ? z : z * leak),
      inverse: (y) => (y > 0 ? y : y / leak),
      slope: (z) => (z > 0 ? 1 : leak),
    },
  },
  asinh: {
    name: 'asinh',
    reach: 5.5,
    range: everything,
    // arsinh z = sign(z) ln(|z| + √(z² + 1)): without the sign, negative z would cancel
    forward(z) {
      const size = abs(z)
      return mul(sign(z), log(add(size, sqrt(add(mul(z, z), scalarLike(z, 1))))))
    },
    inverse: (y) => mul(scalarLike(y, 0.5), sub(exp(y), exp(neg(y)))),
    plain: { forward: Math.asinh, inverse: Math.sinh, slope: (z) => 1 / Math.sqrt(z * z + 1) },
  },
  identity: {
    name: 'identity',
    reach: 2,
    range: everything,
    forward: (z) => z,
    inverse: (y) => y,
    plain: { forward: (z) => z, inverse: (y) => y, slope: () => 1 },
  },
}

const manyToOne = 'is not invertible: many inputs give one output, so the owner could not get the data back'
const refused: Readonly<Record<string, string>> = {
  relu: `${manyToOne} (every negative number becomes 0)`,
  relu6: `${manyToOne} (it is flat below 0 and above 6)`,
  step: `${manyToOne} (it has two values)`,
  sign: `${manyToOne} (it has three values)`,
  'hard-tanh': `${manyToOne} (it is flat beyond ±1)`,
  'hard-sigmoid': `${manyToOne} (it is flat at both ends)`,
  abs: `${manyToOne} (x and -x agree)`,
  square: `${manyToOne} (x and -x agree)`,
  cos: `${manyToOne} (it is periodic)`,
  sin: `${manyToOne} (it is periodic)`,
  softmax: `${manyToOne} (adding a number to all inputs changes nothing)`,
  gelu: `${manyToOne} (it falls and then rises)`,
  silu: `${manyToOne} (it falls and then rises)`,
  swish: `${manyToOne} (it falls and then rises)`,
}

/**
 * The activation of a name.
 * @throws FrostglassError `usage` for a name that is not invertible (with the reason) or not known.
 * @example keyActivation('tanh').plain.forward(0.5)
 */
export function keyActivation(name: string): Activation {
  if (Object.hasOwn(activations, name)) return activations[name as KeyActivationName]
  const spelled = name.toLowerCase().replaceAll('_', '-')
  const reason = Object.hasOwn(refused, spelled) ? refused[spelled] : undefined
  throw new FrostglassError(
    'usage',
    reason ? `the activation '${name}' ${reason}` : `there is no activation '${name}'`,
    `Take one of ${keyActivationNames.join(', ')}.`,
  )
}

function logistic(z: number): number {
  return 1 / (1 + Math.exp(-z))
}
