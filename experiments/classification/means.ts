// Sums up the trainings behind frozen layers: means, paired differences to the base, slopes, departures, times.
// Source: docs/architecture.md#experiments.
// Intervals are over seeds (estimates.ts), deviations over folds and seeds.

import { medianOrNone } from '../../src/statistics/median.ts'
import { meanAndSpread, sum } from '../../src/statistics/moments.ts'
import { average, type Estimate, meanEstimate, ratioEstimate } from '../estimates.ts'
import { type PaperActivation, paperActivations, type Trial } from '../wheat.ts'
import type { ClassificationAnswer, ClassificationTask, SettingName } from './classification.ts'
import type { SignalAnswer } from './signal.ts'
import type { TimeAnswer } from './trainingTime.ts'

/** All trainings of a setting, activation and number of layers. */
export interface Point {
  readonly setting: SettingName
  /** `none` for the base. */
  readonly activation: PaperActivation | 'none'
  readonly layers: number
  readonly trainings: number
  /** Over folds and seeds; a training that diverged counts as right by chance. */
  readonly accuracy: { readonly mean: number; readonly deviation: number }
  /** Accuracy minus the base's of the same seeds. */
  readonly difference: Estimate
  /** Share of trainings without an end: numbers overflow. */
  readonly diverged: number
  /** Of trainings that have not diverged; null where all have. */
  readonly epochs: { readonly mean: number; readonly deviation: number } | null
  /** Epochs against the base's, over seeds without a training that diverged; null where those are fewer than half. */
  readonly epochRatio: Estimate | null
}

/** Where the mean of a series of points lies against its base's mean ± sd. */
export interface Departure {
  readonly setting: SettingName
  readonly activation: PaperActivation
  /** Numbers of layers at which the mean is more than one sd below the base's mean. */
  readonly outside: readonly number[]
  /** Numbers of layers at which mean + sd is below the base's mean − sd: the bars do not even meet. */
  readonly apart: readonly number[]
  /** Change of accuracy with each layer more, from one layer on. */
  readonly slope: Estimate
}

/** Where accuracy goes, in shares of all rows: `lost = float32 + scaling + layers`, over seeds that have all settings. */
export interface Loss {
  readonly activation: PaperActivation
  readonly layers: number
  readonly seeds: number
  /** The paper's variant against its base. */
  readonly lost: Estimate
  /** What the same layers in float64 give back. */
  readonly float32: Estimate
  /** What standardising gives back on top: signal that was there, but too small, too large or off centre. */
  readonly scaling: Estimate
  /** What stays lost in float64, standardised: to the layers themselves. */
  readonly layersThemselves: Estimate
  /** What float32 costs once the columns are standardised. */
  readonly rounding: Estimate
}

/** What a layer does to the signal of the paper's layers. */
export interface SignalMean {
  readonly activation: PaperActivation
  readonly layers: number
  /** Median over seeds; null where most seeds' numbers have overflowed. */
  readonly deviation: number | null
  readonly rounding: number | null
  readonly overflowed: number
  readonly dimensions: { readonly glorot: number | null; readonly bounded: number | null }
}

/** Training time against no layers. */
export interface TimePoint {
  readonly activation: PaperActivation
  readonly layers: number
  /** Of one epoch with the layers in the model. */
  readonly epoch: number
  /** Of a whole training with them in the model, as the paper has it: the epoch's ratio times that of epochs. */
  readonly inModel: Estimate | null
  /** Of a whole training on rows that all seven stages have protected beforehand. */
  readonly beforehand: Estimate | null
  /** Seconds of the paper's training over all its epochs, on this machine. */
  readonly seconds: number | null
}

/** What protecting rows before training costs. */
export interface Beforehand {
  readonly activation: PaperActivation
  /** Time of an epoch on protected rows, against raw ones: 1 up to the noise of the clock. */
  readonly epoch: number
  /** Milliseconds to make ten layers and protect the 210 rows, once for all trainings. */
  readonly milliseconds: number
}

