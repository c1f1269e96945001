// A fleet that the auditor plays, with a participant who attacks and with the same one honest.
// Source: Bagdasaryan et al. 2018, section 3 (one participant who holds data, trains as it likes and sends what it likes).
// What one attack gets on rows that the auditor has: another fleet's rows, another seed, another attacker may fare otherwise.

import {
  type Algorithm,
  type Contribution,
  type Learner,
  type LocalTraining,
  type NodeStep,
  openTrainer,
  type Trainer,
  weightsToVector,
} from '../../fleet/index.ts'
import { simulate } from '../../fleet/simulation/simulate.ts'
import type { Dataset, Loss, Model } from '../../learn/index.ts'
import { initialWeights } from '../../learn/index.ts'
import type { ClassedRows } from './contract.ts'
import { type Defence, defended } from './defences.ts'
import { asDataset } from './send.ts'

/** Who trains what, in how many rounds. All nodes are in every round. */
export interface PlayedFleet {
  readonly model: Model
  readonly loss: Loss
  /** Rows of each node. */
  readonly nodes: readonly ClassedRows[]
  /** Which of them attacks; it holds rows as the others do. */
  readonly attacker: number
  /** Rows that no node trains on. */
  readonly test: ClassedRows
  /** Rows of all classes that an independent model learns from, to judge pictures by; in nobody's hands. */
  readonly judging?: ClassedRows | undefined
  readonly training: LocalTraining
  /** Honest rounds before the attack. */
  readonly before: number
  /** Rounds of the attack. */
  readonly rounds: number
  /** Honest rounds after it. */
  readonly after: number
  readonly seed: number
}

/** A fleet that is open: compiled, trained before the attack. */
export interface OpenPlay {
  readonly fleet: PlayedFleet
  readonly trainer: Trainer<Dataset>
  /** Weights that the attack begins with. */
  readonly weights: Float64Array
  /** A learner on any rows of the attacker's or the judge's. */
  learnerOn(rows: ClassedRows): Learner
  /** Share of rows that weights put into their class. */
  accuracy(weights: Float64Array, learner: Learner): Promise<number>
  /** Weights after the attack's rounds with everybody honest; played once for each defence. */
  honest(defence: Defence, signal?: AbortSignal): Promise<Float64Array>
  /** Plays some rounds on. @returns the last weights */
  play(from: Float64Array, phase: Phase): Promise<Float64Array>
  /** Frees the programs. */
  close(): Promise<void>
}

/** Some rounds. */
export interface Phase {
  readonly defence: Defence
  readonly rounds: number
  /** Tells the draws of phases apart. */
  readonly phase: number
  /** What the attacker does instead of its work; honest without. */
  readonly liar?: NodeStep | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each round with what was sent in it; waited for. */
  readonly onRound?:
    | ((round: {
        readonly round: number
        readonly weights: Float64Array
        readonly sent: readonly Contribution[]
      }) => void | Promise<void>)
    | undefined
}

/** Compiles the model and trains it for the rounds before the attack, by the plain mean. */
export async function openPlay(fleet: PlayedFleet, signal?: AbortSignal): Promise<OpenPlay> {
  const { model, loss, nodes, training, seed, attacker } = fleet
  const trainer = await openTrainer(model, { loss, batch: training.batch, threads: 1 })
  const learnerOn = (rows: ClassedRows) => trainer.learner(asDataset(rows))
  const learners = nodes.map(learnerOn)
  const play: OpenPlay['play'] = async (from, { defence, rounds, phase, liar, signal: stop, onRound }) => {
    if (rounds === 0) return from
    const algorithm: Algorithm<Float64Array> = defended(defence, {
      training,
      nodes: nodes.length,
      attacker,
      seed: seed * 16 + phase,
    })
    const open = {
      nodes: nodes.length,
      learner: (index: number) => learners[index]!,
      step: (index: number) => (index === attacker ? liar : undefined),
      close: async () => undefined,
    }
    const { weights } = await simulate({
      algorithm,
      fleet: open,
      weights: from,
      rounds,
      seed: seed * 16 + phase,
      signal: stop,
      onRound: ({ round, weights: now, answers }) =>
        onRound?.({ round, weights: now, sent: answers.map(({ contribution }) => contribution) }),
    })
    return weights
  }
  const accuracy: OpenPlay['accuracy'] = async (at, learner) => (await learner.measure(at)).accuracy!
  try {
    const first = weightsToVector(initialWeights(model, seed), trainer.layout)
    const weights = await play(first, {
      defence: { kind: 'none' },
      rounds: fleet.before,
      phase: 0,
      signal,
    })
    const known = new Map<string, Float64Array>()
    const honest: OpenPlay['honest'] = async (defence, stop) => {
      const key = JSON.stringify(defence)
      const found =
        known.get(key) ?? (await play(weights, { defence, rounds: fleet.rounds, phase: 1, signal: stop }))
      known.set(key, found)
      return found
    }
    return { fleet, trainer, weights, learnerOn, accuracy, honest, play, close: () => trainer.close() }
  } catch (error) {
    await trainer.close()
    throw error
  }
}
