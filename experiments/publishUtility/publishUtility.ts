// Adult raw, k-anonymous by one node and by Mondrian, and synthetic: what a classifier learns of it, and what it tells of people.
// Source: published tables are made as `frostglass anonymize` makes them; synthetic ones as `frostglass synthesize`, with noise of public seeds.
// Risk is what one attack got: the same for all, and no bound.

import { openAccount, rhoFor } from '../../src/private/synthesis/account.ts'
import { adaptiveModel } from '../../src/private/synthesis/adaptive.ts'
import { networkOf } from '../../src/private/synthesis/graphical/network.ts'
import { sampleRows } from '../../src/private/synthesis/sample.ts'
import { CELLS } from '../../src/private/synthesis/synthesize.ts'
import { codedTableOf } from '../../src/protect/tables/codeTexts.ts'
import { kAnonymity } from '../../src/protect/tables/models/kAnonymity.ts'
import { coarsen } from '../../src/protect/tables/publication/methods.ts'
import { loss } from '../../src/protect/tables/quality/loss.ts'
import { seededStream } from '../../src/random/seeded.ts'
import type { Work } from '../experiment.ts'
import { inferred } from './attack.ts'
import { taught } from './classifier.ts'
import { hidden, label, type People, quasi, readPeople } from './people.ts'
import { type Released, releasedOf } from './released.ts'

export const kinds = ['raw', 'one node', 'Mondrian', 'synthetic'] as const
export type Kind = (typeof kinds)[number]

export interface UtilityTask {
  readonly kind: Kind
  /** k, or ε; 0 of raw rows. */
  readonly at: number
  readonly seed: number
  readonly attempts: number
  readonly data?: string | undefined
}

export interface UtilityAnswer {
  readonly rows: number
  readonly auc: number
  readonly main: number
  readonly control: number
  readonly risk: number
  readonly interval: readonly [low: number, high: number]
}

/** Share of the rows that a node may leave out; δ of synthetic rows. */
export const suppression = 0.05
export const delta = 1e-9

export const publishUtilityWork: Work<UtilityTask, UtilityAnswer> = {
  tasks({ quick, seed, seeds = quick ? 1 : 3, data }) {
    const attempts = quick ? 500 : 9000
    const classes = quick ? [5] : [2, 5, 10, 25, 50, 100]
    const epsilons = quick ? [1] : [0.3, 1, 3]
    const each = (kind: Kind, at: readonly number[], many = 1) =>
      at.flatMap((one) =>
        Array.from({ length: many }, (_, i) => ({ kind, at: one, seed: seed + i, attempts, data })),
      )
    return [
      ...each('synthetic', epsilons, seeds),
      ...each('raw', [0]),
      ...each('Mondrian', classes),
      ...each('one node', classes),
    ]
  },
  async run({ kind, at, seed, attempts, data }) {
    const people = readPeople(data)
    const released = await releasedBy(kind, at, seed, people)
    const { main, control, value, interval } = inferred(released, people.inside, people.outside, attempts)
    return {
      rows: released.rows,
      auc: await taught(released, people.outside, seed),
      main,
      control,
      risk: value,
      interval,
    }
  },
}

async function releasedBy(kind: Kind, at: number, seed: number, people: People): Promise<Released> {
  const { inside, hierarchies } = people
  if (kind === 'raw') return releasedOf(people, inside)
  if (kind === 'synthetic') return releasedOf(people, await synthetic(at, seed, people))
  const roles = {
    quasi: quasi.map((name, j) => ({ name, hierarchy: hierarchies[j]!, weight: undefined, stated: true })),
    sensitive: [{ name: hidden }, { name: label }],
    warnings: [],
  }
  const isNode = kind === 'one node'
  const { columns, kept } = await coarsen(
    inside,
    roles,
    { models: [kAnonymity({ k: at })], quality: loss(), suppression: isNode ? suppression : 0 },
    { method: isNode ? 'exact' : 'mondrian' },
  )
  return releasedOf(people, { rows: inside.rows, columns }, kept)
}

/** As many synthetic rows as there are. The exact number is what the product would not use. */
async function synthetic(epsilon: number, seed: number, { inside, hierarchies }: People) {
  const sizes = hierarchies.map(({ leaves }) => leaves.length)
  const rows = { sizes, codes: inside.columns.map(({ codes }) => Int32Array.from(codes)) }
  const stream = seededStream(seed, `utility of synthetic rows at ${epsilon}`)
  const random = { uint32: () => Math.floor(stream.uniform() * 2 ** 32) }
  const account = openAccount(rhoFor(epsilon, delta), random)
  const naming = { names: inside.columns.map(({ name }) => name), ordered: sizes.map(() => false) }
  const fitted = await adaptiveModel(rows, account, naming, { cells: CELLS })
  const codes = await sampleRows(networkOf(fitted, sizes), sizes, inside.rows, random)
  return codedTableOf(
    inside.columns.map(({ name }, j) => ({
      name,
      values: hierarchies[j]!.leaves,
      codes: Uint32Array.from(codes[j]!),
    })),
  )
}
