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
import { imageTensor } from '../../data/images/imageSet.ts'
import { colorNames } from '../../data/images/synthetic.ts'
import { type ImageSet, type OpenOptions, openTable, type TableReading } from '../../data/index.ts'
import type { ColumnSchema } from '../../data/schema.ts'
import { FrostglassError } from '../../errors.ts'
import { type Tensor, tensor } from '../../graph/index.ts'
import type { CodePaneCard } from './codePane.ts'
import type { NamedClasses } from './fitCodePane.ts'

/** A class of each row, or a number of each row that is yet to be cut. */
export type Hidden = NamedClasses | Float64Array

/** Rows that are not split yet. */
export interface CodeSource {
  readonly name: string
  readonly x: Tensor
  readonly columns: CodePaneCard['columns']
  readonly label: NamedClasses
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
  const classes = (name: string): NamedClasses => {
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
    x: imageTensor(set),
    columns: null,
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
      x: featuresOf(columns, values, of.length),
      columns: columns.map((column) => ({
        name: column.name,
        categories: column.kind === 'categorical' ? [...column.categories] : null,
      })),
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

/** Numbers as they are, a category as one feature for each of its texts. */
function featuresOf(
  columns: readonly ColumnSchema[],
  values: readonly (readonly number[])[],
  rows: number,
): Tensor {
  const sizes = columns.map((column) => (column.kind === 'categorical' ? column.categories.length : 1))
  const width = sizes.reduce((a, b) => a + b, 0)
  const data = new Float64Array(rows * width)
  let from = 0
  columns.forEach((column, j) => {
    values[j]!.forEach((value, row) => {
      if (column.kind === 'categorical') data[row * width + from + value] = 1
      else data[row * width + from] = value
    })
    from += sizes[j]!
  })
  return tensor(data, [rows, width], 'float64')
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
 * Classes of what is hidden: a number's terciles among the training rows.
 * @throws FrostglassError `input` where these give no three classes
 */
export function hiddenClasses(hidden: Hidden, train: Int32Array): NamedClasses {
  if (!(hidden instanceof Float64Array)) return hidden
  const cuts = tercileCuts(Float64Array.from(train, (row) => hidden[row]!))
  return { names: ['low', 'middle', 'high'], of: Int32Array.from(hidden, (value) => tercileOf(value, cuts)) }
}

/** Several attributes as one, whose classes are the combinations. */
export function joinedClasses(all: readonly NamedClasses[]): NamedClasses {
  return all.reduce((first, second) => ({
    names: first.names.flatMap((a) => second.names.map((b) => `${a}, ${b}`)),
    of: first.of.map((a, row) => a * second.names.length + second.of[row]!),
  }))
}

const byName = <T>(names: readonly string[], of: (name: string) => T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, of(name)]))
