// How the numbers of each layer lie in slots, and how its matrix is walked: by diagonals, in parts where vectors repeat.
// Source: Halevi and Shoup 2018 (diagonals in baby and giant steps). Parts are ours: a vector that lies in the slots several
// times is multiplied by several parts of the matrix at once, a span of slots each. Costs: rotationCost of diagonals.ts.

import {
  cheapestWalk,
  foldRotations,
  nextPower,
  rotationCost,
  type Walk,
  walkCost,
} from '../ckks/diagonals.ts'

/**
 * A product with a matrix. Spans of slots hold the whole vector each; what output `part · period + c` is summed up from lies in
 * span `part`, `period` slots apart from slot c. Folded, slot `part · span + c` holds it; with one part all slots do, periodic.
 */
export interface Product {
  readonly walk: Walk
  /** A power of two of slots (a stride each for the convolution) that the outputs of a part take. */
  readonly period: number
  readonly span: number
  /** Whether it is rescaled when all is summed up: rotations take more time, and sums over many slots less noise. */
  readonly later: boolean
}

/** Sums over more slots than this are rescaled at their end; the first and the last product always are: noise weighs most there. */
const manySums = 16

/** Layers by their sizes alone. */
export interface Sizes {
  readonly slots: number
  /** Slots of a map of the convolution. */
  readonly block: number
  readonly filters: number
  readonly ciphertexts: number
  /** Of each dense layer. */
  readonly outputs: readonly number[]
  readonly levels: number
}

/** The cheapest products: the convolution's, then the dense layers'. The last one's outputs leave room for a zero. */
export function layoutOf({ slots, block, filters, ciphertexts, outputs, levels }: Sizes): Product[] {
  const maps = nextPower(filters)
  const convolution: Product = {
    walk: cheapestWalk(maps, block, levels, levels, ciphertexts),
    period: maps * block,
    span: slots,
    later: true,
  }
  const products = [convolution]
  outputs.forEach((count, i) => {
    // The convolution leaves the highest level; each square and each dense layer one more.
    const level = levels - 2 - 2 * i
    const last = i === outputs.length - 1
    const before = products.at(-1)!
    // Where the last product had parts, slots between them hold what nobody needs: no copies then.
    const copies = before.span === slots ? slots / before.period : 1
    const choices: Product[] = []
    for (let parts = 1; parts <= (last ? 1 : copies); parts *= 2) {
      const period = last ? nextPower(count + 1) : nextPower(Math.ceil(count / parts))
      const span = slots / parts
      const later = last || span / period > manySums
      choices.push({ walk: cheapestWalk(period, 1, level, later ? level : level - 1), period, span, later })
    }
    const fits = choices.filter(({ period, span }) => period <= span)
    products.push(fits.reduce((best, one) => (costOf(one, level) < costOf(best, level) ? one : best)))
  })
  return products
}

function costOf({ walk, period, span, later }: Product, level: number): number {
  const under = later ? level : level - 1
  return walkCost(walk, level, under) + foldRotations(period, span).length * rotationCost(under)
}

/** The output that a product sums up at a slot. */
export const outputAt = ({ period, span }: Pick<Product, 'period' | 'span'>, slot: number): number => {
  const part = Math.floor(slot / span)
  return part * period + (slot % period)
}

/** What diagonal `k` of a product holds at a slot: the weight between a place of the vector's span, and an output. */
export function meeting(
  { walk: { baby }, span, period }: Pick<Product, 'walk' | 'span' | 'period'>,
  slots: number,
  k: number,
  slot: number,
): { readonly place: number; readonly output: number } {
  const step = k % baby
  const moved = (slot - (k - step) + slots) % slots
  return { place: (slot + step) % span, output: outputAt({ period, span }, moved) }
}

/** Where the inputs of a dense layer lie, counted from the first one: which input at a place, −1 for none. */
export function inputsOf(
  { products, block, windows }: { products: readonly Product[]; block: number; windows: number },
  dense: number,
): (place: number) => number {
  const before = products[dense]!
  const { period, span } = before
  if (dense > 0) return (place) => (place % span < period ? outputAt(before, place) : -1)
  return (place) => {
    const window = place % block
    return place < period && window < windows ? Math.floor(place / block) * windows + window : -1
  }
}
