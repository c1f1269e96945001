// The page of the time-series experiment: the paper's claims beside what was measured, and why they differ.
// Source: SPG section 5.2 as issue 9 quotes it; the paper's own numbers are not known here and none are given.
// Sentences hold numbers, or follow from them by a rule in this file.

import type { SeriesCell } from './seriesCells.ts'
import { overlapSection, setupSection } from './seriesPageSetup.ts'
import type { SeriesData } from './seriesReport.ts'
import { markdownTable, plainTable } from './textTables.ts'

type Arm = SeriesCell['arm']

const activations = ['tanh', 'sigmoid', 'exp']

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

const armNames = {
  paper: 'The paper’s layers: Glorot, zero bias, float32, taken by the service as they come',
  full: 'All stages: bounded matrices, bias, order of columns; standardised by the service',
  standardised: 'The paper’s layers, standardised by the service',
} as const

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

function growthAt(data: SeriesData, scaling: string, layers: number) {
  return data.growth.find((g) => g.scaling === scaling && g.layers === layers)!
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

function expSection(data: SeriesData): string[] {
  const main = data.choices[0]!.name
  const lostLater = (layers: number) => {
    const { lost, trainings } = cellOf(data, main, 'full', 'exp', layers)
    return lost.later / trainings
  }
  const deepest = depthsOf(data, main).at(-1)!
  const arms = armsOf(data, main)
  const rows = depthsOf(data, main).map((layers) => {
    const paper = cellOf(data, main, 'paper', 'exp', layers)
    return [
      `${layers}`,
      ...arms.map((arm) => {
        const { trained, trainings } = cellOf(data, main, arm, 'exp', layers)
        return percent(trained / trainings)
      }),
      sizeText(paper.largest),
      paper.peak === undefined ? '–' : percent(paper.peak),
      sizeText(cellOf(data, main, 'full', 'exp', layers).largest),
      percent(lostLater(layers)),
    ]
  })
  const depths = [...new Set(data.growth.map((g) => g.layers))]
  const scalings = [...new Set(data.growth.map((g) => g.scaling))]
  return [
    '## Does exp fail beyond two layers?',
    '',
    'Share of trainings that gave a forecast; the largest protected number (median over splits and seeds); the share of',
    'a predictor’s variance that one month carries (1/21 if all were alike). _Lost later_: trainings whose numbers overflow',
    'only in months after the training block, to which no layer was scaled.',
    '',
    markdownTable(
      [
        'layers',
        ...arms.map((arm) => `${arm}: forecasts`),
        'paper: largest',
        'paper: largest month',
        'full: largest',
        'full: lost later',
      ],
      rows,
    ),
    '',
    `Exp of exp: a layer’s outputs are the exponents of the next. Below, no training: share of ${data.growth[0]!.keys} keys under which`,
    'all numbers of the first training block are finite, and the median of the largest, by how predictors are scaled',
    'before the first layer. Stage 1 of the paper scales to −0.5 … 0.5.',
    '',
    markdownTable(
      ['layers', ...scalings.flatMap((s) => [`${s}: float32`, 'float64', 'largest'])],
      depths.map((layers) => [
        `${layers}`,
        ...scalings.flatMap((s) => {
          const g = data.growth.find((own) => own.scaling === s && own.layers === layers)!
          return [percent(g.float32), percent(g.float64), sizeText(g.largest)]
        }),
      ]),
    ),
    '',
    'So the depth at which exp fails depends on the scale of what enters the first layer. float64 hardly moves it, since an',
    `exponent beyond float32 (88.7) is soon beyond float64 (709.8): ${percent(growthAt(data, '-0.5 to 0.5', 5).float32)} of keys survive five layers in float32 and ${percent(growthAt(data, '-0.5 to 0.5', 5).float64)} in float64.`,
    'Standardising at the service comes too late for numbers that are infinite. Bounded layers bring the training block',
    `back to scale before each exponential; months outside its range are not held: ${percent(lostLater(deepest))} of trainings are lost to them at ${deepest} layers.`,
  ]
}

function informationSection(data: SeriesData): string[] {
  const main = data.choices[0]!.name
  const blind = blindOf(data, main)
  return [
    '## What layers do to what the service can learn',
    '',
    '![Validation RMSE against frozen layers](figure-12-validation.svg)',
    '',
    `A service that gets zeros, and so learns the level of the target alone (${spreadText(blind, 'test')} on the test windows),`,
    'is the limit of a protection that destroys everything. The validation error, the smallest over all epochs, does tell',
    `data from zeros (${spreadText(blind, 'validation')} without predictors, ${spreadText(cellOf(data, main, 'full', 'identity', 0), 'validation')} with all of them), since it rewards fitting`,
    'these windows; the ratio of zeros to data is',
    `${ratioText(blind.ratio!.validation)}. Validation RMSE, and its ratio to no frozen layers:`,
    '',
    ...armsOf(data, main).flatMap((arm) => [
      `**${armNames[arm]}**`,
      '',
      cellTable(data, main, arm, 'validation'),
      '',
    ]),
    'Where a ratio comes near that of zeros, the service learns next to nothing from the predictors. A sigmoid’s slope is at',
    'most 1/4, so each layer without calibration shrinks the differences between months towards a constant: what is left',
    'is lost on a service that takes the numbers as they come, and not on one that standardises, as far as float32 has',
    'kept it. Tanh and sigmoid agree in the full scheme: tanh z = 2 sigmoid(2z) − 1, layers are scaled to reaches in the',
    'same proportion, and standardising removes the rest.',
  ]
}

function controlSection(data: SeriesData): string[] {
  const { name, target, months, shape, competitors, adjoint } = data.control
  const blind = blindOf(data, name)
  const own = data.references.find((r) => r.choice === name)!
  return [
    '## A control: a longer series',
    '',
    '![RMSE against frozen layers for the control](figure-12-control.svg)',
    '',
    `${target} over all ${months} months from ${competitors.join(', ')}, ${adjoint.join(' and ')}, with blocks of ${shape.train}, ${shape.validation} and ${shape.test} months:`,
    `${own.splits} splits, ${shape.train - shape.past - shape.ahead + 1} training windows each. It was taken because predictors matter there: zeros have ${spreadText(blind, 'test')}, a ratio`,
    `of ${ratioText(blind.ratio!.test)} to no layers. (Five targets were tried for that on unprotected data, none of them behind layers.) So here`,
    'the test error can show what layers destroy. RMSE over the test windows, and its ratio to no frozen layers:',
    '',
    ...armsOf(data, name).flatMap((arm) => [
      `**${armNames[arm]}**`,
      '',
      cellTable(data, name, arm, 'test'),
      '',
    ]),
  ]
}

function otherChoices(data: SeriesData): string[] {
  return [
    '## Other choices of sales',
    '',
    '![RMSE against frozen layers for the other choices](figure-12-choices.svg)',
    '',
    ...data.choices.slice(1).flatMap(({ name, target }) => [
      `**${target} (${name})**; no frozen layers ${plainText(data, name, 'paper')} (paper) and ${plainText(data, name, 'full')} (full), zeros ${spreadText(blindOf(data, name), 'test')}`,
      '',
      markdownTable(
        ['layers', ...activations.map((a) => `paper ${a}`), ...activations.map((a) => `full ${a}`)],
        depthsOf(data, name).map((layers) => [
          `${layers}`,
          ...(['paper', 'full'] as const).flatMap((arm) =>
            activations.map((a) => cellText(cellOf(data, name, arm, a, layers), 'test')),
          ),
        ]),
      ),
      '',
    ]),
  ]
}

function cellTable(data: SeriesData, choice: string, arm: Arm, part: 'test' | 'validation'): string {
  const plain = spreadText(cellOf(data, choice, arm, 'identity', 0), part)
  return markdownTable(
    ['layers', ...activations],
    [
      ['0', ...activations.map(() => plain)],
      ...depthsOf(data, choice).map((layers) => [
        `${layers}`,
        ...activations.map((a) => {
          const cell = cellOf(data, choice, arm, a, layers)
          return cell.trained === cell.trainings
            ? `${spreadText(cell, part)} (${ratioText(cell.ratio![part])})`
            : cellText(cell, part)
        }),
      ]),
    ],
  )
}

/** Mean and ratio of a whole cell; the share of forecasts of one that is not. */
function cellText(cell: SeriesCell, part: 'test' | 'validation'): string {
  if (cell.trained === cell.trainings)
    return `${cell[part]!.mean.toFixed(0)} (${ratioText(cell.ratio![part])})`
  const share = `${percent(cell.trained / cell.trainings)} forecasts`
  return cell.ratio ? `${share} (${ratioText(cell.ratio[part])})` : share
}

function cellOf(data: SeriesData, choice: string, arm: Arm, activation: string, layers: number): SeriesCell {
  return data.cells.find(
    (c) => c.choice === choice && c.arm === arm && c.activation === activation && c.layers === layers,
  )!
}

const blindOf = (data: SeriesData, choice: string) => cellOf(data, choice, 'blind', 'identity', 0)

const plainText = (data: SeriesData, choice: string, arm: Arm) =>
  spreadText(cellOf(data, choice, arm, 'identity', 0), 'test')

function spreadText(cell: SeriesCell, part: 'test' | 'validation'): string {
  return `${cell[part]!.mean.toFixed(0)} ± ${cell[part]!.deviation.toFixed(0)}`
}

function armsOf(data: SeriesData, choice: string): (keyof typeof armNames)[] {
  return (['paper', 'standardised', 'full'] as const).filter((arm) =>
    data.cells.some((cell) => cell.choice === choice && cell.arm === arm),
  )
}

function depthsOf(data: SeriesData, choice: string): number[] {
  const own = data.cells.filter((cell) => cell.choice === choice && cell.layers > 0)
  return [...new Set(own.map((cell) => cell.layers))].sort((a, b) => a - b)
}

const percent = (share: number): string => `${(100 * share).toFixed(share > 0 && share < 0.01 ? 1 : 0)}%`

const ratioText = (ratio: number): string => ratio.toFixed(2)

function sizeText(size: number | null): string {
  if (size === null) return 'not finite'
  return size < 1e4 ? size.toPrecision(3) : size.toExponential(0)
}
