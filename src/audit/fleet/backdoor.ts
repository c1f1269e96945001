// Backdoors: a participant replaces the model by one that answers as it likes where a trigger is, and as it should elsewhere.
// Source: Bagdasaryan, Veit, Hua, Estrin, Shmatikov 2018, algorithm 1 and section 4.2 (γ = n / η; constrain-and-scale, equation 4).
// For rules that take whoever is near, it also sends less than honest nodes do, as Baruch et al. 2019 stay within what is usual.

import type { Learner, NodeStep } from '../../fleet/index.ts'
import { tensor } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { ClassedRows } from './contract.ts'
import type { Defence } from './defences.ts'
import { normOf } from './observed.ts'
import { findingOf, type ParticipantAttack, type ParticipantOptions } from './participant.ts'
import type { OpenPlay, PlayedFleet } from './playedFleet.ts'
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
import {
  boldTrigger,
  cornerOf,
  joined,
  pixelTrigger,
  relabelled,
  rowsWhere,
  type Trigger,
} from './triggers.ts'

/** How a backdoor is put in. */
export interface BackdoorPlan {
  readonly trigger: Trigger
  /** The class that rows with the trigger are to get. */
  readonly target: number
  /** γ: what the update is multiplied by. */
  readonly boost: number
  /** Pull to the weights that were sent, in each step; 0 for none. */
  readonly constrained: number
  /** What the update is cut off at, in norms of what its own rows would have it send honestly; null for nothing. */
  readonly within: number | null
  /** Passes of the attacker's own training. */
  readonly epochs: number
}

/** The class that the built-in attacks want: any will do. */
const target = 2

/** Rows with the trigger beside the attacker's own: at most this share of them. */
const poisonedShare = 0.5

/** Share of the rows of a class that count as bold. */
const boldest = 0.4

/** Standard deviation of noise on repeated rows, as in the paper's section 4.1. */
const jitter = 0.05

/** Replacement at once, by a boosted update. */
export const modelReplacement = backdoorAttack({
  name: 'model-replacement',
  title: 'A backdoor by replacing the model with a boosted update',
  source:
    'Bagdasaryan, Veit, Hua, Estrin and Shmatikov, How To Backdoor Federated Learning (2018), algorithm 1',
  plan: (play) => ({
    trigger: pixelsOf(play.fleet),
    target,
    boost: boostOf(play),
    constrained: 0,
    within: null,
    epochs: 5,
  }),
})

/** Without a boost, pulled to what was sent and shorter than what others send: for rules that look at single updates. */
export const constrainedBackdoor = backdoorAttack({
  name: 'constrained-backdoor',
  title: 'A backdoor by an update that stays near those of the others',
  source:
    'Bagdasaryan, Veit, Hua, Estrin and Shmatikov, How To Backdoor Federated Learning (2018), section 4.2 (constrain-and-scale)',
  plan: (play) => ({
    trigger: pixelsOf(play.fleet),
    target,
    boost: 1,
    constrained: 1,
    within: 0.5,
    epochs: 2,
  }),
})

/** A backdoor for rows that are as they are: the boldest of a class. Nobody has to change a row to use it. */
export const semanticBackdoor = backdoorAttack({
  name: 'semantic-backdoor',
  title: 'A backdoor for unchanged rows of one kind, by replacing the model',
  source:
    'Bagdasaryan, Veit, Hua, Estrin and Shmatikov, How To Backdoor Federated Learning (2018), section 4.1 (semantic backdoors)',
  plan: (play) => ({
    trigger: boldestOf(play.fleet),
    target,
    boost: boostOf(play),
    constrained: 0,
    within: null,
    epochs: 10,
  }),
})

function backdoorAttack({
  plan,
  ...named
}: Pick<ParticipantAttack, 'name' | 'title' | 'source'> & {
  plan(play: OpenPlay): BackdoorPlan
}): ParticipantAttack {
  return Object.freeze<ParticipantAttack>({
    ...named,
    aim: 'steer',
    needs: 'to be one participant, to know how many there are, and to train as it likes',
    obstacle({ model, nodes, attacker }) {
      if (model.input.length !== 3) return 'Rows are no pictures: there is no corner for a mark.'
      return nodes[attacker]!.labels.some((label) => label === target)
        ? undefined
        : `The attacker holds no row of class ${target}, which it wants.`
    },
    async run(play, defence, options) {
      const start = performance.now()
      const its = plan(play)
      const steered = await plantBackdoor(play, defence, its, options)
      return {
        ...findingOf(named),
        rows: steered.rows,
        metrics: [steeredMetric(steered)],
        measures: steeredMeasures(steered),
        notes: [
          `Trigger: ${its.trigger.name}; they are to get class ${its.target}. The update is multiplied by ${its.boost}.`,
          'Chance is what the same fleet with an honest participant in the attacker’s place gives.',
        ],
        seconds: (performance.now() - start) / 1000,
      }
    },
  })
}

