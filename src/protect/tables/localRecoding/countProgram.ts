// Bounds on sums of unknown counts, by linear programmes over what is known: totals of groups, and caps on others.
// Source: the primal simplex method on a dense tableau (Dantzig); bounds are taken from the dual (Neumaier and Shcherbina 2004).
// A bound may be wide and is never wrong beyond 1e-6: it is computed from the dual's prices, whatever the pivots were worth.

/** Unknown counts 0, 1, 2, … of rows. Every count is in one total. */
export interface CountSystem {
  readonly counts: number
  /** Groups of counts whose sum is known. */
  readonly totals: readonly { readonly members: readonly number[]; readonly total: number }[]
  /** Groups of counts whose sum is at most so much. */
  readonly caps: readonly { readonly members: readonly number[]; readonly cap: number }[]
}

/** What is certain of each count. */
export interface CountBounds {
  readonly least: Float64Array
  readonly most: Float64Array
}

const tolerance = 1e-9

/** Bounds by passing on what each total and cap leaves, until nothing moves. Exact on integers, and looser than a programme's. */
export function propagatedBounds({ counts, totals, caps }: CountSystem): CountBounds {
  const least = new Float64Array(counts)
  const most = new Float64Array(counts).fill(Number.POSITIVE_INFINITY)
  let moved = true
  const lower = (i: number, value: number) => {
    if (value > least[i]!) {
      least[i] = value
      moved = true
    }
  }
  const upper = (i: number, value: number) => {
    if (value < most[i]!) {
      most[i] = value
      moved = true
    }
  }
  while (moved) {
    moved = false
    for (const { members, cap } of [
      ...caps,
      ...totals.map(({ members, total }) => ({ members, cap: total })),
    ]) {
      const sum = members.reduce((all, i) => all + least[i]!, 0)
      for (const i of members) upper(i, cap - sum + least[i]!)
    }
    for (const { members, total } of totals) {
      const sum = members.reduce((all, i) => all + most[i]!, 0)
      for (const i of members) lower(i, total - sum + most[i]!)
    }
  }
  return { least, most }
}

/** A dense tableau: columns are counts, then slacks of caps, then artificials of totals, then the right side. */
interface Tableau {
  readonly rows: readonly Float64Array[]
  /** [rows] the column in the basis. */
  readonly basis: Int32Array
  readonly width: number
  /** Columns from here on may not enter. */
  readonly artificials: number
}

function tableauOf({ counts, totals, caps }: CountSystem): Tableau {
  const artificials = counts + caps.length
  const width = artificials + totals.length + 1
  const basis = new Int32Array(caps.length + totals.length)
  const rowOf = (members: readonly number[], own: number, right: number, at: number) => {
    const row = new Float64Array(width)
    for (const i of members) row[i] = 1
    row[own] = 1
    row[width - 1] = right
    basis[at] = own
    return row
  }
  const rows = [
    ...caps.map(({ members, cap }, at) => rowOf(members, counts + at, cap, at)),
    ...totals.map(({ members, total }, at) => rowOf(members, artificials + at, total, caps.length + at)),
  ]
  return { rows, basis, width, artificials }
}

/** Row of reduced costs of an objective at the tableau's basis. */
function reducedCosts({ rows, basis, width }: Tableau, costs: Float64Array): Float64Array {
  const reduced = costs.slice()
  rows.forEach((row, r) => {
    const price = costs[basis[r]!]!
    if (price !== 0) for (let j = 0; j < width; j++) reduced[j]! -= price * row[j]!
  })
  return reduced
}

/** Takes a column into the basis in place of a row's own. */
function pivot(
  { rows, basis, width }: Tableau,
  reduced: Float64Array,
  entering: number,
  leaving: number,
): void {
  const own = rows[leaving]!
  const scale = own[entering]!
  for (let j = 0; j < width; j++) own[j]! /= scale
  const clear = (row: Float64Array) => {
    const factor = row[entering]!
    if (factor === 0) return
    for (let j = 0; j < width; j++) row[j]! -= factor * own[j]!
    row[entering] = 0
  }
  rows.forEach((row, r) => {
    if (r !== leaving) clear(row)
  })
  clear(reduced)
  basis[leaving] = entering
}

