// A matrix of rows in slots as diagonals, so that its products with encrypted vectors take few rotations.
// Source: Halevi and Shoup 2014, Algorithms in HElib (diagonals); 2018, Faster homomorphic linear transformations in
// HElib (baby and giant steps). Vectors of columns lie periodic in the slots: no masks are needed.

/** How a matrix of `columns` lies in slots: column f at every slot congruent to f; and how its diagonals are walked. */
export interface DiagonalPlan {
  readonly slots: number
  /** A power of two that divides the slots. */
  readonly columns: number
  /** Diagonal k = giant · baby + step. */
  readonly baby: number
}

/** The plan for so many columns: the next power of two. @throws RangeError for more columns than slots */
export function diagonalPlan(columns: number, slots: number): DiagonalPlan {
  if (!Number.isInteger(columns) || columns < 1 || columns > slots)
    throw new RangeError(`${columns} columns do not fit into ${slots} slots`)
  const padded = 2 ** Math.ceil(Math.log2(columns))
  return { slots, columns: padded, baby: 2 ** Math.ceil(Math.log2(padded) / 2) }
}

/** Steps that both products rotate by; all powers of two below the slots are among them. */
export function rotationsOf({ slots, columns, baby }: DiagonalPlan): number[] {
  const steps: number[] = []
  for (let step = 1; step < baby; step++) steps.push(step)
  for (let giant = baby; giant < columns; giant += baby) steps.push(giant)
  for (let total = columns; total < slots; total *= 2) steps.push(total)
  return steps
}

/** How often slots are halved to one: the rotations of a sum over all of them, each by a power of two. */
export const logOfSlots = ({ slots }: DiagonalPlan): number => Math.log2(slots)

/**
 * Diagonal `k` for rows · vector: with `m' = m − giant`, slot m holds row m' at column (m' + k) mod columns.
 * @param at the matrix; 0 beyond its rows and columns
 */
export function forwardDiagonal(
  { slots, columns, baby }: DiagonalPlan,
  k: number,
  at: (row: number, column: number) => number,
): Float64Array {
  const giant = k - (k % baby)
  return Float64Array.from({ length: slots }, (_, m) => {
    const row = (m - giant + slots) % slots
    return at(row, (row + k) % columns)
  })
}

/**
 * Diagonal `k` for transposed rows · vector: slot j holds row (j + step) at column (j − giant) mod columns, for
 * k = giant + step.
 */
export function backwardDiagonal(
  { slots, columns, baby }: DiagonalPlan,
  k: number,
  at: (row: number, column: number) => number,
): Float64Array {
  const step = k % baby
  const giant = k - step
  return Float64Array.from({ length: slots }, (_, j) => at((j + step) % slots, (j - giant + slots) % columns))
}

/** A vector of columns, repeated through all slots. */
export const periodic = ({ slots, columns }: DiagonalPlan, values: ArrayLike<number>): Float64Array =>
  Float64Array.from({ length: slots }, (_, i) => values[i % columns] ?? 0)
