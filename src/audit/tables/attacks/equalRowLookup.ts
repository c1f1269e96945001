// Equal rows by known rows: a row that left as a known one did is its equal; of others lines, and what is left, tell.
// Source: equalRows.ts; equality leakage as in Naveed, Kamara and Wright (2015); inverterLines.ts.
// Tables whose rows are all different give it nothing beyond the lines.

import { scalesOf } from '../../../statistics/standard.ts'
import { joined, type View } from '../evidence.ts'
import { recoveryAttack } from '../recovery.ts'
import { assign } from './assignment.ts'
import { equalRowsOf, hasEqualRows, noEqualRows } from './equalRows.ts'
import { guessByLines } from './inverterLines.ts'
import { undone } from './linear.ts'

/** Leak: known rows are looked up by what left of them. */
export const equalRowLookup = recoveryAttack({
  name: 'equal-row-lookup',
  title: 'Rows equal to known rows',
  standpoint: 'leak',
  reads: ['columns'],
  holds: ['pairs'],
  needs: 'known rows with their protected forms, and the activation',
  source: 'Naveed, Kamara and Wright (CCS 2015), section 4.1; Breiman (1996) for the lines',
  fewest: 2,
  applies: hasEqualRows,
  whyNot: noEqualRows,
  recover(view) {
    const straight = undone(view)
    const forms = [
      { known: view.known.released, asked: view.unseen },
      { known: straight.known, asked: straight.unseen },
    ]
    const { standardised, restored } = scalesOf(view.known.original)
    const features = restored(guessByLines(forms, 1, standardised(view.known.original)).asked)
    const count = view.known.original[0]!.length
    const { codes } = equalRowsOf(joined(view.known.released, view.unseen))
    const equal = new Map(Array.from(codes.subarray(0, count), (code, r) => [code, r]))
    const asked = codes.subarray(count)
    let found = 0
    asked.forEach((code, r) => {
      const row = equal.get(code)
      if (row === undefined) return
      found++
      features.forEach((column, f) => {
        column[r] = view.known.original[f]![row]!
      })
    })
    shareOutOthers(view, features, asked, new Set(equal.keys()))
    const rows = codes.length - count
    return { features, notes: [`${found} of ${rows} rows left as a known row did.`] }
  },
})

/** Kinds of people up to which those that no known row is of are shared out among the other rows. */
const mostKinds = 400

/**
 * Of a table of categories: rows that left unlike a known row are of other kinds than that, and rows that left unlike
 * each other of different ones. Each kind of rows is given the free kind of people that the lines make it likest.
 */
function shareOutOthers(
  { attributes, known }: View,
  features: readonly Float64Array[],
  asked: Int32Array,
  taken: ReadonlySet<number>,
): void {
  const size = attributes.reduce(
    (product, a) => product * (a.kind === 'categorical' ? a.categories : Number.POSITIVE_INFINITY),
    1,
  )
  if (size > mostKinds) return
  const kinds = attributes.reduce<number[][]>(
    (all, a) =>
      all.flatMap((kind) =>
        Array.from({ length: a.kind === 'categorical' ? a.categories : 0 }, (_, c) => [
          ...kind,
          a.feature + c,
        ]),
      ),
    [[]],
  )
  const isKnown = (kind: readonly number[]) =>
    known.original[0]!.some((_, r) => kind.every((f) => known.original[f]![r] === 1))
  const free = kinds.filter((kind) => !isKnown(kind))
  const rows = new Map<number, number[]>()
  asked.forEach((code, r) => {
    if (taken.has(code)) return
    const alike = rows.get(code)
    if (alike) alike.push(r)
    else rows.set(code, [r])
  })
  const others = [...rows.values()]
  // The more rows a kind has, the dearer is a wrong one; equal rows have one guess.
  const costs = others.map((alike) =>
    Float64Array.from(
      free,
      (kind) => -alike.length * kind.reduce((sum, f) => sum + features[f]![alike[0]!]!, 0),
    ),
  )
  assign(costs).forEach((place, i) => {
    const kind = free[place]
    if (!kind) return
    for (const r of others[i]!) {
      for (const column of features) column[r] = 0
      for (const f of kind) features[f]![r] = 1
    }
  })
}
