// Pictures of a class that a participant does not hold, beside what the same attack makes where nobody holds the class.
// Source: Hitaj, Ateniese, Perez-Cruz 2017, section 5; an independent model judges, as in section 7.
// What it makes is of a class. Whether it is anybody's picture is measured apart (likeness.ts), and not taken for granted.

import { contactSheet } from '../../data/images/sheet.ts'
import type { ImageShape } from '../../data/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { wilson } from '../../statistics/binomial.ts'
import type { ClassedRows } from './contract.ts'
import type { Defence } from './defences.ts'
import { type GanPlan, type MadePictures, makePictures } from './generator.ts'
import { independentClassifier, likenessOf, pictureBytes, type References } from './likeness.ts'
import { findingOf, type ParticipantAttack } from './participant.ts'
import { type OpenPlay, openPlay, type PlayedFleet } from './playedFleet.ts'
import { joined, rowsWhere } from './triggers.ts'

const named = {
  name: 'gan-reconstruction',
  title: 'Pictures of a class that the attacker does not hold (GAN)',
  source:
    'Hitaj, Ateniese and Perez-Cruz, Deep Models Under the GAN: Information Leakage from Collaborative Deep Learning (CCS 2017)',
} as const

/** Pictures that are judged, and that are shown. */
const [judged, shownPictures] = [100, 10]

/** The attack, beside the same attack where nobody holds the class. */
export const ganReconstruction: ParticipantAttack = Object.freeze<ParticipantAttack>({
  ...named,
  aim: 'rows',
  needs: 'to be one participant, the model of every round, and a class of it that nobody uses',
  obstacle(fleet) {
    if (fleet.model.input.length !== 3) return 'Rows are no pictures.'
    if (classesOf(fleet.nodes).has(extraOf(fleet))) return 'The model has no class to spare for what is made.'
    if (victimOf(fleet) === undefined) return 'The attacker holds rows of every class.'
    return fleet.judging ? undefined : 'There are no rows for an independent model to learn from.'
  },
  async run(play, defence, { seed, signal }) {
    const start = performance.now()
    const { fleet } = play
    const victim = victimOf(fleet)!
    const plan = planFor(fleet)
    const found = await reconstruct(play, defence, plan, { seed, signal })
    const { share, chance, likeness, accuracy, honest } = found
    const exact = (name: string, value: number) => ({ name, value, interval: [value, value] as const })
    const own = likeness.nearer > likeness.nearerByLuck
    return {
      ...findingOf(named),
      rows: judged,
      // Noise may be taken for the class by luck: the control's share is no more than a measure where it is above a guess.
      metrics: [
        {
          name: 'pictured',
          value: share,
          interval: wilson(share, judged),
          chance: Math.min(chance, 1 / plan.extra),
        },
      ],
      measures: [
        exact('pictures taken for the class, where nobody holds it', chance),
        ...likeness.measures,
        exact('accuracy with the attack', accuracy),
        exact('accuracy without', honest),
        exact('probability that the shared model gives them', found.believed),
      ],
      pictures: [
        {
          title: 'Made pictures, and true ones of the class below',
          alternative: `Pictures that the attack made of class ${victim}; under them, what it makes where nobody holds the class, and true pictures of the class`,
          kind: 'png',
          data: Buffer.from(sheetOf(found, fleet.model.input as unknown as ImageShape)).toString('base64'),
        },
      ],
      notes: [
        `Of class ${victim}, which the attacker does not hold. Chance is what the same attack gets where no node holds it, or one in ${plan.extra} where that is less.`,
        'Intervals are those of pictures of one generator, which are alike: another start may make others.',
        own
          ? 'What was made is nearer to pictures that a node holds than to others of the class, beyond luck: it tells of that node’s own pictures.'
          : 'What was made is no nearer to pictures that a node holds than to others of the class: it is a prototype of the class, and no person’s picture.',
        'A prototype is a picture of a person where a class is a person.',
      ],
      seconds: (performance.now() - start) / 1000,
    }
  },
})

/** Both runs, judged. */
export interface Reconstructed {
  readonly share: number
  readonly chance: number
  readonly believed: number
  readonly accuracy: number
  /** Accuracy of the same fleet with an honest participant in the attacker's place. */
  readonly honest: number
  readonly likeness: ReturnType<typeof likenessOf>
  /** Numbers of pictures, one after another: with the class in the fleet, without it, and true ones. */
  readonly made: Float64Array
  readonly control: Float64Array
  readonly truth: Float64Array
}

/** Plays the attack, and once more without the victim's rows. */
export async function reconstruct(
  play: OpenPlay,
  defence: Defence,
  plan: GanPlan,
  { seed, signal }: { readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<Reconstructed> {
  const { fleet } = play
  const shape = fleet.model.input as unknown as ImageShape
  const ofVictim = (rows: ClassedRows) => rowsWhere(rows, (label) => label === plan.victim)
  const made = await makePictures(play, defence, plan, judged, signal)
  const bare = await openPlay(
    { ...fleet, nodes: fleet.nodes.map((rows) => rowsWhere(rows, (label) => label !== plan.victim)) },
    signal,
  )
  let control: MadePictures
  try {
    control = await makePictures(bare, defence, plan, judged, signal)
  } finally {
    await bare.close()
  }
  const classify = await independentClassifier(fleet.judging!, plan.extra, seed + 1, signal)
  const shareOf = async (pictures: Float64Array) =>
    (await classify(pictures)).filter((label) => label === plan.victim).length / judged
  const references: References = {
    held: joined(...fleet.nodes.map(ofVictim)),
    unheld: ofVictim(fleet.test),
    others: rowsWhere(fleet.test, (label) => label !== plan.victim),
  }
  const honest = await play.honest(defence, signal)
  return {
    share: await shareOf(made.pictures),
    chance: await shareOf(control.pictures),
    believed: made.believed,
    accuracy: made.accuracy,
    honest: await play.accuracy(honest, play.learnerOn(fleet.test)),
    likeness: likenessOf(made.pictures, references, shape, seed),
    made: made.pictures,
    control: control.pictures,
    truth: toFloat64(references.held.x),
  }
}

/** A line each: made, made where nobody holds the class, true. */
export function sheetOf({ made, control, truth }: Reconstructed, shape: ImageShape): Uint8Array {
  const line = (pictures: Float64Array) => ({ shape, pixels: pictureBytes(pictures, shownPictures, shape) })
  return contactSheet([line(made), line(control), line(truth)], { columns: shownPictures, scale: 3 })
}

const classesOf = (nodes: readonly ClassedRows[]) => new Set(nodes.flatMap(({ labels }) => [...labels]))

const extraOf = ({ model }: PlayedFleet): number => model.output[0]! - 1

/** The first class that others hold and the attacker does not. */
function victimOf({ nodes, attacker }: PlayedFleet): number | undefined {
  const own = new Set(nodes[attacker]!.labels)
  return [...classesOf(nodes)].sort((a, b) => a - b).find((label) => !own.has(label))
}

const planFor = (fleet: PlayedFleet): GanPlan => ({
  victim: victimOf(fleet)!,
  extra: extraOf(fleet),
  steps: 20,
  batch: 32,
  rate: 1e-3,
  made: Math.ceil(fleet.nodes[fleet.attacker]!.labels.length / 6),
})
