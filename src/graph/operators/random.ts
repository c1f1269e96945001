// Randomness in a graph: Dropout, RandomNormalLike, RandomUniformLike. Another draw each run, the same from one seed; a node
// without one draws its own.
// Source: ONNX Dropout (opset 13), RandomNormalLike and RandomUniformLike (opset 1); inverted dropout.
// One seed gives other numbers natively than here; nothing secret may come from either.

import { FrostglassError } from '../../errors.ts'
import { type Random, seededRandom } from '../../random/seeded.ts'
import { drawUniform, systemRandom } from '../../random/source.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { apply, constant, scalarLike } from '../value.ts'
import { requireInputs } from './_check.ts'
import { div, mul, sub } from './arithmetic.ts'
import { cast, dtypeOfOnnx } from './cast.ts'
import { where } from './compare.ts'

/** The stream of a node's seed, as it stands in it; of a node without one, another at each plan: ONNX has it "auto-generated". */
const streamOf = (attributes: Attributes): Random =>
  seededRandom((attributes['seed'] as number | undefined) ?? drawUniform(systemRandom))

const noRatio = (ratio: number, code: 'usage' | 'input' = 'input'): FrostglassError =>
  new FrostglassError(code, `a dropout ratio of ${ratio}`, 'Choose from 0 to less than 1.')

export const dropoutOperator: Operator = {
  name: 'Dropout',
  attributes: { seed: 'int' },
  infer(inputs, _, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    return [info(x.dtype, x.shape), info('bool', x.shape)]
  },
  // By the mask that this run drew, so that both directions drop the same.
  gradient({ inputs, outputs, grads }) {
    const dy = grads[0]
    const [, ratio, training] = inputs
    if (!dy || !training) return [dy]
    const kept = sub(scalarLike(dy, 1), ratio ? cast(ratio, dy.dtype) : scalarLike(dy, 0.5))
    const dropped = div(mul(dy, cast(outputs[1]!, dy.dtype)), kept)
    return [where(training, dropped, dy)]
  },
  kernel({ inputs: [x, ratio, training], outputs: [y, mask], attributes }) {
    const draw = streamOf(attributes)
    const from = x!.data
    const to = y!.data
    const kept = mask!.data
    const drop = ratio?.data ?? Float64Array.of(0.5)
    const on = training?.data ?? Float64Array.of(0)
    return () => {
      if (on[0] === 0) {
        to.set(from)
        kept.fill(1)
        return
      }
      const share = drop[0]!
      if (!(share >= 0 && share < 1)) throw noRatio(share)
      const scale = 1 / (1 - share)
      for (let i = 0; i < to.length; i++) {
        const keep = draw.uniform() >= share ? 1 : 0
        kept[i] = keep
        to[i] = keep ? from[i]! * scale : 0
      }
    }
  },
  random: true,
}

/** RandomNormalLike and RandomUniformLike: another tensor of the shape of the input. */
function randomLike(
  name: string,
  parameters: readonly [string, string],
  fill: (to: Float64Array, attributes: Attributes) => () => void,
): Operator {
  return {
    name,
    attributes: { dtype: 'int', seed: 'float', [parameters[0]]: 'float', [parameters[1]]: 'float' },
    infer(inputs, attributes, what) {
      const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
      const type = attributes['dtype'] as number | undefined
      return [info(type === undefined ? x.dtype : dtypeOfOnnx(type, what), x.shape)]
    },
    gradient: 'none',
    kernel: ({ outputs: [y], attributes }) => fill(y!.data, attributes),
    random: true,
  }
}

export const randomNormalLikeOperator = randomLike(
  'RandomNormalLike',
  ['mean', 'scale'],
  (to, attributes) => {
    const draw = streamOf(attributes)
    const mean = attribute(attributes, 'mean', 0)
    const scale = attribute(attributes, 'scale', 1)
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = mean + scale * draw.normal()
    }
  },
)

export const randomUniformLikeOperator = randomLike(
  'RandomUniformLike',
  ['low', 'high'],
  (to, attributes) => {
    const draw = streamOf(attributes)
    const low = attribute(attributes, 'low', 0)
    const high = attribute(attributes, 'high', 1)
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = low + (high - low) * draw.uniform()
    }
  },
)

/** @throws FrostglassError `usage` for a seed that ONNX's float32 attribute would change. */
function checkSeed(seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed <= 2 ** 24) return seed
  throw new FrostglassError(
    'usage',
    `the seed ${seed} is not an integer from 0 to 2^24`,
    'Choose one that float32 holds exactly.',
  )
}

/**
 * `x` with each element 0 with probability `ratio` and otherwise divided by 1 − ratio.
 * @param options.seed an integer from 0 to 2^24; give each dropout of a graph its own
 * @param options.training a bool scalar that switches it; on when absent
 * @throws FrostglassError `usage` for a ratio outside [0, 1).
 */
export function randomDropout(
  x: Value,
  ratio: number,
  options: { seed: number; training?: Value | undefined },
): Value {
  if (!(ratio >= 0 && ratio < 1)) throw noRatio(ratio, 'usage')
  const training = options.training ?? constant(1, [], 'bool')
  return apply(dropoutOperator, [x, scalarLike(x, ratio), training], { seed: checkSeed(options.seed) })
}

/** Normal noise of the shape and dtype of `x`. @param options.seed an integer from 0 to 2^24 */
export const randomNormalLike = (
  x: Value,
  options: { seed: number; mean?: number | undefined; scale?: number | undefined },
): Value =>
  apply(randomNormalLikeOperator, [x], {
    seed: checkSeed(options.seed),
    mean: options.mean ?? 0,
    scale: options.scale ?? 1,
  })

/** Uniform noise in [low, high) of the shape and dtype of `x`. @param options.seed an integer from 0 to 2^24 */
export const randomUniformLike = (
  x: Value,
  options: { seed: number; low?: number | undefined; high?: number | undefined },
): Value =>
  apply(randomUniformLikeOperator, [x], {
    seed: checkSeed(options.seed),
    low: options.low ?? 0,
    high: options.high ?? 1,
  })

export const randomOperators: readonly Operator[] = [
  dropoutOperator,
  randomNormalLikeOperator,
  randomUniformLikeOperator,
]
