// What one participant of a fleet gets by lying, and what each way to add updates up leaves of it.
// Source: Bagdasaryan et al. 2018 (backdoors), Bhagoji et al. 2018 (boosting), Hitaj et al. 2017 (GAN); Sun et al. 2019 (defences).
// Small fleets of small networks on the embedded digits at half their size: rounds take a second, and defences compare.

import { type BackdoorPlan, plantBackdoor } from '../../src/audit/fleet/backdoor.ts'
import { poison } from '../../src/audit/fleet/boosting.ts'
import type { ClassedRows } from '../../src/audit/fleet/contract.ts'
import { type Defence, defenceText, seesUpdates } from '../../src/audit/fleet/defences.ts'
import { type Reconstructed, reconstruct } from '../../src/audit/fleet/ganReconstruction.ts'
import { pictureBytes } from '../../src/audit/fleet/likeness.ts'
import { normOf } from '../../src/audit/fleet/observed.ts'
import { type OpenPlay, openPlay, type PlayedFleet } from '../../src/audit/fleet/playedFleet.ts'
import { takeLabelled } from '../../src/audit/fleet/send.ts'
import type { Steered } from '../../src/audit/fleet/steering.ts'
import { boldTrigger, cornerOf, joined, pixelTrigger, rowsWhere } from '../../src/audit/fleet/triggers.ts'
import type { Measure } from '../../src/audit/images/contract.ts'
import { type ImageSet, readDigits } from '../../src/data/index.ts'
import { tensor } from '../../src/graph/index.ts'
import { categoricalCrossEntropy, dense, flatten, sequential } from '../../src/learn/index.ts'
import { shuffle, upTo } from '../../src/random/order.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { median } from '../../src/statistics/median.ts'
import type { Settings, Work } from '../experiment.ts'

/** What steers the model. */
const steering = ['replacement', 'constrained', 'semantic', 'boosted', 'stealthy'] as const

/** Attacks on one fleet, behind defences. JSON. */
export type PoisoningTask = {
  readonly seed: number
  /** Rounds of the attack. */
  readonly rounds: number
  readonly defences: readonly DefenceName[]
} & (
  | { readonly attacks: readonly (typeof steering)[number][] }
  | {
      readonly attacks: readonly ['gan']
      /** The class that pictures are made of. */
      readonly victim: number
      /** Pixels a side: 14 or 28. */
      readonly side: number
    }
)

/** Defences by name; what they are set to depends on honest norms. */
const defenceNames = [
  'none',
  'secure sum',
  'secure sum, nodes cut off',
  'norm bound by rows',
  'norm bound',
  'clip, noise 0.3',
  'clip, noise 1',
  'median',
  'trimmed mean',
  'Krum',
  'multi-Krum',
] as const
type DefenceName = (typeof defenceNames)[number]

/** What an attack got behind one defence. JSON. */
export interface PoisoningEntry {
  readonly attack: PoisoningTask['attacks'][number]
  readonly defence: DefenceName
  /** With its numbers. */
  readonly set: string
  /** Whether the server sees single updates: where it sees a sum alone, none of the rules exists. */
  readonly seesUpdates: boolean
  readonly steered: Steered | null
  readonly made:
    | (Pick<Reconstructed, 'share' | 'chance' | 'believed' | 'accuracy' | 'honest'> & {
        readonly measures: readonly Measure[]
        /** Nearest held less nearest unheld picture, in SSIM, and how much of that luck gives. */
        readonly nearer: number
        readonly nearerByLuck: number
        /** Five made, five of the control, five true: bytes in base64. */
        readonly shown: string
      })
    | null
}

/** What a task found. JSON. */
export interface PoisoningAnswer {
  /** Accuracy before the attack. */
  readonly before: number
  readonly entries: readonly PoisoningEntry[]
  readonly seconds: number
}

/** Images as rows from 0 to 1, of 14 pixels a side by means of four, or as they are. */
function rowsAt(side: number, { count, pixels, labels }: ImageSet): ClassedRows {
  const data = new Float64Array(count * side * side)
  const step = 28 / side
  for (let i = 0; i < count; i++)
    for (let y = 0; y < 28; y++)
      for (let x = 0; x < 28; x++)
        data[(i * side + Math.floor(y / step)) * side + Math.floor(x / step)]! +=
          pixels[(i * 28 + y) * 28 + x]! / 255 / step ** 2
  return { x: tensor(data, [count, 1, side, side], 'float64'), labels: labels!.of }
}

export const nodes = 20
const span = (from: number, count: number) => Int32Array.from({ length: count }, (_, i) => from + i)

