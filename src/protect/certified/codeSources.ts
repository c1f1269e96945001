// What a code pane is made of: rows, what is asked of them, whose they are, and what is to stay hidden, from images or a table.
// Source: ours. A number that is to stay hidden is cut at the terciles of training rows, so it waits for the split.
// A hidden column of a table stays among the features: the pane runs where it is known anyway.

import {
  type ImageAttributeName,
  imageAttributeNames,
  measuredValues,
  tercileCuts,
  tercileOf,
} from '../../data/images/attributes.ts'
import { imageTensor, type Labels } from '../../data/images/imageSet.ts'
import { colorNames } from '../../data/images/synthetic.ts'
import { type ImageSet, type OpenOptions, openTable, type TableReading } from '../../data/index.ts'
import type { ColumnSchema } from '../../data/schema.ts'
import { FrostglassError } from '../../errors.ts'
import { type Tensor, tensor } from '../../graph/index.ts'
import type { CodePaneCard } from './codePane.ts'

/** A class of each row, or a number of each row that is yet to be cut. */
export type Hidden = Labels | Float64Array

/** What a pane takes of all rows. */
export interface CodeInputs {
  /** uint8 [rows, channels, height, width], or float64 [rows, features]. */
  readonly x: Tensor
  /** The columns that features are of; null for images. */
  readonly columns: CodePaneCard['columns']
}

/** Rows that are not split yet. */
export interface CodeSource {
  readonly name: string
  /** What the pane takes, by what the training rows have: a text that they lack is no feature. */
  readonly inputs: (train: Int32Array) => CodeInputs
  readonly label: Labels
  /** The unit of each row. */
  readonly units: readonly string[]
  /** What a unit is, in a word. */
  readonly unit: string
  /** What is to stay hidden, by name. */
  readonly hidden: Readonly<Record<string, Hidden>>
  readonly warnings: readonly string[]
}

/** What is asked, hidden and independent, by name. */
export interface CodeNames {
  readonly hide: readonly string[]
  readonly label?: string | undefined
  /** Absent: every row is a unit of its own. */
  readonly unit?: string | undefined
}

/**
 * Images: what is hidden is `slant`, `thickness` or `colour`, measured, an attribute of the set, or `folder`, its classes. What is
 * asked are its classes, or an attribute.
 * @throws FrostglassError `usage` for a name that the set has not, `input` where images have no classes
 */
export function imageSource(set: ImageSet, { hide, label = 'folder', unit }: CodeNames): CodeSource {
  const classes = (name: string): Labels => {
    const found = name === 'folder' ? set.labels : set.attributes[name]
    if (found) return found
    const known = [...(set.labels ? ['folder'] : []), ...Object.keys(set.attributes)]
    throw new FrostglassError(
      'usage',
      `the images of ${set.name} have no '${name}'`,
      `Name ${[...known, ...imageAttributeNames].join(', ')}.`,
    )
  }
  const owners = unit === undefined ? undefined : classes(unit)
  const measured = (name: string): name is ImageAttributeName =>
    (imageAttributeNames as readonly string[]).includes(name) && !Object.hasOwn(set.attributes, name)
  return {
    name: set.name,
    inputs: () => ({ x: imageTensor(set), columns: null }),
    label: classes(label),
    units: Array.from({ length: set.count }, (_, i) =>
      owners ? owners.names[owners.of[i]!]! : `image ${i + 1}`,
    ),
    unit: unit ?? 'image',
    hidden: byName(hide, (name) => (measured(name) ? measuredHidden(set, name) : classes(name))),
    warnings: [],
  }
}

function measuredHidden(set: ImageSet, name: ImageAttributeName): Hidden {
  const values = measuredValues(set, name)
  return name === 'colour' ? { names: colorNames, of: Int32Array.from(values) } : values
}

/**
 * A table: what is hidden are columns, or the label. The unit's column is no feature.
 * @throws FrostglassError `usage`, `input` as `openTable` does, for a label that is no class and a unit that is missing
 */
