// k-means: Lloyd's iterations from seeded k-means++ centres.
// Source: Arthur and Vassilvitskii 2007, "k-means++: the advantages of careful seeding"; Lloyd 1982.
// It finds a local optimum; equal distances go to the first centre, so one seed has one answer.

import type { Random } from '../../random/seeded.ts'

/**
 * Centres of points.
 * @param points rows of `width` numbers, one after another
 * @param count centres wanted; fewer come back where there are fewer different points
 * @param random for the first centres
 * @returns centres as rows of `width` numbers
 */
export function kMeans(
  points: ArrayLike<number>,
  width: number,
  count: number,
  random: Random,
  iterations = 25,
): Float64Array {
  let centres = firstCentres(points, width, count, random)
  const rows = points.length / width
  const nearest = new Int32Array(rows).fill(-1)
  for (let round = 0; round < iterations; round++) {
    let moved = 0
    const sums = new Float64Array(centres.length)
    const sizes = new Float64Array(centres.length / width)
    for (let row = 0; row < rows; row++) {
      const { centre } = nearestCentre(points, row * width, centres, width)
      if (centre !== nearest[row]) moved++
      nearest[row] = centre
      sizes[centre]! += 1
      for (let j = 0; j < width; j++) sums[centre * width + j]! += points[row * width + j]!
    }
    if (moved === 0) break
    // A centre that nothing is nearest to stays where it is.
    centres = centres.map((old, at) => {
      const size = sizes[Math.floor(at / width)]!
      return size > 0 ? sums[at]! / size : old
    })
  }
  return centres
}

function firstCentres(points: ArrayLike<number>, width: number, count: number, random: Random): Float64Array {
  const rows = points.length / width
  const chosen: number[] = []
  const distances = new Float64Array(rows).fill(Number.POSITIVE_INFINITY)
  for (let next = rows > 0 ? random.below(rows) : -1; next >= 0; next = draw(distances, random)) {
    for (let j = 0; j < width; j++) chosen.push(points[next * width + j]!)
    if (chosen.length === count * width) break
    for (let row = 0; row < rows; row++) {
      const distance = squaredDistance(points, row * width, chosen, chosen.length - width, width)
      if (distance < distances[row]!) distances[row] = distance
    }
  }
  return Float64Array.from(chosen)
}

/** A row with a chance in proportion to its distance; −1 when all distances are 0. */
function draw(distances: Float64Array, random: Random): number {
  const total = distances.reduce((a, b) => a + b, 0)
  if (!(total > 0)) return -1
  let left = random.uniform() * total
  let last = -1
  for (let row = 0; row < distances.length; row++) {
    if (distances[row] === 0) continue
    last = row
    left -= distances[row]!
    if (left < 0) break
  }
  return last
}

/** The first of the nearest centres of the point that begins at `at`. */
function nearestCentre(points: ArrayLike<number>, at: number, centres: Float64Array, width: number) {
  let centre = 0
  let least = Number.POSITIVE_INFINITY
  for (let c = 0; c * width < centres.length; c++) {
    const distance = squaredDistance(points, at, centres, c * width, width)
    if (distance < least) {
      least = distance
      centre = c
    }
  }
  return { centre, distance: least }
}

function squaredDistance(
  a: ArrayLike<number>,
  from: number,
  b: ArrayLike<number>,
  to: number,
  width: number,
): number {
  let sum = 0
  for (let j = 0; j < width; j++) {
    const difference = a[from + j]! - b[to + j]!
    sum += difference * difference
  }
  return sum
}
