// A private generator of rows: noisy clusters, a generative network for each, trained privately, and rows drawn of them.
// Source: Acs, Melis, Castelluccia and De Cristofaro 2018 (arXiv 1709.04514); PROOF.md for what it promises.
// It protects a row: who has several is protected less. Rows drawn are what columns are expected to be, not records of anybody.

import { FrostglassError, throwIfAborted } from '../../../errors.ts'
import { type Tensor, tensor } from '../../../graph/index.ts'
import { adam, countParameters, type Weights } from '../../../learn/index.ts'
import { systemRandom } from '../../../random/source.ts'
import { requireCount, requirePositive } from '../../accounting/check.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { requireClip } from '../../training/clipping.ts'
import { requireTail } from '../../training/privacyBudget.ts'
import { trainPrivately } from '../../training/trainPrivately.ts'
import { type ClusterOptions, clusterRows } from './clusterRows.ts'
import { grid } from './fourierFeatures.ts'
import { type MixturePrice, mixturePrice } from './mixturePrice.ts'
import { type AutoEncoderShape, autoEncoder, decoderWeights, loss } from './network.ts'
import { noisyWhole } from './noisyWhole.ts'
import { capacityOf, placed } from './places.ts'

/** How to make a generator. None of it may depend on the rows. */
export interface ClusteredOptions {
  /** ε, nats, and δ of all that comes out together: for one row added or removed. */
  readonly epsilon: number
  readonly delta: number
  /** How many clusters to look for; 1 for one network of all rows. */
  readonly clusters: number
  /** Pays before a row is looked at. */
  readonly ledger?: Ledger | undefined
  /** Sizes and rates other than the usual ones. */
  readonly recipe?: Partial<MixtureRecipe> | undefined
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with the share of the work that is done. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** Sizes and rates of clustering and training. */
export interface MixtureRecipe {
  /** Lloyd steps. */
  readonly rounds: number
  /** The share of clusters and their sizes of the whole price, in parts of one over the square of noise. */
  readonly share: number
  /** Frequencies of the features. */
  readonly frequencies: number
  /** How far apart rows may lie that are alike, over √columns. */
  readonly bandwidth: number
  /** Units of the networks' hidden layers. */
  readonly hidden: number
  /** Numbers that a row is squeezed to, and the deviation of the noise on them. */
  readonly latent: number
  readonly spread: number
  /** Each row is in a step with a chance of one over this; an epoch is so many steps. */
  readonly per: number
  readonly epochs: number
  /** What a row's gradient counts for at most, of the mean loss of a column. */
  readonly clip: number
  readonly learningRate: number
}

/** What {@link clusteredGenerator} takes unless it is told otherwise. */
export const usualRecipe: MixtureRecipe = Object.freeze({
  rounds: 6,
  share: 0.02,
  frequencies: 64,
  bandwidth: 0.4,
  hidden: 32,
  latent: 8,
  spread: 0.5,
  per: 10,
  epochs: 10,
  clip: 0.05,
  learningRate: 0.01,
})

/** A cluster's network. */
export interface ClusterNetwork {
  /** Rows in it, a noisy number, 0 at least: how often it is drawn from. */
  readonly rows: number
  readonly weights: Weights
}

/** A generator: all of it may be shown. */
export interface ClusteredGenerator {
  readonly shape: AutoEncoderShape
  readonly clusters: readonly ClusterNetwork[]
  /** What all of it cost, and of which noise. */
  readonly spent: Pick<MixturePrice, 'epsilon' | 'losses'> & { readonly delta: number }
}

/** Fewer rows than this many deviations of a count's noise are not taken for a cluster. */
const ENOUGH = 10

/** What clustering may take, that something is left for networks. */
const MOST_SHARE = 0.5

/**
 * Makes a private generator of rows. No number of any row makes it fail, and neither does having none.
 * @param rows [rows, columns] of floats between 0 and 1; what lies beyond counts as the end, and what is no number as 0
 * @throws FrostglassError `usage` for options, or where training diverges; `policy` when the ledger refuses; `aborted`: what was
 * paid stays spent
 * @example const generator = await clusteredGenerator(rows, { epsilon: 3, delta: 1e-6, clusters: 10 })
 */
export async function clusteredGenerator(
  rows: Tensor,
  options: ClusteredOptions,
): Promise<ClusteredGenerator> {
  const { epsilon, delta, clusters, ledger, signal, onProgress } = options
  const recipe = { ...usualRecipe, ...options.recipe }
  const shape = shapeOf(rows, recipe)
  requireRecipe(recipe, clusters)
  throwIfAborted(signal)
  const price = mixturePrice({ ...recipe, epsilon, delta, clusters })
  requireDrawn(price, shape, recipe, clusters)
  const { losses, clusterNoise } = price
  await ledger?.spendInTurn(
    { what: `a generator of rows from ${clusters} clusters`, losses, delta, unit: 'row' },
    { signal },
  )
  const unit = unitRows(rows)
  const { members, sizes } = clusterRows(unit, clusterOptions(shape, recipe, clusters, clusterNoise), {
    sums: noisyWhole(clusterNoise, grid.longest, systemRandom),
    sizes: noisyWhole(clusterNoise, 1, systemRandom),
  })
  const networks: ClusterNetwork[] = []
  for (const [c, own] of members.entries()) {
    const places = placed(own, capacityOf(sizes[c]!, price.margin, recipe.per), systemRandom)
    const weights = await privateNetwork(rowsAt(unit, shape.columns, places), shape, price, {
      ...options,
      recipe,
      onEpoch: (share) => onProgress?.((c + share) / members.length),
    })
    networks.push({ rows: Math.max(0, sizes[c]!), weights: decoderWeights(weights) })
  }
  return Object.freeze({
    shape,
    clusters: networks,
    spent: { epsilon: price.epsilon, delta, losses },
  })
}

/** Before anything is paid. @throws FrostglassError `usage` for a number out of its range */
function requireRecipe(recipe: MixtureRecipe, clusters: number): void {
  const { rounds, epochs, per, frequencies, hidden, latent, ...sizes } = recipe
  const { share, bandwidth, spread, learningRate, clip } = sizes
  for (const [name, count] of Object.entries({ clusters, rounds, epochs, per, frequencies, hidden, latent }))
    requireCount(name, count)
  for (const [name, size] of Object.entries({ bandwidth, spread, learningRate })) requirePositive(name, size)
  requireClip(clip)
  if (share > 0 && share <= MOST_SHARE) return
  throw new FrostglassError(
    'usage',
    `the clustering’s share is above 0 and at most ${MOST_SHARE}; got ${share}`,
    'Take a fiftieth: clusters need little.',
  )
}

/** Before anything is paid, too. @throws FrostglassError `usage` where noise is too little to be drawn (PROOF.md, section 5) */
function requireDrawn(
  { tail, clusterNoise, clusterReleases, noiseMultiplier, steps }: MixturePrice,
  shape: AutoEncoderShape,
  { frequencies }: MixtureRecipe,
  clusters: number,
): void {
  const sums = clusters * (2 * frequencies + 1)
  requireTail({ delta: tail, noiseMultiplier: clusterNoise, steps: clusterReleases }, sums)
  requireTail({ delta: tail, noiseMultiplier, steps }, countParameters(autoEncoder(shape)).weights)
}

/** How rows of a shape are clustered. @param clusterNoise deviation of a count's noise */
export function clusterOptions(
  { columns }: AutoEncoderShape,
  { rounds, frequencies, bandwidth }: MixtureRecipe,
  clusters: number,
  clusterNoise: number,
): ClusterOptions {
  return {
    columns,
    clusters,
    rounds,
    frequencies,
    bandwidth: bandwidth * Math.sqrt(columns),
    least: ENOUGH * clusterNoise,
    noise: clusterNoise,
    random: systemRandom,
  }
}

/** @throws FrostglassError `shape` unless rows are of floats, in two dimensions */
function shapeOf(rows: Tensor, { hidden, latent, spread }: MixtureRecipe): AutoEncoderShape {
  const [, columns, ...more] = rows.shape
  const isFloats = rows.dtype === 'float32' || rows.dtype === 'float64'
  if (columns === undefined || columns < 1 || more.length > 0 || !isFloats)
    throw new FrostglassError(
      'shape',
      `a generator takes rows of floats, [rows, columns], but these are ${rows.dtype} of [${rows.shape}]`,
      'Divide bytes by 255, and give each row as one line of numbers.',
    )
  return { columns, hidden, latent, spread }
}

/** Numbers from 0 to 1, whatever came. */
const unitRows = ({ data }: Tensor): Float32Array =>
  Float32Array.from(data as Float32Array, (v) => (v > 0 ? Math.min(v, 1) : 0))

/** Rows at places; where none stands, numbers that are none, which training takes for nothing. */
export function rowsAt(rows: Float32Array, columns: number, places: Int32Array): Tensor {
  const data = new Float32Array(places.length * columns).fill(Number.NaN)
  for (const [place, row] of places.entries())
    if (row >= 0) data.set(rows.subarray(row * columns, (row + 1) * columns), place * columns)
  return tensor(data, [places.length, columns])
}

async function privateNetwork(
  x: Tensor,
  shape: AutoEncoderShape,
  { noiseMultiplier, tail }: MixturePrice,
  {
    recipe: { per, epochs, clip, learningRate },
    threads,
    signal,
    onEpoch,
  }: {
    readonly recipe: MixtureRecipe
    readonly threads?: number | undefined
    readonly signal?: AbortSignal | undefined
    readonly onEpoch: (share: number) => void
  },
): Promise<Weights> {
  const model = autoEncoder(shape)
  let weights: Weights = {}
  const trained = trainPrivately(
    model,
    { x, y: x },
    {
      loss,
      optimizer: adam({ learningRate }),
      batch: x.shape[0]! / per,
      epochs,
      clip,
      delta: tail,
      noiseMultiplier,
      threads,
      signal,
    },
  )
  for await (const { record, last, weights: now } of trained) {
    onEpoch(record.epoch / epochs)
    if (last) weights = now()
  }
  return weights
}
