// What is said of the columns of a table: for making a key, and for looking at what it would be.
// Source: ours. A file of columns (--schema) says it whole; single options say it beside what the table shows.
// It does not promise that the table has these columns: openTable refuses those that it has not.

import type { OpenOptions, TableSource } from '../data/index.ts'
import { FrostglassError } from '../errors.ts'
import { readColumnsFile } from './columnsFile.ts'

type Task = 'class' | 'number'

/** `class`, or `column=class`. */
export interface SaidTask {
  /** Undefined where there is one label only. */
  readonly label: string | undefined
  readonly task: Task
}

export interface ColumnOptions {
  readonly label?: string[] | undefined
  readonly task?: SaidTask[] | undefined
  readonly numeric?: string[] | undefined
  readonly categorical?: string[] | undefined
  readonly ignore?: string[] | undefined
  readonly id?: string | undefined
  readonly only?: string[] | undefined
  readonly rare?: number | undefined
  readonly schema?: string | undefined
}

/** What was said of columns: how to open the table, and what its key is to record beside that. */
export type SaidOfColumns = Pick<OpenOptions, 'label' | 'task' | 'columns' | 'take' | 'rare'> & {
  readonly id?: string | undefined
}

/** @throws FrostglassError `usage` for what is said twice */
function taskOf(said: readonly SaidTask[]): Task | Record<string, Task> | undefined {
  const [first, ...more] = said
  if (first === undefined) return undefined
  if (first.label === undefined && more.length === 0) return first.task
  const names = said.map(({ label }) => label)
  if (names.includes(undefined) || new Set(names).size < names.length)
    throw new FrostglassError(
      'usage',
      'it is said twice what a label is',
      'Say --task class of one label, or --task column=class once of each.',
    )
  return Object.fromEntries(said.map(({ label, task }) => [label!, task]))
}

/**
 * The options as the library takes them.
 * @throws FrostglassError `usage` for a column that is said to be two things, and for a schema beside other options
 */
export async function columnOptions(options: ColumnOptions): Promise<SaidOfColumns> {
  const { label = [], numeric = [], categorical = [], ignore = [], id, only, rare, schema } = options
  const task = taskOf(options.task ?? [])
  if (schema !== undefined) {
    if (task ?? id ?? only ?? rare ?? [...label, ...numeric, ...categorical, ...ignore][0])
      throw new FrostglassError(
        'usage',
        `the schema ${schema} says what every column is, and an option says it again`,
        'Leave out the other options, or edit the schema.',
      )
    const file = await readColumnsFile(schema)
    const ids = Object.keys(file.columns).filter((name) => file.columns[name] === 'id')
    if (ids.length > 1)
      throw new FrostglassError(
        'input',
        `${schema}: ${ids.join(' and ')} are both "id"`,
        'Write "ignore" for all of them but one: one column tells whose row it is.',
      )
    const columns = Object.fromEntries(
      Object.entries(file.columns).map(([name, said]) => {
        const kind = typeof said === 'object' ? said.kind : said
        return [name, kind === 'id' ? 'ignore' : kind]
      }),
    )
    const rares = Object.entries(file.columns).flatMap(([name, said]) =>
      typeof said === 'object' ? [[name, said.rare] as const] : [],
    )
    const tasks = file.labels.flatMap((one) =>
      one.task === undefined ? [] : [[one.name, one.task] as const],
    )
    return {
      id: ids[0],
      label: file.labels.length === 0 ? undefined : file.labels.map(({ name }) => name),
      task: tasks.length === 0 ? undefined : Object.fromEntries(tasks),
      columns,
      rare: rares.length === 0 ? undefined : Object.fromEntries(rares),
      take: Object.keys(columns),
    }
  }
  const said = new Map<string, 'numeric' | 'categorical' | 'ignore' | 'id'>()
  for (const [kind, names] of [
    ['numeric', numeric],
    ['categorical', categorical],
    ['ignore', ignore],
    ['id', id === undefined ? [] : [id]],
  ] as const)
    for (const name of names) {
      const before = said.get(name)
      if (
        (before !== undefined && before !== kind) ||
        ((kind === 'ignore' || kind === 'id') && label.includes(name))
      )
        throw new FrostglassError(
          'usage',
          `the column ${name} is said to be two things`,
          `Name it once, with ${label.includes(name) ? '--label' : `--${before}`} or --${kind}.`,
        )
      said.set(name, kind)
    }
  return {
    label: label.length === 0 ? undefined : label,
    task,
    take: only,
    columns: Object.fromEntries([...said].map(([name, kind]) => [name, kind === 'id' ? 'ignore' : kind])),
    rare,
    id,
  }
}

/** What to say of columns that a file of columns does not name. */
export function unnamedColumns(
  { schema }: ColumnOptions,
  { path, ignored }: TableSource,
  { columns = {} }: Pick<OpenOptions, 'columns'>,
): readonly string[] {
  const unnamed = ignored.filter((name) => !Object.hasOwn(columns, name))
  if (schema === undefined || unnamed.length === 0) return []
  const shown = unnamed.slice(0, 8).join(', ') + (unnamed.length > 8 ? ` and ${unnamed.length - 8} more` : '')
  return [`${path}: columns that ${schema} does not name are left out: ${shown}`]
}
