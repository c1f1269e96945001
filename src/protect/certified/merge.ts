// Leak-aware merging of codes: fewer codes, of which each says what the label needs and little of the attribute.
// Source: the greedy step of the privacy funnel (Makhdoumi et al. 2014) inside each label; PROOF.md, "Merging".
// Made from training and validation tables only: merged on calibration data, a certificate would be worth nothing.

import { FrostglassError } from '../../errors.ts'

/** What a merge is decided from. Rows are codes; both tables are counts, or weights, of units. */
export interface MergeTables {
  /** labelOf[code]: the label that the pane decided. Codes of different labels are never merged. */
  readonly labelOf: readonly number[]
  /** byLabel[code][true label]. */
  readonly byLabel: readonly (readonly number[])[]
  /** byAttribute[code][hidden attribute]. */
  readonly byAttribute: readonly (readonly number[])[]
}

/** How codes are merged. */
export interface MergeOptions {
  /** How much a nat of the attribute weighs against one of the label: 0 or more. 1 is the knee, 3 leaks least. */
  readonly beta: number
  /** How many codes are to be left: at least one a decided label. */
  readonly codes: number
  /** A group with less than this mass in `byAttribute` is merged further, while its label has another. Default 0. */
  readonly fewest?: number | undefined
}

/** Codes in groups. */
export interface Grouping {
  /** groupOf[code]: 0 … groups − 1, in the order of each group's first code. */
  readonly groupOf: readonly number[]
  readonly groups: number
  /** I(Y;C) and I(S;C) of the groups in the tables, in nats. */
  readonly information: { readonly label: number; readonly attribute: number }
}

/**
 * Merges, again and again, the two codes of one decided label that lose least of I(Y;C) − β I(S;C); of equals the first.
 *
 * @throws FrostglassError 'usage' for tables that do not fit together, or for fewer codes than labels
 */
export function mergeCodes(tables: MergeTables, { beta, codes, fewest = 0 }: MergeOptions): Grouping {
  requireTables(tables)
  const labels = new Set(tables.labelOf).size
  if (!(beta >= 0) || !Number.isSafeInteger(codes) || codes < labels)
    throw new FrostglassError(
      'usage',
      `β of at least 0 and at least ${labels} codes, one a label, were expected; got ${beta} and ${codes}`,
      'Codes of different labels are not merged.',
    )
  let groups = cellsOf(tables, beta)
  const merge = ([a, b]: Pair): void => {
    const both = joined(a, b, beta)
    groups = groups.flatMap((group) => (group === a ? [both] : group === b ? [] : [group]))
  }
  while (groups.length > codes) merge(cheapest(groups, beta)!)
  for (;;) {
    const pair = cheapest(groups, beta, (group) => group.mass < fewest)
    if (!pair) break
    merge(pair)
  }
  return groupingOf(groups, tables.labelOf.length)
}

type Pair = readonly [first: Group, second: Group]

/** Codes that are one by now. */
interface Group {
  readonly codes: readonly number[]
  readonly label: number
  /** P(group, label) and P(group, attribute). */
  readonly y: readonly number[]
  readonly s: readonly number[]
  /** Units by attribute, in the tables' own measure. */
  readonly mass: number
  /** What it adds to I(Y;C) − β I(S;C), but for terms that no merge changes. */
  readonly worth: number
  /** What merging it with a later group loses. */
  readonly losses: Map<Group, number>
}

function cellsOf({ labelOf, byLabel, byAttribute }: MergeTables, beta: number): Group[] {
  const [allY, allS] = [totalOf(byLabel), totalOf(byAttribute)]
  return labelOf.map((label, code) => {
    const y = byLabel[code]!.map((cell) => cell / allY)
    const s = byAttribute[code]!.map((cell) => cell / allS)
    const mass = sum(byAttribute[code]!)
    return { codes: [code], label, y, s, mass, worth: worthOf(y, s, beta), losses: new Map() }
  })
}

function joined(a: Group, b: Group, beta: number): Group {
  const y = a.y.map((p, i) => p + b.y[i]!)
  const s = a.s.map((p, i) => p + b.s[i]!)
  return {
    codes: [...a.codes, ...b.codes],
    label: a.label,
    y,
    s,
    mass: a.mass + b.mass,
    worth: worthOf(y, s, beta),
    losses: new Map(),
  }
}

const worthOf = (y: readonly number[], s: readonly number[], beta: number): number =>
  information(y) - beta * information(s)

/** Σ p ln(p / Σ p): a group's share of mutual information, up to what does not depend on the grouping. */
function information(p: readonly number[]): number {
  const all = sum(p)
  return p.reduce((total, x) => (x === 0 ? total : total + x * Math.log(x / all)), 0)
}

/** The pair of one label that loses least; of those with a group that is `wanted`, where that is asked. */
function cheapest(
  groups: readonly Group[],
  beta: number,
  wanted: (group: Group) => boolean = () => true,
): Pair | undefined {
  let best: { pair: Pair; loss: number } | undefined
  for (const [i, a] of groups.entries()) {
    for (const b of groups.slice(i + 1)) {
      if (a.label !== b.label || !(wanted(a) || wanted(b))) continue
      const loss = lossOf(a, b, beta)
      if (best === undefined || loss < best.loss) best = { pair: [a, b], loss }
    }
  }
  return best?.pair
}

// Kept with the pair: a merge changes only those of its own two.
function lossOf(a: Group, b: Group, beta: number): number {
  const kept = a.losses.get(b)
  if (kept !== undefined) return kept
  const loss = a.worth + b.worth - joined(a, b, beta).worth
  a.losses.set(b, loss)
  return loss
}

function groupingOf(groups: readonly Group[], codes: number): Grouping {
  const groupOf = new Array<number>(codes)
  for (const [index, group] of groups.entries()) for (const code of group.codes) groupOf[code] = index
  return {
    groupOf,
    groups: groups.length,
    information: {
      label: mutualInformation(groups.map(({ y }) => y)),
      attribute: mutualInformation(groups.map(({ s }) => s)),
    },
  }
}

/** I of the rows and the columns of a joint law, in nats. */
function mutualInformation(joint: readonly (readonly number[])[]): number {
  const columns = joint[0]!.map((_, i) => sum(joint.map((row) => row[i]!)))
  return joint.reduce((total, row) => total + information(row), 0) - information(columns)
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
const totalOf = (rows: readonly (readonly number[])[]): number => sum(rows.map(sum))

function requireTables({ labelOf, byLabel, byAttribute }: MergeTables): void {
  const isTable = (rows: readonly (readonly number[])[]): boolean =>
    rows.length === labelOf.length &&
    rows.every(
      (row) => row.length === rows[0]!.length && row.every((cell) => cell >= 0 && Number.isFinite(cell)),
    ) &&
    totalOf(rows) > 0
  if (labelOf.length > 0 && isTable(byLabel) && isTable(byAttribute)) return
  throw new FrostglassError(
    'usage',
    `tables of ${labelOf.length} codes by label and by attribute were expected, of counts that are not all 0`,
    'Count the training and validation units of every cell.',
  )
}
