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

/** Diagonals that are walked in baby and giant steps of `stride` slots. */
export interface Walk {
  readonly diagonals: number
  readonly baby: number
  readonly stride: number
}

/** What a rotation costs at a level, in products of a prime's polynomials: each of level + 1 digits by level + 2 primes. */
export const rotationCost = (level: number): number => (level + 1) * (level + 2)

/** What a walk costs, of vectors at a level, with giant steps at another: see {@link rotationCost}. */
export const walkCost = ({ diagonals, baby }: Walk, level: number, under: number, vectors = 1): number =>
  vectors * (baby - 1) * rotationCost(level) + (diagonals / baby - 1) * rotationCost(under)

/**
 * The cheapest walk over so many diagonals, a power of two.
 * @param under the level of giant steps
 * @param vectors that are walked together: baby steps are taken for each
 */
export function cheapestWalk(
  diagonals: number,
  stride: number,
  level: number,
  under: number,
  vectors = 1,
): Walk {
  const walks: Walk[] = []
  for (let baby = 1; baby <= diagonals; baby *= 2) walks.push({ diagonals, baby, stride })
  const cost = (walk: Walk) => walkCost(walk, level, under, vectors)
  return walks.reduce((best, walk) => (cost(walk) < cost(best) ? walk : best))
}

/** Baby steps for so many diagonals, a power of two: about as many as giant ones. */
const babyOf = (diagonals: number): number => 2 ** Math.ceil(Math.log2(diagonals) / 2)

/** Steps that a walk rotates by. */
export function walkRotations({ diagonals, baby, stride }: Walk): number[] {
  const steps: number[] = []
  for (let step = 1; step < baby; step++) steps.push(step * stride)
  for (let giant = baby; giant < diagonals; giant += baby) steps.push(giant * stride)
  return steps
}

/** Steps that sum up what lies `from` slots apart, over a power of two of slots. */
export function foldRotations(from: number, slots: number): number[] {
  const steps: number[] = []
  for (let step = from; step < slots; step *= 2) steps.push(step)
  return steps
}

/** The next power of two. */
export const nextPower = (n: number): number => 2 ** Math.ceil(Math.log2(n))

/** The plan for so many columns: the next power of two. @throws RangeError for more columns than slots */
export function diagonalPlan(columns: number, slots: number): DiagonalPlan {
  if (!Number.isInteger(columns) || columns < 1 || columns > slots)
    throw new RangeError(`${columns} columns do not fit into ${slots} slots`)
  const padded = nextPower(columns)
  return { slots, columns: padded, baby: babyOf(padded) }
}

/** Steps that both products rotate by; all powers of two below the slots are among them. */
export function rotationsOf({ slots, columns, baby }: DiagonalPlan): number[] {
  return [...walkRotations({ diagonals: columns, baby, stride: 1 }), ...foldRotations(columns, slots)]
}

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
