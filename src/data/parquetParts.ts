// Several Parquet files as one table: those of a folder, or those that a pattern names, in the order of their names.
// Source: names that begin with . or _ are hidden, as Spark, Hive and Arrow have it.
// It looks into no folder below, and takes nothing from the names of folders (year=2024).

import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { FrostglassError } from '../errors.ts'
import { fileError } from './files.ts'

/** Files that are one table. */
export type Parts = { readonly files: readonly string[]; readonly remarks: readonly string[] }

const isHidden = (name: string) => /^[._]/.test(name)
const isParquet = (name: string) => /\.parquet$/i.test(name)

/** @throws FrostglassError `input` for a folder that is no such table, `io` */
export async function partsIn(folder: string): Promise<Parts> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw fileError(error, folder, 'reading')
  })
  const seen = entries.filter(({ name }) => !isHidden(name))
  const names = seen.map(({ name }) => name).filter(isParquet)
  const texts = seen.map(({ name }) => name).filter((name) => /\.(csv|tsv)(\.gz)?$/i.test(name))
  if (names.length === 0)
    throw new FrostglassError(
      'input',
      `${folder} is a folder, expected a table file`,
      texts.length > 1
        ? 'Put them together first, or save them as Parquet: several CSV files are not read as one table.'
        : 'Name a file in it; of a folder the .parquet files in it are one table.',
    )
  const below = seen.find((entry) => entry.isDirectory() && !isParquet(entry.name))
  const other = texts[0] ?? below?.name
  if (other !== undefined)
    throw new FrostglassError(
      'input',
      `${folder} is a folder of .parquet files and of ${other}, which would be left out`,
      `Name what is to be read: '${join(folder, '*.parquet')}'.`,
    )
  return partsOf(
    folder,
    names,
    entries.map(({ name }) => name).filter((name) => isHidden(name) && isParquet(name)),
  )
}

/** Whether the last part of a path is a pattern. */
export const isPattern = (path: string): boolean => /[*?[]/.test(basename(path))

/** @throws FrostglassError `input` for a pattern that names nothing, or what is no Parquet */
export async function partsMatching(pattern: string): Promise<Parts> {
  const [folder, last] = [dirname(pattern), basename(pattern)]
  const all = await readdir(folder).catch((error) => {
    throw fileError(
      error,
      /[*?[]/.test(folder) ? `${pattern}: a pattern in the name of a folder` : folder,
      'reading',
    )
  })
  const expression = expressionOf(last)
  const matching = all.filter((name) => expression.test(name))
  const names = matching.filter((name) => !isHidden(name) || name[0] === last[0])
  if (names.length === 0)
    throw new FrostglassError('input', `${pattern}: no file has such a name`, 'Check the pattern.')
  const other = names.find((name) => !isParquet(name))
  if (other !== undefined)
    throw new FrostglassError(
      'input',
      `${join(folder, other)} is no .parquet file, and several files are one table in Parquet alone`,
      'Put several text files together first, or save them as Parquet.',
    )
  return partsOf(
    folder,
    names,
    matching.filter((name) => !names.includes(name)),
  )
}

async function partsOf(folder: string, names: readonly string[], hidden: readonly string[]): Promise<Parts> {
  const files = [...names].sort().map((name) => join(folder, name))
  for (const file of files) {
    const status = await stat(file).catch((error) => {
      throw fileError(error, file, 'reading')
    })
    if (!status.isFile())
      throw new FrostglassError('input', `${file} is no file`, 'Name the files that are to be read.')
  }
  const remarks =
    hidden.length === 0
      ? []
      : [
          `${folder}: ${hidden[0]}${hidden.length > 1 ? ` and ${hidden.length - 1} more` : ''} left out: names that begin with . or _ are hidden`,
        ]
  return { files, remarks }
}

/** * is any text, ? one character, [ab] one of these and [!ab] none of them. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/\*|\?|\[(!?)([^\]]+)\]|[^*?[]+|\[/g, (part, not, members) => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    if (members !== undefined) return `[${not === '!' ? '^' : ''}${members.replace(/[\\^]/g, '\\$&')}]`
    return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  })
  return new RegExp(`^${source}$`, 'su')
}

/** Names and types of the columns of a file. */
export type Columns = { readonly names: readonly string[]; readonly types: readonly string[] }

/**
 * Columns may stand in another order in each file: that of the first is the table's.
 * @param columnsOf reads them off a file
 * @throws FrostglassError `input` naming the first file and column that is unlike the first file's
 */
export async function requireAlike(
  connection: DuckDBConnection,
  files: readonly string[],
  columnsOf: (connection: DuckDBConnection, file: string) => Promise<Columns>,
): Promise<Columns> {
  const [first, ...others] = files as [string, ...string[]]
  const wanted = await columnsOf(connection, first)
  for (const file of others) {
    const found = await columnsOf(connection, file)
    const unlike = (what: string) =>
      new FrostglassError(
        'input',
        `${file}: ${what}`,
        'Write it with the columns and types of the others, or name the files that have them: all files of one table do.',
      )
    const extra = found.names.find((name) => !wanted.names.includes(name))
    if (extra !== undefined) throw unlike(`it has a column ${extra}, and ${first} has none`)
    wanted.names.forEach((name, j) => {
      const at = found.names.indexOf(name)
      if (at < 0) throw unlike(`it has no column ${name}, and ${first} has one`)
      if (found.types[at] !== wanted.types[j])
        throw unlike(`column ${name} is ${found.types[at]}, and in ${first} it is ${wanted.types[j]}`)
    })
  }
  return wanted
}

/**
 * Refuses an output that would be one of the files of its own table when that is read again.
 * @throws FrostglassError `usage`
 */
export function requireApart(
  output: string,
  { path, files }: { readonly path: string; readonly files: readonly string[] },
): void {
  if (files.length === 0 || (files.length === 1 && files[0] === path) || !isParquet(output)) return
  if (dirname(resolve(output)) !== dirname(resolve(files[0]!))) return
  throw new FrostglassError(
    'usage',
    `${output} would stand among the files that are read as ${path}`,
    'Write it to another folder.',
  )
}
