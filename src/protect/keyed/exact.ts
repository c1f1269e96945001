// Which columns must come back exactly, and the refusal of a key that could not do it.
// Source: ours. Nearly right is wrong for what counts, names or measures in decimals; floating-point numbers bear it.
// It judges by digits and sizes of all cells that were looked at; each cell of each table is compared when it is protected.

import { isWholeType, largestWhole } from '../../data/form.ts'
import type { ColumnDigits } from '../../data/learnForms.ts'
import type { Profile } from '../../data/profile.ts'
import { FrostglassError } from '../../errors.ts'
import { targetSnap } from './labels.ts'
import type { KeyColumn, KeyLabel } from './schema.ts'
import { type Numbers, type Snap, snapOf } from './snap.ts'

/** What is wrong with nearly, of a column whose numbers do not all come back exactly; undefined where it is right. */
type Exactness = 'times' | 'whole numbers' | 'decimals' | 'numbers of very different size' | undefined

/** Writing of floating-point numbers with all their digits begins at 15: R's. */
const decimalDigits = 14

/**
 * Whether nearly is not enough.
 * @param digits of its cells, where each has at most 15
 */
export function exactnessOf(
  { integer, form, time, minimum, maximum }: Numbers,
  { tolerance }: Pick<Snap, 'tolerance'>,
  digits: ColumnDigits | undefined,
): Exactness {
  const type = form?.type ?? ''
  const largest = Math.max(-minimum, maximum)
  if (time !== undefined) return 'times'
  // Beyond 2^53 every double is whole, and 1.5e+300 counts nothing.
  if (isWholeType(type) || (integer && type === '' && largest <= largestWhole)) return 'whole numbers'
  if (type.startsWith('DECIMAL')) return 'decimals'
  if (digits === undefined) return undefined
  // Digits from the first of the largest number to the last of the finest: of decimals, hardly more than one cell has.
  const span = Math.floor(Math.log10(largest)) + 1 + digits.decimals
  if (form?.style === 'fixed' || (digits.most <= decimalDigits && span <= digits.most + 2)) return 'decimals'
  // Of a number smaller than the error nothing is left.
  return (digits.smallest ?? largest) < 4 * tolerance ? 'numbers of very different size' : undefined
}

/**
 * Whole numbers and times are often names of things, and decimals are amounts: nearly right is wrong.
 * @param profile of the columns, then the labels
 * @param error largest error of the round trip, relative to a column's range
 * @throws FrostglassError `usage` naming the column and what helps
 */
export function requireExact(
  columns: readonly KeyColumn[],
  labels: readonly KeyLabel[],
  profile: Profile,
  error: number,
): void {
  columns.forEach((column, j) => {
    if (column.kind !== 'numeric') return
    const snap = snapOf(column, error)
    if (!snap.exact) refuseNear(column, snap, digitsOf(profile, j), featureHints)
  })
  labels.forEach((label, i) => {
    if (label.task !== 'number') return
    const { numbers, snap } = targetSnap(label)
    if (!snap.exact)
      refuseNear({ ...numbers, name: label.name }, snap, digitsOf(profile, columns.length + i), labelHints)
  })
}

const featureHints = {
  codes:
    'Take the column as --categorical if they are codes; else round it, or leave it out (--ignore), or take fewer layers.',
  sizes:
    'Give the column as logarithms, or round it, or leave it out (--ignore), or take it as --categorical.',
}

const labelHints = {
  codes:
    'Say that the label is a class (--task class) if they are codes; else round it, or name another label and leave this one out (--ignore).',
  sizes:
    'Give the label as logarithms, or round it, or name another label and leave this one out (--ignore).',
}

function refuseNear(
  numbers: Numbers & { readonly name: string },
  snap: Snap,
  digits: ColumnDigits | undefined,
  hints: typeof featureHints,
): void {
  const exactness = exactnessOf(numbers, snap, digits)
  if (exactness === undefined) return
  const { name, minimum, maximum } = numbers
  throw new FrostglassError(
    'usage',
    `column '${name}' has ${exactness} that this key could not give back exactly: they spread over ${(maximum - minimum).toPrecision(3)}, ` +
      `and are sure to within ${snap.tolerance.toPrecision(1)} of their unit`,
    exactness === 'numbers of very different size' ? hints.sizes : hints.codes,
  )
}

function digitsOf({ columns }: Profile, index: number): ColumnDigits | undefined {
  const facts = columns[index]!
  return facts.kind === 'numeric' ? facts.digits : undefined
}
