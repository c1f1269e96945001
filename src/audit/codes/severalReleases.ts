// The attacker on several releases of one unit: what a certificate of bundles bounds, and single releases do not.
// Source: PROOF.md, theorem D (any dependence: k rows of a fresh unit, drawn evenly). A mixture over the units that it has learned
// from: each is a law of codes, smoothed; the class whose units make the k outputs likeliest is named.

import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { CodeAttacker, SeenRows } from './contract.ts'
import { drawn, rowsByUnit } from './seen.ts'

/** Added to the counts of a unit's outputs. */
const smoothing = 0.5
/** Bundles that are drawn of each judged unit: their mean is how often the attacker is right on it. */
const draws = 20

/** Judged units of k rows or more: fewer say nothing. */
const fewest = 50

/** Units of k rows or more are attacked: of others there is no such bundle. */
export const severalReleases = (k: number): CodeAttacker => ({
  name: `releases-${k}`,
  title: `${k} releases of a unit together`,
  needs: `${k} releases of the unit that it attacks, and releases of people whose attribute it knows`,
  source: 'PROOF.md, theorem D; a mixture over the learned units',
  bound: { releases: k },
  applies: (judged) =>
    [...rowsByUnit(judged.units).values()].filter((rows) => rows.length >= k).length >= fewest,
  async run(learned, judged, sizes, { seed }) {
    const outputs = sizes.channel[0]!.length
    const laws = lawsOf(learned, drawn(learned, sizes, seed, 'draws of learned bundles'), outputs)
    const seen = drawn(judged, sizes, seed, 'draws of judged bundles')
    const random = seededStream(seed, 'bundles of judged units', k)
    const hits = new Map<string, number>()
    for (const [unit, rows] of rowsByUnit(judged.units)) {
      if (rows.length < k) continue
      let right = 0
      for (let draw = 0; draw < draws; draw++) {
        const bundle = shuffle(upTo(rows.length), random).subarray(0, k)
        const logs = laws.map((law) => bundle.reduce((sum, at) => sum + law.logs[seen[rows[at]!]!]!, 0))
        // Against the largest: products of many chances are none in float64.
        const most = logs.reduce((a, b) => Math.max(a, b))
        const scores = new Float64Array(sizes.classes)
        for (const [i, { hidden }] of laws.entries()) scores[hidden]! += Math.exp(logs[i]! - most)
        right += Number(scores.indexOf(Math.max(...scores)) === judged.hidden[rows[0]!])
      }
      hits.set(unit, right / draws)
    }
    return hits
  },
})

/** Each learned unit as a law of outputs: the logarithms of its chances. */
function lawsOf({ hidden, units }: SeenRows, outputs: Int32Array, count: number) {
  return [...rowsByUnit(units).values()].map((rows) => {
    const counts = new Float64Array(count).fill(smoothing)
    for (const row of rows) counts[outputs[row]!]! += 1
    const all = rows.length + smoothing * count
    return { hidden: hidden[rows[0]!]!, logs: counts.map((n) => Math.log(n / all)) }
  })
}