export interface ClassificationMeans {
  readonly points: readonly Point[]
  readonly departures: readonly Departure[]
  readonly losses: readonly Loss[]
  readonly signal: readonly SignalMean[]
  readonly time: readonly TimePoint[]
  readonly beforehand: readonly Beforehand[]
}

/** Trials by seed. */
type BySeed = ReadonlyMap<number, readonly Trial[]>

export function classificationMeans(
  tasks: readonly ClassificationTask[],
  answers: readonly ClassificationAnswer[],
): ClassificationMeans {
  const groups = new Map<string, Map<number, readonly Trial[]>>()
  const idOf = (setting: SettingName, activation: string, layers: number) =>
    JSON.stringify([setting, layers === 0 ? 'none' : activation, layers])
  tasks.forEach((task, i) => {
    const answer = answers[i]!
    if (task.measure !== 'accuracy' || answer.measure !== 'accuracy') return
    task.depths.forEach((layers, d) => {
      const id = idOf(task.setting, task.activation, layers)
      groups.set(id, (groups.get(id) ?? new Map()).set(task.seed, answer.trials[d]!))
    })
  })
  const points = [...groups].map(([id, of]) => {
    const [setting, activation, layers] = JSON.parse(id) as [SettingName, Point['activation'], number]
    return pointOf({ setting, activation, layers }, of, groups.get(idOf(setting, 'none', 0))!)
  })
  const departures = (['paper', 'full'] as const).flatMap((setting) =>
    paperActivations.map((activation) => {
      const base = points.find((p) => p.setting === setting && p.layers === 0)!.accuracy
      const chosen = points
        .filter((p) => p.setting === setting && p.activation === activation)
        .sort((a, b) => a.layers - b.layers)
      return {
        setting,
        activation,
        outside: below(chosen, base, () => 0),
        apart: below(chosen, base, (p) => p.accuracy.deviation),
        slope: slopeOf(chosen.map((p) => [p.layers, groups.get(idOf(setting, activation, p.layers))!])),
      }
    }),
  )
  const at = (setting: SettingName, activation: string, layers: number) =>
    groups.get(idOf(setting, activation, layers))
  const losses = points
    .filter((p) => p.setting === 'standardised-float32' && p.activation !== 'none')
    .map(({ activation, layers }) => lossOf(activation as PaperActivation, layers, at))
  const kept = <A extends ClassificationAnswer>(measure: A['measure']) =>
    tasks.flatMap((task, i) =>
      task.measure === measure ? [{ activation: task.activation, answer: answers[i] as A }] : [],
    )
  const times = kept<TimeAnswer>('time')
  // The model is the same for every activation: three measurements of one number.
  const once = medianOrNone(times.map((t) => t.answer.beforehand))!
  return {
    points,
    departures,
    losses,
    signal: signalMeans(kept<SignalAnswer>('signal')),
    time: times.flatMap(({ activation, answer }) => timePoints(activation, answer, once, points)),
    beforehand: times.map(({ activation, answer }) => ({
      activation,
      epoch: answer.beforehand,
      milliseconds: answer.protectMilliseconds,
    })),
  }
}

/** Numbers of layers whose mean, and as much as `more` above it, is below the base's mean − sd. */
function below(points: readonly Point[], base: Point['accuracy'], more: (point: Point) => number): number[] {
  return points.filter((p) => p.accuracy.mean + more(p) < base.mean - base.deviation).map((p) => p.layers)
}

function pointOf(what: Pick<Point, 'setting' | 'activation' | 'layers'>, of: BySeed, base: BySeed): Point {
  const all = [...of.values()].flat()
  const seeds = [...of.keys()]
  const differences = seeds.map((s) => accuracyOf(of.get(s)!) - accuracyOf(base.get(s)!))
  const trained = all.filter((t) => !t.diverged)
  const whole = seeds.filter((s) => !of.get(s)!.some((t) => t.diverged))
  const [frozen, without] = [of, base].map((trials) => whole.map((s) => epochsOf(trials.get(s)!)))
  return {
    ...what,
    trainings: all.length,
    accuracy: meanAndSpread(all.map((t) => t.accuracy)),
    difference: meanEstimate(differences),
    diverged: 1 - trained.length / all.length,
    epochs: trained.length === 0 ? null : meanAndSpread(trained.map((t) => t.epochs)),
    epochRatio: whole.length < seeds.length / 2 ? null : ratioEstimate(frozen!, without!),
  }
}

