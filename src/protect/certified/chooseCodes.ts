// Which codes a pane releases: cells merged inside labels, and the price of each number of codes.
// Source: PROOF.md, "Merging". Estimates of training and validation rows, no certificate.
// More codes than labels tell more of the label than which it is, and more of everything else.

import { type MergeOptions, type MergeTables, mergeCodes } from './merge.ts'

/** Counts of cells (or codes) by label and by attribute, of some rows. */
export interface CellCounts {
  readonly byLabel: readonly (readonly number[])[]
  readonly byAttribute: readonly (readonly number[])[]
}

/** Counts of cells by label and attribute. @param codes of each row */
export function countCells(
  codes: Int32Array,
  count: number,
  label: { readonly of: Int32Array; readonly classes: number },
  attribute: { readonly of: Int32Array; readonly classes: number },
): CellCounts {
  const zeros = (classes: number) => Array.from({ length: count }, () => new Array<number>(classes).fill(0))
  const [byLabel, byAttribute] = [zeros(label.classes), zeros(attribute.classes)]
  codes.forEach((code, row) => {
    byLabel[code]![label.of[row]!]!++
    byAttribute[code]![attribute.of[row]!]!++
  })
  return { byLabel, byAttribute }
}

/** Added to every count: a cell that nobody fell into is not certain of anything. */
const smoothing = 0.02

/**
 * The tables that codes are chosen by: labels with half of the weight on validation rows, since the network has learned the
 * training rows' labels and cells look purer there than they are; attributes from all rows alike.
 */
export function choosingTables(
  labelOf: readonly number[],
  train: CellCounts,
  validation: CellCounts,
): MergeTables {
  const [learned, held] = [massOf(train.byLabel), massOf(validation.byLabel)]
  const half = (learned + held) / 2
  return {
    labelOf,
    byLabel: train.byLabel.map((row, c) =>
      row.map((n, y) => (half * n) / learned + (half * validation.byLabel[c]![y]!) / held + smoothing),
    ),
    byAttribute: train.byAttribute.map((row, c) =>
      row.map((n, s) => n + validation.byAttribute[c]![s]! + smoothing),
    ),
  }
}

/** Which cells are one code, and what the tables say of the codes. */
export interface Codes {
  readonly codeOf: readonly number[]
  readonly labelOf: readonly number[]
  /** The choosing tables, by code. */
  readonly byLabel: readonly (readonly number[])[]
  readonly byAttribute: readonly (readonly number[])[]
}

/** Cells as codes of their own. */
const cellsAsCodes = ({ labelOf, byLabel, byAttribute }: MergeTables): Codes => ({
  codeOf: [...labelOf.keys()],
  labelOf,
  byLabel,
  byAttribute,
})

/** Codes merged further; see {@link mergeCodes}. */
export function fewerCodes(codes: Codes, options: MergeOptions): Codes {
  const { groupOf, groups } = mergeCodes(codes, options)
  const labelOf = new Array<number>(groups)
  groupOf.forEach((group, code) => {
    labelOf[group] = codes.labelOf[code]!
  })
  const sums = (rows: readonly (readonly number[])[]) => {
    const out = Array.from({ length: groups }, () => rows[0]!.map(() => 0))
    rows.forEach((row, code) => {
      row.forEach((n, i) => {
        out[groupOf[code]!]![i]! += n
      })
    })
    return out
  }
  return {
    codeOf: codes.codeOf.map((code) => groupOf[code]!),
    labelOf,
    byLabel: sums(codes.byLabel),
    byAttribute: sums(codes.byAttribute),
  }
}

/** What was chosen, and what else there was. */
export interface Choice {
  readonly codes: Codes
  /** From as many codes as labels on, doubling. */
  readonly prices: readonly CodePrice[]
}

/**
 * Merges cells down to the codes that are wanted, and prices other numbers of codes on the way.
 * @param options.fewest a code of less mass is merged further, while its label has another
 * @throws FrostglassError `usage` for fewer codes than labels
 */
export function chooseCodes(
  tables: MergeTables,
  options: { readonly codes: number; readonly beta: number; readonly fewest: number },
): Choice {
  const { codes: wanted, beta, fewest } = options
  const cells = tables.labelOf.length
  const labels = new Set(tables.labelOf).size
  const sizes = new Set([labels, Math.min(wanted, cells)])
  for (let size = 2 * labels; size < cells; size *= 2) sizes.add(size)
  const prices: CodePrice[] = []
  let merged = cellsAsCodes(tables)
  let chosen: Codes | undefined
  // The greedy step does not look back, so a longer merge begins with the shorter one.
  for (const size of [...sizes].sort((a, b) => b - a)) {
    merged = fewerCodes(merged, { beta, codes: size })
    prices.unshift(priceOf(merged))
    if (size <= wanted) chosen ??= fewerCodes(merged, { beta, codes: size, fewest })
  }
  return { codes: chosen ?? fewerCodes(merged, { beta, codes: wanted }), prices }
}

/** What so many codes are worth, and what they cost, in the choosing tables. */
export interface CodePrice {
  readonly codes: number
  /** I(Y;C) / H(Y): the share of the label's information that the code has. */
  readonly information: number
  /** The share of labels that the best reading of the code gets right. */
  readonly accuracy: number
  /** V̂ of the attribute in these tables: of training and validation rows an estimate, no certificate. */
  readonly success: number
}

/** What codes are worth and cost in these tables. */
export function priceOf({ byLabel, byAttribute }: Pick<Codes, 'byLabel' | 'byAttribute'>): CodePrice {
  const all = massOf(byLabel)
  const labels = byLabel[0]!.map((_, y) => byLabel.reduce((sum, row) => sum + row[y]!, 0))
  const entropyOf = (counts: readonly number[], mass: number) =>
    counts.reduce((sum, n) => (n > 0 ? sum - (n / mass) * Math.log(n / mass) : sum), 0)
  const total = entropyOf(labels, all)
  const left = byLabel.reduce((sum, row) => {
    const mass = row.reduce((a, b) => a + b, 0)
    return mass > 0 ? sum + (mass / all) * entropyOf(row, mass) : sum
  }, 0)
  const best = (rows: readonly (readonly number[])[]) =>
    rows.reduce((sum, row) => sum + Math.max(...row), 0) / massOf(rows)
  return {
    codes: byLabel.length,
    information: total > 0 ? 1 - left / total : 1,
    accuracy: best(byLabel),
    success: best(byAttribute),
  }
}

const massOf = (rows: readonly (readonly number[])[]): number =>
  rows.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0)
