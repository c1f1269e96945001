// What certified panes' answers sum up to: releases, dense panes, sessions, coverage, and what was to be reached.
// Source: certified.ts. Means and sample deviations over seeds; a limit of a row holds alone, not of the best of all rows.
// Shares are rounded to five digits: no limit is known any better.

import { meanAndSpread } from '../../src/statistics/moments.ts'
import type { CertifiedAnswer, CertifiedTask } from './certified.ts'
import type { CoverageAnswer } from './coverage.ts'
import type { DenseAnswer, DenseTask } from './densePane.ts'
import type { DictionaryAnswer, DictionaryRow } from './dictionary.ts'
import type { Found, Release } from './measure.ts'
import type { PaneAnswer, PaneTask } from './pane.ts'
import type { PeopleAnswer } from './people.ts'
import type { Bundled, SessionsAnswer, Voted } from './sessions.ts'
import type { SourceName } from './sources.ts'

/** Over seeds. */
export interface Spread {
  readonly mean: number
  /** With n − 1; 0 of one seed. */
  readonly deviation: number
}

/** A hidden attribute of a source's rows. */
export interface Hidden {
  readonly source: SourceName
  readonly attribute: string
}

const figures = [
  'accuracy',
  'told',
  'attack',
  'informedAttack',
  'estimate',
  'upper',
  'informedUpper',
  'largestPosterior',
] as const

/** One release of the panes of one training. */
export interface ReleaseRow extends Hidden, Release, Readonly<Record<(typeof figures)[number], Spread>> {
  readonly lambda: number
  readonly penalty: 'kernel' | 'codes'
  readonly seeds: number
  /** Calibration units. */
  readonly units: number
  readonly verdict: string
}

/** What is given away without any release, and by the label alone. */
export interface FloorRow extends Hidden {
  readonly blind: Spread
  readonly floor: Spread
}

/** Dense panes of one source, by attribute. */
export interface DenseRow extends Hidden {
  readonly plain: Spread
  readonly pane: Spread
  readonly rawLinear: Spread
  readonly rawMlp: Spread
  readonly linear: Spread
  readonly mlp: Spread
}

/** One number of codes and one kind of dictionary before one net. */
export interface AskedRow {
  readonly net: string
  readonly codes: number
  readonly kind: DictionaryRow['kind']
  readonly frozen: Spread
  readonly pane: Spread
  /** In how many seeds there is a dictionary, of how many; and in what words the first that there is none of was refused. */
  readonly made: number
  readonly seeds: number
  readonly refused: string | null
  /** Over those that were made; null for none. */
  readonly answers: {
    readonly accuracy: Spread
    readonly agreement: Spread
    readonly divergence: Spread
    readonly second: Spread
  } | null
}

type Averaged<T, Kept extends keyof T> = { readonly [K in keyof T]: K extends Kept ? T[K] : Spread }

export interface CertifiedResults {
  readonly seeds: number
  readonly releases: readonly ReleaseRow[]
  /** Releases of single panes whose attack lay above their limit, of how many. */
  readonly above: { readonly count: number; readonly of: number }
  readonly floors: readonly FloorRow[]
  readonly dense: readonly DenseRow[]
  readonly erased: { readonly plain: Spread; readonly linear: Spread; readonly mlp: Spread } | null
  readonly voted: readonly Averaged<Voted, 'length' | 'sessions' | 'judged'>[]
  readonly bundled: readonly Averaged<Bundled, 'of' | 'groups' | 'k' | 'bundles'>[]
  readonly dependent: { readonly units: number; readonly estimate: Spread; readonly upper: Spread } | null
  readonly people: PeopleAnswer | null
  readonly asked: readonly AskedRow[]
  readonly coverage: readonly CoverageAnswer[]
  /** Mean seconds of training a pane, by source. */
  readonly training: Readonly<Record<string, number>>
}

