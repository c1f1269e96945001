// What a table to learn from says of its labels: of a protected one which columns are labels, so that none becomes a feature.
// Source: manifest.ts of the keyed protection; without a manifest, the names that protect gives.
// A table whose columns were renamed, and which lost its manifest, is any table: its labels are columns like others.

import { columnNames } from '../../data/header.ts'
import type { OpenOptions, TableReading } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { Manifest } from '../../protect/index.ts'
import { isReleasedLabel } from '../../protect/keyed/labels.ts'
import { labelColumns } from '../../protect/keyed/manifest.ts'
import { protectedNames } from '../../protect/keyed/pane.ts'

type Reading = TableReading & Pick<OpenOptions, 'task' | 'columns'>

/**
 * How a table is read to learn one of its labels: the others are left out, and whether it is a class the manifest says.
 * @param manifest beside the table, if there is one
 * @throws FrostglassError `usage` for what is no label of a protected table
 */
export async function readingOfLabel(
  path: string,
  label: string,
  manifest: Manifest | undefined,
  options: Reading = {},
): Promise<{
  readonly reading: Pick<OpenOptions, 'task' | 'columns'>
  readonly warnings: readonly string[]
}> {
  const labels = manifest ? labelColumns(manifest) : []
  const found = labels.find(({ column }) => column === label)
  if (labels.length > 0 && !found)
    throw new FrostglassError(
      'usage',
      `${path} has no label ${label}: it has ${listed(labels)}`,
      'Name one of them with --label.',
    )
  const stray = manifest || !isReleasedLabel(label) ? [] : await strayLabels(path, label, options)
  const others = [...labels.map(({ column }) => column).filter((column) => column !== label), ...stray]
  const task = options.task ?? found?.task
  const columns = {
    ...options.columns,
    ...Object.fromEntries(others.map((name) => [name, 'ignore' as const])),
  }
  return {
    reading: {
      task,
      columns: others.length > 0 || options.columns ? columns : undefined,
    },
    warnings:
      stray.length === 0
        ? []
        : [
            `${path} looks like a protected table and has no manifest beside it: ${stray.join(', ')} look like labels of it and are left out`,
          ],
  }
}

/**
 * Holds stated columns to the same: private training takes what is stated, and says what should not have been.
 * @throws FrostglassError `usage`
 */
export function requireNoOtherLabel(
  path: string,
  manifest: Manifest | undefined,
  label: string,
  columns: readonly { readonly name: string }[],
): void {
  const labels = manifest ? labelColumns(manifest).map(({ column }) => column) : []
  const looks = manifest === undefined && isReleasedLabel(label) && columns.some(({ name }) => name === first)
  const other = columns.find(
    ({ name }) => name !== label && (labels.includes(name) || (looks && isReleasedLabel(name))),
  )
  if (other === undefined) return
  throw new FrostglassError(
    'usage',
    `${path}: ${other.name} is another label, and would be learned from as if it were known of whoever is asked about`,
    'Name the columns to learn from with --columns, without it.',
  )
}

/** Name of the first protected column. */
const first = protectedNames(1)[0]!

const listed = (labels: readonly { readonly column: string }[]) =>
  labels.map(({ column }) => column).join(', ')

/** Columns beside protected ones that are named as labels are that leave. */
async function strayLabels(path: string, label: string, options: Reading): Promise<readonly string[]> {
  const names = await columnNames(path, options)
  if (!names.includes(first)) return []
  return names.filter((name) => name !== label && isReleasedLabel(name))
}
