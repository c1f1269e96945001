// First weights: zeros, ones, Glorot, He and LeCun, uniform or (truncated) normal, and orthogonal.
// Source: Glorot and Bengio 2010, He et al. 2015, LeCun et al. 1998, Saxe et al. 2014, with Keras 3's definitions.
// The numbers are not those that Keras draws from the same seed; their distributions are.

import { FrostglassError } from '../errors.ts'
import { sizeOf } from '../graph/index.ts'
import type { Random } from '../random/seeded.ts'

/**
 * How first weights are drawn, by Keras' names. Source: Glorot and Bengio 2010; He et al. 2015; LeCun et
 * al. 1998.
 */
export type Initialiser =
  | 'zeros'
  | 'ones'
  | 'glorotUniform'
  | 'glorotNormal'
  | 'heUniform'
  | 'heNormal'
  | 'lecunUniform'
  | 'lecunNormal'
  | 'orthogonal'
  | 'unitForgetBias'

/** How many values go into, and come out of, one unit. */
export interface Fans {
  readonly in: number
  readonly out: number
}

// Keras: standard deviation of a normal cut off at two of its own deviations.
const truncatedDeviation = 0.87962566103423978

const variance: Readonly<Record<string, (fans: Fans) => number>> = {
  glorot: (fans) => 2 / Math.max(1, fans.in + fans.out),
  he: (fans) => 2 / Math.max(1, fans.in),
  lecun: (fans) => 1 / Math.max(1, fans.in),
}

/**
 * First contents of a parameter.
 * @param shape the parameter's shape; a matrix for `orthogonal`
 * @throws FrostglassError `usage` for a name that is not an initialiser
 */
export function initialise(
  kind: Initialiser,
  shape: readonly number[],
  fans: Fans,
  source: Random,
): Float64Array {
  const values = new Float64Array(sizeOf(shape))
  if (kind === 'zeros') return values
  if (kind === 'ones') return values.fill(1)
  // An LSTM's bias is four parts; the second, the forget gate's, starts open.
  if (kind === 'unitForgetBias') return values.fill(1, values.length / 4, values.length / 2)
  if (kind === 'orthogonal') return orthogonal(shape[0]!, shape[1]!, source)
  const rule = /^(glorot|he|lecun)(Uniform|Normal)$/.exec(kind)
  const spread = variance[rule?.[1] ?? '']?.(fans)
  if (!rule || spread === undefined) {
    throw new FrostglassError(
      'usage',
      `'${kind}' is not an initialiser`,
      'Use zeros, ones, orthogonal, or glorot, he, lecun followed by Uniform or Normal.',
    )
  }
  if (rule[2] === 'Uniform') {
    const limit = Math.sqrt(3 * spread)
    for (let i = 0; i < values.length; i++) values[i] = (2 * source.uniform() - 1) * limit
  } else {
    const deviation = Math.sqrt(spread) / truncatedDeviation
    for (let i = 0; i < values.length; i++) values[i] = truncatedNormal(source) * deviation
  }
  return values
}

function truncatedNormal(source: Random): number {
  for (;;) {
    const draw = source.normal()
    if (Math.abs(draw) <= 2) return draw
  }
}

// Rows (or columns, of a tall matrix) of a normal matrix, made orthonormal by Gram and Schmidt, twice for accuracy.
function orthogonal(rows: number, columns: number, source: Random): Float64Array {
  const wide = rows <= columns
  const count = wide ? rows : columns
  const length = wide ? columns : rows
  const basis: Float64Array[] = []
  while (basis.length < count) {
    const v = Float64Array.from({ length }, () => source.normal())
    for (let pass = 0; pass < 2; pass++) {
      for (const b of basis) {
        let along = 0
        for (let i = 0; i < length; i++) along += b[i]! * v[i]!
        for (let i = 0; i < length; i++) v[i] = v[i]! - along * b[i]!
      }
    }
    const norm = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0))
    basis.push(v.map((x) => x / norm))
  }
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const row = Math.floor(at / columns)
    const column = at % columns
    return (wide ? basis[row]?.[column] : basis[column]?.[row]) as number
  })
}
