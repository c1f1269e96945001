// The parts of the time-series page that say what was found beside Figure 12 itself.
// Source: SPG section 5.2; issue 9, section 1 (exp beyond two layers).
// Sentences hold numbers, or follow from them.

import { markdownTable } from '../textTables.ts'
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
  sizeText,
  spreadText,
} from './text.ts'

/** Whether exp fails, and why. */
export function expSection(data: SeriesData): string[] {
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

/** What a service takes from the predictors, by the validation error. */
export function informationSection(data: SeriesData): string[] {
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

/** The same where predictors matter, by the test error. */
export function controlSection(data: SeriesData): string[] {
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

/** Figure 12 for the other choices. */
export function otherChoices(data: SeriesData): string[] {
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
