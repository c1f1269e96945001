// Eigenfaces: the mean face, and the directions in which faces differ most.
// Source: Turk and Pentland, "Eigenfaces for recognition", 1991: eigenvectors of faces × faces instead of pixels × pixels.
// They are learned from the very faces: what is rebuilt from few of them is vaguer than the faces, and says nothing of privacy.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix'

/** A mean face and axes at right angles, by falling variance. */
export interface Eigenfaces {
  readonly mean: Float64Array
  /** Of length 1, as many numbers as a face has. */
  readonly axes: readonly Float64Array[]
  /** Where a face lies on the axes. */
  coordinates(face: ArrayLike<number>): Float64Array
  /** The face that lies there. */
  face(coordinates: ArrayLike<number>): Float64Array
}

/** Share of the variance that the axes hold between them, unless said otherwise. */
const usualShare = 0.95

/** Faces that axes are learned from: their decomposition takes the cube of it. */
const mostFaces = 400

/**
 * @param faces numbers of one length each; of more than 400 at most as many are taken evenly
 * @param share of the variance that the axes hold, above 0 and at most 1
 * @throws RangeError without faces
 */
export function eigenfaces(faces: readonly ArrayLike<number>[], share = usualShare): Eigenfaces {
  const step = Math.ceil(faces.length / mostFaces)
  const used = faces.filter((_, i) => i % step === 0)
  const size = used[0]?.length
  if (size === undefined) throw new RangeError('eigenfaces of no face')
  const mean = new Float64Array(size)
  for (const face of used) for (let j = 0; j < size; j++) mean[j]! += face[j]! / used.length
  const centred = used.map((face) => mean.map((centre, j) => face[j]! - centre))
  const axes = principalAxes(centred, share)
  return Object.freeze({
    mean,
    axes,
    coordinates(face: ArrayLike<number>) {
      const difference = mean.map((centre, j) => face[j]! - centre)
      return Float64Array.from(axes, (axis) => dot(axis, difference))
    },
    face(coordinates: ArrayLike<number>) {
      const out = Float64Array.from(mean)
      axes.forEach((axis, a) => {
        for (let j = 0; j < size; j++) out[j]! += coordinates[a]! * axis[j]!
      })
      return out
    },
  })
}

/** The axes that hold the share, from the Gram matrix of the rows: A Aᵀ v = λ v gives the axis Aᵀ v / √λ. */
function principalAxes(rows: readonly Float64Array[], share: number): Float64Array[] {
  const gram = new Matrix(rows.length, rows.length)
  rows.forEach((a, i) => {
    for (let j = 0; j <= i; j++) {
      const product = dot(a, rows[j]!)
      gram.set(i, j, product)
      gram.set(j, i, product)
    }
  })
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true })
  const order = [...realEigenvalues.keys()].sort((a, b) => realEigenvalues[b]! - realEigenvalues[a]!)
  const total = gram.trace()
  const axes: Float64Array[] = []
  let held = 0
  for (const e of order) {
    const value = realEigenvalues[e]!
    // The centred rows have one rank less than there are rows; beyond it are rounding errors.
    if (held >= share * total || value <= 1e-10 * total) break
    held += value
    const axis = new Float64Array(rows[0]!.length)
    rows.forEach((row, i) => {
      const weight = eigenvectorMatrix.get(i, e) / Math.sqrt(value)
      for (let j = 0; j < axis.length; j++) axis[j]! += weight * row[j]!
    })
    axes.push(axis)
  }
  return axes
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!
  return sum
}