export async function tableSource(
  path: string,
  { hide, label, unit }: CodeNames & { readonly label: string },
  reading: TableReading & Pick<OpenOptions, 'signal'> = {},
): Promise<CodeSource> {
  if (reading.missing === 'mean' || reading.missing === 'median')
    throw new FrostglassError(
      'unsupported',
      `the ${reading.missing} of a column is of all rows, and the calibration rows may play no part in a pane`,
      'Drop the rows that have missing cells (--missing drop), or fill them before.',
    )
  const carry = unit === undefined ? [] : [unit]
  const source = await openTable(path, { ...reading, label, task: 'class', carry })
  try {
    const { columns, label: asked } = source.schema
    if (asked?.task !== 'class') throw new TypeError('a label of classes was asked for')
    const values: number[][] = columns.map(() => [])
    const of: number[] = []
    const units: string[] = []
    for await (const chunk of source.chunks({ signal: reading.signal })) {
      chunk.columns.forEach((column, j) => {
        for (const value of column) values[j]!.push(value)
      })
      for (const value of chunk.label!) of.push(value)
      for (let i = 0; i < chunk.rows; i++) units.push(chunk.carried[0]?.[i] ?? `row ${units.length + 1}`)
    }
    const missing = units.indexOf('')
    if (missing >= 0)
      throw new FrostglassError(
        'input',
        `${path}: row ${missing + 1} has no '${unit}'`,
        'Say whose every row is.',
      )
    const classes = { names: asked.classes, of: Int32Array.from(of) }
    return {
      name: path,
      inputs: (train) => featuresOf(columns, values, train),
      label: classes,
      units,
      unit: unit ?? 'row',
      hidden: byName(hide, (name) => (name === label ? classes : hiddenColumn(columns, values, name, path))),
      warnings: source.warnings,
    }
  } finally {
    source.close()
  }
}

/** Numbers as they are, a category as one feature for each of its texts among the training rows. */
function featuresOf(
  columns: readonly ColumnSchema[],
  values: readonly (readonly number[])[],
  train: Int32Array,
): CodeInputs {
  const seen = columns.map((column, j) =>
    column.kind === 'categorical'
      ? [...new Set(Array.from(train, (row) => values[j]![row]!))].sort((a, b) => a - b)
      : undefined,
  )
  const width = seen.reduce((sum, codes) => sum + (codes?.length ?? 1), 0)
  const rows = values[0]?.length ?? 0
  const data = new Float64Array(rows * width)
  let from = 0
  seen.forEach((codes, j) => {
    const place = new Map(codes?.map((code, i) => [code, from + i]))
    values[j]!.forEach((value, row) => {
      if (!codes) data[row * width + from] = value
      else if (place.has(value)) data[row * width + place.get(value)!] = 1
    })
    from += codes?.length ?? 1
  })
  return {
    x: tensor(data, [rows, width], 'float64'),
    columns: columns.map((column, j) => ({
      name: column.name,
      categories: column.kind === 'categorical' ? seen[j]!.map((code) => column.categories[code]!) : null,
    })),
  }
}

/** So many different numbers are classes; more are cut. */
const mostNumbers = 12

function hiddenColumn(
  columns: readonly ColumnSchema[],
  values: readonly (readonly number[])[],
  name: string,
  path: string,
): Hidden {
  const place = columns.findIndex((column) => column.name === name)
  const column = columns[place]
  if (!column)
    throw new FrostglassError(
      'usage',
      `${path} has no column '${name}' to hide`,
      `Name one of ${columns.map((c) => c.name).join(', ')}.`,
    )
  const own = values[place]!
  if (column.kind === 'categorical') return { names: column.categories, of: Int32Array.from(own) }
  const distinct = [...new Set(own)].sort((a, b) => a - b)
  return distinct.length <= mostNumbers
    ? { names: distinct.map(String), of: Int32Array.from(own, (value) => distinct.indexOf(value)) }
    : Float64Array.from(own)
}

/**
 * How what is hidden becomes classes: a number by its terciles among the training rows, what has classes as it is.
 * @throws FrostglassError `input` where these give no three classes
 */
export function hiddenClasses(hidden: Hidden, train: Int32Array): (of: Hidden) => Labels {
  const cuts =
    hidden instanceof Float64Array ? tercileCuts(Float64Array.from(train, (row) => hidden[row]!)) : undefined
  return (of) => {
    if (!(of instanceof Float64Array)) return of
    if (!cuts) throw new TypeError('numbers were given where classes were learned')
    return { names: ['low', 'middle', 'high'], of: Int32Array.from(of, (value) => tercileOf(value, cuts)) }
  }
}

/** Several attributes as one, whose classes are the combinations. */
export function joinedClasses(all: readonly Labels[]): Labels {
  return all.reduce((first, second) => ({
    names: first.names.flatMap((a) => second.names.map((b) => `${a}, ${b}`)),
    of: first.of.map((a, row) => a * second.names.length + second.of[row]!),
  }))
}

const byName = <T>(names: readonly string[], of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, of(name)]))
