// Linkability: people who are known in two parts, such as by two registers, are put together where both parts are near one synthetic row.
// Source: Article 29 WP, Opinion 05/2014; Anonymeter (PoPETs 2023).
// Columns are dealt out to the two parts in turn: another division may link more.

import { seededStream } from '../../../random/seeded.ts'
import type { FeatureTable, SyntheticAttack, SyntheticSight } from './contract.ts'
import { distanceIn, drawRows, nearest } from './neighbours.ts'
import { residualMetric, type Tally } from './residual.ts'

/** Whether one synthetic row is near both parts of a person. */
type Link = (
  sight: SyntheticSight,
  table: FeatureTable,
  row: number,
  parts: readonly [number[], number[]],
) => boolean

/** @param neighbours synthetic rows that count as near; a guess takes as many */
function linkability(name: string, near: string, neighbours: number, link: Link): SyntheticAttack {
  return {
    name,
    title: `Linking two parts of a person by ${near}`,
    standpoint: 'outsider',
    needs: 'what people are in one half of the columns, and, without names, in the other half',
    source: 'Article 29 WP, Opinion 05/2014; Giomi and others (PoPETs 2023)',
    obstacle: ({ synthetic }) =>
      synthetic.features.length < 2
        ? 'The rows have one column.'
        : synthetic.rows <= neighbours
          ? 'There are too few synthetic rows.'
          : undefined,
    async find(sight, { seed, attacks, turn }) {
      const { original, control, synthetic } = sight
      const source = seededStream(seed, 'linkability')
      const all = Array.from(synthetic.features.keys())
      const parts: [number[], number[]] = [all.filter((c) => c % 2 === 0), all.filter((c) => c % 2 === 1)]
      const tally = async (table: FeatureTable): Promise<Tally> => {
        const targets = drawRows(table.rows, attacks, source.below)
        let hits = 0
        for (const row of targets) {
          await turn()
          if (link(sight, table, row, parts)) hits++
        }
        return { hits, attempts: targets.length }
      }
      const main = await tally(original)
      let luck = 0
      for (let i = 0; i < main.attempts; i++) {
        await turn()
        const first = drawRows(synthetic.rows, neighbours, source.below)
        const second = drawRows(synthetic.rows, neighbours, source.below)
        if (first.some((row) => second.includes(row))) luck++
      }
      return [
        {
          ...residualMetric('linked', {
            main,
            control: await tally(control),
            baseline: { hits: luck, attempts: main.attempts },
          }),
          rows: main.attempts,
          notes: [`The two parts have ${parts[0].length} and ${parts[1].length} columns.`],
        },
      ]
    },
  }
}

const byNearest =
  (neighbours: number): Link =>
  ({ synthetic, ranges }, table, row, parts) => {
    const [first, second] = parts.map((part) => nearest(table, row, synthetic, part, ranges, neighbours).rows)
    return first!.some((near) => second!.includes(near))
  }

/** Whether a row is as near as any in both parts: of texts many rows are, and the nearest is one of them by luck. */
const byTies: Link = ({ synthetic, ranges }, table, row, parts) => {
  const far = ([part, least]: readonly [number[], number], r: number): number => {
    let distance = 0
    for (let j = 0; j < part.length && distance <= least; j++) {
      const { values, isNumber } = synthetic.features[part[j]!]!
      distance += distanceIn(table.features[part[j]!]!.values[row]!, values[r]!, isNumber, ranges[part[j]!]!)
    }
    return distance
  }
  const both = parts.map(
    (part) => [part, nearest(table, row, synthetic, part, ranges, 1).distances[0]!] as const,
  )
  for (let r = 0; r < synthetic.rows; r++)
    if (both.every(([part, least]) => far([part, least], r) <= least)) return true
  return false
}

/** By one synthetic row, by ten, and by all that are as near as the nearest. */
export const linkabilityByOne = linkability('linkability-1', 'the nearest synthetic row', 1, byNearest(1))
export const linkabilityByTen = linkability(
  'linkability-10',
  'the 10 nearest synthetic rows',
  10,
  byNearest(10),
)
export const linkabilityByTies = linkability('linkability-ties', 'all nearest synthetic rows', 1, byTies)