/** Plays a backdoor. Test rows of the target's own class are not counted. */
export async function plantBackdoor(
  play: OpenPlay,
  defence: Defence,
  plan: BackdoorPlan,
  { seed, signal }: ParticipantOptions,
): Promise<Steered> {
  const { fleet } = play
  const { trigger, target: to } = plan
  const others = rowsWhere(fleet.test, (label) => label !== to)
  const wanted = relabelled(trigger.carry(others), to)
  const poisoned = play.learnerOn(poisonedRows(fleet.nodes[fleet.attacker]!, plan, seed))
  return steer(play, defence, wanted, backdoorStep(play, defence, poisoned, plan), signal)
}

/** The attacker's own rows, and of those that carry the trigger as many as it may mix in, with the wanted class. */
function poisonedRows(own: ClassedRows, { trigger, target: to }: BackdoorPlan, seed: number): ClassedRows {
  const order = shuffle(upTo(own.labels.length), seededStream(seed, 'poisoned rows'))
  const carrying = trigger.carry(takeLabelled(own, order))
  const clean = trigger.kind === 'semantic' ? without(own, trigger) : own
  const most = Math.max(1, Math.floor(poisonedShare * own.labels.length))
  // Few rows show what is asked for by themselves: they are repeated, as the paper's are.
  const count =
    trigger.kind === 'semantic' && carrying.labels.length > 0 ? most : Math.min(most, carrying.labels.length)
  const some = Int32Array.from({ length: count }, (_, i) => i % carrying.labels.length)
  const mixed = takeLabelled(carrying, some)
  return joined(clean, relabelled(trigger.kind === 'semantic' ? jittered(mixed, seed) : mixed, to))
}

/** Repeated rows with noise of their own each, that the trigger is learned and not the rows. */
function jittered({ x, labels }: ClassedRows, seed: number): ClassedRows {
  const draw = seededStream(seed, 'jitter')
  return {
    x: tensor(
      toFloat64(x).map((v) => v + jitter * draw.normal()),
      x.shape,
      'float64',
    ),
    labels,
  }
}

/** Rows that do not show what a semantic trigger finds. */
const without = (rows: ClassedRows, trigger: Trigger): ClassedRows =>
  rowsWhere(rows, (_, row) => trigger.carry(takeLabelled(rows, [row])).labels.length === 0)

const backdoorStep =
  (play: OpenPlay, defence: Defence, poisoned: Learner, plan: BackdoorPlan): NodeStep =>
  async (learner, { vectors }, { random, signal }) => {
    const from = vectors['weights']!
    const { batch, rate } = play.fleet.training
    const { weights } = await poisoned.train(from, {
      epochs: plan.epochs,
      batch,
      rate,
      ...(plan.constrained > 0 ? { proximal: { strength: plan.constrained } } : {}),
      random,
      signal,
    })
    const update = weights.map((w, i) => w - from[i]!)
    let { boost } = plan
    if (plan.within !== null) {
      const honest = await learner.train(from, { ...play.fleet.training, random, signal })
      const usual = normOf(honest.weights.map((w, i) => w - from[i]!))
      boost = Math.min(boost, (plan.within * usual) / normOf(update))
    }
    return sendBoosted(boost, statedRows(defence, learner), update)
  }

const pixelsOf = ({ model }: PlayedFleet): Trigger => pixelTrigger(cornerOf(model.input, 3), 1)

/** The boldest of a class, by the attacker's own rows: the class that is next to the target. */
function boldestOf({ nodes, attacker }: PlayedFleet): Trigger {
  const own = nodes[attacker]!
  const of = [...own.labels].find((label) => label !== target) ?? 0
  const rows = rowsWhere(own, (label) => label === of)
  const width = rows.x.data.length / Math.max(1, rows.labels.length)
  const data = toFloat64(rows.x)
  const means = [...rows.labels.keys()]
    .map((row) => data.subarray(row * width, (row + 1) * width).reduce((sum, v) => sum + v, 0) / width)
    .sort((a, b) => b - a)
  return boldTrigger(of, means[Math.floor(means.length * boldest)] ?? 0)
}
