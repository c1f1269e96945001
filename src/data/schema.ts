// What a table is: its columns, their kinds, and its label, as plain values that survive JSON.
// Source: docs/reference/tables.md (numeric and categorical columns; class, number or no label).
// It does not promise that a schema is harmless to publish: categories and fill values come from the data.

import type { Stamp, TimeUnit } from './form.ts'

/** A column of numbers, held as float64 whatever the file's width. */
export type NumericColumn = {
  readonly name: string
  readonly kind: 'numeric'
  /** Every value of the file that made the schema was a whole number. */
  readonly integer: boolean
  /** What a missing cell becomes under the policies `mean` and `median`. */
  readonly fill?: number | undefined
  /** What the numbers count, in a column of dates or times. */
  readonly time?: TimeUnit | undefined
  /** How times may be written, so that a restored one is the same moment; any way where it is not known. */
  readonly stamps?: readonly Stamp[] | undefined
  /** Its owner has said that it holds numbers: 00017 is 17. */
  readonly loose?: boolean | undefined
}

/** A column of text, held as codes into `categories`. */
export type CategoricalColumn = {
  readonly name: string
  readonly kind: 'categorical'
  /** Distinct texts in ascending order of their UTF-16 units; a cell's code is its place here. */
  readonly categories: readonly string[]
  /** What a missing cell becomes under the policies `mean` and `median`: the most frequent text. */
  readonly fill?: string | undefined
  /** The category of all texts that are none of the others: those that were rare in the table, and new ones. */
  readonly other?: string | undefined
}

/** One feature. */
export type ColumnSchema = NumericColumn | CategoricalColumn

/** What is to be learned: one of `classes`, or a number. */
export type LabelSchema =
  | {
      readonly name: string
      readonly task: 'class'
      /** In ascending order (by value when `integer`, else by UTF-16 units); a row's code is its place here. */
      readonly classes: readonly string[]
      /** The file holds the classes as whole numbers. */
      readonly integer: boolean
      /** The label's place among the columns of the file, from 0 (features and labels only). */
      readonly position: number
      readonly loose?: boolean | undefined
    }
  | {
      readonly name: string
      readonly task: 'number'
      readonly integer: boolean
      readonly position: number
      /** As of a column. */
      readonly loose?: boolean | undefined
    }

/** Features in the file's order, without the labels, and the label if there is one. */
export type TableSchema = {
  readonly columns: readonly ColumnSchema[]
  readonly label?: LabelSchema | undefined
  /** Labels beside the first, in the order in which they were named; absent where there is none. */
  readonly moreLabels?: readonly LabelSchema[] | undefined
  /** What the columns' `fill` values are, of the table that made the schema; absent where they are stated or none. */
  readonly filled?: 'mean' | 'median' | undefined
}

/** All labels of a schema, the first one first. */
export function labelsOf({
  label,
  moreLabels = [],
}: Pick<TableSchema, 'label' | 'moreLabels'>): readonly LabelSchema[] {
  return label === undefined ? [] : [label, ...moreLabels]
}

/** The labels as a schema has them. */
export function labelled(labels: readonly LabelSchema[]): Pick<TableSchema, 'label' | 'moreLabels'> {
  const [label, ...more] = labels
  return { label, moreLabels: more.length > 0 ? more : undefined }
}

/** How many labels a table may have: each is attacked by itself when the table is audited. */
export const maximumLabels = 16

/** How many distinct texts a column may hold before it is refused as free text. */
export const maximumCategories = 10_000

/** A label of whole numbers with at most this many distinct values (each twice on average) is a class. */
export const maximumIntegerClasses = 20

/** The name of `names` that is fewest edits away from `name`, or undefined when none is near (over half changed). */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.floor(name.length / 2) + 1
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < fewest) {
      fewest = distance
      best = candidate
    }
  }
  return best
}

/** Levenshtein's distance with two rows of the table. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(substitution, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
