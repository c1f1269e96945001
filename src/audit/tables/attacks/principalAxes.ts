// Principal axes: a rotation turns the axes of the data with it, so that a public sample's axes undo it.
// Source: Liu, Giannella and Kargupta, An Attacker's View of Distance Preserving Maps (PKDD 2006), section 4.
// It needs spreads that differ from axis to axis, and axes that are not symmetric: they give the order and the signs.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { shuffle, upTo } from '../../../random/order.ts'
import { type Random, seededStream } from '../../../random/seeded.ts'
import { covariance } from '../../../statistics/covariance.ts'
import { meanInParts } from '../../../statistics/moments.ts'
import { pick } from '../evidence.ts'
import { recoveryAttack } from '../recovery.ts'
import { unmix } from './fastIca.ts'
import { normalisedFeatures } from './normalisedFeatures.ts'
import { shapeDistance, shapeOf } from './quantiles.ts'

/** Rows that a choice of signs is tested on, and random choices that the search starts from. */
const testedRows = 500
const starts = { quick: 12, full: 60 }

/** Blind: eigenvectors of both covariances in order of their eigenvalues, signs by the attributes' distributions. */
export const principalAxes = recoveryAttack({
  name: 'principal-axes',
  title: 'Principal axes of a public sample',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['strangers'],
  needs: 'the protected table, and raw rows of other people of the same population',
  source:
    'Liu, Giannella and Kargupta (PKDD 2006), section 4; signs by quantiles instead of their energy test',
  fewest: 0,
  background: 'strangers',
  // Other protections do not keep the spread along the axes.
  applies: ({ scheme }) => scheme.name === 'rotation',
  recover(view, { seed, effort }) {
    const scale = normalisedFeatures(view.attributes)
    const background = centred(scale.normalise(view.background!))
    const released = centred(view.unseen)
    const from = axesOf(released.columns)
    const to = axesOf(background.columns)
    const rotationOf = (signs: Int32Array) => to.mmul(Matrix.diag([...signs])).mmul(from.transpose())
    const rows = shuffle(upTo(released.columns[0]?.length ?? 0), seededStream(seed, 'tested rows'))
    const tested = pick(released.columns, rows.subarray(0, testedRows))
    const shapes = background.columns.map(shapeOf)
    const cost = (signs: Int32Array) =>
      unmix(tested, rotationOf(signs)).reduce(
        (sum, column, j) => sum + shapeDistance(shapeOf(column), shapes[j]!),
        0,
      )
    const signs = signSearch(from.columns, cost, seededStream(seed, 'signs'), starts[effort])
    const turned = unmix(released.columns, rotationOf(signs))
    return {
      features: scale.restore(turned.map((column, j) => column.map((x) => x + background.mean[j]!))),
    }
  },
})

/** Turns one sign at a time as long as the cost falls, from several random choices. */
function signSearch(
  size: number,
  cost: (signs: Int32Array) => number,
  random: Random,
  attempts: number,
): Int32Array {
  let best = { signs: new Int32Array(size).fill(1), cost: Number.POSITIVE_INFINITY }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const signs = Int32Array.from({ length: size }, () => (random.uniform() < 0.5 ? -1 : 1))
    let least = cost(signs)
    for (let kept = 0, i = 0; kept < size; i = (i + 1) % size) {
      signs[i] = -signs[i]!
      const next = cost(signs)
      if (next < least) {
        least = next
        kept = 0
      } else {
        signs[i] = -signs[i]!
        kept++
      }
    }
    if (least < best.cost) best = { signs, cost: least }
  }
  return best.signs
}

function centred(columns: readonly Float64Array[]) {
  const mean = columns.map((column) => meanInParts(column))
  return { mean, columns: columns.map((column, j) => column.map((x) => x - mean[j]!)) }
}

/** Eigenvectors of the covariance of centred columns, widest first. */
function axesOf(columns: readonly Float64Array[]): Matrix {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(
    covariance(columns, new Float64Array(columns.length)),
    { assumeSymmetric: true },
  )
  const order = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
  return eigenvectorMatrix.subMatrixColumn(order)
}
