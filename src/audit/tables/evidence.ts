// What an attack is given: what left the premises, and, for the auditor alone, the truth that it is judged by.
// Source: docs/architecture.md#the-audit (Attack) and the standpoints.
// An attack on cells never sees the truth: it gets a View, made here, and hands back guesses.

import type { Scheme } from '../../protect/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'

/** One attribute of the original table, as a run of one or more features. */
export type Attribute =
  | {
      readonly name: string
      readonly kind: 'numeric'
      /** Its only feature. */
      readonly feature: number
      /** Of the whole table, of which what is audited may be a sample. */
      readonly minimum: number
      readonly maximum: number
    }
  | {
      readonly name: string
      readonly kind: 'categorical'
      /** Its first feature; one for each category, 0 or 1 (one-hot). */
      readonly feature: number
      readonly categories: number
    }

/** Whether an attribute has more than one value in its table: what has not is no secret. */
export function varies(attribute: Attribute): boolean {
  return attribute.kind === 'numeric' ? attribute.maximum > attribute.minimum : attribute.categories > 1
}

/** A released table with the truth behind it. Rows correspond: row r of `features` became row r of `released`. */
export interface Evidence {
  /** Adversaries are taken to know the schema: names, kinds and ranges. */
  readonly attributes: readonly Attribute[]
  /** The original table, one array a feature. */
  readonly features: readonly Float64Array[]
  /** What left, one array a protected column. */
  readonly released: readonly Float64Array[]
  /** What is public about the protection. */
  readonly scheme: Scheme
  /** Where several participants protected rows of their own, each with its own secret: whose row each is. Public. */
  readonly participants?: Int32Array | undefined
  /** Absent for a table without a label or with a number to be predicted. */
  readonly labels?:
    | {
        readonly classes: number
        /** Class of each row. */
        readonly original: Int32Array
        /** Relabelled class of each row. */
        readonly released: Int32Array
      }
    | undefined
  /** The number to be predicted; absent for a table without one. */
  readonly target?:
    | {
        readonly original: Float64Array
        /** What left of it. */
        readonly released: Float64Array
      }
    | undefined
  /**
   * Of a release with several label columns all of them; `labels` and `target` are absent then. What looks at one label is
   * given `ofLabel`, what is asked about one beside all others `aboutLabel`: these are the others then.
   */
  readonly labelColumns?: readonly LabelColumn[] | undefined
}

/** One of several label columns: classes, or a number to be predicted. */
export interface LabelColumn extends Pick<Evidence, 'labels' | 'target'> {
  /** As the original table calls it. */
  readonly name: string
}

/** The same release as if one of its label columns had left alone. */
export function ofLabel({ labelColumns, ...rest }: Evidence, place: number): Evidence {
  const { name: _, ...label } = labelColumns![place]!
  return { ...rest, ...label }
}

/** The same release, asked about one of its label columns: `labels` or `target` are that one, `labelColumns` the others. */
export function aboutLabel(evidence: Evidence, place: number): Evidence {
  const others = evidence.labelColumns!.filter((_, i) => i !== place)
  return { ...ofLabel(evidence, place), labelColumns: others }
}

/** A label column as the adversary has it: what left, and the truth of the rows of which it has the truth. */
export interface LabelView<Values> {
  /** What left of the rows that are asked about. */
  readonly unseen: Values
  readonly known: { readonly original: Values; readonly released: Values }
  /** The truth of the background's people. */
  readonly background?: Values | undefined
  /** What left of the crowd's rows. */
  readonly crowd?: Values | undefined
}

/** What the adversary holds. Arrays of features and of released columns are in the evidence's order of columns. */
export interface View {
  readonly attributes: readonly Attribute[]
  readonly scheme: Scheme
  /** Protected columns of the rows that are asked about. */
  readonly unseen: readonly Float64Array[]
  /** Original features and protected columns of the known rows; empty arrays for a blind adversary. */
  readonly known: { readonly original: readonly Float64Array[]; readonly released: readonly Float64Array[] }
  /** Participant of each unseen and each known row; absent where there is one secret for all. */
  readonly participants?: { readonly unseen: Int32Array; readonly known: Int32Array } | undefined
  /** Original features of people who are not asked about, without protected forms; for attacks that ask for it. */
  readonly background?: readonly Float64Array[] | undefined
  /**
   * Protected columns of the background's people and of those asked about, shuffled; for attacks that ask for it. To
   * take the unseen rows out of it would be cheating: in life nobody says who is asked about.
   */
  readonly crowd?: readonly Float64Array[] | undefined
  /** Classes, of a table that has them; `count` is how many there are. */
  readonly classes?: (LabelView<Int32Array> & { readonly count: number }) | undefined
  /** The number to be predicted, of a table that has one; `marginal` is its distribution, as `marginals`. */
  readonly target?: (LabelView<Float64Array> & { readonly marginal: Float64Array }) | undefined
  /** Of a release with several labels all of them; or the others, where `classes` or `target` is the one asked about. */
  readonly labelColumns?: readonly Pick<View, 'classes' | 'target'>[] | undefined
  /**
   * The distribution of each feature, as from a public data set: its values in ascending order. Taken from the whole
   * table, which is the worst case. Attacks at standpoint `leak` do without it.
   */
  readonly marginals: readonly Float64Array[]
}

