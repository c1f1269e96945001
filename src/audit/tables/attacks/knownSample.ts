// Known samples: rebuilds a projection from known rows, then takes the likeliest row behind each projected one.
// Source: Liu, Kargupta and Ryan (TKDE 2006), section 6; Giannella, Liu and Kargupta (2013); Gaussian conditional mean.
// Where each participant has a matrix of its own, known rows of one say nothing of the others' rows.

import { inverse, Matrix, pseudoInverse } from 'ml-matrix'
import { covariance } from '../../../statistics/covariance.ts'
import { meanInParts } from '../../../statistics/moments.ts'
import type { View } from '../evidence.ts'
import { recoveryAttack } from '../recovery.ts'
import { normalisedFeatures } from './normalisedFeatures.ts'

/** Leak: the matrix by least squares, unseen rows by the mean of a Gaussian with the known rows' covariance. */
export const knownSample = recoveryAttack({
  name: 'known-sample',
  title: 'Known samples and their projections',
  standpoint: 'leak',
  reads: ['columns'],
  holds: ['pairs'],
  needs:
    'known rows with their protected forms, and, where participants have matrices of their own, whose rows they are',
  source: 'Liu, Kargupta and Ryan (TKDE 2006), section 6; Giannella, Liu and Kargupta (2013)',
  fewest: 2,
  // It rebuilds one matrix without an offset: a projection, or a rotation about the origin.
  applies: ({ scheme }) => scheme.activation === undefined,
  recover(view) {
    const scale = normalisedFeatures(view.attributes)
    const known = { original: scale.normalise(view.known.original), released: view.known.released }
    const prior = gaussianOf(known.original)
    const rows = view.unseen[0]!.length
    const features = known.original.map(() => new Float64Array(rows))
    for (const { unseen, samples } of participantsOf(view)) {
      const matrix = projectionOf(known, samples)
      const guess = conditionalMean(prior, matrix, take(view.unseen, unseen))
      features.forEach((column, j) => {
        unseen.forEach((row, i) => {
          column[row] = guess.get(i, j)
        })
      })
    }
    return { features: scale.restore(features) }
  },
})

/** A projection as far as it is known: exactly on the span of the known rows, not at all beyond it. */
interface Projection {
  /** `[dimensions, features]`; 0 beyond the span. */
  readonly matrix: Matrix
  /** `[features, features]`: takes a row's part beyond the span. */
  readonly beyond: Matrix
}

/** The shortest matrix with `matrix · original = released` on the samples, by least squares. */
function projectionOf(
  known: { readonly original: readonly Float64Array[]; readonly released: readonly Float64Array[] },
  samples: Int32Array,
): Projection {
  const size = known.original.length
  if (samples.length === 0) {
    return { matrix: Matrix.zeros(known.released.length, size), beyond: Matrix.eye(size, size) }
  }
  const rows = take(known.original, samples)
  const back = pseudoInverse(rows, 1e-12)
  return {
    matrix: back.mmul(take(known.released, samples)).transpose(),
    beyond: Matrix.sub(Matrix.eye(size, size), back.mmul(rows)),
  }
}

interface Gaussian {
  readonly mean: Matrix
  readonly covariance: Matrix
}

/** Means of rows x given y = matrix · x + noise: what the matrix does beyond the span is noise of known size. */
function conditionalMean(prior: Gaussian, { matrix, beyond }: Projection, projected: Matrix): Matrix {
  const dimensions = matrix.rows
  const { mean, covariance } = prior
  // E|beyond x|², spread over the dimensions: entries of the matrix have variance 1 / dimensions.
  const second = Matrix.add(covariance, mean.transpose().mmul(mean))
  const noise = beyond.mmul(second).trace() / dimensions
  const spread = matrix.mmul(covariance).mmul(matrix.transpose())
  // A whisker of the spread keeps the inverse finite where the projection is known exactly.
  const floor = 1e-12 * (spread.trace() / dimensions + 1e-12)
  const gain = covariance
    .mmul(matrix.transpose())
    .mmul(inverse(Matrix.add(spread, Matrix.eye(dimensions, dimensions, noise + floor))))
  const expected = mean.mmul(matrix.transpose())
  const guess = projected.clone().subRowVector(expected.getRowVector(0)).mmul(gain.transpose())
  return guess.addRowVector(mean.getRowVector(0))
}

/** Mean and covariance of the known rows, shrunk by the oracle approximation (Chen, Wiesel, Eldar and Hero 2010). */
function gaussianOf(columns: readonly Float64Array[]): Gaussian {
  const size = columns.length
  const rows = columns[0]!.length
  const mean = columns.map(meanInParts)
  const sample = covariance(columns, mean)
  const trace = sample.trace()
  const squares = sample.mmul(sample).trace()
  const above = (1 - 2 / size) * squares + trace ** 2
  const below = (rows + 1 - 2 / size) * (squares - trace ** 2 / size)
  const shrinkage = below > 0 ? Math.min(1, above / below) : 1
  return {
    mean: Matrix.rowVector(mean),
    covariance: Matrix.mul(sample, 1 - shrinkage).add(Matrix.eye(size, size, (shrinkage * trace) / size)),
  }
}

/** Unseen rows and known rows by participant; everything together where there is one secret. */
function participantsOf(view: View): { readonly unseen: Int32Array; readonly samples: Int32Array }[] {
  const all = (count: number) => Int32Array.from({ length: count }, (_, r) => r)
  const unseen = all(view.unseen[0]!.length)
  const samples = all(view.known.original[0]!.length)
  const { participants } = view
  if (!participants) return [{ unseen, samples }]
  return [...new Set(participants.unseen)].map((p) => ({
    unseen: unseen.filter((r) => participants.unseen[r] === p),
    samples: samples.filter((r) => participants.known[r] === p),
  }))
}

/** Rows of columns as a matrix, a row each. */
function take(columns: readonly Float64Array[], rows: Int32Array): Matrix {
  const out = new Matrix(rows.length, columns.length)
  columns.forEach((column, j) => {
    rows.forEach((row, i) => {
      out.set(i, j, column[row]!)
    })
  })
  return out
}