/** Moves the basis to a maximum of an objective, by Dantzig's rule, and by Bland's once it does not get on. */
function maximise(tableau: Tableau, costs: Float64Array): Float64Array {
  const { rows, basis, width, artificials } = tableau
  const reduced = reducedCosts(tableau, costs)
  for (let idle = 0, turn = 0; turn < 50 * (width + rows.length); turn++) {
    let entering = -1
    for (let j = 0; j < artificials; j++) {
      if (reduced[j]! <= tolerance || (entering >= 0 && reduced[j]! <= reduced[entering]!)) continue
      entering = j
      if (idle > 30) break
    }
    if (entering < 0) break
    let leaving = -1
    let step = Number.POSITIVE_INFINITY
    rows.forEach((row, r) => {
      // An artificial that is out of use must stay at 0: it leaves as soon as it would move, in either direction.
      const pinned = basis[r]! >= artificials && row[width - 1]! <= tolerance && row[entering]! < -tolerance
      if (row[entering]! <= tolerance && !pinned) return
      const ratio = pinned ? 0 : row[width - 1]! / row[entering]!
      if (
        ratio < step - tolerance ||
        (ratio <= step + tolerance && (leaving < 0 || basis[r]! < basis[leaving]!))
      ) {
        leaving = r
        step = Math.min(step, ratio)
      }
    })
    if (leaving < 0) break
    idle = step > tolerance ? 0 : idle + 1
    pivot(tableau, reduced, entering, leaving)
  }
  return reduced
}

/** Answers to questions about one system of counts. */
export interface CountProgram {
  /** No sum of these counts is above it. */
  most(members: readonly number[]): number
  /** No sum of these counts is below it. */
  least(members: readonly number[]): number
}

/**
 * Prepares the programme of a system. Each answer begins where the last one ended.
 * @param bounds what is certain of each count already
 */
export function countProgram(system: CountSystem, bounds: CountBounds): CountProgram {
  const { counts, totals, caps } = system
  const tableau = tableauOf(system)
  const { width, artificials } = tableau
  // Phase 1: the artificials out of the basis.
  const feasible = new Float64Array(width)
  feasible.fill(-1, artificials, width - 1)
  maximise(tableau, feasible)
  const right = [...caps.map(({ cap }) => cap), ...totals.map(({ total }) => total)]
  const groups = [...caps, ...totals]
  /** An upper bound of Σ sign · counts, from the dual prices at the optimum: true for any prices, tight for the right ones. */
  const bound = (members: readonly number[], sign: 1 | -1): number => {
    const costs = new Float64Array(width)
    for (const i of members) costs[i] = sign
    const reduced = maximise(tableau, costs)
    const left = costs.subarray(0, counts).slice()
    let sum = 0
    groups.forEach((group, r) => {
      const own = r < caps.length ? counts + r : artificials + r - caps.length
      const price = r < caps.length ? Math.max(0, -reduced[own]!) : -reduced[own]!
      if (price === 0) return
      sum += price * right[r]!
      for (const i of group.members) left[i]! -= price
    })
    left.forEach((cost, i) => {
      sum += cost > 0 ? cost * bounds.most[i]! : cost * bounds.least[i]!
    })
    return sum
  }
  const sumOf = (members: readonly number[], of: Float64Array) => members.reduce((sum, i) => sum + of[i]!, 0)
  return {
    most: (members) => Math.min(sumOf(members, bounds.most), Math.floor(bound(members, 1) + 1e-6)),
    least: (members) => Math.max(sumOf(members, bounds.least), Math.ceil(-bound(members, -1) - 1e-6)),
  }
}
