// A private synthetic table: stated columns, a budget paid before any row is read, a model of noisy tables, rows of the model.
// Source: PROOF.md; McKenna, Miklau and Sheldon 2021; McKenna, Mullins, Sheldon and Miklau 2022.
// It protects a row: who has several is protected less. What the owner states of columns is believed to be known without the rows.

import { basename } from 'node:path'
import { listed } from '../../data/plan.ts'
import type { SourceOptions } from '../../data/source.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { type Turn, turnsFor } from '../../learn/pauses.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import { zcdpToEpsilon } from '../accounting/convert.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { whole } from '../mechanisms/rational.ts'
import { type Account, openAccount, rhoFor, type SynthesisRelease } from './account.ts'
import { adaptiveModel } from './adaptive.ts'
import { type CutColumn, codesOf, evenEdges } from './coding.ts'
import type { SynthesisColumn, SynthesisSchema } from './domain.ts'
import { total } from './graphical/factor.ts'
import { networkOf } from './graphical/network.ts'
import { type DrawnColumn, drawRows, type SynthesisModel } from './model.ts'
import { type Cut, quantileCuts, quantileEdges } from './quantileEdges.ts'
import { codedRows, numbersIn, openStated } from './readRows.ts'
import { treeModel } from './tree.ts'

