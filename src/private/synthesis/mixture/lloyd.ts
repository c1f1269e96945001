// k-means by Lloyd's steps on sums and counts that were released: private where what releases them is.
// Source: Blum, Dwork, McSherry and Nissim 2005 (noisy Lloyd steps); Acs, Melis, Castelluccia and De Cristofaro 2018 (on features).
// Centres are functions of releases and of fresh numbers alone; how good a local optimum they are nobody promises.

import type { RandomSource } from '../../../random/source.ts'
import { drawNormal, grid, meanOf, rowsIn } from './fourierFeatures.ts'
import type { Noisy } from './noisyWhole.ts'

/** How to cluster. */
export interface LloydOptions {
  readonly clusters: number
  /** Steps, beside the first, which finds the mean of all rows. */
  readonly rounds: number
  /** Centres of which fewer rows were counted are moved to where many are, and left out at the end. */
  readonly least: number
  /** Numbers of a row's features, of which the last counts. */
  readonly width: number
  /** Deviation of the noise on a sum, over the most that a row adds; 0 where there is none. */
  readonly noise: number
  readonly random: RandomSource
}

/** Centres, each of `width` − 1 numbers, in parts of a feature's greatest length. */
export type Centres = readonly Float64Array[]

/** How far first centres lie from the mean: a tenth of a feature's length. Near it, shares are even, whatever the length. */
const APART = 0.1

/**
 * Finds centres, at least one.
 * @param features whole numbers, [rows × width]
 * @param release called `rounds` + 1 times, with sums of features by cluster
 */
export function lloyd(features: Int16Array, options: LloydOptions, release: Noisy): Centres {
  const { clusters, rounds, width, random } = options
  const [all] = moved(release(sumsBy(features, width, undefined, 1)), options, undefined)
  const mean = all!.centre
  let centres: Centres = Array.from({ length: clusters }, () => beside(mean, random))
  for (let round = 1; round <= rounds; round++) {
    const places = assigned(features, width, centres)
    const found = moved(release(sumsBy(features, width, places, centres.length)), options, mean)
    const largest = found.reduce((best, one) => (one.rows > best.rows ? one : best))
    if (round === rounds) centres = kept(found, options.least, largest)
    else
      centres = found.map(({ centre, rows }) =>
        rows < options.least ? beside(largest.centre, random) : centre,
      )
  }
  return centres
}

interface Found {
  readonly centre: Float64Array
  readonly rows: number
}

const kept = (found: readonly Found[], least: number, largest: Found): Centres =>
  found.filter((one) => one.rows >= least || one === largest).map(({ centre }) => centre)

/** Sums of features by cluster, one cluster after another; whole numbers, exact in any order. */
export function sumsBy(
  features: Int16Array,
  width: number,
  places: Int32Array | undefined,
  clusters: number,
): Float64Array {
  const sums = new Float64Array(clusters * width)
  const rows = features.length / width
  for (let row = 0; row < rows; row++) {
    const to = (places?.[row] ?? 0) * width
    for (let i = 0, from = row * width; i < width; i++) sums[to + i] = sums[to + i]! + features[from + i]!
  }
  return sums
}

/**
 * Means of released sums, drawn towards all rows' mean by as much as their noise makes them too long (James and Stein 1961): else
 * the noise of a small cluster keeps rows from it.
 * @param noise deviation of a sum's noise, over the most that a row adds
 */
function moved(sums: Float64Array, { width, noise }: LloydOptions, mean: Float64Array | undefined): Found[] {
  return Array.from({ length: sums.length / width }, (_, c) => {
    const own = sums.subarray(c * width, (c + 1) * width)
    const rows = Math.max(1, rowsIn(own[width - 1]!))
    const centre = own.slice(0, -1).map((sum, i) => meanOf(sum, rows) - (mean?.[i] ?? 0))
    const square = centre.reduce((sum, v) => sum + v * v, 0)
    const blown = (width - 1) * meanOf(noise * grid.longest, rows) ** 2
    const kept = mean === undefined ? 1 : square > blown ? 1 - blown / square : 0
    return { rows, centre: centre.map((v, i) => (mean?.[i] ?? 0) + kept * v) }
  })
}

/** A point near a centre, in a direction that the rows have no part in. */
function beside(centre: Float64Array, random: RandomSource): Float64Array {
  const direction = centre.map(() => drawNormal(random))
  const length = Math.hypot(...direction)
  return centre.map((v, i) => v + (APART * direction[i]!) / length)
}

/** The nearest centre of each row: a function of the row's own features and of the centres, computed the same way for all. */
export function assigned(features: Int16Array, width: number, centres: Centres): Int32Array {
  const rows = features.length / width
  // Twice the inner product less the centre's square: the row's own square is the same for all centres.
  const offsets = centres.map((centre) => centre.reduce((sum, v) => sum + v * v, 0) / 2)
  const unit = meanOf(1, 1)
  const places = new Int32Array(rows)
  for (let row = 0; row < rows; row++) {
    const from = row * width
    let [best, most] = [0, Number.NEGATIVE_INFINITY]
    for (let c = 0; c < centres.length; c++) {
      const centre = centres[c]!
      let product = 0
      for (let i = 0; i < centre.length; i++) product += features[from + i]! * centre[i]!
      const score = product * unit - offsets[c]!
      if (score > most) [best, most] = [c, score]
    }
    places[row] = best
  }
  return places
}