export function certifiedResults(
  tasks: readonly CertifiedTask[],
  answers: readonly CertifiedAnswer[],
): CertifiedResults {
  const pairs = tasks.map((task, i) => ({ task, answer: answers[i]! }))
  const panes = pairs.filter((pair): pair is PanePair => pair.task.kind === 'pane')
  const dense = pairs.filter((pair): pair is DensePair => pair.task.kind === 'dense')
  const sessions = answers.filter((answer): answer is SessionsAnswer => answer.kind === 'sessions')
  return {
    seeds: new Set(dense.map(({ task }) => task.seed)).size,
    releases: releaseRows(panes),
    above: attacksAbove(panes),
    floors: floorRows(panes),
    dense: denseRows(dense),
    erased: erasedRow(dense),
    ...sessionRows(sessions),
    people: answers.find((answer): answer is PeopleAnswer => answer.kind === 'people') ?? null,
    asked: askedRows(answers.filter((answer): answer is DictionaryAnswer => answer.kind === 'dictionary')),
    coverage: answers.filter((answer): answer is CoverageAnswer => answer.kind === 'coverage'),
    training: Object.fromEntries(
      grouped(panes, ({ task }) => task.choice.source).map((of) => [
        of[0]!.task.choice.source,
        rounded(of.reduce((sum, { answer }) => sum + answer.training, 0) / of.length),
      ]),
    ),
  }
}

interface PanePair {
  readonly task: PaneTask
  readonly answer: PaneAnswer
}

interface DensePair {
  readonly task: DenseTask
  readonly answer: DenseAnswer
}

function releaseRows(panes: readonly PanePair[]): ReleaseRow[] {
  return grouped(panes, ({ task: { choice, lambda, against, penalty } }) =>
    [choice.source, lambda, against, penalty].join(),
  ).flatMap((of) => {
    const { task, answer } = of[0]!
    return Object.entries(answer.found).flatMap(([attribute, found]) =>
      found.map(({ kind, codes, beta, loss, verdict }, r): ReleaseRow => {
        const each = of.map(({ answer }) => answer.found[attribute]![r]!)
        return {
          source: task.choice.source,
          attribute,
          lambda: task.lambda,
          penalty: task.penalty ?? 'kernel',
          kind,
          // A cut or a programme may come to fewer codes with another seed.
          codes: kind === 'channel' ? Math.max(...each.map((one) => one.codes)) : codes,
          ...(beta === undefined ? {} : { beta }),
          ...(loss === undefined ? {} : { loss }),
          seeds: of.length,
          units: answer.units,
          ...(Object.fromEntries(
            figures.map((name) => [name, spreadOf(each.map((one) => one[name]))]),
          ) as Record<(typeof figures)[number], Spread>),
          verdict: verdict.kind,
        }
      }),
    )
  })
}

function attacksAbove(panes: readonly PanePair[]): CertifiedResults['above'] {
  const all = panes.flatMap(({ answer }) => Object.values(answer.found).flat())
  return { count: all.filter(({ attack, upper }) => attack > upper).length, of: all.length }
}

/** From the panes that take no attribute: the same rows for all. */
function floorRows(panes: readonly PanePair[]): FloorRow[] {
  return grouped(
    panes.filter(({ task }) => task.lambda === 0),
    ({ task }) => task.choice.source,
  ).flatMap((of) =>
    Object.keys(of[0]!.answer.found).map((attribute) => {
      const over = (pick: (found: Found) => number) =>
        spreadOf(of.map(({ answer }) => pick(answer.found[attribute]![0]!)))
      return {
        source: of[0]!.task.choice.source,
        attribute,
        blind: over(({ blind }) => blind),
        floor: over(({ floor }) => floor),
      }
    }),
  )
}

