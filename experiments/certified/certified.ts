// Certified panes on the benchmarks: the work, task by task.
// Source: src/protect/certified/PROOF.md for what is certified; Zheng et al. 2019 and Xu et al. 2020 for what is compared with.
// Benchmarks of tables and windows are measured where the user's folder has them; digits always.

import type { Settings, Work } from '../experiment.ts'
import { digitsOf, sizesOf } from '../images/settings.ts'
import type { Plan } from './candidates.ts'
import {
  type CoverageAnswer,
  type CoverageTask,
  lawNames,
  measureCoverage,
  mistakeNames,
} from './coverage.ts'
import { type DenseAnswer, type DenseTask, measureDensePane } from './densePane.ts'
import { type DictionaryAnswer, type DictionaryTask, measureDictionary } from './dictionary.ts'
import { availableNets, type NetName } from './frozenNets.ts'
import { measurePane, type PaneAnswer, type PaneTask } from './pane.ts'
import { certifyPeople, type PeopleAnswer, type PeopleTask } from './people.ts'
import { measureSessions, type SessionsAnswer, type SessionsTask } from './sessions.ts'
import { availableSources, type SourceChoice, type SourceName } from './sources.ts'

export type CertifiedTask = PaneTask | DenseTask | DictionaryTask | SessionsTask | PeopleTask | CoverageTask

export type CertifiedAnswer =
  | PaneAnswer
  | DenseAnswer
  | DictionaryAnswer
  | SessionsAnswer
  | PeopleAnswer
  | CoverageAnswer

type Paned = Exclude<SourceName, 'hmp-sex'>

/** What is measured of a pane where λ is 0: everything. Channels start from as many cells as have 300 rows to choose by. */
const plans: Readonly<Record<Paned, Plan>> = {
  digits: planOf([1, 2, 4, 8, 16], 32, [20, 40, 80, 160], 8),
  parity: planOf([1, 2, 4, 16], 32, [4, 8, 32], 16),
  colour: planOf([1, 4, 16], 32, [40, 160], null),
  'adult-sex-bal': planOf([1, 2, 4, 16], 64, [4, 8, 32], 16),
  'adult-marital3': planOf([1, 2, 4, 16], 64, [4, 8, 32], 16),
  'wisdm-user': planOf([1, 2, 4], 8, [12, 24], null),
}

function planOf(
  cuts: readonly number[],
  finest: number,
  merged: readonly number[],
  channelCells: number | null,
): Plan {
  return {
    cuts,
    finest,
    merged: merged.map((codes) => ({ codes, betas: [0, 1, 3] })),
    channelCells,
    losses: channelCells === null ? [] : [0, 0.0025, 0.005, 0.01, 0.02, 0.04],
  }
}

/** Where λ is above 0: against which attribute, and how much. */
const sweeps: Readonly<Record<Paned, readonly (readonly [attribute: string, lambdas: readonly number[]])[]>> =
  {
    digits: [
      ['slant', [0.1, 0.5]],
      ['thickness', [0.1, 0.5]],
    ],
    parity: [['digit', [0.5]]],
    colour: [],
    'adult-sex-bal': [['sex', [0.1, 0.3, 0.5]]],
    'adult-marital3': [['marital', [0.1, 0.3, 0.5]]],
    'wisdm-user': [['user', [0.5]]],
  }

/** Of these, what a quick run takes, by the largest λ. */
const sweptQuickly = ['slant', 'sex']

/** Epochs of dense panes and of attackers, who take some 2,000 steps. */
const denseEffort = (source: Paned) =>
  source === 'wisdm-user'
    ? { epochs: 40, attackEpochs: 150 }
    : source.startsWith('adult')
      ? { epochs: 20, attackEpochs: 25 }
      : { epochs: 8, attackEpochs: 12 }

/** How many draws a law gets. */
const drawsOf = (quick: boolean): number => (quick ? 200 : 2000)

