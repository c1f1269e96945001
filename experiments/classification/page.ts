// The page of training behind frozen layers: the paper's sentences and the measurement side by side, then why.
// Source: SPG figures 11, 13 and 14; its sentences as issue 9 quotes them.
// Every number comes from classificationMeans.ts and stands in the JSON beside the page.

import { intervalNote } from '../estimates.ts'
import { markdownTable, plainTable, points, ratioText, signedPoints } from '../textTables.ts'
import { type PaperActivation, paperActivations } from '../wheat.ts'
import type { SettingName } from './classification.ts'
import type { ClassificationMeans, Loss, Point } from './means.ts'

const variants = ['paper', 'full'] as const
type Variant = (typeof variants)[number]

/** The page in Markdown. */
export function classificationPage(means: ClassificationMeans): string {
  const base = (setting: Variant) => baseOf(means, setting)
  const seeds = base('paper').trainings / 5
  return `# Wheat seeds behind frozen layers: figures 11, 13 and 14 again

The paper trained a small classifier of wheat seeds behind 0 to 10 frozen layers. Of its text only the sentences quoted
below are known here, none of its figures' values: so each sentence is tested, and no number of a figure is compared.

The model has one hidden layer of 8 tanh units, trained by Adam at 0.1 in batches of 10, with early stopping and plateau on
the training loss; five stratified folds, ${seeds} seeds. A seed has its own key, folds and first weights. Two variants:

- **the paper's layers**: Glorot uniform, zero bias, computed in float32; columns mapped to [−0.5, 0.5] and not scaled again;
- **all seven stages**: bounded matrices, bias, secret orders, relabelled classes; columns standardised by the service.

Brackets hold 95% bootstrap intervals over seeds.${intervalNote(seeds)}

## The paper's sentences

${markdownTable(['', 'the paper', ...paperActivations.map((a) => `its layers, ${a}`), 'all stages, tanh'], claimRows(means))}

The first row asks whether the mean lies less than one sd (of folds and seeds) below the mean without layers, the second
whether mean + sd still reaches mean − sd of the model without layers:
${points(base('paper').accuracy.mean)} ± ${points(base('paper').accuracy.deviation)}% in the paper's variant, ${points(base('full').accuracy.mean)} ± ${points(base('full').accuracy.deviation)}% in ours. A
training that diverges counts as right for a third of the rows, the share of a constant answer.

## Accuracy (figure 11)

![Accuracy against frozen layers](figure-11.svg)

Mean ± sd in %:

${markdownTable(accuracyHead, accuracyRows(means))}

In our variant the lines of tanh and sigmoid coincide: a sigmoid is a tanh of half the argument, halved and shifted; the key
gives it twice the reach, and standardising takes the rest out.

## Why

${whySection(means)}

## Epochs (figure 13)

![Epochs against frozen layers](figure-13.svg)

Epochs against none:

${markdownTable(['layers', ...paperActivations.map((a) => `its layers, ${a}`), ...paperActivations.map((a) => `all stages, ${a}`)], epochRows(means))}

“Diverges” stands where more than half of the keys overflow. Fewer epochs are no gain where accuracy is at chance: a training whose loss does not move is stopped early.

## Time (figure 14)

![Training time against frozen layers](figure-14.svg)

Time over all epochs, against none. In the paper the layers are part of the model, so that every step pays for them; an
epoch's own ratio stands beside it. Frostglass protects the table once, before training
(${means.beforehand.map((b) => `${b.activation}: ${b.milliseconds.toFixed(1)} ms`).join(', ')} for ten layers, the making of the matrices included), and an epoch then
takes ${means.beforehand.map((b) => b.epoch.toFixed(2)).join(', ')} times as long as on raw rows: 1, but for the clock's noise.

${markdownTable(['layers', ...paperActivations.flatMap((a) => [`an epoch, ${a}`, `a training, ${a}`])], timeRows(means))}

## How it was measured

Times are ratios on the plain executor: trainings without and with 1 to 10 layers take turns epoch by epoch in one thread,
medians are compared, and the ratio of epochs multiplies them. \`classification.json\`
holds all settings; a full run has a training in float32 throughout among them.`
}

/** A few lines for the terminal. */
export function classificationSummary(means: ClassificationMeans): string {
  const table = plainTable(accuracyHead, accuracyRows(means))
  const lines = means.departures.map(
    (d) => `${variantName(d.setting as Variant)}, ${d.activation}: ${layersText(d.outside, depthsOf(means))}`,
  )
  return `Accuracy on wheat seeds, % (figure 11)\n${table}\nMean within one sd of the base:\n${lines.map((l) => `  ${l}`).join('\n')}`
}

const variantName = (variant: Variant): string => (variant === 'paper' ? 'its layers' : 'all stages')