/** How to synthesise. */
export interface SynthesisOptions extends SourceOptions {
  /** ε, nats, and δ of all that comes out together: for one row added or removed. */
  readonly epsilon: number
  readonly delta: number
  /** What the columns may hold, known without the rows. */
  readonly columns: SynthesisSchema
  /** Pays before any row is read. */
  readonly ledger?: Ledger | undefined
  /** `tree`: pairs of columns that make a tree. `adaptive` (unless given): table after table where the model is worst. */
  readonly method?: 'tree' | 'adaptive' | undefined
  /** How many rows to draw; about as many as there are unless given, which is a noisy number. */
  readonly rows?: number | undefined
  /** The system's generator unless given, as a test does: then nothing is private. */
  readonly random?: RandomSource | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with how much of the budget is spent. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/** A synthetic table. */
export interface Synthesis {
  /** From which rows can be drawn again at no price. */
  readonly model: SynthesisModel
  /** Of each stated column the drawn rows. */
  readonly table: readonly DrawnColumn[]
  readonly releases: readonly SynthesisRelease[]
  readonly warnings: readonly string[]
}

/** ρ that private bins take together, of the whole. */
const EDGES = 0.05
/** Cells of the junction tree beside those of columns alone. More take longer and are, on Adult, no better. */
export const CELLS = 2 ** 15
/** Cells that a pair of columns may have: every pair is counted, if only to be compared. */
const PAIR_CELLS = 2 ** 22
/** Rows that can be drawn at once. */
export const mostRows = 1e8

/**
 * Makes a private synthetic table. No cell of any row makes it fail, and neither does having none.
 * @param path a table file: .csv, .json, .parquet and their kin
 * @throws FrostglassError `usage` for options; `policy` when the ledger refuses; `input`, `io` for what is public about the file;
 * `aborted`: what was paid stays spent
 */
export async function synthesize(path: string, options: SynthesisOptions): Promise<Synthesis> {
  const { epsilon, delta, columns, ledger, method = 'adaptive', random = systemRandom, signal } = options
  const rho = rhoFor(epsilon, delta)
  if (options.rows !== undefined) whole('rows', options.rows, 0, mostRows)
  requireSmallPairs(columns)
  const cuts = cutsOf(columns, rho)
  throwIfAborted(signal)
  const opened = await openStated(path, columns, options)
  const source = await ledger?.sourceOf(path)
  const losses = [{ kind: 'concentrated', rho }] as const
  await ledger?.spendInTurn(
    { what: `a synthetic table (${method})`, losses, delta, unit: 'row', source },
    { signal },
  )
  const rows = await opened.read(signal)
  const account = openAccount(rho, random)
  const coded = cutColumns(rows, options, account, cuts)
  const turn = turnsFor(signal)
  const model = await modelOf(rows, coded, account, options, turn)
  const spent = { epsilon: zcdpToEpsilon(rho, delta), delta, rho }
  const kept: SynthesisModel = { ...model, columns: coded, method, spent, releases: account.releases }
  return {
    model: kept,
    table: await drawRows(kept, options.rows ?? Math.min(kept.rows, mostRows), random, turn),
    releases: account.releases,
    warnings: warningsOf(path, opened.ignored, columns),
  }
}

/** Before anything is paid: of what is stated alone. @throws FrostglassError `usage` */
function requireSmallPairs({ columns }: SynthesisSchema): void {
  const [first, second] = columns
    .map((column) => ({
      name: column.name,
      codes: codesOf(column.kind === 'number' ? { column, edges: evenEdges(column) } : { column }),
    }))
    .toSorted((a, b) => b.codes - a.codes)
  if (!first || !second || first.codes * second.codes <= PAIR_CELLS) return
  throw new FrostglassError(
    'usage',
    `${first.name} and ${second.name} have ${first.codes} × ${second.codes} values together, and a pair of columns may have ${PAIR_CELLS}`,
    'State fewer values, or fewer bins, of one of them; or leave it out.',
  )
}

type Rows = readonly (readonly unknown[])[]

/** Of each column the private quantiles where its bins are to end; before anything is paid. @throws FrostglassError `usage` */
function cutsOf({ columns }: SynthesisSchema, rho: number): readonly (readonly Cut[])[] {
  const priced = columns.filter((column) => column.kind === 'number' && column.edges === 'private').length
  return columns.map((column) =>
    column.kind === 'number' && column.edges === 'private'
      ? quantileCuts(column, (rho * EDGES) / priced)
      : [],
  )
}

/** The columns with where their bins end; private ends are drawn, and paid for. */
function cutColumns(
  rows: Rows,
  { columns: { columns }, nullText }: SynthesisOptions,
  account: Account,
  cuts: readonly (readonly Cut[])[],
): CutColumn[] {
  return columns.map((column, place): CutColumn => {
    if (column.kind === 'category') return { column }
    if (column.edges !== 'private') return { column, edges: evenEdges(column) }
    const numbers = numbersIn(rows, place, column, nullText)
    return { column, edges: quantileEdges(column, cuts[place]!, numbers, account) }
  })
}

async function modelOf(
  rows: Rows,
  columns: readonly CutColumn[],
  account: Account,
  { method, nullText, onProgress }: SynthesisOptions,
  turn: Turn,
): Promise<Pick<SynthesisModel, 'network' | 'rows'>> {
  const coded = await codedRows(rows, columns, nullText, turn)
  const naming = {
    names: columns.map(({ column }) => column.name),
    ordered: columns.map(({ column }) => column.kind === 'number'),
  }
  const fitted =
    method === 'tree'
      ? await treeModel(coded, account, naming, { turn })
      : await adaptiveModel(coded, account, naming, {
          cells: CELLS + coded.sizes.reduce((sum, size) => sum + size, 0),
          turn,
          onProgress,
        })
  return { network: networkOf(fitted, coded.sizes), rows: Math.round(total(fitted.cliques[0]!)) }
}

/** Of what is stated alone: bounds that are whole are mostly those of whole numbers. */
const drawnWithDecimals = (column: SynthesisColumn): boolean =>
  column.kind === 'number' &&
  column.whole === undefined &&
  [...column.bounds, ...(column.alone ?? [])].every(Number.isInteger)

function warningsOf(
  path: string,
  ignored: readonly string[],
  { columns, draftedFrom }: SynthesisSchema,
): string[] {
  const decimals = columns.filter(drawnWithDecimals).map(({ name }) => name)
  return [
    ...(decimals.length > 0
      ? [
          `numbers are drawn with decimals of ${listed(decimals)} ("whole": true in the file of columns says that all are whole, false that they are not)`,
        ]
      : []),
    ...(ignored.length > 0 ? [`columns that are not synthesised: ${listed(ignored)}`] : []),
    ...(draftedFrom !== undefined && basename(path) === draftedFrom
      ? [
          `the columns were drafted from ${draftedFrom}: if that is this very table, bounds and categories tell of its rows`,
        ]
      : []),
  ]
}
