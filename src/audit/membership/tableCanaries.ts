// Canaries for training that runs elsewhere: a table with those that the coins put in, and a file of all with their coins.
// Source: Steinke, Nasr and Jagielski 2023; canaries.ts. Whoever trains gets the first file alone.
// It writes the table anew: the label comes last, and 1.50 becomes 1.5.

import { placed } from '../../data/files.ts'
import {
  createTableWriter,
  readTable,
  type TableReading,
  toMatrix,
  type WriterColumn,
} from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { tensor } from '../../graph/index.ts'
import { type Canaries, type CanaryKind, type CanaryOptions, drawCanaries, withCanaries } from './canaries.ts'

/** The column of a canaries' file that says whether the coin put a row in. */
export const coinColumn = 'canary_included'

/** What was written. */
export interface WrittenCanaries {
  /** Rows of the table without canaries. */
  readonly rows: number
  readonly canaries: number
  readonly included: number
  readonly warnings: readonly string[]
}

/**
 * Writes a table with canaries, and the canaries with their coins.
 * @param out the table to train on: .csv, .tsv or .parquet. @param canariesOut the owner's: who has it knows the coins
 * @throws FrostglassError `input` for a label that is no class, `usage` for a column that is called `canary_included`,
 * `io`, and those of reading; none leaves a partial file
 */
export async function writeTableCanaries(
  path: string,
  out: string,
  canariesOut: string,
  options: Omit<CanaryOptions, 'classes' | 'kind'> & {
    readonly kind?: Exclude<CanaryKind, 'lone'> | undefined
  } & TableReading & {
      readonly label: string
      /** Whether files of these names may be replaced; default true. */
      readonly force?: boolean | undefined
      readonly signal?: AbortSignal | undefined
    },
): Promise<WrittenCanaries> {
  const { count, kind, seed, label: labelName, force = true, signal, ...reading } = options
  const abort = signal ? { signal } : {}
  const table = await readTable(path, { ...reading, label: labelName, task: 'class', ...abort })
  const { schema, rows, columns, label } = table
  if (schema.label?.task !== 'class' || label === undefined)
    throw new FrostglassError(
      'input',
      `the label of ${path} is no class`,
      'Take a model of classes: canaries are for classifiers.',
    )
  if (schema.columns.some(({ name }) => name === coinColumn))
    throw new FrostglassError(
      'usage',
      `${path} has a column '${coinColumn}' already`,
      'Take the table without canaries: this one holds some.',
    )
  const { classes } = schema.label
  const width = columns.length
  const data = {
    x: tensor(toMatrix(table), [rows, width], 'float64'),
    y: tensor(Int32Array.from(label), [rows], 'int32'),
  }
  const canaries = drawCanaries(data, {
    count,
    classes: classes.length,
    kind,
    seed,
  })
  const written: WriterColumn[] = [
    ...schema.columns.map(
      (column): WriterColumn =>
        column.kind === 'numeric'
          ? { name: column.name, type: column.integer ? 'integer' : 'double' }
          : { name: column.name, type: 'text', categories: column.categories },
    ),
    { name: schema.label.name, type: 'text', categories: classes },
  ]
  const columnsOf = ({ x, y }: typeof data): ArrayLike<number>[] => [
    ...schema.columns.map((_, j) =>
      Float64Array.from({ length: y.shape[0]! }, (__, i) => x.data[i * width + j] as number),
    ),
    y.data as Int32Array,
  ]
  const whole = await createTableWriter(out, written, { inputs: [path], force, ...abort })
  const aside = await createTableWriter(
    canariesOut,
    [...written, { name: coinColumn, type: 'text', categories: ['0', '1'] }],
    { inputs: [path, out], force, ...abort },
  )
  try {
    await whole.write(columnsOf(withCanaries(data, canaries) as typeof data))
    await aside.write([...columnsOf(canaries.rows as typeof data), canaries.included])
    await placed([...(await aside.ready()), ...(await whole.ready())], out)
  } finally {
    await whole.abort()
    await aside.abort()
  }
  return {
    rows,
    canaries: count,
    included: canaries.included.reduce((sum: number, coin: number) => sum + coin, 0),
    warnings: table.warnings,
  }
}

/**
 * The coins of a file of canaries, in its order; or scores, a number a row.
 * @throws FrostglassError `input` when the column is missing, holds other numbers, or has missing cells
 */
export async function readCoins(path: string): Promise<Canaries['included']> {
  const values = await readNumbers(path, coinColumn)
  const bad = values.findIndex((value) => value !== 0 && value !== 1)
  if (bad >= 0)
    throw new FrostglassError(
      'input',
      `${path}, row ${bad + 1}: ${coinColumn} is neither 0 nor 1`,
      'Take the file as frostglass audit canaries wrote it.',
    )
  return Uint8Array.from(values)
}

/** A column of numbers. @throws FrostglassError `input` when it is missing or has missing cells */
export async function readNumbers(path: string, name: string): Promise<Float64Array> {
  const { columns } = await readTable(path, {
    schema: { columns: [{ name, kind: 'numeric', integer: false }] },
  })
  return columns[0] as Float64Array
}
