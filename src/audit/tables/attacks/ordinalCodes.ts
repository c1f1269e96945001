// Features as they were before the layers, where categories left as one number each: codes in the order they seem to have.
// Source: categoryComponents.ts for the order; Naveed, Kamara and Wright (2015), section 4.1, for frequencies.
// An order that no component shows is taken as it comes, which is wrong for most attributes of three categories and more.

import type { Scheme } from '../../../protect/index.ts'
import type { AttackOptions } from '../../finding.ts'
import type { Attribute, Evidence } from '../evidence.ts'
import { componentsOf, levelsOf } from './categoryComponents.ts'

/** Ways between features (one-hot) and the columns that were mixed. */
export interface Coding {
  code(features: readonly Float64Array[]): readonly Float64Array[]
  decode(columns: readonly Float64Array[]): Float64Array[]
}

/** Whether as many columns left as were mixed, categories as one number each or as one for each category. */
export function enoughColumns({ attributes, released }: Pick<Evidence, 'attributes' | 'released'>): boolean {
  return released.length >= attributes.length
}

/** @param sample raw rows, which have the frequencies of the categories. */
export function codingOf(
  attributes: readonly Attribute[],
  sample: readonly Float64Array[],
  released: readonly Float64Array[],
  scheme: Scheme,
  options: Pick<AttackOptions, 'seed' | 'effort'>,
): Coding {
  if (released.length >= sample.length)
    return { code: (features) => features, decode: (columns) => [...columns] }
  // Two categories are in order whichever comes first.
  const unordered = attributes.some((a) => a.kind === 'categorical' && a.categories > 2)
  const components = unordered ? componentsOf(released, scheme, options) : []
  const orders = attributes.map((a) =>
    a.kind === 'categorical' ? levelsOf(sample, a, components).sequence : undefined,
  )
  return {
    code: (features) =>
      attributes.map(({ feature }, j) => {
        const order = orders[j]
        if (!order) return features[feature]!
        return features[feature]!.map((_, r) => order.findIndex((c) => features[feature + c]![r] === 1))
      }),
    decode: (columns) => {
      const out: Float64Array[] = []
      attributes.forEach(({ feature }, j) => {
        const order = orders[j]
        if (!order) {
          out[feature] = columns[j]!
          return
        }
        const nearest = columns[j]!.map((x) => order[Math.min(order.length - 1, Math.max(0, Math.round(x)))]!)
        for (let c = 0; c < order.length; c++) out[feature + c] = nearest.map((code) => Number(code === c))
      })
      return out
    },
  }
}