export const certifiedWork: Work<CertifiedTask, CertifiedAnswer> = {
  async tasks(settings) {
    const { quick, seed, seeds = quick ? 1 : 3 } = settings
    const images = await digitsOf(settings)
    const found = availableSources(images, settings.data)
    // A quick run has time for the smallest.
    const nets = quick ? (['lenet'] as const) : availableNets(settings.data)
    const repetitions = Array.from({ length: seeds }, (_, i) => seed + i)
    const sources = [...found.keys()].filter((name) => name !== 'hmp-sex')
    const people = found.get('hmp-sex')
    const windows = found.get('wisdm-user')
    return [
      ...repetitions.flatMap((seed): CertifiedTask[] => {
        const choices = sources.map((source) => choiceOf(source, found, settings, seed))
        return [
          ...choices.flatMap((choice) => paneTasks(choice, quick)),
          ...choices.map(denseTask),
          // Models that others trained are asked once: tuning pictures of 224 × 224 takes minutes.
          ...nets
            .filter((net) => net.startsWith('lenet') || seed === settings.seed)
            .map((net) => dictionaryTask(net, images, settings, seed)),
          ...(windows === undefined ? [] : [sessionsTask(windows, seed)]),
        ]
      }),
      ...(people === undefined ? [] : [{ kind: 'people' as const, from: people }]),
      ...[...lawNames, ...mistakeNames].map(
        (of): CoverageTask => ({ kind: 'coverage', of, draws: drawsOf(quick), seed }),
      ),
    ]
  },
  async run(task, signal) {
    switch (task.kind) {
      case 'pane':
        return measurePane(task, signal)
      case 'dense':
        return measureDensePane(task, signal)
      case 'dictionary':
        return measureDictionary(task, signal)
      case 'sessions':
        return measureSessions(task, signal)
      case 'people':
        return certifyPeople(task)
      case 'coverage':
        return measureCoverage(task)
    }
  },
}

function choiceOf(
  source: Paned,
  found: ReadonlyMap<SourceName, string>,
  settings: Settings,
  seed: number,
): SourceChoice {
  const images = source === 'digits' || source === 'parity' || source === 'colour'
  return { source, from: found.get(source)!, ...(images ? sizesOf(settings) : {}), seed }
}

const denseTask = (choice: SourceChoice): DenseTask => ({
  kind: 'dense',
  choice,
  effort: denseEffort(choice.source as Paned),
  seed: choice.seed,
})

/** The pane that takes no attribute, and those that take one. */
function paneTasks(choice: SourceChoice, quick: boolean): PaneTask[] {
  const source = choice.source as Paned
  const plan = plans[source]
  const shared = { kind: 'pane', choice, seed: choice.seed } as const
  const lighter = {
    ...plan,
    cuts: plan.cuts.filter((cells) => cells <= 8),
    merged: plan.merged.map(({ codes }) => ({ codes, betas: [1, 3] })),
    ...(source.startsWith('adult') ? {} : { channelCells: null, losses: [] }),
  }
  const against = sweeps[source].flatMap(([against, lambdas]) =>
    (quick ? (sweptQuickly.includes(against) ? lambdas.slice(-1) : []) : lambdas).map(
      (lambda): PaneTask => ({ ...shared, lambda, against, penalty: 'kernel', plan: lighter }),
    ),
  )
  const soft =
    source === 'digits' && !quick
      ? [{ ...shared, lambda: 0.5, against: 'slant', penalty: 'codes' as const, plan: lighter }]
      : []
  return [{ ...shared, lambda: 0, plan }, ...against, ...soft]
}

/** Nets of digits are trained here; of the others, panes learn from some thousand photographs. */
function dictionaryTask(net: NetName, images: string, settings: Settings, seed: number): DictionaryTask {
  const { quick } = settings
  const digits = net.startsWith('lenet')
  return {
    kind: 'dictionary',
    choice: {
      net,
      from: digits ? images : settings.data!,
      ...(digits ? sizesOf(settings) : {}),
      epochs: quick ? 4 : 8,
      seed,
    },
    epochs: quick ? 4 : digits ? 16 : 30,
    perLabel: net === 'squeezenet' || net === 'mobilenet' ? [1] : [1, 4],
    seed,
  }
}

const sessionsTask = (from: string, seed: number): SessionsTask => ({
  kind: 'sessions',
  // As many windows as can be for calibration: sessions are fewer than windows.
  choice: { source: 'wisdm-user', from, seed, shares: [0.25, 0.05, 0.4] },
  lengths: [5, 10],
  bundles: [1, 5, 20],
  seed,
})
