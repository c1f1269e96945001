// Targeted poisoning: a participant has some rows of its choice misclassified, by an update that only serves that, boosted.
// Source: Bhagoji, Chakraborty, Mittal, Calo 2018, section 3.2 (explicit boosting), 3.3 and 3.4 (stealth, alternating minimisation).
// Boosted is what training by turns has beyond honest training: the paper boosts each malicious step, which diverges here.
// Stealth is by its own rows' loss and by distance from the last round's mean; a server may look at what is not hidden.

import type { Learner, NodeStep } from '../../fleet/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { ClassedRows } from './contract.ts'
import type { Defence } from './defences.ts'
import { findingOf, type ParticipantAttack } from './participant.ts'
import type { OpenPlay } from './playedFleet.ts'
import { takeLabelled } from './send.ts'
import {
  boostOf,
  type Steered,
  sendBoosted,
  statedRows,
  steer,
  steeredMeasures,
  steeredMetric,
} from './steering.ts'

/** How an update is boosted. */
export interface BoostingPlan {
  /** Rows that are to be misclassified. */
  readonly targets: number
  /** λ: what the malicious part is multiplied by. */
  readonly boost: number
  /** Passes over the targets. */
  readonly epochs: number
  /** ρ: pull to where the last round's mean would lead; null for no stealth at all. */
  readonly stealth: number | null
}

/** Passes over the targets before each pass over its own rows, by turns. */
const eachPass = 5

/** Rows that the built-in attacks have misclassified: so many that none of them is hit is told from a tenth. */
const targets = 40

/** Explicit boosting. */
export const boostedPoisoning = boostingAttack({
  name: 'boosted-poisoning',
  title: 'Chosen rows misclassified, by a boosted update',
  source:
    'Bhagoji, Chakraborty, Mittal and Calo, Analyzing Federated Learning through an Adversarial Lens (2018), section 3.2',
  plan: (play) => ({ targets, boost: boostOf(play), epochs: 20, stealth: null }),
})

/** With the stealth terms, by turns. */
export const stealthyPoisoning = boostingAttack({
  name: 'stealthy-poisoning',
  title: 'Chosen rows misclassified, by a boosted update with stealth terms',
  source:
    'Bhagoji, Chakraborty, Mittal and Calo, Analyzing Federated Learning through an Adversarial Lens (2018), section 3.4 (alternating minimisation)',
  plan: (play) => ({ targets, boost: boostOf(play), epochs: 5, stealth: 0.1 }),
})

function boostingAttack({
  plan,
  ...named
}: Pick<ParticipantAttack, 'name' | 'title' | 'source'> & {
  plan(play: OpenPlay): BoostingPlan
}): ParticipantAttack {
  return Object.freeze<ParticipantAttack>({
    ...named,
    aim: 'steer',
    needs: 'to be one participant, to know how many there are, and the rows that it wants misclassified',
    obstacle: ({ test }) =>
      test.labels.length < targets ? `There are no ${targets} rows to have misclassified.` : undefined,
    async run(play, defence, { seed, signal }) {
      const start = performance.now()
      const its = plan(play)
      const steered = await poison(play, defence, its, seed, signal)
      return {
        ...findingOf(named),
        rows: steered.rows,
        metrics: [steeredMetric(steered)],
        measures: steeredMeasures(steered),
        notes: [
          `${targets} rows are each to get a class that is not theirs. What serves that is multiplied by ${its.boost}${its.stealth === null ? '' : `, and drawn to the last round's mean by ${its.stealth}`}.`,
          'Chance is what the same fleet with an honest participant in the attacker’s place gives.',
        ],
        seconds: (performance.now() - start) / 1000,
      }
    },
  })
}

/** Plays targeted poisoning on test rows that are drawn from the seed. */
export async function poison(
  play: OpenPlay,
  defence: Defence,
  plan: BoostingPlan,
  seed: number,
  signal?: AbortSignal,
): Promise<Steered> {
  const { test, model } = play.fleet
  const wanted = drawTargets(test, plan.targets, model.output[0]!, seed)
  const liar = boostingStep(play, defence, play.learnerOn(wanted), plan)
  return steer(play, defence, wanted, liar, signal)
}

/** Some rows, each with a class that occurs and is not its own. */
function drawTargets(test: ClassedRows, count: number, classes: number, seed: number): ClassedRows {
  const draw = seededStream(seed, 'targets')
  const known = [...new Set(test.labels)].filter((label) => label < classes)
  const { x, labels } = takeLabelled(test, shuffle(upTo(test.labels.length), draw).subarray(0, count))
  return {
    x,
    labels: labels.map((own) => {
      const others = known.filter((label) => label !== own)
      return others[draw.below(others.length)]!
    }),
  }
}

const boostingStep =
  (play: OpenPlay, defence: Defence, wanted: Learner, { boost, epochs, stealth }: BoostingPlan): NodeStep =>
  async (own, { vectors }, { state, random, signal }) => {
    const from = vectors['weights']!
    const { batch, rate } = play.fleet.training
    const answer = (update: Float64Array, factor: number) => ({
      ...sendBoosted(factor, statedRows(defence, own), update),
      state: { last: from },
    })
    if (stealth === null) {
      const { weights } = await wanted.train(from, { epochs, rate, random, signal })
      return answer(
        weights.map((w, i) => w - from[i]!),
        boost,
      )
    }
    // Where the others will go is guessed to be where all went in the last round.
    const last = state['last']
    const proximal = { strength: stealth, towards: last ? from.map((w, i) => 2 * w - last[i]!) : from }
    let now = from
    for (let pass = 0; pass < epochs; pass++) {
      now = (await own.train(now, { epochs: 1, batch, rate, proximal, random, signal })).weights
      now = (await wanted.train(now, { epochs: eachPass, rate, random, signal })).weights
    }
    const { weights: honest } = await own.train(from, { ...play.fleet.training, random, signal })
    return answer(
      now.map((w, i) => honest[i]! - from[i]! + boost * (w - honest[i]!)),
      1,
    )
  }
