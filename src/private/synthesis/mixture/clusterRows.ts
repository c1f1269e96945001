// Rows by cluster, and how many there are of each: what is released of it, and what is not.
// Source: PROOF.md, section 3: centres and sizes are released; whose row is in which cluster is a function of centres and of that row.
// Members are as secret as the rows.

import type { RandomSource } from '../../../random/source.ts'
import { drawFeatures, wholeFeatures } from './fourierFeatures.ts'
import { assigned, lloyd } from './lloyd.ts'
import type { Noisy } from './noisyWhole.ts'

/** How to cluster; none of it depends on the rows. */
export interface ClusterOptions {
  readonly columns: number
  readonly clusters: number
  /** Lloyd steps, beside the one for the mean of all rows. */
  readonly rounds: number
  readonly frequencies: number
  readonly bandwidth: number
  /** Clusters of fewer rows, by a noisy count, are given up. */
  readonly least: number
  /** Deviation of the noise on a sum of features, over the most that a row adds; 0 where there is none. */
  readonly noise: number
  readonly random: RandomSource
}

/** What releases sums of features, and numbers of rows. */
export interface ClusterReleases {
  /** Called `rounds` + 1 times where there are several clusters. */
  readonly sums: Noisy
  /** Called once. */
  readonly sizes: Noisy
}

/** Rows by cluster. */
export interface RowClusters {
  /** Numbers of the rows, rising. Secret. */
  readonly members: readonly Int32Array[]
  /** How many rows a cluster has, as it was released. */
  readonly sizes: Float64Array
}

/**
 * Finds clusters, at least one.
 * @param rows [rows × columns], numbers from 0 to 1
 */
export function clusterRows(
  rows: Float32Array,
  options: ClusterOptions,
  releases: ClusterReleases,
): RowClusters {
  const { columns, clusters, frequencies, bandwidth, random } = options
  let places: Int32Array = new Int32Array(rows.length / columns)
  let found = 1
  if (clusters > 1) {
    const features = drawFeatures({ columns, count: frequencies, bandwidth }, random)
    const { width } = features
    const whole = wholeFeatures(features, rows)
    const centres = lloyd(whole, { ...options, width }, releases.sums)
    places = assigned(whole, width, centres)
    found = centres.length
  }
  const counts = new Float64Array(found)
  for (const place of places) counts[place] = counts[place]! + 1
  const members = Array.from(counts, (count) => new Int32Array(count))
  const next = new Int32Array(found)
  for (const [row, place] of places.entries()) {
    members[place]![next[place]!] = row
    next[place] = next[place]! + 1
  }
  return { members, sizes: releases.sizes(counts) }
}
