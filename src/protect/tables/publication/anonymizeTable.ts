// From a file of rows about people to a file that may be published: roles, hierarchies, models, a method, and the manifest beside it.
// Source: docs/how-to/anonymize-a-table.md.
// Columns that nobody named are left out. It does not say whether what is asked is enough: the audit measures what is given away.

import { readTextColumns, type TextColumns } from '../../../data/index.ts'
import type { SourceOptions } from '../../../data/source.ts'
import { valueReader } from '../../../data/textColumns.ts'
import { withComma } from '../../../data/textValues.ts'
import { FrostglassError, printable } from '../../../errors.ts'
import type { CodedTableColumn } from '../codedTable.ts'
import type { Hierarchy } from '../hierarchy.ts'
import type { PrivacyModel } from '../model.ts'
import { writePublication } from '../publishTable.ts'
import { loss } from '../quality/loss.ts'
import { makeQuality, type QualityOptions } from '../quality/qualities.ts'
import type { QualityModel } from '../quality.ts'
import type { SearchResult } from '../search/search.ts'
import { passAlone } from './alone.ts'
import { manifestFile, type PublicationManifest, type Published, publicationManifest } from './manifest.ts'
import { type Coarser, coarsen, type Method } from './methods.ts'
import { type AskedModel, askedModels, readModelOption } from './modelOption.ts'
import { readRoles, readRules, requireRoles, type StatedRoles } from './statedRoles.ts'
import { warningsOf } from './warnings.ts'

/** What is to be published, and what is asked of it. */
export interface AnonymizeRequest {
  /** Columns by which others could know a person. */
  readonly quasi: readonly string[]
  /** Columns that nobody may learn; they are published as they are. */
  readonly sensitive?: readonly string[] | undefined
  /** Columns that come along as they are. All others are left out. */
  readonly keep?: readonly string[] | undefined
  /** As `--model` takes them: `k-anonymity:k=5`, `t-closeness:t=0.2,column=illness`. All hold together. */
  readonly models: readonly string[]
  /** As `--hierarchy` takes them, one a column: `age=interval:0,5,10`. */
  readonly hierarchies?: readonly string[] | undefined
  /** A folder of hierarchies, `age.csv` a column, as ARX writes them. */
  readonly folder?: string | undefined
  /** By quasi-identifier how much its loss counts; 1 if absent. */
  readonly weights?: Readonly<Record<string, number>> | undefined
  /** What is lost least: a name of docs/tables.md#losses and its settings. Default: `loss`. */
  readonly quality?: ({ readonly name: string } & QualityOptions) | undefined
  /** Share of the rows that may be left out; 0 unless said, and of `local` whatever is left over. */
  readonly suppression?: number | undefined
  /** Default: `exact` up to two million nodes of the lattice, else `heuristic`. */
  readonly method?: Method | undefined
  /** Of `mondrian`: rows that are equal may be parted. */
  readonly relaxed?: boolean | undefined
  /** How long a heuristic search may take. */
  readonly seconds?: number | undefined
  /** A file of people that anybody has, with the quasi-identifiers as columns. */
  readonly list?: string | undefined
}

