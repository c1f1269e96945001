// β-likeness: no sensitive value is more frequent in a class than in the table by more than the share β of it.
// Source: Cao and Karras, PVLDB 5(11), 2012: basic (definition 2), and enhanced (definition 3), which holds frequent values closer: the
// gain is at most min(β, −ln p).
// It does not bound losses: that a value is absent from a class may tell as much.

import type { ClassView, ModelFacts, PrivacyModel } from '../model.ts'
import { type Range, within } from './ranges.ts'
import { sensitiveRows } from './sensitiveFacts.ts'

export const likenessRange: Range = { above: 0 }

/** The relative gain (q − p) / p of each value of a class, largest first not assured; a quotient of whole numbers, rounded once. */
const gain = (view: ClassView, i: number, tableCount: number, total: number): number => {
  const expected = tableCount * view.rows
  return (view.counts[i]! * total - expected) / expected
}

/** The least β of which a class is enhanced or basic β-like; Infinity where no β will do (enhanced). 0 of a class without rows. */
export function likenessOf(
  facts: ModelFacts,
  column: string,
  enhanced: boolean,
): (view: ClassView) => number {
  const total = sensitiveRows(facts, column)
  const most = Float64Array.from(facts.sensitiveCounts, (count) =>
    enhanced ? -Math.log(count / total) : Number.POSITIVE_INFINITY,
  )
  return (view) => {
    let worst = 0
    for (let i = 0; i < view.distinct; i++) {
      const code = view.values[i]!
      const gained = gain(view, i, facts.sensitiveCounts[code]!, total)
      // A gain of nothing is below every bound: that of a table's only value, −ln 1, may be −0.
      if (gained > 0 && gained > most[code]!) return Number.POSITIVE_INFINITY
      if (gained > worst) worst = gained
    }
    return worst
  }
}

/**
 * β-likeness. A gain of β itself passes.
 * @param options.beta a number above 0
 * @param options.sensitive name of the sensitive column
 * @param options.enhanced basic by default
 * @throws FrostglassError `usage` where β is out of range
 */
export function betaLikeness(options: {
  readonly beta: number
  readonly sensitive: string
  readonly enhanced?: boolean | undefined
}): PrivacyModel {
  const { sensitive, enhanced = false } = options
  const beta = within('beta', options.beta, likenessRange)
  const kind = enhanced ? 'enhanced' : 'basic'
  return Object.freeze({
    name: `${kind} β-likeness`,
    says: `${kind} ${beta}-likeness of ${sensitive}`,
    sensitive,
    monotone: true,
    prepare(facts) {
      const least = likenessOf(facts, sensitive, enhanced)
      return { classPasses: (view) => least(view) <= beta }
    },
  } satisfies PrivacyModel)
}