/** Row numbers of the two sides of a leak. */
export interface Split {
  readonly known: Int32Array
  readonly unseen: Int32Array
  /** Rows of which the adversary has the original alone, as of a public data set. */
  readonly background?: Int32Array | undefined
  /** Rows of which it has the protected form without knowing whose they are: unseen and background rows, shuffled. */
  readonly crowd?: Int32Array | undefined
}

/**
 * `known` rows drawn by the seed, and all others; more known rows of one seed include fewer.
 * @throws RangeError unless 0 ≤ known < rows.
 */
export function splitRows(rows: number, known: number, seed: number): Split {
  if (!(Number.isInteger(known) && known >= 0 && known < rows)) {
    throw new RangeError(`of ${rows} rows, 0 to ${rows - 1} can be known, but ${known} came`)
  }
  const order = shuffle(upTo(rows), seededStream(seed, 'known rows'))
  return { known: order.slice(0, known), unseen: order.slice(known).sort() }
}

/** Sets half of a split's unseen rows aside as people whose original rows alone are had; `listed` stay unseen as well. */
export function withBackground(
  { known, unseen }: Split,
  background: 'strangers' | 'crowd' | 'listed',
  seed: number,
): Split {
  const order = shuffle(unseen.slice(), seededStream(seed, 'background'))
  const half = order.length >> 1
  const split = { known, background: order.slice(0, half), unseen: order.slice(half).sort() }
  if (background === 'listed') return { ...split, unseen }
  return background === 'strangers'
    ? split
    : { ...split, crowd: shuffle(unseen.slice(), seededStream(seed, 'crowd')) }
}

/** What an adversary with the known rows of a split holds. */
export function viewOf(evidence: Evidence, split: Split): View {
  const { known, unseen, background, crowd } = split
  const { attributes, scheme, features, released, participants } = evidence
  const owners = (rows: Int32Array) => Int32Array.from(rows, (r) => participants![r]!)
  return {
    attributes,
    scheme,
    unseen: pick(released, unseen),
    known: { original: pick(features, known), released: pick(released, known) },
    participants: participants ? { unseen: owners(unseen), known: owners(known) } : undefined,
    background: background ? pick(features, background) : undefined,
    crowd: crowd ? pick(released, crowd) : undefined,
    ...labelViews(evidence, split),
    marginals: features.map((feature) => feature.toSorted()),
  }
}

function labelViews(evidence: Evidence, split: Split): Pick<View, 'classes' | 'target' | 'labelColumns'> {
  const { labelColumns } = evidence
  return {
    ...labelView(evidence, split),
    ...(labelColumns ? { labelColumns: labelColumns.map((label) => labelView(label, split)) } : {}),
  }
}

function labelView(
  { labels, target }: Pick<Evidence, 'labels' | 'target'>,
  { known, unseen, background, crowd }: Split,
): Pick<View, 'classes' | 'target'> {
  const view = <Values>(
    original: Values,
    released: Values,
    take: (from: Values, rows: Int32Array) => Values,
  ) => ({
    unseen: take(released, unseen),
    known: { original: take(original, known), released: take(released, known) },
    background: background ? take(original, background) : undefined,
    crowd: crowd ? take(released, crowd) : undefined,
  })
  return {
    classes: labels
      ? { count: labels.classes, ...view(labels.original, labels.released, pickCodes) }
      : undefined,
    target: target
      ? {
          marginal: target.original.toSorted(),
          ...view(target.original, target.released, pickNumbers),
        }
      : undefined,
  }
}

/** Some rows of columns, in the order of `rows`. */
export function pick(columns: readonly Float64Array[], rows: Int32Array): Float64Array[] {
  return columns.map((column) => pickNumbers(column, rows))
}

/** Some rows of one column. */
export function pickNumbers(column: Float64Array, rows: Int32Array): Float64Array {
  const out = new Float64Array(rows.length)
  for (let i = 0; i < out.length; i++) out[i] = column[rows[i]!]!
  return out
}

/** Some rows of one column of codes. */
export function pickCodes(column: Int32Array, rows: Int32Array): Int32Array {
  return Int32Array.from(rows, (r) => column[r]!)
}

/** Rows of one table and, below them, those of another with the same columns. */
export function joined(above: readonly Float64Array[], below: readonly Float64Array[]): Float64Array[] {
  return above.map((column, j) => {
    const both = new Float64Array(column.length + below[j]!.length)
    both.set(column)
    both.set(below[j]!, column.length)
    return both
  })
}

/** Attributes of a table of numbers alone: feature j is column j. */
export function numericAttributes(names: readonly string[], columns: readonly Float64Array[]): Attribute[] {
  return columns.map((column, j) => ({
    name: names[j]!,
    kind: 'numeric',
    feature: j,
    minimum: column.reduce((a, b) => Math.min(a, b)),
    maximum: column.reduce((a, b) => Math.max(a, b)),
  }))
}
