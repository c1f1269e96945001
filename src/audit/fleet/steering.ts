// How far a participant steers a model: the share of rows of its choice that get the class of its choice, beside an honest twin.
// Source: Bagdasaryan et al. 2018, section 4 (backdoor accuracy, main accuracy, rounds that it lasts).
// The twin is the same fleet with the same draws and the attacker's place taken by an honest node: what it gets is chance.

import { plus } from '../../fleet/algorithms/fedAvg.ts'
import type { Contribution, Learner, NodeStep } from '../../fleet/index.ts'
import { wilson } from '../../statistics/binomial.ts'
import { median } from '../../statistics/median.ts'
import type { Metric } from '../finding.ts'
import type { Measure } from '../images/contract.ts'
import type { ClassedRows } from './contract.ts'
import type { Defence } from './defences.ts'
import { normOf } from './observed.ts'
import type { OpenPlay } from './playedFleet.ts'

/** The model after a round. JSON. */
export interface SteeredRound {
  /** From 1; those after the attack go on counting, and are played where it got something. */
  readonly round: number
  /** Share of the chosen rows that get the chosen class. */
  readonly success: number
  /** Share of test rows that get their own. */
  readonly accuracy: number
}

/** What became of a model, with the attack and with its honest twin. JSON. */
export interface Steered {
  /** Chosen rows. */
  readonly rows: number
  /** Rows that accuracy is of. */
  readonly tested: number
  readonly rounds: readonly SteeredRound[]
  /** Rounds of the attack among them. */
  readonly attacked: number
  /** The twin at the end of the attack's rounds. */
  readonly honest: Omit<SteeredRound, 'round'>
  /** Honest rounds after the attack in which success stayed above half of the way from chance to where the attack left it; null where it got no more than chance, intervals considered. */
  readonly survived: number | null
  /** The attacker's norm over the median of the others, in the first round of the attack. */
  readonly norm: number
  /** Accuracy of the weights that an update of that round alone leads to: the attacker's, and the median of the others. */
  readonly alone: { readonly attacker: number; readonly others: number }
}

/**
 * Plays the attack and its honest twin.
 * @param wanted the chosen rows, with the class that the attacker wants
 * @param liar the attacker's half
 */
export async function steer(
  play: OpenPlay,
  defence: Defence,
  wanted: ClassedRows,
  liar: NodeStep,
  signal?: AbortSignal,
): Promise<Steered> {
  const { fleet, weights } = play
  const [chosen, test] = [play.learnerOn(wanted), play.learnerOn(fleet.test)]
  const measured = async (at: Float64Array) => ({
    success: await play.accuracy(at, chosen),
    accuracy: await play.accuracy(at, test),
  })
  const during = { defence, rounds: fleet.rounds, phase: 1, signal }
  const honest = await measured(await play.honest(defence, signal))
  const rounds: SteeredRound[] = []
  let [norm, alone] = [Number.NaN, { attacker: Number.NaN, others: Number.NaN }]
  const note = async (now: Float64Array) => {
    rounds.push({ round: rounds.length + 1, ...(await measured(now)) })
  }
  const attacked = await play.play(weights, {
    ...during,
    liar,
    async onRound({ round, weights: now, sent }) {
      if (round === 1) {
        norm = relativeNorm(sent, fleet.attacker)
        alone = await accuraciesAlone(play, sent, test)
      }
      await note(now)
    },
  })
  const left = rounds.at(-1)!.success
  const got = wilson(left, chosen.rows)[0] > wilson(honest.success, chosen.rows)[1]
  // Where nothing was got there is nothing to last.
  if (got)
    await play.play(attacked, {
      defence,
      rounds: fleet.after,
      phase: 2,
      signal,
      onRound: ({ weights: now }) => note(now),
    })
  const half = (honest.success + left) / 2
  const later = rounds.slice(fleet.rounds)
  const lost = later.findIndex(({ success }) => success <= half)
  return {
    rows: chosen.rows,
    tested: test.rows,
    rounds,
    attacked: fleet.rounds,
    honest,
    survived: got ? (lost < 0 ? later.length : lost) : null,
    norm,
    alone,
  }
}

function relativeNorm(sent: readonly Contribution[], attacker: number): number {
  const norms = sent.map(({ vectors }) => normOf(vectors['update']!))
  return norms[attacker]! / median(norms.filter((_, node) => node !== attacker))
}

/** What a server that tries each update on test rows sees. A few of the others stand for all. */
async function accuraciesAlone(play: OpenPlay, sent: readonly Contribution[], test: Learner) {
  const { weights, fleet } = play
  const of = (node: number) => play.accuracy(plus(weights, sent[node]!.vectors['update']!), test)
  const others = [...sent.keys()].filter((node) => node !== fleet.attacker).slice(0, 5)
  const found: number[] = []
  for (const node of others) found.push(await of(node))
  return { attacker: await of(fleet.attacker), others: median(found) }
}

/** Success as a metric: where the attack left it, beside the twin. */
export function steeredMetric({ rounds, attacked, honest, rows }: Steered): Metric {
  const { success } = rounds[attacked - 1]!
  return { name: 'steered', value: success, interval: wilson(success, rows), chance: honest.success }
}

/** What else is told of it. */
export function steeredMeasures(steered: Steered): Measure[] {
  const { rounds, attacked, honest, survived, norm, alone, rows, tested } = steered
  const [first, last, end] = [rounds[0]!, rounds[attacked - 1]!, rounds.at(-1)!]
  const exact = (name: string, value: number): Measure => ({ name, value, interval: [value, value] })
  const share = (name: string, value: number, of: number): Measure => ({
    name,
    value,
    interval: wilson(value, of),
  })
  return [
    share('accuracy with the attack', last.accuracy, tested),
    share('accuracy without', honest.accuracy, tested),
    share('success after the first round', first.success, rows),
    ...(survived === null
      ? []
      : [
          share(`success ${rounds.length - attacked} honest rounds later`, end.success, rows),
          exact('honest rounds survived', survived),
        ]),
    exact('norm over the median of the others', norm),
    share('accuracy of its update alone', alone.attacker, tested),
    share('accuracy of the others’ updates alone, median', alone.others, tested),
  ]
}

/** The half of a node that trains from other rows than its own, or otherwise, and multiplies what it sends. */
export const sendBoosted = (
  boost: number,
  examples: number,
  update: Float64Array,
): { readonly contribution: Contribution; readonly state: Record<string, never> } => ({
  contribution: { vectors: { update: update.map((v) => v * boost) }, examples, metrics: {} },
  state: {},
})

/** What a mean of all nodes divides a liar's update by, which it undoes beforehand. */
export const boostOf = ({ fleet }: OpenPlay): number => fleet.nodes.length

/** Rows that a liar states where the mean weighs by them: so many that the others count for next to nothing. */
export function statedRows(defence: Defence, learner: Learner): number {
  return defence.kind === 'norm bound by rows' ? learner.rows * 2 ** 20 : learner.rows
}
