// RotaryEmbedding: pairs of features turned by an angle that grows with the position.
// Source: ONNX RotaryEmbedding (opset 23); Su et al., RoFormer (2021).
// Said by other operators on both executors.

import { FrostglassError } from '../../errors.ts'
import type { Operator, Value } from '../contract.ts'
import { attribute, flag } from '../operator.ts'
import { formatShape, staticShape } from '../shape.ts'
import { requireInputs } from './_check.ts'
import { type Definition, definedBy } from './_defined.ts'
import { add, mul, sub } from './arithmetic.ts'
import { gather } from './gather.ts'
import { concat } from './join.ts'
import { transpose } from './matmul.ts'
import { slice } from './slice.ts'
import { reshape, reshapeLike, unsqueeze } from './view.ts'

/** Elements `from` to before `to` of the last axis, every `step`th. */
const lastAxis = (v: Value, from: number, to: number, step = 1): Value =>
  slice(v, [from], [to], [v.shape.length - 1], [step])

const definition: Definition = (inputs, attributes, what) => {
  const [given, cosines, sines] = requireInputs(inputs, 3, what) as [Value, Value, Value]
  const places = inputs[3]
  const rank = given.shape.length
  const heads = attribute(attributes, 'num_heads', 0)
  const width = staticShape([given.shape.at(-1) ?? 0], `${what}: the last axis`)[0]!
  if (rank !== 4 && !(rank === 3 && heads >= 1 && width % heads === 0)) {
    throw new FrostglassError(
      'shape',
      `${what}: ${formatShape(given.shape)} does not make ${heads} heads`,
      'Give four axes, or three and num_heads.',
    )
  }
  // [batch, length, heads, size]
  const x = rank === 4 ? transpose(given, [0, 2, 1, 3]) : reshape(given, [0, 0, heads, width / heads])
  const size = rank === 4 ? width : width / heads
  const turned = attribute(attributes, 'rotary_embedding_dim', 0) || size
  const half = turned / 2
  const angles = (cache: Value): Value => {
    const chosen = places ? gather(cache, places, 0) : cache
    if (chosen.shape.length === 3 && (typeof chosen.shape[2] !== 'number' || chosen.shape[2] === half))
      return unsqueeze(chosen, [2])
    throw new FrostglassError(
      'shape',
      `${what}: a table of angles ${formatShape(cache.shape)} for ${half} pairs of features`,
      'Give [positions, pairs] and position_ids, or [batch, length, pairs].',
    )
  }
  const [cos, sin] = [angles(cosines), angles(sines)]
  const interleaved = flag(attributes, 'interleaved')
  const [a, b] = interleaved
    ? [lastAxis(x, 0, turned, 2), lastAxis(x, 1, turned, 2)]
    : [lastAxis(x, 0, half), lastAxis(x, half, turned)]
  const real = sub(mul(cos, a), mul(sin, b))
  const imaginary = add(mul(sin, a), mul(cos, b))
  const front = turned === size ? x : lastAxis(x, 0, turned)
  const rotated = interleaved
    ? reshapeLike(concat([unsqueeze(real, [4]), unsqueeze(imaginary, [4])], 4), front)
    : concat([real, imaginary], 3)
  const y = turned === size ? rotated : concat([rotated, lastAxis(x, turned, size)], 3)
  return [rank === 4 ? transpose(y, [0, 2, 1, 3]) : reshape(y, [0, 0, width])]
}

export const rotaryEmbeddingOperator: Operator = {
  name: 'RotaryEmbedding',
  attributes: { interleaved: 'int', num_heads: 'int', rotary_embedding_dim: 'int' },
  ...definedBy('RotaryEmbedding', definition),
  lower: (inputs, attributes) => definition(inputs, attributes, 'RotaryEmbedding'),
}

export const rotaryOperators: readonly Operator[] = [rotaryEmbeddingOperator]
