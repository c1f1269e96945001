// Features as linear protections see them: mapped to [-0.5, 0.5] by the ranges, which the schema makes public.
// Source: protect/keyed/protection.ts (stage 1 of SPG); evidence.ts (adversaries know the schema).
// A constant feature is 0 and comes back as its value.

import type { Attribute } from '../evidence.ts'

/** @param attributes the schema; features are in its order. */
export function normalisedFeatures(attributes: readonly Attribute[]): {
  normalise(features: readonly Float64Array[]): Float64Array[]
  restore(normalised: readonly Float64Array[]): Float64Array[]
} {
  const ranges = attributes.flatMap((a) =>
    a.kind === 'numeric'
      ? [{ minimum: a.minimum, width: a.maximum - a.minimum }]
      : Array.from({ length: a.categories }, () => ({ minimum: 0, width: 1 })),
  )
  return {
    normalise: (features) =>
      features.map((column, j) => {
        const { minimum, width } = ranges[j]!
        return column.map((x) => (width > 0 ? (x - minimum) / width - 0.5 : 0))
      }),
    restore: (normalised) =>
      normalised.map((column, j) => {
        const { minimum, width } = ranges[j]!
        return column.map((x) => (x + 0.5) * width + minimum)
      }),
  }
}
