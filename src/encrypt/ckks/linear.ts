// Products of a matrix with encrypted vectors, its diagonals in the plain or encrypted: X w, and Xᵀ e.
// Source: Halevi and Shoup 2014, 2018; see diagonals.ts. Rotations are shared by all blocks of rows; products are summed
// before they are rescaled or relinearised.

import type { Ciphertext, Plaintext } from 'node-seal'
import { backwardDiagonal, type DiagonalPlan, forwardDiagonal } from './diagonals.ts'
import type { CkksService } from './service.ts'

/** One diagonal, ready to multiply by; null where it is all 0. */
export type Diagonal = { readonly plain: Plaintext } | { readonly encrypted: Ciphertext } | null

/** The diagonals of a block of rows, k = 0 … columns − 1. */
export type Diagonals = readonly Diagonal[]

/** Rows of a block as plain diagonals, encoded at a level and scale. */
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
    return values.every((v) => v === 0) ? null : { plain: service.encode(values, level, scale) }
  })
}

/** X w for each block of rows: one ciphertext each, one level lower. @param vector periodic */
export function rowsTimes(
  service: CkksService,
  plan: DiagonalPlan,
  blocks: readonly Diagonals[],
  vector: Ciphertext,
): Ciphertext[] {
  const babies = rotationsBy(service, plan, vector)
  const results = blocks.map((diagonals) => {
    const giants: [number, Ciphertext][] = []
    for (let giant = 0; giant < plan.columns; giant += plan.baby) {
      const sum = summed(service, babies, diagonals, giant)
      if (sum) giants.push([giant, sum])
    }
    return collected(service, giants)
  })
  service.free(...babies.slice(1))
  return results
}

/**
 * Xᵀ e over all blocks of rows: a periodic vector, one level lower.
 * @param vectors a ciphertext for each block
 */
export function columnsTimes(
  service: CkksService,
  plan: DiagonalPlan,
  blocks: readonly Diagonals[],
  vectors: readonly Ciphertext[],
): Ciphertext {
  const babies = vectors.map((vector) => rotationsBy(service, plan, vector))
  const giants: [number, Ciphertext][] = []
  for (let giant = 0; giant < plan.columns; giant += plan.baby) {
    let sum: Ciphertext | undefined
    blocks.forEach((diagonals, block) => {
      const own = summed(service, babies[block]!, diagonals, giant)
      sum = own && sum ? replaced(service, sum, own) : (sum ?? own)
    })
    if (sum) giants.push([giant, sum])
  }
  for (const own of babies) service.free(...own.slice(1))
  let total = collected(service, giants)
  for (let step = plan.columns; step < plan.slots; step *= 2) {
    const around = service.rotated(total, step)
    total = replaced(service, total, around)
  }
  return total
}

/** The vector itself, and rotated by 1 … baby − 1. */
const rotationsBy = (service: CkksService, { baby }: DiagonalPlan, vector: Ciphertext): Ciphertext[] =>
  Array.from({ length: baby }, (_, step) => (step === 0 ? vector : service.rotated(vector, step)))

/** Σ over baby steps of diagonal · rotated vector, not settled; nothing where all diagonals are 0. */
function summed(
  service: CkksService,
  babies: readonly Ciphertext[],
  diagonals: Diagonals,
  giant: number,
): Ciphertext | undefined {
  let sum: Ciphertext | undefined
  babies.forEach((vector, step) => {
    const diagonal = diagonals[giant + step]
    if (!diagonal) return
    const product =
      'plain' in diagonal
        ? service.timesEncoded(vector, diagonal.plain)
        : service.product(vector, diagonal.encrypted)
    sum = sum ? replaced(service, sum, product) : product
  })
  return sum
}

/** a + b in the place of both. */
function replaced(service: CkksService, a: Ciphertext, b: Ciphertext): Ciphertext {
  const sum = service.plus(a, b)
  service.free(a, b)
  return sum
}

/** Settles each sum, rotates it by its giant step, and adds all up. */
function collected(service: CkksService, giants: readonly (readonly [number, Ciphertext])[]): Ciphertext {
  if (giants.length === 0) throw new RangeError('a matrix of zeros')
  return giants
    .map(([giant, sum]) => {
      const own = sum.size() > 2 ? service.settled(sum) : service.rescaled(sum)
      service.free(sum)
      if (giant === 0) return own
      const around = service.rotated(own, giant)
      service.free(own)
      return around
    })
    .reduce((a, b) => replaced(service, a, b))
}
