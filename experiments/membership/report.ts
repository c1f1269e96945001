// The report of membership: what attacks get with and without private training; claims beside what canaries show.
// Source: Carlini et al. 2022, who plot ROC curves on logarithmic axes; Steinke, Nasr and Jagielski 2023.
// Means over targets of one set of digits are not independent: the spread over seeds is what counts.

import type { MembershipAttack } from '../../src/audit/index.ts'
import { rocFigure } from '../../src/audit/membership/modelReport.ts'
import { type FigureSpec, palette } from '../../src/figures/index.ts'
import { average, type Estimate, intervalNote, meanEstimate } from '../estimates.ts'
import type { Whole as Report, Settings } from '../experiment.ts'
import { markdownTable, plainTable, points } from '../textTables.ts'
import { type Attacked, rates } from './attacked.ts'
import {
  type AttackTask,
  type AuditTask,
  delta,
  type MembershipAnswer,
  type MembershipTask,
} from './membership.ts'
import type { PaneTask } from './pane.ts'

const titles: Readonly<Record<MembershipAttack, string>> = {
  threshold: 'loss threshold',
  'class-threshold': 'thresholds by class',
  'lira-online': 'LiRA, online',
  'lira-offline': 'LiRA, offline',
}

type Answer<K> = Extract<MembershipAnswer, { readonly kind: K }>

interface AttackRow {
  readonly training: string
  readonly attack: MembershipAttack
  readonly auc: Estimate
  readonly atThousandth: Estimate
  readonly atHundredth: Estimate
  readonly balancedAccuracy: Estimate
  /** Mean hits at each of the rates. */
  readonly hits: readonly number[]
}

/** The report. */
export function membershipReport(
  tasks: readonly MembershipTask[],
  answers: readonly MembershipAnswer[],
  { quick }: Settings,
): Report {
  const pairs = tasks.map((task, i) => ({ task, answer: answers[i]! }))
  const attacks = pairs.filter(({ task }) => task.kind === 'attack') as {
    task: AttackTask
    answer: Answer<'attack'>
  }[]
  const audits = pairs.filter(({ task }) => task.kind === 'audit') as {
    task: AuditTask
    answer: Answer<'audit'>
  }[]
  const trainings = [null, 3].map((epsilon) => {
    const own = attacks.filter(({ task }) => task.epsilon === epsilon).map(({ answer }) => answer)
    const name = epsilon === null ? 'without noise' : `private, ε = ${epsilon}`
    return {
      name,
      trained: meanEstimate(own.map(({ trained }) => trained)),
      unseen: meanEstimate(own.map(({ unseen }) => unseen)),
      rows: own[0]!.targets[0]!.map(({ attack }, a) => attackRow(name, attack, a, own)),
    }
  })
  const paneTasks = tasks.filter((task): task is PaneTask => task.kind === 'pane')
  const panes = answers.filter((answer) => answer.kind === 'pane')
  const ofPane = panes[0]!.targets[0]!.map(({ attack }, a) => attackRow('a pane', attack, a, panes))
  const rows = [...trainings.flatMap((training) => training.rows), ...ofPane]
  const claims = [...new Set(audits.map(({ task }) => task.epsilon))].sort((a, b) => a - b)
  const audited = claims.flatMap((epsilon) =>
    [1, 10].map((fault) => {
      const own = audits.filter(({ task }) => task.epsilon === epsilon && task.fault === fault)
      const bounds = own.map(({ answer }) => answer.found.bound.epsilon)
      return {
        epsilon,
        fault,
        bound: meanEstimate(bounds),
        bounds,
        caught: own.filter(({ answer }) => answer.found.caught).length,
        runs: own.length,
        auc: average(own, ({ answer }) => answer.found.auc.value),
        accuracy: average(own, ({ answer }) => answer.accuracy),
        noiseMultiplier: average(own, ({ answer }) => answer.noiseMultiplier),
      }
    }),
  )
  const [first] = attacks
  const { canaries, rows: digitsAudited } = audits[0]!.task
  const seeds = new Set(tasks.map(({ seed }) => seed)).size
  const attackHead = ['training', 'attack', 'AUC', 'found at 0.1% false alarms', 'at 1%', 'balanced accuracy']
  const attackTable = rows.map((row) => [
    row.training,
    titles[row.attack],
    row.auc.value.toFixed(3),
    share(row.atThousandth),
    share(row.atHundredth),
    share(row.balancedAccuracy),
  ])
  const auditHead = [
    'claimed ε',
    'noise',
    'σ',
    'accuracy',
    'canaries told apart',
    'lower bound on ε',
    'caught',
  ]
  const auditTable = audited.map((row) => [
    String(row.epsilon),
    row.fault === 1 ? 'as claimed' : 'a tenth of it',
    row.noiseMultiplier.toFixed(2),
    `${points(row.accuracy)}%`,
    `${points(row.auc)}%`,
    row.bounds.map((bound) => bound.toFixed(2)).join(', '),
    `${row.caught} of ${row.runs}`,
  ])
  const accuracies = trainings
    .map(
      ({ name, trained, unseen }) =>
        `${name}: ${share(trained)} on the digits that trained, ${share(unseen)} on the others`,
    )
    .join('; ')
  return {
    data: {
      trainings: trainings.map(({ rows: _, ...training }) => training),
      attacks: rows,
      rates,
      audits: audited,
    },
    figures: { 'membership-roc': rocs(rows), 'membership-audit': claimsFigure(audited) },
    page: [
      '# Who was in the training data',
      '',
      'Attacks on membership, against a network that learned few digits by heart and against the same network trained privately;',
      'and private training held against its claim by canaries, in one run each.',
      ...(quick ? ['', '**A quick run: fewer digits, networks and seeds.**'] : []),
      '',
      '## Attacks',
      '',
      `${first!.task.rows.toLocaleString('en')} digits of MNIST; ${first!.task.models} networks (784-64-10, tanh), each trained on a random half of them, with Adam for 25`,
      `epochs, or by DP-SGD for 12 epochs of expected batches of 250 (clipping norm 1, δ = ${delta}). ${first!.task.targets} of them are targets in turn, the others`,
      `their shadow models. Means over targets and seeds, their spread over ${seeds} seed${seeds === 1 ? '' : 's'}.${intervalNote(seeds)}`,
      '',
      markdownTable(attackHead, attackTable),
      '',
      `Right answers, ${accuracies}.`,
      '',
      `_A pane_ is ObfNet-MLP, trained for ${paneTasks[0]!.epochs} epochs on half of ${paneTasks[0]!.rows.toLocaleString('en')} digits before a classifier that saw none of them: its samples are what the`,
      `classifier answers to, and ${paneTasks[0]!.shadows} shadow panes stand before the same classifier.`,
      '',
      '![ROC curves](membership-roc.svg)',
      '',
      '## One run, many canaries',
      '',
      `${digitsAudited.toLocaleString('en')} digits and ${canaries.toLocaleString('en')} canaries (black but for one pixel that digits hardly use), each in or out by a coin; softmax regression by DP-SGD,`,
      '10 epochs of expected batches of 500. The planted bug draws noise with a tenth of the deviation that the claim needs. The lower',
      'bound holds with confidence 95%; a run whose bound is above its claim is caught.',
      '',
      markdownTable(auditHead, auditTable),
      '',
      '![Claims and bounds](membership-audit.svg)',
      '',
      'That the honest runs’ bounds lie far below their claims is the price of one run and of an adversary who sees the last weights only:',
      'it is no sign that they give away less.',
    ].join('\n'),
    summary: [plainTable(attackHead, attackTable), plainTable(auditHead, auditTable)].join('\n'),
  }
}

