// Synthetic tables of Adult at three ε: columns alone, a tree of pairs, adaptive selection; how near they are, and what they take.
// Source: McKenna, Miklau and Sheldon 2021; McKenna, Mullins, Sheldon and Miklau 2022; src/private/synthesis.
// Noise is drawn from public seeds here, so that a run can be repeated; the product draws it from the system's generator.

import { openAccount, rhoFor } from '../../src/private/synthesis/account.ts'
import { adaptiveModel } from '../../src/private/synthesis/adaptive.ts'
import { type Fitted, fit } from '../../src/private/synthesis/graphical/fit.ts'
import { networkOf } from '../../src/private/synthesis/graphical/network.ts'
import { sampleRows } from '../../src/private/synthesis/sample.ts'
import { singles } from '../../src/private/synthesis/singles.ts'
import { CELLS } from '../../src/private/synthesis/synthesize.ts'
import { treeModel } from '../../src/private/synthesis/tree.ts'
import { seededStream } from '../../src/random/seeded.ts'
import type { Work } from '../experiment.ts'
import { type Adult, readAdult, type TableName } from './adult.ts'
import { type Measures, measuresOf } from './measures.ts'

/** `columns`: each column alone. `real`: the rows themselves for the classifier, other people's for the tables. */
export type Method = 'columns' | 'tree' | 'adaptive' | 'real'

export interface SynthesisTask {
  readonly table: TableName
  readonly method: Method
  /** 0 of real rows. */
  readonly epsilon: number
  readonly delta: number
  readonly seed: number
  readonly data?: string | undefined
}

export interface SynthesisAnswer extends Measures {
  /** Processor time of the model and the rows, without reading and measuring. */
  readonly seconds: number
  readonly releases: number
  /** Cells of the largest clique. */
  readonly cells: number
}

/** δ of all. */
export const delta = 1e-9

export const publishSynthesisWork: Work<SynthesisTask, SynthesisAnswer> = {
  tasks({ quick, seed, seeds = quick ? 1 : 5, data }) {
    const tables: TableName[] = ['full15', 'arx9']
    const epsilons = quick ? [1] : [3, 1, 0.3]
    const private_ = (['adaptive', 'tree', 'columns'] as const).flatMap((method) =>
      tables.flatMap((table) =>
        epsilons.flatMap((epsilon) =>
          Array.from({ length: seeds }, (_, i) => ({ table, method, epsilon, delta, seed: seed + i, data })),
        ),
      ),
    )
    const real = tables.map((table) => ({ table, method: 'real' as const, epsilon: 0, delta, seed, data }))
    return [...private_, ...real]
  },
  async run({ table, method, epsilon, delta, seed, data }) {
    const adult = readAdult(table, data)
    if (method === 'real') {
      const { auc } = measuresOf(adult, adult.train)
      return { ...measuresOf(adult, adult.test), auc, seconds: 0, releases: 0, cells: 0 }
    }
    const { train } = adult
    const stream = seededStream(seed, `synthesis of ${table} by ${method} at ${epsilon}`)
    const random = { uint32: () => Math.floor(stream.uniform() * 2 ** 32) }
    const account = openAccount(rhoFor(epsilon, delta), random)
    const start = process.threadCpuUsage()
    const fitted = await fittedBy(method, adult, account)
    const codes = await sampleRows(
      networkOf(fitted, train.sizes),
      train.sizes,
      train.codes[0]!.length,
      random,
    )
    const { user, system } = process.threadCpuUsage(start)
    return {
      ...measuresOf(adult, { sizes: train.sizes, codes }),
      seconds: (user + system) / 1e6,
      releases: account.releases.length,
      cells: Math.max(...fitted.cliques.map((clique) => clique.length)),
    }
  },
}

async function fittedBy(
  method: Exclude<Method, 'real'>,
  { train, naming }: Adult,
  account: ReturnType<typeof openAccount>,
): Promise<Fitted> {
  if (method === 'tree') return treeModel(train, account, naming)
  if (method === 'adaptive') return adaptiveModel(train, account, naming, { cells: CELLS })
  const { measurements, rows } = await singles(train, account, account.left() * (1 - 1e-9), naming)
  return fit(measurements, train.sizes, { rows, rounds: 20, spread: 1e6 })
}
