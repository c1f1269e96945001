// Membership: whose rows the synthetic ones were made from, by how near they come, and by where they are too dense.
// Source: distance to the closest record; van Breugel and others, DOMIAS (AISTATS 2023), for densities against a reference.
// Half of the control is what the adversary has of the population, the other half are those who must be told from members.

import { seededStream } from '../../../random/seeded.ts'
import { curveOf } from '../../roc.ts'
import { binned } from './bins.ts'
import type { FeatureTable, SyntheticAttack, SyntheticSight } from './contract.ts'
import { drawRows, nearest } from './neighbours.ts'

/** A row that is asked about. */
interface Candidate {
  readonly table: 'original' | 'control'
  readonly row: number
}

function membership(
  name: string,
  title: string,
  source: string,
  scorer: (sight: SyntheticSight, reference: Int32Array) => (candidate: Candidate) => number,
): SyntheticAttack {
  return {
    name,
    title,
    standpoint: 'outsider',
    needs: 'whole rows of people, of whom some were used, and rows of others like them',
    source,
    obstacle: ({ control }) => (control.rows < 40 ? 'Fewer than 40 rows were kept out.' : undefined),
    async find(sight, { seed, attacks, turn }) {
      const stream = seededStream(seed, 'membership')
      const order = drawRows(sight.control.rows, sight.control.rows, stream.below)
      const half = Math.floor(order.length / 2)
      const [reference, others] = [order.subarray(0, half), order.subarray(half).subarray(0, attacks)]
      const members = drawRows(sight.original.rows, attacks, stream.below)
      const score = scorer(sight, reference)
      const candidates: Candidate[] = [
        ...Array.from(members, (row): Candidate => ({ table: 'original', row })),
        ...Array.from(others, (row): Candidate => ({ table: 'control', row })),
      ]
      const scores = new Float64Array(candidates.length)
      for (const [c, candidate] of candidates.entries()) {
        await turn()
        scores[c] = score(candidate)
      }
      const measures = curveOf(
        scores,
        Uint8Array.from(candidates, ({ table }) => Number(table === 'original')),
        seed,
      )
      return [
        {
          metrics: [{ name: 'member', ...measures.auc, chance: 0.5 }],
          measures: [
            { name: 'members found at one false alarm in a thousand', ...measures.hitsAtThousandth },
            { name: 'members found at one false alarm in a hundred', ...measures.hitsAtHundredth },
          ],
          rows: candidates.length,
          notes: [],
        },
      ]
    },
  }
}

/** Rows of the control that say what is usual. */
const mostSmoothed = 200

/** A hundredth of what is usual between a person and the nearest synthetic row: what a ratio of distances does not look below. */
function smoothing(sight: SyntheticSight, reference: Int32Array, columns: readonly number[]): number {
  const distances = Array.from(reference.subarray(0, mostSmoothed), (row) => {
    const { distances: found } = nearest(sight.control, row, sight.synthetic, columns, sight.ranges, 1)
    return found[0]!
  }).sort((a, b) => a - b)
  return Math.max(1e-9, (distances[Math.floor(distances.length / 2)] ?? 0) / 100)
}

/** By distance. */
export const membershipByNearest = membership(
  'membership-nearest',
  'Membership by how near the closest synthetic row is',
  'distance to the closest record',
  (sight) => {
    const columns = Array.from(sight.synthetic.features.keys())
    return ({ table, row }) =>
      -nearest(sight[table], row, sight.synthetic, columns, sight.ranges, 1).distances[0]!
  },
)

/** By distance, where people are sparse less than where they are dense. */
export const membershipByDistance = membership(
  'membership-distance',
  'Membership by the closest synthetic row beside the closest of other people',
  'distance to the closest record, held against that to people who were kept out',
  (sight, reference) => {
    const columns = Array.from(sight.synthetic.features.keys())
    const known: FeatureTable = {
      ...sight.control,
      rows: reference.length,
      features: sight.control.features.map((feature) => ({
        ...feature,
        values: Float64Array.from(reference, (row) => feature.values[row]!),
      })),
    }
    const least = smoothing(sight, reference, columns)
    return ({ table, row }) => {
      const to = (other: FeatureTable) =>
        nearest(sight[table], row, other, columns, sight.ranges, 1).distances[0]!
      return Math.log(to(known) + least) - Math.log(to(sight.synthetic) + least)
    }
  },
)

/** By how many synthetic rows have each pair of a row's values, against how many of the population have. */
export const membershipByDensity = membership(
  'membership-density',
  'Membership by pairs of values that are too common',
  'van Breugel and others (AISTATS 2023), with counts of pairs as densities',
  (sight, reference) => {
    const tables = binned(sight)
    const pairs = tables.synthetic.flatMap((a, i) =>
      tables.synthetic.slice(i + 1).map((b, j) => [i, i + 1 + j, a.values.length, b.values.length] as const),
    )
    const ratios = pairs.map(([a, b, width, height]) => {
      const [released, known] = [new Float64Array(width * height), new Float64Array(width * height)]
      const [sa, sb] = [tables.synthetic[a]!.codes, tables.synthetic[b]!.codes]
      for (let r = 0; r < sa.length; r++) released[sa[r]! * height + sb[r]!]!++
      const [ca, cb] = [tables.control[a]!.codes, tables.control[b]!.codes]
      for (const row of reference) known[ca[row]! * height + cb[row]!]!++
      return released.map(
        (count, at) =>
          Math.log((count + 0.5) / (sa.length + 1)) - Math.log((known[at]! + 0.5) / (reference.length + 1)),
      )
    })
    return ({ table, row }) => {
      let score = 0
      pairs.forEach(([a, b, , height], p) => {
        score += ratios[p]![tables[table][a]!.codes[row]! * height + tables[table][b]!.codes[row]!]!
      })
      return score
    }
  },
)