/** Twenty nodes of 200 rows: half of each from two classes of its own, half from all. Node 0 attacks, with rows of all. */
async function steeredFleet(seed: number, rounds: number): Promise<PlayedFleet> {
  const { train, test } = await readDigits()
  const all = rowsAt(14, train)
  const rows = takeLabelled(all, shuffle(upTo(all.labels.length), seededStream(seed, 'poisoning rows')))
  const mixed = takeLabelled(rows, span(0, 2200))
  const rest = takeLabelled(rows, span(2200, 2800))
  const sorted = takeLabelled(
    rest,
    [...rest.labels.keys()].sort((a, b) => rest.labels[a]! - rest.labels[b]! || a - b),
  )
  const shards = shuffle(upTo(38), seededStream(seed, 'poisoning shards'))
  const size = Math.floor(sorted.labels.length / 38)
  const own = (n: number) =>
    [0, 1].map((k) => takeLabelled(sorted, span(shards[2 * n + k]! * size, Math.min(size, 50))))
  return {
    model: sequential([flatten(), dense({ units: 32, activation: 'relu' }), dense({ units: 10 })], {
      input: [1, 14, 14],
    }),
    loss: categoricalCrossEntropy,
    nodes: [
      takeLabelled(mixed, span(0, 200)),
      ...Array.from({ length: nodes - 1 }, (_, n) =>
        joined(takeLabelled(mixed, span(200 + n * 100, 100)), ...own(n)),
      ),
    ],
    attacker: 0,
    test: rowsAt(14, test),
    training: { epochs: 1, batch: 20, rate: 0.1 },
    before: 30,
    rounds,
    after: 15,
    seed,
  }
}

/** Four nodes of 600 rows: the attacker and another with 5 to 9, two with 0 to 4; or, of victims above 4, the other way. */
async function ganFleet({
  seed,
  victim,
  side,
  rounds,
}: Extract<PoisoningTask, { victim: number }>): Promise<PlayedFleet> {
  const { train, test } = await readDigits()
  const all = rowsAt(side, train)
  const rows = takeLabelled(all, shuffle(upTo(all.labels.length), seededStream(seed, 'gan rows')))
  const theirs = rowsWhere(rows, (label) => label < 5 === victim < 5)
  const mine = rowsWhere(rows, (label) => label < 5 !== victim < 5)
  return {
    model: sequential([flatten(), dense({ units: 64, activation: 'relu' }), dense({ units: 11 })], {
      input: [1, side, side],
    }),
    loss: categoricalCrossEntropy,
    nodes: [
      takeLabelled(mine, span(0, 600)),
      takeLabelled(theirs, span(0, 600)),
      takeLabelled(theirs, span(600, 600)),
      takeLabelled(mine, span(600, 600)),
      takeLabelled(
        rowsWhere(rows, (label) => label !== victim),
        span(4000, 500),
      ),
    ],
    attacker: 0,
    test: rowsAt(side, test),
    judging: joined(takeLabelled(theirs, span(1200, 1200)), takeLabelled(mine, span(1200, 1200))),
    training: { epochs: 1, batch: 20, rate: 0.1 },
    before: 2,
    rounds,
    after: 0,
    seed,
  }
}

/** The median norm of honest updates as the attack begins: what a server that knows its fleet would bound to. */
async function usualNorm(play: OpenPlay): Promise<number> {
  let norms: number[] = []
  await play.play(play.weights, {
    defence: { kind: 'none' },
    rounds: 1,
    phase: 3,
    onRound: ({ sent }) => {
      norms = sent.map(({ vectors }) => normOf(vectors['update']!))
    },
  })
  return Number(median(norms).toPrecision(3))
}

function defenceOf(name: DefenceName, norm: number, count: number): Defence {
  // As many liars as a rule is made for: a tenth, but one at least.
  const liars = Math.max(1, Math.floor(count / 10))
  switch (name) {
    case 'clip, noise 0.3':
      return { kind: 'clip and noise', norm, multiplier: 0.3 }
    case 'clip, noise 1':
      return { kind: 'clip and noise', norm, multiplier: 1 }
    case 'secure sum':
      return { kind: name, range: 1 }
    case 'secure sum, nodes cut off':
      return { kind: name, range: 1, norm }
    case 'norm bound':
    case 'norm bound by rows':
      return { kind: name, norm }
    case 'trimmed mean':
      return { kind: name, share: liars / count }
    case 'Krum':
      return { kind: name, liars }
    case 'multi-Krum':
      return { kind: name, liars, chosen: Math.max(1, count - 2 * liars - 2) }
    default:
      return { kind: name }
  }
}

const backdoors: Readonly<
  Record<'replacement' | 'constrained' | 'semantic', Omit<BackdoorPlan, 'trigger' | 'target'>>
