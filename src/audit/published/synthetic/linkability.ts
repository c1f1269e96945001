// Linkability: people who are known in two parts, such as by two registers, are put together where both parts are near one synthetic row.
// Source: Article 29 WP, Opinion 05/2014; Anonymeter (PoPETs 2023).
// Columns are dealt out to the two parts in turn: another division may link more.

import { seededStream } from '../../../random/seeded.ts'
import type { FeatureTable, SyntheticAttack } from './contract.ts'
import { drawRows, nearest } from './neighbours.ts'
import { residualMetric, type Tally } from './residual.ts'

/** @param neighbours synthetic rows that count as near */
function linkability(neighbours: number): SyntheticAttack {
  return {
    name: `linkability-${neighbours}`,
    title: `Linking two parts of a person by ${neighbours === 1 ? 'the nearest synthetic row' : `the ${neighbours} nearest synthetic rows`}`,
    standpoint: 'outsider',
    needs: 'what people are in one half of the columns, and, without names, in the other half',
    source: 'Article 29 WP, Opinion 05/2014; Giomi and others (PoPETs 2023)',
    obstacle: ({ synthetic }) =>
      synthetic.features.length < 2
        ? 'The rows have one column.'
        : synthetic.rows <= neighbours
          ? 'There are too few synthetic rows.'
          : undefined,
    find(sight, { seed, attacks }) {
      const { original, control, synthetic, ranges } = sight
      const source = seededStream(seed, 'linkability')
      const all = Array.from(synthetic.features.keys())
      const parts = [all.filter((c) => c % 2 === 0), all.filter((c) => c % 2 === 1)] as const
      const tally = (table: FeatureTable): Tally => {
        const targets = drawRows(table.rows, attacks, source.below)
        let hits = 0
        for (const row of targets) {
          const [first, second] = parts.map(
            (part) => nearest(table, row, synthetic, part, ranges, neighbours).rows,
          )
          if (first!.some((near) => second!.includes(near))) hits++
        }
        return { hits, attempts: targets.length }
      }
      const main = tally(original)
      let luck = 0
      for (let i = 0; i < main.attempts; i++) {
        const first = drawRows(synthetic.rows, neighbours, source.below)
        const second = drawRows(synthetic.rows, neighbours, source.below)
        if (first.some((row) => second.includes(row))) luck++
      }
      return [
        {
          ...residualMetric('linked', {
            main,
            control: tally(control),
            baseline: { hits: luck, attempts: main.attempts },
          }),
          rows: main.attempts,
          notes: [`The two parts have ${parts[0].length} and ${parts[1].length} columns.`],
        },
      ]
    },
  }
}

/** By one synthetic row, and by ten. */
export const linkabilityByOne = linkability(1)
export const linkabilityByTen = linkability(10)