function attackRow(
  training: string,
  attack: MembershipAttack,
  at: number,
  answers: readonly { readonly targets: readonly (readonly Attacked[])[] }[],
): AttackRow {
  // One value a seed: the mean over its targets.
  const over = (pick: (found: Attacked) => number) =>
    answers.map(({ targets }) => average(targets, (found) => pick(found[at]!)))
  return {
    training,
    attack,
    auc: meanEstimate(over(({ auc }) => auc.value)),
    atThousandth: meanEstimate(over(({ hitsAtThousandth }) => hitsAtThousandth.value)),
    atHundredth: meanEstimate(over(({ hitsAtHundredth }) => hitsAtHundredth.value)),
    balancedAccuracy: meanEstimate(over(({ balancedAccuracy }) => balancedAccuracy.value)),
    hits: rates.map((_, r) =>
      average(
        over(({ hits }) => hits[r]!),
        (value) => value,
      ),
    ),
  }
}

/** e.g. `8.1% [7.2, 9.0]`. */
const share = ({ value, interval: [low, high] }: Estimate): string =>
  `${points(value)}% [${points(low)}, ${points(high)}]`

function rocs(rows: readonly AttackRow[]): FigureSpec {
  const shown = rows.filter(({ training, attack }) => attack !== 'class-threshold' && training !== 'a pane')
  const curves = shown.map(({ training, attack, hits }) => ({
    name: `${titles[attack]}, ${training}`,
    curve: rates.map((rate, r) => ({ falseAlarms: rate, hits: hits[r]! })),
  }))
  const title = { text: 'Members found at few false alarms', subtitle: 'dashed: a guess' }
  return rocFigure(curves, { width: 420, height: 340, title })
}

function claimsFigure(
  audited: readonly {
    readonly epsilon: number
    readonly fault: number
    readonly bounds: readonly number[]
  }[],
): FigureSpec {
  const most = 1.1 * Math.max(...audited.flatMap(({ epsilon, bounds }) => [epsilon, ...bounds]))
  const axis = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { domain: [0, most] },
  })
  const encoding = {
    x: axis('claimed', 'claimed ε (upper bound)'),
    y: axis('bound', 'lower bound on ε by canaries'),
  }
  const names = ['noise as claimed', 'noise a tenth of it']
  return {
    config: { legend: { labelLimit: 260 } },
    width: 380,
    height: 320,
    title: { text: 'Claims held to account', subtitle: 'above the line a run is caught' },
    layer: [
      {
        data: { values: [0, most].map((at) => ({ claimed: at, bound: at })) },
        mark: { type: 'line', strokeDash: [4, 4], color: '#888', strokeWidth: 1 },
        encoding,
      },
      {
        data: {
          values: audited.flatMap(({ epsilon, fault, bounds }) =>
            bounds.map((bound) => ({ claimed: epsilon, bound, name: names[fault === 1 ? 0 : 1] })),
          ),
        },
        mark: { type: 'point', filled: true, size: 70, opacity: 0.8 },
        encoding: {
          ...encoding,
          color: {
            field: 'name',
            type: 'nominal',
            title: null,
            scale: { domain: names, range: [palette[0], palette[1]] },
          },
          shape: { field: 'name', type: 'nominal', title: null, scale: { domain: names } },
        },
      },
    ],
  }
}