> = {
  replacement: { boost: nodes, constrained: 0, within: null, epochs: 5 },
  constrained: { boost: 1, constrained: 1, within: 0.5, epochs: 2 },
  semantic: { boost: nodes, constrained: 0, within: null, epochs: 10 },
}

/** Bold sevens that are to be ones; a square in a corner for a two. */
async function steered(
  play: OpenPlay,
  defence: Defence,
  attack: (typeof steering)[number],
  seed: number,
  signal?: AbortSignal,
): Promise<Steered> {
  if (attack === 'boosted' || attack === 'stealthy') {
    const plan = { targets: 10, boost: nodes, ...(attack === 'boosted' ? { epochs: 20 } : { epochs: 5 }) }
    return poison(play, defence, { ...plan, stealth: attack === 'boosted' ? null : 0.1 }, seed, signal)
  }
  const trigger =
    attack === 'semantic' ? boldTrigger(0, 0.19) : pixelTrigger(cornerOf(play.fleet.model.input, 3), 1)
  return plantBackdoor(play, defence, { ...backdoors[attack], trigger, target: 2 }, { seed, signal })
}

async function runTask(task: PoisoningTask, signal?: AbortSignal): Promise<PoisoningAnswer> {
  const start = performance.now()
  const fleet = 'victim' in task ? await ganFleet(task) : await steeredFleet(task.seed, task.rounds)
  const play = await openPlay(fleet, signal)
  try {
    const norm = await usualNorm(play)
    const entries: PoisoningEntry[] = []
    for (const name of task.defences) {
      const defence = defenceOf(name, norm, fleet.nodes.length)
      const common = { defence: name, set: defenceText(defence), seesUpdates: seesUpdates(defence) }
      if ('victim' in task)
        entries.push({
          ...common,
          attack: 'gan',
          steered: null,
          made: await madeOf(play, defence, task, signal),
        })
      else
        for (const attack of task.attacks)
          entries.push({
            ...common,
            attack,
            steered: await steered(play, defence, attack, task.seed, signal),
            made: null,
          })
    }
    const before = await play.accuracy(play.weights, play.learnerOn(fleet.test))
    return { before, entries, seconds: (performance.now() - start) / 1000 }
  } finally {
    await play.close()
  }
}

async function madeOf(
  play: OpenPlay,
  defence: Defence,
  { victim, side, seed }: Extract<PoisoningTask, { victim: number }>,
  signal?: AbortSignal,
): Promise<PoisoningEntry['made']> {
  const plan = { victim, extra: 10, steps: 20, batch: 32, rate: 1e-3, made: 100 }
  const { likeness, made, control, truth, ...found } = await reconstruct(play, defence, plan, {
    seed,
    signal,
  })
  const five = [made, control, truth].map((pictures) => pictureBytes(pictures, 5, [1, side, side]))
  return { ...found, ...likeness, shown: Buffer.concat(five).toString('base64') }
}

/** The tasks of a run: what a run that is stopped early must have comes first. */
function tasksOf({ quick, seeds, seed }: Settings): PoisoningTask[] {
  const repeats = Array.from({ length: seeds ?? (quick ? 1 : 3) }, (_, i) => seed + i)
  const victims = [3, 0, 8] as const
  const gan = (one: number, side: number, defence: DefenceName): PoisoningTask => ({
    attacks: ['gan'],
    seed: one,
    rounds: 20,
    victim: victims[(one - seed) % victims.length]!,
    side,
    defences: [defence],
  })
  const steer = (one: number): PoisoningTask => ({
    attacks: ['replacement', 'semantic', 'boosted', 'stealthy'],
    seed: one,
    rounds: 5,
    defences: quick ? defenceNames.slice(0, 3) : defenceNames,
  })
  // What bounds a round bounds no patience.
  const patient = (one: number): PoisoningTask => ({
    attacks: ['replacement', 'constrained'],
    seed: one,
    rounds: 30,
    defences: ['norm bound', 'clip, noise 1', 'median', 'trimmed mean', 'Krum', 'multi-Krum'],
  })
  const first = (['none', 'clip, noise 1', 'median'] as const).slice(0, quick ? 1 : 3)
  const each = (one: number) => [...first.map((defence) => gan(one, 14, defence)), steer(one)]
  if (quick) return repeats.flatMap(each)
  // Krum takes five nodes for one liar, as many as the fleet of the GAN has.
  const rest = (['secure sum', 'Krum', 'norm bound', 'trimmed mean', 'clip, noise 0.3'] as const).map(
    (defence) => gan(seed, 14, defence),
  )
  return [...repeats.flatMap(each), ...repeats.map(patient), gan(seed, 28, 'none'), ...rest]
}

/** The work of the experiment: its tasks, and how one is run. */
export const fleetPoisoningWork: Work<PoisoningTask, PoisoningAnswer> = { tasks: tasksOf, run: runTask }
