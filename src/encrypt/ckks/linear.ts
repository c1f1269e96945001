// Products of a matrix with encrypted vectors, its diagonals in the plain or encrypted: X w, and Xᵀ e.
// Source: Halevi and Shoup 2014, 2018; see diagonals.ts. Rotations are shared by all blocks of rows; products are summed
// before they are rescaled or relinearised.

import type { Ciphertext, Plaintext } from 'node-seal'
import {
  backwardDiagonal,
  type DiagonalPlan,
  foldRotations,
  forwardDiagonal,
  type Walk,
} from './diagonals.ts'
import type { CkksService } from './service.ts'

/** One diagonal, ready to multiply by; null where it is all 0. */
export type Diagonal = { readonly plain: Plaintext } | { readonly encrypted: Ciphertext } | null

/** The diagonals of a block of rows, k = 0 … columns − 1. */
export type Diagonals = readonly Diagonal[]

/** Rows of a block as plain diagonals, encoded at a level and scale; null too where all rounds to 0, which SEAL does not take. */
export function plainDiagonals(
  service: CkksService,
  plan: DiagonalPlan,
  direction: 'forward' | 'backward',
  at: (row: number, column: number) => number,
  { level, scale }: { readonly level: number; readonly scale: number },
): Diagonals {
  const diagonal = direction === 'forward' ? forwardDiagonal : backwardDiagonal
  return Array.from({ length: plan.columns }, (_, k): Diagonal => {
    const values = diagonal(plan, k, at)
    if (values.every((v) => v === 0)) return null
    const encoded = service.encode(values, level, scale)
    if (!encoded.isZero()) return { plain: encoded }
    service.free(encoded)
    return null
  })
}

/** X w for each block of rows: one ciphertext each, one level lower. @param vector periodic */
export function rowsTimes(
  service: CkksService,
  { columns, baby }: DiagonalPlan,
  blocks: readonly Diagonals[],
  vector: Ciphertext,
): Ciphertext[] {
  const walk = { diagonals: columns, baby, stride: 1 }
  const babies = rotationsBy(service, walk, vector)
  const results = blocks.map((diagonals) => walked(service, walk, [diagonals], [babies]))
  service.free(...babies.slice(1))
  return results
}

/**
 * Xᵀ e over all blocks of rows: a periodic vector, one level lower.
 * @param vectors a ciphertext for each block
 */
export function columnsTimes(
  service: CkksService,
  { slots, columns, baby }: DiagonalPlan,
  blocks: readonly Diagonals[],
  vectors: readonly Ciphertext[],
): Ciphertext {
  const walk = { diagonals: columns, baby, stride: 1 }
  return folded(service, diagonalsTimes(service, walk, blocks, vectors), columns, slots)
}

/** Sums of what lies `from`, 2 `from`, … slots apart, over `slots` in all; in the place of `total`. */
export const folded = (service: CkksService, total: Ciphertext, from: number, slots: number): Ciphertext =>
  foldRotations(from, slots).reduce((sum, step) => replaced(service, sum, service.rotated(sum, step)), total)

/**
 * Σ over blocks and diagonals k of diagonal · vector, each rotated by k strides: one level lower.
 * @param later leaves the level to the caller: rotations of what is not rescaled yet take more time, and add no noise to speak of
 */
export function diagonalsTimes(
  service: CkksService,
  walk: Walk,
  blocks: readonly Diagonals[],
  vectors: readonly Ciphertext[],
  later = false,
): Ciphertext {
  const babies = vectors.map((vector) => rotationsBy(service, walk, vector))
  const total = walked(service, walk, blocks, babies, later)
  for (const rotations of babies) service.free(...rotations.slice(1))
  return total
}

/** The vector itself, and rotated by 1 … baby − 1 strides. */
const rotationsBy = (service: CkksService, { baby, stride }: Walk, vector: Ciphertext): Ciphertext[] =>
  Array.from({ length: baby }, (_, step) => (step === 0 ? vector : service.rotated(vector, step * stride)))

/** Sums of products with all blocks' baby steps, each settled, rotated by its giant step, and added up. */
function walked(
  service: CkksService,
  { diagonals, baby, stride }: Walk,
  blocks: readonly Diagonals[],
  babies: readonly (readonly Ciphertext[])[],
  later = false,
): Ciphertext {
  let total: Ciphertext | undefined
  for (let giant = 0; giant < diagonals; giant += baby) {
    let sum: Ciphertext | undefined
    blocks.forEach((diagonals, block) => {
      babies[block]!.forEach((vector, step) => {
        const diagonal = diagonals[giant + step]
        if (!diagonal) return
        const product =
          'plain' in diagonal
            ? service.timesEncoded(vector, diagonal.plain)
            : service.product(vector, diagonal.encrypted)
        sum = replaced(service, sum, product)
      })
    })
    if (!sum) continue
    const settled = later ? sum : levelLower(service, sum)
    const moved = giant === 0 ? settled : service.rotated(settled, giant * stride)
    if (giant > 0) service.free(settled)
    total = replaced(service, total, moved)
  }
  if (!total) throw new RangeError('a matrix of zeros')
  return total
}

/** A sum of products, of two polynomials and a level lower, in its place. */
function levelLower(service: CkksService, sum: Ciphertext): Ciphertext {
  const lower = sum.size() > 2 ? service.settled(sum) : service.rescaled(sum)
  service.free(sum)
  return lower
}

/** a + b in the place of both; b where there is no a yet. */
function replaced(service: CkksService, a: Ciphertext | undefined, b: Ciphertext): Ciphertext {
  if (!a) return b
  const sum = service.plus(a, b)
  service.free(a, b)
  return sum
}
