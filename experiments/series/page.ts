// The page of the time-series experiment: the paper's claims beside what was measured, and why they differ.
// Source: SPG section 5.2 as issue 9 quotes it; the paper's own numbers are not known here and none are given.
// Sentences hold numbers, or follow from them by a rule in this file.

import { markdownTable, plainTable } from '../textTables.ts'
import { controlSection, expSection, informationSection, otherChoices } from './pageResults.ts'
import { overlapSection, setupSection } from './pageSetup.ts'
import type { SeriesData } from './report.ts'
import {
  activations,
  armNames,
  armsOf,
  blindOf,
  cellOf,
  cellTable,
  cellText,
  depthsOf,
  growthAt,
  percent,
  plainText,
  ratioText,
  spreadText,
} from './text.ts'

/** The page in Markdown. */
export function seriesPage(data: SeriesData): string {
  const { name, target } = data.choices[0]!
  return [
    '# Time series behind frozen layers (SPG section 5.2, Figure 12)',
    '',
    ...claims(data),
    '',
    ...setupSection(data),
    '',
    `## Figure 12: ${target} (${name})`,
    '',
    '![RMSE against frozen layers](figure-12.svg)',
    '',
    'RMSE over the test windows in registrations a month, mean ± sd over splits and seeds, and in brackets the ratio to',
    'no frozen layers. Where some trainings gave no forecast their share is given, and the ratio is over the others, pair',
    `by pair.${noiseText(data, name)}`,
    '',
    ...(['paper', 'full'] as const).flatMap((arm) => [
      `**${armNames[arm]}**`,
      '',
      cellTable(data, name, arm, 'test'),
      '',
    ]),
    ...expSection(data),
    '',
    ...informationSection(data),
    '',
    ...controlSection(data),
    '',
    ...overlapSection(data),
    ...(data.choices.length > 1 ? ['', ...otherChoices(data)] : []),
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
}

/** A few lines for the terminal. */
export function seriesSummary(data: SeriesData): string {
  const { name, target } = data.choices[0]!
  const rows = depthsOf(data, name).map((layers) => [
    `${layers}`,
    ...(['paper', 'full'] as const).flatMap((arm) =>
      activations.map((activation) => cellText(cellOf(data, name, arm, activation, layers), 'test')),
    ),
  ])
  const head = ['layers', ...activations.map((a) => `paper ${a}`), ...activations.map((a) => `full ${a}`)]
  return [
    `Figure 12, ${target}: RMSE over the test windows, registrations a month (ratio to no frozen layers).`,
    `No frozen layers: ${plainText(data, name, 'paper')} and ${plainText(data, name, 'full')}; a service that gets zeros: ${spreadText(blindOf(data, name), 'test')}.`,
    plainTable(head, rows),
  ].join('\n')
}

/** How much of a difference between means is chance of training and keys; nothing for one seed. */
function noiseText(data: SeriesData, choice: string): string {
  const noises = data.cells.flatMap((cell) =>
    cell.choice === choice && cell.noise !== undefined ? [cell.noise] : [],
  )
  if (noises.length === 0) return ''
  const mean = noises.reduce((sum, v) => sum + v, 0) / noises.length
  return ` Between seeds the mean over splits varies by ${mean.toFixed(0)} (sd, averaged over all points).`
}

function claims(data: SeriesData): string[] {
  const main = data.choices[0]!.name
  const exp = (layers: number) => cellOf(data, main, 'paper', 'exp', layers)
  const failing = depthsOf(data, main).find((layers) => exp(layers).trained < exp(layers).trainings)
  const failed =
    failing === undefined
      ? 'not seen: every training gave a forecast'
      : `from ${failing} layers on trainings fail (${percent(1 - exp(failing).trained / exp(failing).trainings)} of them at ${failing}), because numbers overflow float32`
  const base = cellOf(data, main, 'full', 'identity', 0).test!
  const blind = blindOf(data, main).test!
  const hidden = blind.mean <= base.mean + base.deviation
  return [
    markdownTable(
      ['the paper', 'measured here'],
      [
        [
          'Figure 12: exponential fails beyond two frozen layers',
          `${failed}; with predictors of mean 0 and deviation 1 before the first layer ${percent(1 - growthAt(data, 'mean 0, deviation 1', 2).float32)} of keys would overflow at two layers and ${percent(1 - growthAt(data, 'mean 0, deviation 1', 3).float32)} at three`,
        ],
        [
          'Figure 11, asked of Figure 12 too: means stay within one sd of no frozen layers',
          `${leaving(data, main)}. A service that gets zeros instead of data has ${spreadText(blindOf(data, main), 'test')} against ${spreadText(cellOf(data, main, 'full', 'identity', 0), 'test')}: ${
            hidden
              ? 'within one sd as well, so on 13 training windows this criterion would not notice the loss of all data'
              : 'beyond one sd, so this criterion would notice the loss of all data'
          }`,
        ],
        [
          'asked here: what do layers cost where the predictors matter?',
          `${data.control.target} over ${data.control.months} months, where zeros cost ${ratioText(blindOf(data, data.control.name).ratio!.test)} times the error: ${controlText(data, 3)}`,
        ],
      ],
    ),
  ]
}

/** The ratios of all variants on the control. */
function controlText(data: SeriesData, layers: number): string {
  const { name } = data.control
  const ratios = armsOf(data, name).map((arm) => {
    const own = activations.map((a) => {
      const { ratio, trained, trainings } = cellOf(data, name, arm, a, layers)
      return `${a} ${ratio && trained === trainings ? ratioText(ratio.test) : `${percent(trained / trainings)} forecasts`}`
    })
    return `${arm} ${own.join(', ')}`
  })
  return `ratio to no layers at ${layers}: ${ratios.join('; ')}`
}

/** At which depth the test error leaves one deviation of the unprotected series. */
function leaving(data: SeriesData, choice: string): string {
  const parts = (['paper', 'full'] as const).flatMap((arm) => {
    const base = cellOf(data, choice, arm, 'identity', 0).test!
    return activations.map((activation) => {
      const out = depthsOf(data, choice).find((layers) => {
        const { test, trained, trainings } = cellOf(data, choice, arm, activation, layers)
        return test && trained === trainings && test.mean > base.mean + base.deviation
      })
      return { what: `${arm} ${activation}`, out }
    })
  })
  const left = parts.filter(({ out }) => out !== undefined)
  return left.length === 0
    ? 'where all trainings gave a forecast, the mean RMSE never leaves one sd of no frozen layers, at any depth and activation'
    : `the mean RMSE leaves one sd of no frozen layers for ${left.map(({ what, out }) => `${what} at ${out}`).join(', ')}`
}
