// Categories from independent components: a component that falls into levels is the category whose frequencies they have.
// Source: Hyvärinen and Oja (2000) for the components; frequencies as in Naveed, Kamara and Wright (2015), section 4.1.
// Categories that depend on each other, or are as frequent as each other, are named by accident.

import type { Scheme } from '../../../protect/index.ts'
import { seededStream } from '../../../random/seeded.ts'
import { percent } from '../../../statistics/figures.ts'
import { meanInParts } from '../../../statistics/moments.ts'
import type { AttackOptions } from '../../finding.ts'
import type { Attribute } from '../evidence.ts'
import { recoveryAttack } from '../recovery.ts'
import { separate, unmix } from './fastIca.ts'
import { whiten, withoutActivation } from './whitening.ts'

/** Rows that components are fitted to at most, starts, and multiplications that are spent. */
const mostFitted = 2000
const efforts = { quick: { starts: 4, work: 6e8 }, full: { starts: 16, work: 2e10 } }

/** Categories up to which all their orders are tried: one number for all of them may stand in any. */
const mostOrdered = 5

/** How much less a split counts for each share by which its levels miss the frequencies. */
const missed = 8

/** Blind: components of the columns with and without the activation, split into levels. */
export const categoryComponents = recoveryAttack({
  name: 'category-components',
  title: 'Categories from independent components',
  standpoint: 'blind',
  reads: ['columns'],
  holds: ['distributions'],
  needs: 'the protected table, the activation, and how frequent each category is, as from a public data set',
  source: 'Hyvärinen and Oja (2000); Naveed, Kamara and Wright (CCS 2015), section 4.1',
  fewest: 0,
  guesses: ['categorical'],
  recover(view, { seed, effort }) {
    const rows = view.unseen[0]!.length
    const ordered = componentsOf(view.unseen, view.scheme, { seed, effort })
    const features = view.marginals.map((marginal) => new Float64Array(rows).fill(meanInParts(marginal)))
    const notes: string[] = []
    for (const attribute of view.attributes) {
      if (attribute.kind !== 'categorical' || attribute.categories < 2) continue
      const { codes, clear } = levelsOf(view.marginals, attribute, ordered)
      for (let c = 0; c < attribute.categories; c++)
        features[attribute.feature + c] = Float64Array.from(codes, (code) => Number(code === c))
      notes.push(percent(clear, 0))
    }
    return {
      features,
      notes: [`Levels explain so much of the components that they were found in: ${notes.join(', ')}.`],
    }
  },
})

/** Components of the columns with the activation undone, and as they are. */
export function componentsOf(
  released: readonly Float64Array[],
  scheme: Scheme,
  { seed, effort }: Pick<AttackOptions, 'seed' | 'effort'>,
): Ordered[] {
  const rows = released[0]!.length
  const components: Float64Array[] = [withoutActivation(released, scheme), released].flatMap(
    (columns, form) => {
      const { white } = whiten(columns)
      const most = Math.max(3 * white.length, Math.min(mostFitted, 2e6 / white.length ** 2))
      const step = Math.ceil(rows / most)
      const fitted = white.map((column) => column.filter((_, r) => r % step === 0))
      const { starts, work } = efforts[effort]
      const steps = work / (starts * 4 * white.length ** 2 * Math.max(1, fitted[0]?.length ?? 0))
      return Array.from({ length: steps < 50 ? 1 : starts }, (_, start) =>
        unmix(
          white,
          separate(fitted, {
            random: seededStream(seed, `category components ${form} ${start}`),
            starts: 1,
            steps: Math.max(30, Math.min(200, Math.floor(steps))),
          }),
        ),
      ).flat()
    },
  )
  return components.map(orderedOf)
}

/** A component in ascending order. */
export interface Ordered {
  readonly order: Int32Array
  readonly ascending: Float64Array
  /** Sums of the first values, and of their squares. */
  readonly sums: Float64Array
  readonly squares: Float64Array
}

function orderedOf(component: Float64Array): Ordered {
  const order = Int32Array.from(component, (_, r) => r).sort((a, b) => component[a]! - component[b]!)
  const ascending = Float64Array.from(order, (r) => component[r]!)
  const sums = new Float64Array(order.length + 1)
  const squares = new Float64Array(order.length + 1)
  ascending.forEach((x, i) => {
    sums[i + 1] = sums[i]! + x
    squares[i + 1] = squares[i]! + x * x
  })
  return { order, ascending, sums, squares }
}

/** The component whose levels are clearest where the frequencies cut it, and the category of each row by it. */
export function levelsOf(
  distributions: readonly Float64Array[],
  { feature, categories }: Attribute & { readonly kind: 'categorical' },
  components: readonly Ordered[],
): { readonly codes: Int32Array; readonly clear: number; readonly sequence: readonly number[] } {
  const shares = Array.from({ length: categories }, (_, c) => meanInParts(distributions[feature + c]!))
  let best = {
    clear: Number.NEGATIVE_INFINITY,
    codes: new Int32Array(0),
    sequence: [...shares.keys()] as readonly number[],
  }
  const attempt = (component: Ordered, sequence: readonly number[]) => {
    const cuts = cutsOf(
      component,
      sequence.map((c) => shares[c]!),
    )
    if (!cuts || cuts.clear <= best.clear) return
    const codes = new Int32Array(component.order.length)
    sequence.forEach((c, level) => {
      for (let i = cuts.at[level]!; i < cuts.at[level + 1]!; i++) codes[component.order[i]!] = c
    })
    best = { clear: cuts.clear, codes, sequence }
  }
  const sequences = categories <= mostOrdered ? ordersOf([...shares.keys()]) : [[...shares.keys()]]
  for (const component of components) for (const sequence of sequences) attempt(component, sequence)
  const usual = shares.indexOf(Math.max(...shares))
  if (best.codes.length === 0)
    return {
      codes: new Int32Array(components[0]?.order.length ?? 0).fill(usual),
      clear: 0,
      sequence: best.sequence,
    }
  return best
}

/** Where a component is cut so that its levels have such shares: at the widest gap near each; and how much they explain. */
function cutsOf({ order, ascending, sums, squares }: Ordered, shares: readonly number[]) {
  const rows = order.length
  const near = Math.ceil(0.03 * rows)
  const at = [0]
  let below = 0
  let off = 0
  for (const share of shares.slice(0, -1)) {
    below += share
    const wanted = Math.round(below * rows)
    let cut = wanted
    let widest = Number.NEGATIVE_INFINITY
    for (let i = Math.max(at.at(-1)! + 1, wanted - near); i <= Math.min(rows - 1, wanted + near); i++) {
      const gap = ascending[i]! - ascending[i - 1]!
      if (gap > widest) {
        widest = gap
        cut = i
      }
    }
    if (cut <= at.at(-1)! || cut >= rows) return undefined
    off += Math.abs(cut - wanted) / rows
    at.push(cut)
  }
  at.push(rows)
  // White components have a variance of 1: what is left within the levels is what they do not explain.
  let within = 0
  for (let level = 0; level + 1 < at.length; level++) {
    const [from, to] = [at[level]!, at[level + 1]!]
    within += squares[to]! - squares[from]! - (sums[to]! - sums[from]!) ** 2 / (to - from)
  }
  return { at, clear: 1 - within / rows - missed * off }
}

function ordersOf(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item) =>
    ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  )
}
