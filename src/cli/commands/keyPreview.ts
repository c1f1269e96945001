// frostglass key preview: what a key would make of every column of a table, before there is one.

import { writeFileAtomic } from '../../data/files.ts'
import { idLikeColumns } from '../../data/idLike.ts'
import { labelsOf, openTable, type Profile, shownTime, type TableSource } from '../../data/index.ts'
import { oneHotLimits } from '../../protect/keyed/attributes.ts'
import { certainRefusal } from '../../protect/keyed/create.ts'
import { type ColumnOptions, columnOptions, type SaidOfColumns, unnamedColumns } from '../columnOptions.ts'
import type { ColumnsFile } from '../columnsFile.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { table } from '../textTable.ts'

export interface PreviewOptions extends ColumnOptions, ReadingOptions, JsonOption {
  readonly out?: string | undefined
  readonly force?: boolean | undefined
}

/** One column, as it is shown. */
interface Previewed {
  readonly column: string
  readonly kind: 'numeric' | 'categorical' | 'label' | 'id' | 'left out'
  /** Its range, or how many categories it has and the first of them. */
  readonly values: string
  readonly missing: number
  readonly becomes: string
}

/** What `frostglass key preview` does. */
export async function preview(path: string, options: PreviewOptions): Promise<void> {
  const { out } = options
  if (out !== undefined) {
    await requireDistinct(out, [path, options.schema])
    await requireFree(out, options.force)
  }
  const { id, ...said } = await columnOptions(options)
  // A look refuses no missing cell: they are counted, and filled for nobody.
  const missing = options.missing === 'error' ? 'mean' : options.missing
  const reading = readingOptions({ ...options, missing })
  const source = await openTable(path, { ...reading, ...said, labelsMayMiss: true })
  try {
    const { rows, columns, ...found } = await previewed(source, options, id)
    const warnings = [...found.warnings, ...unnamedColumns(options, source, said)]
    if (out !== undefined)
      await writeFileAtomic(
        out,
        `${JSON.stringify(columnsFile(source, await source.summary(), id, said.columns), null, 2)}\n`,
        {
          mode: 0o644,
          force: options.force ?? false,
        },
      )
    warn(options.json, warnings)
    print(options.json, { rows, columns, warnings, out }, () =>
      [
        table(
          ['column', 'kind', 'values', 'missing', 'becomes'],
          columns.map((c) => [c.column, c.kind, c.values, String(c.missing), c.becomes]),
        ),
        counted(rows, 'row'),
        ...(out === undefined ? [] : [`wrote ${out}`]),
      ].join('\n'),
    )
  } finally {
    source.close()
  }
}

async function previewed(source: TableSource, { missing }: PreviewOptions, id: string | undefined) {
  const profile = await source.summary()
  const { schema } = source
  const columns = schema.columns.map((column, j): Previewed => {
    const facts = profile.columns[j]!
    const becomes =
      facts.missing > 0 && missing === 'error'
        ? 'refused: missing cells (--missing)'
        : column.kind === 'numeric'
          ? 'one number'
          : becomesOf(column.categories.length)
    return {
      column: column.name,
      kind: column.kind,
      values: valuesOf(facts, column.kind === 'numeric' ? column.time : undefined),
      missing: facts.missing,
      becomes,
    }
  })
  for (const [i, { name, task }] of labelsOf(schema).entries()) {
    const facts = profile.columns[schema.columns.length + i]!
    columns.push({
      column: name,
      kind: 'label',
      values: valuesOf(facts),
      missing: facts.missing,
      becomes:
        facts.missing > 0
          ? 'refused: a missing label (--missing drop leaves out such rows)'
          : task === 'class'
            ? 'a hidden class'
            : 'a hidden number',
    })
  }
  for (const column of source.ignored)
    columns.push(
      column === id
        ? { column, kind: 'id', values: '', missing: 0, becomes: 'nothing; encode brings it along as it is' }
        : { column, kind: 'left out', values: '', missing: 0, becomes: 'nothing' },
    )
  const ids = idLikeColumns(profile, schema.columns)
  const refusal = await certainRefusal(source)
  const warnings = [
    ...source.warnings,
    ...ids.map(idWarning),
    ...(refusal === undefined ? [] : [`key create would refuse this table: ${refusal}`]),
  ]
  return { rows: profile.rows, columns, warnings }
}

function becomesOf(categories: number): string {
  const most = oneHotLimits.categories
  if (categories <= most) return `${counted(categories, 'number')}, or one (--encoding ordinal)`
  return `refused: more than ${most} categories (--encoding ordinal, --rare, --ignore, or --id)`
}

/** What to say of a column that looks like an id. */
export const idWarning = (name: string): string =>
  `column '${name}' looks like an id, which tells a model nothing: say so (--id ${name}), and it is neither learned nor protected, and comes along when rows are asked about; or leave it out (--ignore ${name})`

function valuesOf(facts: Profile['columns'][number], time?: 'days' | 'seconds'): string {
  if (facts.kind === 'numeric' && time !== undefined)
    return `${shownTime(facts.min, time)} … ${shownTime(facts.max, time)}`
  if (facts.kind === 'numeric') return `${facts.min} … ${facts.max}${facts.integer ? ', whole' : ''}`
  const texts = [...facts.counts.keys()]
  const first = texts.slice(0, 3).map((text) => (text.length > 16 ? `${text.slice(0, 15)}…` : text))
  return `${texts.length}: ${first.join(', ')}${texts.length > 3 ? ', …' : ''}`
}

function columnsFile(
  { schema, ignored }: TableSource,
  found: Profile,
  id: string | undefined,
  said: SaidOfColumns['columns'] = {},
): ColumnsFile {
  const labels = labelsOf(schema).map(({ name, task }) => ({ name, task }))
  const [label] = labels
  return {
    format: 'frostglass-columns',
    ...(labels.length > 1
      ? { version: 2, labels }
      : { version: 1, ...(label ? { label: label.name, task: label.task } : {}) }),
    columns: Object.fromEntries([
      ...schema.columns.map(({ name, kind }, j) => {
        const facts = found.columns[j]!
        const rare = facts.kind === 'categorical' ? facts.bucket?.least : undefined
        return [name, rare === undefined ? kind : { kind: 'categorical' as const, rare }] as const
      }),
      // Of whole numbers said to be classes the task alone would not make texts.
      ...labels.flatMap(({ name }) => (Object.hasOwn(said, name) ? [[name, said[name]!] as const] : [])),
      ...ignored.map((name) => [name, name === id ? 'id' : 'ignore'] as const),
    ]),
  }
}