function denseRows(dense: readonly DensePair[]): DenseRow[] {
  return grouped(dense, ({ task }) => task.choice.source).flatMap((of) =>
    Object.keys(of[0]!.answer.raw).map((attribute) => {
      const over = (pick: (answer: DenseAnswer) => number) => spreadOf(of.map(({ answer }) => pick(answer)))
      return {
        source: of[0]!.task.choice.source,
        attribute,
        plain: over(({ plain }) => plain.value),
        pane: over(({ pane }) => pane.value),
        rawLinear: over(({ raw }) => raw[attribute]!.linear.value),
        rawMlp: over(({ raw }) => raw[attribute]!.mlp.value),
        linear: over(({ released }) => released[attribute]!.linear.value),
        mlp: over(({ released }) => released[attribute]!.mlp.value),
      }
    }),
  )
}

function erasedRow(dense: readonly DensePair[]): CertifiedResults['erased'] {
  const found = dense.flatMap(({ answer }) => (answer.erased ? [answer.erased] : []))
  if (found.length === 0) return null
  return {
    plain: spreadOf(found.map(({ plain }) => plain.value)),
    linear: spreadOf(found.map(({ attacks }) => attacks.linear.value)),
    mlp: spreadOf(found.map(({ attacks }) => attacks.mlp.value)),
  }
}

function askedRows(all: readonly DictionaryAnswer[]): AskedRow[] {
  return grouped(all, ({ net }) => net).flatMap((of) =>
    of[0]!.rows.map(({ codes, kind }, i): AskedRow => {
      const rows = of.map(({ rows }) => rows[i]!)
      const made = rows.filter(({ refused }) => refused === null)
      const over = (pick: (row: DictionaryRow) => number) => spreadOf(made.map(pick))
      return {
        net: of[0]!.net,
        codes,
        kind,
        frozen: spreadOf(of.map(({ frozen }) => frozen.value)),
        pane: spreadOf(rows.map(({ pane }) => pane.value)),
        made: made.length,
        seeds: rows.length,
        refused: rows.find(({ refused }) => refused !== null)?.refused ?? null,
        answers:
          made.length === 0
            ? null
            : {
                accuracy: over(({ accuracy }) => accuracy!.value),
                agreement: over(({ agreement }) => agreement!.value),
                divergence: over(({ divergence }) => divergence!),
                second: over(({ second }) => second!.value),
              },
      }
    }),
  )
}

function sessionRows(
  sessions: readonly SessionsAnswer[],
): Pick<CertifiedResults, 'voted' | 'bundled' | 'dependent'> {
  const first = sessions[0]
  if (!first) return { voted: [], bundled: [], dependent: null }
  const over = (pick: (answer: SessionsAnswer) => number) => spreadOf(sessions.map(pick))
  return {
    voted: first.voted.map(({ length, sessions, judged }, i) => {
      const figure = (name: Exclude<keyof Voted, 'length' | 'sessions' | 'judged'>) =>
        over(({ voted }) => voted[i]![name])
      return {
        length,
        sessions,
        judged,
        accuracy: figure('accuracy'),
        windows: figure('windows'),
        blind: figure('blind'),
        attack: figure('attack'),
        estimate: figure('estimate'),
        upper: figure('upper'),
        kl: figure('kl'),
      }
    }),
    bundled: first.bundled.map(({ of, groups, k, bundles }, i) => ({
      of,
      groups,
      k,
      bundles,
      attack: over(({ bundled }) => bundled[i]!.attack),
      estimate: over(({ bundled }) => bundled[i]!.estimate),
      upper: over(({ bundled }) => bundled[i]!.upper),
    })),
    dependent: {
      units: first.dependent.units,
      estimate: over(({ dependent }) => dependent.estimate),
      upper: over(({ dependent }) => dependent.upper),
    },
  }
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  return [...Map.groupBy(items, keyOf).values()]
}

const rounded = (v: number): number => Math.round(v * 1e5) / 1e5

/** Mean and deviation of one value a seed. */
export function spreadOf(values: readonly number[]): Spread {
  const { mean, deviation } = meanAndSpread(values)
  return { mean: rounded(mean), deviation: rounded(deviation) }
}
