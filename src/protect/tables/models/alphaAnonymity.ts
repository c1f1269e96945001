// (α, k)-anonymity: every class has at least k rows, and no sensitive value is more than the share α of any class.
// Source: Wong, Li, Fu and Wang, KDD 2006, definition 3 for every value of the column.
// It does not promise that a value's share is near what is expected of it: α bounds the rare and the frequent alike.

import type { ClassView, PrivacyModel } from '../model.ts'
import { anonymityRange } from './kAnonymity.ts'
import { type Range, within } from './ranges.ts'
import { knownValues, type MissingCells, missingSaid, sensitiveRows } from './sensitiveFacts.ts'

export const alphaRange: Range = { above: 0, to: 1 }

/** The share that its most frequent sensitive value has of a class's rows that have one; 0 where none has. */
export function largestShare(view: ClassView): number {
  let [most, rows] = [0, 0]
  for (let i = 0; i < view.distinct; i++) {
    most = Math.max(most, view.counts[i]!)
    rows += view.counts[i]!
  }
  return rows === 0 ? 0 : most / rows
}

/**
 * (α, k)-anonymity. A share of α itself passes.
 * @param options.alpha above 0, up to 1
 * @param options.k a whole number from 1
 * @param options.sensitive name of the sensitive column
 * @param options.missing whether a missing cell counts as a value; unless said, shares are those of rows that have one
 * @throws FrostglassError `usage` where α or k is out of range
 */
export function alphaAnonymity(options: {
  readonly alpha: number
  readonly k: number
  readonly sensitive: string
  readonly missing?: MissingCells | undefined
}): PrivacyModel {
  const { sensitive, missing } = options
  const alpha = within('alpha', options.alpha, alphaRange)
  const k = within('k', options.k, anonymityRange)
  return Object.freeze({
    name: '(α, k)-anonymity',
    says: `(${alpha}, ${k})-anonymity of ${sensitive}${missingSaid(missing)}`,
    sensitive,
    monotone: true,
    prepare(facts) {
      sensitiveRows(facts, sensitive)
      const known = knownValues(facts, missing)
      return {
        classPasses: (view) => view.rows === 0 || (view.rows >= k && largestShare(known(view)) <= alpha),
      }
    },
  } satisfies PrivacyModel)
}
