// The report of the time-series experiment: figures, the paper's claims beside what was measured, and why they differ.
// Source: SPG section 5.2.
// Every number on the page and in the figures is in the results.

import type { Report } from '../experiment.ts'
import { seriesFigures } from './figures.ts'
import * as findings from './findings.ts'
import type { SeriesData } from './results.ts'
import * as tables from './tables.ts'
import { armsOf, blindOf, depthsOf, plainText, shareText, spreadText } from './text.ts'

export function seriesReport(data: SeriesData): Report {
  const [{ name, target }, ...others] = data.choices as [SeriesData['control'], ...SeriesData['choices']]
  const deepest = depthsOf(data, name).at(-1)!
  const used = data.grid.findIndex((row) => tables.recipeText(row.recipe) === tables.recipeText(data.recipe))
  const plain = [plainText(data, name, 'paper'), plainText(data, name, 'full')] as const
  return {
    figures: seriesFigures(data),
    page: {
      ...findings.claims(data),
      ...findings.setUp(data),
      ...findings.control(data),
      ...findings.survivors(data),
      target,
      choice: name,
      choices: tables.choiceTable(data),
      grid:
        data.grid.length > 0
          ? [{ recipes: data.grid.length, place: used + 1, table: tables.gridTable(data) }]
          : [],
      noise: findings.noise(data, name),
      'main-tests': tables.variantTables(data, name, ['paper', 'full'], 'test'),
      exp: tables.expTable(data),
      growth: tables.growthTable(data),
      'lost-later': shareText(tables.lostLater(data, deepest)),
      deepest,
      'main-validations': tables.variantTables(data, name, armsOf(data, name), 'validation'),
      'control-tests': tables.variantTables(data, data.control.name, armsOf(data, data.control.name), 'test'),
      rules: tables.ruleTable(data),
      flattered: findings.flattered(data),
      others: others.length > 0 ? [{ each: others.map((choice) => otherChoice(data, choice)) }] : [],
    },
    summary: `Figure 12, ${target}: RMSE over the test windows, registrations a month (ratio to no frozen layers).
No frozen layers: ${plain.join(' and ')}; a service that gets zeros: ${spreadText(blindOf(data, name), 'test')}.
${tables.bothPlainTable(data, name)}`,
  }
}

const otherChoice = (data: SeriesData, { name, target }: SeriesData['control']) => ({
  target,
  choice: name,
  paper: plainText(data, name, 'paper'),
  full: plainText(data, name, 'full'),
  zeros: spreadText(blindOf(data, name), 'test'),
  table: tables.bothTable(data, name),
})