/** How files are read and written. */
export interface AnonymizeOptions {
  readonly reading?: SourceOptions | undefined
  readonly force?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Nodes of the lattice that are settled, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** What was published, and what an audit of it takes beside the published table. */
export interface Anonymized {
  readonly manifest: PublicationManifest
  readonly warnings: readonly string[]
  readonly evidence: {
    /** The columns that were named, as they were. */
    readonly original: TextColumns
    readonly quasi: readonly string[]
    readonly sensitive: readonly string[]
    /** Of quasi-identifiers, where they were stated. */
    readonly hierarchies: ReadonlyMap<string, Hierarchy>
    readonly list?: TextColumns | undefined
    /** Of one node for all rows. */
    readonly algorithm?:
      | {
          readonly levels: readonly number[]
          readonly models: readonly PrivacyModel[]
          readonly suppression: number
        }
      | undefined
    /** Of local recoding. */
    readonly rounds?: Coarser['rounds']
  }
  /** Of one node: what was found of it and of those around it, and the highest level of each quasi-identifier. */
  readonly lattice?: { readonly node: SearchResult; readonly heights: readonly number[] } | undefined
}

/**
 * Publishes a table. Both files appear, or neither does.
 * @param out .csv, .tsv (both also .gz) or .parquet; the manifest goes beside it
 * @throws FrostglassError `usage` for what does not fit together; `input` for a table, a hierarchy or a list that is not what it must be,
 * or where nothing passes (the nearest is named); `policy` where a partition does not pass; `io`, `aborted`
 * @example await anonymizeTable('people.csv', { quasi: ['age'], models: ['k-anonymity:k=5'], hierarchies: ['age=interval:0,5'] }, 'out.csv')
 */
export async function anonymizeTable(
  path: string,
  request: AnonymizeRequest,
  out: string,
  options: AnonymizeOptions = {},
): Promise<Anonymized> {
  const { reading = {}, signal, onProgress, force = true } = options
  const stated = statedOf(request)
  requireRoles(stated)
  const { quasi, sensitive } = stated
  const { keep = [], suppression = request.method === 'local' ? 1 : 0 } = request
  requireApart(stated, keep)
  requireTimed(request)
  const { asked, models } = askedModels(request.models.map(readModelOption), sensitive)
  const quality = qualityOf(request)
  const read = (file: string, names: readonly string[]) =>
    readTextColumns(file, { ...reading, signal, names })
  const original = await read(path, [...quasi, ...sensitive, ...keep])
  requireEnough(asked, original)
  const list = request.list === undefined ? undefined : await read(request.list, quasi)
  const roles = await readRoles(original, stated, list, (column) => valueReader(original, column))
  const coarser = await coarsen(
    original,
    roles,
    { models, quality, suppression },
    {
      method: request.method,
      relaxed: request.relaxed,
      failsBelow: failsBelow(request, asked),
      milliseconds: request.seconds === undefined ? undefined : 1000 * request.seconds,
      signal,
      onProgress: ({ settled, nodes }) => onProgress?.(settled, nodes),
    },
    list,
  )
  const alone = passAlone(coarser, roles, models)
  const warnings = warningsOf(request, { original, roles, asked, models, alone, coarser })
  const manifest = await write(
    out,
    {
      coarser: { ...coarser, columns: coarser.columns.map((column) => asWritten(column, original)) },
      roles,
      keep,
      models: asked.map((one, i) => ({ ...one, says: models[i]!.says, alone: alone[i] })),
      quality: coarser.method === 'mondrian' ? null : { name: quality.name, says: quality.says },
      suppression,
      warnings,
    },
    {
      text: original.writing,
      inputs: [...original.files, ...(list?.files ?? [])],
      force,
      signal,
    },
  )
  const { node, rounds, notes = [] } = coarser
  return {
    manifest,
    warnings: [...warnings, ...notes],
    evidence: {
      original,
      quasi,
      sensitive,
      hierarchies: new Map(
        roles.quasi.filter((one) => one.stated).map(({ name, hierarchy }) => [name, hierarchy]),
      ),
      list,
      algorithm: node && { levels: node.levels, models, suppression },
      rounds,
    },
    lattice: node && { node, heights: roles.quasi.map(({ hierarchy }) => hierarchy.levels.length - 1) },
  }
}

const columnIn = ({ columns }: TextColumns, wanted: string) => columns.find(({ name }) => name === wanted)!

/** Cells that are numbers still, as the original has them: with its commas. */
function asWritten(column: CodedTableColumn, original: TextColumns): CodedTableColumn {
  if (!columnIn(original, column.name).decimalComma) return column
  return { ...column, values: column.values.map(withComma) }
}

async function write(
  out: string,
  published: Published,
  writing: Parameters<typeof writePublication>[2],
): Promise<PublicationManifest> {
  let manifest: PublicationManifest | undefined
  await writePublication(out, published.coarser, {
    ...writing,
    digest: true,
    beside: ({ digest }) => {
      manifest = publicationManifest(out, published, digest!)
      return manifestFile(out, manifest)
    },
  })
  return manifest!
}

/** Reads what is stated in the words of the command line. @throws FrostglassError `usage` */
function statedOf({
  quasi,
  sensitive = [],
  hierarchies = [],
  folder,
  weights = {},
}: AnonymizeRequest): StatedRoles {
  return {
    quasi,
    sensitive,
    rules: readRules(hierarchies),
    folder,
    weights: new Map(Object.entries(weights)),
  }
}

/** @throws FrostglassError `usage` for a time of what takes as long as it takes */
function requireTimed({ method, seconds }: AnonymizeRequest): void {
  if (seconds === undefined || method === undefined || method === 'heuristic') return
  throw new FrostglassError(
    'usage',
    `only a heuristic search has a time, and ${method} is none`,
    'Say --method heuristic, or leave --time out.',
  )
}

/** @throws FrostglassError `usage` for a column that is kept and has a role, or is kept twice */
function requireApart({ quasi, sensitive }: StatedRoles, keep: readonly string[]): void {
  const twice = keep.find((name, i) => [...quasi, ...sensitive].includes(name) || keep.indexOf(name) !== i)
  if (twice !== undefined)
    throw new FrostglassError(
      'usage',
      `column '${printable(twice)}' is named twice`,
      'A column is a quasi-identifier, sensitive, or kept as it is, once.',
    )
}

/** Local recoding's own default is ARX's: suppressed rows cost no more than their labels. */
function qualityOf({ quality, method }: AnonymizeRequest): QualityModel {
  if (method === 'mondrian' && quality !== undefined)
    throw new FrostglassError(
      'usage',
      'mondrian cuts the widest column, and compares no loss',
      'Leave --quality, --balance and --aggregate out, or search the lattice.',
    )
  if (quality === undefined) return method === 'local' ? loss({ balance: 0 }) : loss()
  const { name, ...settings } = quality
  const isLocal = method === 'local' && name === 'loss' && settings.balance === undefined
  return makeQuality(name, isLocal ? { ...settings, balance: 0 } : settings)
}

/** k, where the reader of rounds knows that every finer node failed: k-anonymity alone, and suppressed rows that cost nothing more. */
function failsBelow({ quality, method }: AnonymizeRequest, asked: readonly AskedModel[]): number | undefined {
  const [only, ...more] = asked
  const isFree = quality === undefined || (quality.name === 'loss' && (quality.balance ?? 0) === 0)
  return method === 'local' && isFree && only?.name === 'k-anonymity' && more.length === 0
    ? Number(only.parameters['k'])
    : undefined
}

/** @throws FrostglassError `input` where no class can be as large as it must */
function requireEnough(asked: readonly AskedModel[], { rows, path }: TextColumns): void {
  for (const { name, parameters } of asked) {
    const k = Number(parameters['k'])
    if ((name === 'k-anonymity' || name === 'alpha-k-anonymity') && k > rows)
      throw new FrostglassError(
        'input',
        `k is ${k}, and ${path} has ${rows} rows: no class can have as many`,
        'Ask for a smaller k, or do not publish rows of so few people.',
      )
  }
}
