// What inverts rows by pairs that labels gave: people on a list are linked by them, and a regression takes the rest back.
// Source: linksByLabels of crowdLinking.ts; kernelRidge.ts.
// Where nobody is linked it guesses the mean, and says so.

import { meanInParts } from '../../../statistics/moments.ts'
import type { AttackOptions } from '../../finding.ts'
import type { View } from '../evidence.ts'
import { linkCrowd, linksByLabels, whiteRows } from './crowdLinking.ts'
import { crowdOf } from './crowdOf.ts'

/** @param unlinked what to note where the labels link nobody. */
export function invertedByLabels(
  view: View,
  effort: AttackOptions['effort'],
  unlinked: string,
): { readonly features: Float64Array[]; readonly notes?: string[] | undefined } {
  const crowd = crowdOf(view, effort)
  const white = whiteRows(crowd, view.unseen)
  const linking = linkCrowd(crowd, white, linksByLabels(crowd))
  if (linking) return { features: linking.predict(white.others) }
  const rows = view.unseen[0]!.length
  const means = view.background!.map((x) => meanInParts(x))
  return { features: means.map((m) => new Float64Array(rows).fill(m)), notes: [unlinked] }
}
