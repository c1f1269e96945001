// The report of drawn digits: a table, a figure, and who is ahead.
// Source: results.ts.

import type { Report, Settings } from '../experiment.ts'
import { markdownTable, plainTable } from '../textTables.ts'
import { mixtureFigure } from './figure.ts'
import { clusters, delta } from './publishMixture.ts'
import type { MixtureResults, MixtureRow } from './results.ts'

const percent = (share: number) => `${(100 * share).toFixed(1)}%`
const head = ['ε', 'networks', 'accuracy', 'spread', 'membership', 'farthest', 'σ', 'seconds']

function numbers({ rows }: MixtureResults, drawn = markdownTable): string {
  const line = (row: MixtureRow) => [
    row.arm === 'real' ? '–' : row.epsilon === 0 ? 'none' : String(row.epsilon),
    row.arm === 'real' ? 'real pictures' : row.arm === 'clusters' ? `${row.clusters} clusters` : 'one',
    percent(row.accuracy),
    row.seeds > 1 ? `± ${percent(row.spread)}` : '–',
    ...(row.arm === 'real' ? ['–', '–'] : [row.membership.toFixed(3), row.farthest.toFixed(3)]),
    row.epsilon === 0 ? '–' : row.noiseMultiplier.toFixed(2),
    row.arm === 'real' ? '–' : row.seconds.toFixed(0),
  ]
  return drawn(head, rows.map(line))
}

export function publishMixtureReport(results: MixtureResults, { quick }: Settings): Report {
  const { rows, train, recipe, sizes } = results
  const made = rows.filter(({ arm }) => arm !== 'real')
  return {
    figures: { mixture: mixtureFigure(results) },
    page: {
      quick,
      delta,
      clusters,
      train: train.toLocaleString('en'),
      drawn: sizes.drawn.toLocaleString('en'),
      candidates: sizes.candidates.toLocaleString('en'),
      against: sizes.against.toLocaleString('en'),
      hidden: recipe.hidden,
      latent: recipe.latent,
      epochs: recipe.epochs,
      steps: recipe.per * recipe.epochs,
      share: percent(recipe.share),
      seeds: Math.max(...made.map(({ seeds }) => seeds)),
      numbers: numbers(results),
      // Of the area's deviation where nothing is told, two.
      chance: (2 * Math.sqrt((2 * sizes.candidates + 1) / (12 * sizes.candidates ** 2))).toFixed(3),
    },
    summary: numbers(results, plainTable),
  }
}
