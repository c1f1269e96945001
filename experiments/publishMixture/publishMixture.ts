// Digits drawn of generative networks, private and not, one for all rows and one a cluster: what a classifier learns of them.
// Source: Acs, Melis, Castelluccia and De Cristofaro 2018 (arXiv 1709.04514); src/private/synthesis/mixture.
// Noise of private ones comes from the operating system, so that a second run gives other numbers; its spread is stated.

import { adam, train, type Weights } from '../../src/learn/index.ts'
import {
  type ClusteredGenerator,
  clusteredGenerator,
  clusterOptions,
  type MixtureRecipe,
  rowsAt,
  usualRecipe,
} from '../../src/private/synthesis/mixture/clusteredGenerator.ts'
import { clusterRows } from '../../src/private/synthesis/mixture/clusterRows.ts'
import { drawClustered } from '../../src/private/synthesis/mixture/drawClustered.ts'
import { autoEncoder, loss } from '../../src/private/synthesis/mixture/network.ts'
import type { Work } from '../experiment.ts'
import { digitsOf } from '../images/settings.ts'
import { columns, type Digits, picturesOf, pixels, readDigits } from './digits.ts'
import { membership, taught, taughtDrawn } from './measures.ts'

/** `real`: the rows themselves. */
export type Arm = 'clusters' | 'one network' | 'real'

export interface MixtureTask {
  readonly arm: Arm
  /** 0 where nothing is private. */
  readonly epsilon: number
  readonly seed: number
  readonly images: string
  /** Rows that are learned from. */
  readonly train: number
  /** Whether pictures are kept for the sheet. */
  readonly shown: boolean
}

export interface MixtureAnswer {
  readonly accuracy: number
  /** 0.5 where the attack tells nothing; of real rows not asked. */
  readonly membership: number
  readonly clusters: number
  /** σ of the training. */
  readonly noiseMultiplier: number
  /** ε by the accountant. */
  readonly spent: number
  /** Processor time, of all threads. */
  readonly seconds: number
  /** Bytes of the first pictures, base64. */
  readonly pictures?: string | undefined
}

/** Of (ε, δ): below one over the number of rows. */
export const delta = 1e-6
export const clusters = 10
/** Pictures of a line of the sheet. */
export const shown = 20
/** Rows drawn for the classifier, rows tried by the attack of each kind, and drawn rows that it compares with. */
export const sizes = { drawn: 20_000, candidates: 1000, against: 4000 } as const

export const recipe: MixtureRecipe = usualRecipe
/** Where nothing is private, training is the usual one. */
const usual = { epochs: 5, batch: 128, learningRate: 0.002 } as const

export const publishMixtureWork: Work<MixtureTask, MixtureAnswer> = {
  async tasks(settings) {
    const { quick, seed, seeds = quick ? 1 : 3 } = settings
    const images = await digitsOf(settings)
    const common = { images, train: quick ? 4000 : 50_000 }
    // Those of the first seed first: a run that is stopped has a whole table of one.
    const made = Array.from({ length: seeds }, (_, i) =>
      (quick ? [8, 0] : [3, 1, 8, 0]).flatMap((epsilon) =>
        (['clusters', 'one network'] as const).map((arm) => ({
          ...common,
          arm,
          epsilon,
          seed: seed + i,
          shown: i === 0,
        })),
      ),
    ).flat()
    return [...made, { ...common, arm: 'real', epsilon: 0, seed, shown: true }]
  },
  async run({ arm, epsilon, seed, images, train: rows, shown: isShown }, signal) {
    const { members, others, test } = await readDigits(images, rows)
    const start = process.threadCpuUsage()
    if (arm === 'real') {
      const first = members.rows.data.subarray(0, sizes.drawn * columns) as Float32Array
      const some = { ...members.rows, data: first, shape: [first.length / columns, columns] }
      const accuracy = await taught(picturesOf(some), members.labels.slice(0, some.shape[0]), test, seed)
      return { ...nothing, accuracy, ...(isShown ? { pictures: bytesOf(members.rows) } : {}) }
    }
    const wanted = arm === 'clusters' ? clusters : 1
    const generator = epsilon
      ? await clusteredGenerator(members.rows, {
          epsilon,
          delta,
          clusters: wanted,
          recipe,
          threads: 1,
          signal,
        })
      : await openGenerator(members, wanted, seed)
    const { user, system } = process.threadCpuUsage(start)
    const drawn = await drawClustered(generator, sizes.drawn)
    const { spent } = generator
    return {
      accuracy: await taughtDrawn(drawn, test, seed),
      membership: membership(drawn, members.rows, others.rows, sizes),
      clusters: generator.clusters.length,
      noiseMultiplier: spent?.losses.find((one) => one.kind === 'sampled-gaussian')?.noiseMultiplier ?? 0,
      spent: spent?.epsilon ?? 0,
      seconds: (user + system) / 1e6,
      ...(isShown ? { pictures: bytesOf(drawn) } : {}),
    }
  },
}

const nothing = { membership: 0.5, clusters: 0, noiseMultiplier: 0, spent: 0, seconds: 0 }

type Open = Pick<ClusteredGenerator, 'shape' | 'clusters'> & { readonly spent?: ClusteredGenerator['spent'] }

/** The same clusters and networks without noise. */
async function openGenerator({ rows }: Digits, wanted: number, seed: number): Promise<Open> {
  const shape = { columns, hidden: recipe.hidden, latent: recipe.latent, spread: recipe.spread }
  const asItIs = (sums: Float64Array) => sums
  const found = clusterRows(rows.data as Float32Array, clusterOptions(shape, recipe, wanted, 0), {
    sums: asItIs,
    sizes: asItIs,
  })
  const networks = []
  for (const [c, own] of found.members.entries()) {
    const x = rowsAt(rows.data as Float32Array, columns, own)
    const { epochs, batch, learningRate } = usual
    let weights: Weights = {}
    for await (const epoch of train(
      autoEncoder(shape),
      { x, y: x },
      { loss, optimizer: adam({ learningRate }), epochs, batch, seed, threads: 1 },
    ))
      if (epoch.last) weights = epoch.weights()
    networks.push({ rows: found.sizes[c]!, weights })
  }
  return { shape, clusters: networks }
}

function bytesOf(rows: Digits['rows']): string {
  const { data } = picturesOf(rows)
  const bytes = Uint8Array.from(data.subarray(0, shown * pixels) as Float32Array, (v) => Math.round(255 * v))
  return Buffer.from(bytes).toString('base64')
}