const accuracyHead = [
  'layers',
  ...variants.flatMap((variant) => paperActivations.map((a) => `${variantName(variant)}, ${a}`)),
]

function accuracyRows(means: ClassificationMeans): string[][] {
  const text = ({ accuracy: { mean, deviation } }: Point) => `${points(mean)} ± ${points(deviation)}`
  return byLayers(means, (variant, activation, layers) => {
    const point = pointAt(means, variant, activation, layers)
    return point ? text(point) : '–'
  })
}

function epochRows(means: ClassificationMeans): string[][] {
  return byLayers(means, (variant, activation, layers) => {
    const point = pointAt(means, variant, activation, layers)
    if (!point) return '–'
    return point.epochRatio ? ratioText(point.epochRatio) : 'diverges'
  }).slice(1)
}

function timeRows({ time }: ClassificationMeans): string[][] {
  const at = (activation: PaperActivation, layers: number) =>
    time.find((t) => t.activation === activation && t.layers === layers)!
  const depths = [...new Set(time.map((t) => t.layers))].filter((l) => l > 0)
  return depths.map((layers) => [
    `${layers}`,
    ...paperActivations.flatMap((a) => {
      const { epoch, inModel } = at(a, layers)
      return [epoch.toFixed(2), inModel ? ratioText(inModel) : 'diverges']
    }),
  ])
}

/** A row for each number of layers of the two variants. */
function byLayers(
  means: ClassificationMeans,
  cell: (variant: Variant, activation: PaperActivation, layers: number) => string,
): string[][] {
  return depthsOf(means).map((layers) => [
    `${layers}`,
    ...variants.flatMap((variant) => paperActivations.map((a) => cell(variant, a, layers))),
  ])
}

function claimRows(means: ClassificationMeans): string[][] {
  const depths = depthsOf(means)
  const columns = [...paperActivations.map((a) => ['paper', a] as const), ['full', 'tanh'] as const]
  const departure = (variant: Variant, activation: PaperActivation) =>
    means.departures.find((d) => d.setting === variant && d.activation === activation)!
  const layered = (variant: Variant, activation: PaperActivation) =>
    means.points.filter((p) => p.setting === variant && p.activation === activation)
  const span = (values: readonly (number | undefined)[]) => {
    const own = values.filter((v) => v !== undefined)
    return own.length === 0 ? '–' : `${Math.min(...own).toFixed(2)} to ${Math.max(...own).toFixed(2)}`
  }
  const times = (variant: Variant, activation: PaperActivation) =>
    means.time
      .filter((t) => t.activation === activation && t.layers > 0)
      .map((t) => (variant === 'paper' ? t.inModel : t.beforehand)?.value)
  return [
    [
      'mean accuracy within the base’s sd',
      '“mean values still lay in the range of standard deviation”',
      ...columns.map(([v, a]) => layersText(departure(v, a).outside, depths)),
    ],
    ['or the bars of both meet', '', ...columns.map(([v, a]) => layersText(departure(v, a).apart, depths))],
    [
      'points a layer',
      '“no explicit dependence on the number of frozen layers”',
      ...columns.map(([v, a]) => signedPoints(departure(v, a).slope)),
    ],
    [
      'epochs, none = 1',
      '“about 10% more epochs”',
      ...columns.map(([v, a]) => span(layered(v, a).map((p) => p.epochRatio?.value))),
    ],
    ['time, none = 1', '“1.5 to 2.5 times longer”', ...columns.map(([v, a]) => span(times(v, a)))],
  ]
}

/** Where the base's range is left, of the measured numbers of layers. */
function layersText(left: readonly number[], depths: readonly number[]): string {
  if (left.length === 0) return `to ${depths.at(-1)} layers`
  const tail = depths.slice(-left.length)
  return tail.every((layers, i) => layers === left[i])
    ? `not from ${left[0]} on`
    : `not at ${left.join(', ')}`
}