/** The least-squares slope of each seed's accuracy over the layers. */
function slopeOf(series: readonly (readonly [layers: number, of: BySeed])[]): Estimate {
  const middle = sum(series.map(([layers]) => layers)) / series.length
  const square = sum(series.map(([layers]) => (layers - middle) ** 2))
  const slopes = [...series[0]![1].keys()].map(
    (seed) => sum(series.map(([layers, of]) => (layers - middle) * accuracyOf(of.get(seed)!))) / square,
  )
  return meanEstimate(slopes)
}

function lossOf(
  activation: PaperActivation,
  layers: number,
  at: (setting: SettingName, activation: string, layers: number) => BySeed | undefined,
): Loss {
  const base = at('paper', 'none', 0)!
  const [paper, wide, narrowScaled, wideScaled] = (
    ['paper', 'paper-float64', 'standardised-float32', 'standardised-float64'] as const
  ).map((setting) => at(setting, activation, layers)!) as [BySeed, BySeed, BySeed, BySeed]
  const seeds = [...wide.keys()]
  const between = (more: BySeed, less: BySeed): Estimate =>
    meanEstimate(seeds.map((s) => accuracyOf(more.get(s)!) - accuracyOf(less.get(s)!)))
  return {
    activation,
    layers,
    seeds: seeds.length,
    lost: between(base, paper),
    float32: between(wide, paper),
    scaling: between(wideScaled, wide),
    layersThemselves: between(base, wideScaled),
    rounding: between(wideScaled, narrowScaled),
  }
}

function signalMeans(
  answers: readonly { readonly activation: PaperActivation; readonly answer: SignalAnswer }[],
): SignalMean[] {
  return paperActivations.flatMap((activation) => {
    const chosen = answers.filter((a) => a.activation === activation).map((a) => a.answer)
    return chosen[0]!.deviations.map((_, layers) => ({
      activation,
      layers,
      deviation: medianOrNone(chosen.map((a) => a.deviations[layers]!)),
      rounding: medianOrNone(chosen.map((a) => a.roundings[layers]!)),
      overflowed: chosen.filter((a) => a.deviations[layers] === null).length / chosen.length,
      dimensions: {
        glorot: medianOrNone(chosen.map((a) => a.dimensions.glorot[layers]!)),
        bounded: medianOrNone(chosen.map((a) => a.dimensions.bounded[layers]!)),
      },
    }))
  })
}

/** @param once time of an epoch on protected rows, against raw ones */
function timePoints(
  activation: PaperActivation,
  answer: TimeAnswer,
  once: number,
  points: readonly Point[],
): TimePoint[] {
  const at = (setting: SettingName, layers: number) =>
    points.find(
      (p) => p.setting === setting && p.layers === layers && (layers === 0 || p.activation === activation),
    )
  return answer.inModel.flatMap((epoch, layers) => {
    const [paper, full] = [at('paper', layers), at('full', layers)]
    if (!paper || !full) return []
    return [
      {
        activation,
        layers,
        epoch,
        inModel: paper.epochRatio && scaled(paper.epochRatio, epoch),
        beforehand: full.epochRatio && scaled(full.epochRatio, layers === 0 ? 1 : once),
        seconds: paper.epochs && (paper.epochs.mean * answer.epochMilliseconds * epoch) / 1000,
      },
    ]
  })
}

const scaled = ({ value, interval: [low, high] }: Estimate, by: number): Estimate => ({
  value: value * by,
  interval: [low * by, high * by],
})

const accuracyOf = (trials: readonly Trial[]): number => average(trials, (t) => t.accuracy)
const epochsOf = (trials: readonly Trial[]): number => average(trials, (t) => t.epochs)