function whySection(means: ClassificationMeans): string {
  const { signal, losses } = means
  const at = (activation: PaperActivation, layers: number) =>
    signal.find((s) => s.activation === activation && s.layers === layers)!
  const depths = [0, 1, 2, 3, 4, 5, 7, 10]
  const shown = (x: number | null) =>
    x === null ? 'overflow' : x >= 0.01 && x < 100 ? x.toFixed(2) : x.toExponential(0)
  const last = deepestOf(means)
  const [first, end] = [at('sigmoid', 1), at('sigmoid', last)]
  const perLayer = (first.deviation! / end.deviation!) ** (1 / (last - 1))
  return `**The signal.** What can be learned is how rows differ. With zero bias a sigmoid gives about 0.5 + z/4, so its differences
shrink: ${perLayer.toFixed(1)}-fold a layer between 1 and ${last} layers, to a standard deviation of ${shown(end.deviation)}, while float32 near 0.5 has steps
of 6e-8. tanh keeps its size. exp turns all to positive numbers, adds them up and takes the exponential again: it grows
until it overflows.

${markdownTable(
  [
    'layers',
    'tanh: sd',
    'sigmoid: sd',
    'float32’s error in it',
    'exp: sd',
    'keys that overflow (float64)',
    'columns’ worth, Glorot',
    'bounded',
  ],
  depths.map((layers) => [
    `${layers}`,
    shown(at('tanh', layers).deviation),
    shown(at('sigmoid', layers).deviation),
    `${points(at('sigmoid', layers).rounding!)}%`,
    shown(at('exp', layers).deviation),
    `${points(at('exp', layers).overflowed)}%`,
    shown(at('tanh', layers).dimensions.glorot),
    shown(at('tanh', layers).dimensions.bounded),
  ]),
)}

(Medians over seeds. The last two are tanh's: how many columns' worth of variation is left of the seven, k²/Σr² over the
pairs of columns. Wheat starts low since its columns go together; layers press it together further.)

![The signal and float32's error](signal.svg)

**Who is to blame.** The same keys in float64, and with the columns standardised before training, as \`frostglass train\`
does. What the paper's variant loses is the sum of the next three columns, in points:

${markdownTable(
  [
    '',
    'lost',
    'to float32',
    'to not standardising',
    'to the layers themselves',
    'float32, once standardised',
  ],
  losses
    .toSorted(
      (a, b) =>
        paperActivations.indexOf(a.activation) - paperActivations.indexOf(b.activation) ||
        a.layers - b.layers,
    )
    .map((l) => [`${l.activation}, ${l.layers}`, ...lossCells(l)]),
)}

![Accuracy under other arithmetic](settings.svg)

- **Not standardising** is what training trips over: columns that differ in the third or later digit behind a common 0.5 (or
  that are huge) give gradients of the common part, and weights would have to grow as the signal has shrunk. The loss then
  hardly moves, and early stopping ends it. Smaller steps and patience help only while the signal is still large:

${ratesTable(means)}

- **float32** costs the paper's variant next to nothing while its training cannot see the signal at all; once the columns are
  standardised, its error is scaled up with them (last column).
- **The layers themselves** take the rest. exp overflows: then there is nothing left to standardise; our calibration keeps
  it from that. In the others, each matrix weakens some directions against others, and products of matrices do so by the
  product of their condition numbers. Bounded matrices (condition at most 10 each) are no cure: behind ${last} layers of
  tanh all seven stages reach ${accuracyAt(means, 'full', last)}%, the paper's layers, standardised, ${accuracyAt(means, 'standardised-float64', last)}%. On the page of the
  [stages](stages.md), \`identity\`, whose layers are one matrix, shows what the matrices do alone.`
}

function accuracyAt({ points: all }: ClassificationMeans, setting: SettingName, layers: number): string {
  const own = all.find((p) => p.setting === setting && p.activation === 'tanh' && p.layers === layers)!
  return points(own.accuracy.mean)
}

function lossCells({ lost, float32, scaling, layersThemselves, rounding }: Loss): string[] {
  return [lost, float32, scaling, layersThemselves, rounding].map(signedPoints)
}

/** The paper's variant under other trainings, at the depths where all of them were measured. */
function ratesTable(means: ClassificationMeans): string {
  const settings: readonly (readonly [SettingName, string])[] = [
    ['paper', 'Adam at 0.1, stopped early'],
    ['rate-0.01', 'at 0.01, stopped early'],
    ['patient', 'at 0.01, all 500 epochs'],
  ]
  const rows = means.points
    .filter((p) => p.setting === 'patient' && (p.activation === 'sigmoid' || p.layers === 0))
    .map((p) => p.layers)
    .sort((a, b) => a - b)
    .map((layers) => [
      `  ${layers}`,
      ...settings.map(([setting]) => {
        const own = means.points.find(
          (p) => p.setting === setting && p.layers === layers && (layers === 0 || p.activation === 'sigmoid'),
        )!
        return points(own.accuracy.mean)
      }),
    ])
  return markdownTable(['sigmoid, layers', ...settings.map(([, title]) => `${title}, %`)], rows)
}

function pointAt(
  { points: all }: ClassificationMeans,
  setting: Variant,
  activation: PaperActivation,
  layers: number,
): Point | undefined {
  return all.find(
    (p) => p.setting === setting && p.layers === layers && (layers === 0 || p.activation === activation),
  )
}

const baseOf = (means: ClassificationMeans, setting: Variant): Point => pointAt(means, setting, 'tanh', 0)!

const depthsOf = ({ points: all }: ClassificationMeans): number[] =>
  [...new Set(all.filter((p) => p.setting === 'paper').map((p) => p.layers))].sort((a, b) => a - b)

const deepestOf = (means: ClassificationMeans): number => Math.max(...depthsOf(means))
