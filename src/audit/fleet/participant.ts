// The contract of an attack by a participant of a fleet, who holds rows as the others do and sends what it likes.
// Source: docs/architecture.md#the-audit (Attack); Bagdasaryan et al. 2018, Bhagoji et al. 2018, Hitaj et al. 2017.
// A new attack is one file here that exports one, and one line in participants.ts.

import type { ImageFinding } from '../images/contract.ts'
import type { Defence } from './defences.ts'
import type { OpenPlay, PlayedFleet } from './playedFleet.ts'

/** What an attack by a participant found: measures and pictures beside metrics. JSON. */
export type ParticipantFinding = ImageFinding

/** How an attack is run. */
export interface ParticipantOptions {
  /** Draws whatever the attack draws. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** An attack of one participant. */
export interface ParticipantAttack {
  /** Kebab case, e.g. `model-replacement`. */
  readonly name: string
  readonly title: string
  /** `steer`: what the model answers; `rows`: pictures of what others hold. */
  readonly aim: 'steer' | 'rows'
  /** What the adversary must have, in one sentence. */
  readonly needs: string
  readonly source: string
  /** Why the attack cannot be run on a fleet; undefined where it can. */
  obstacle(fleet: PlayedFleet): string | undefined
  /** @throws FrostglassError `aborted` */
  run(play: OpenPlay, defence: Defence, options: ParticipantOptions): Promise<ParticipantFinding>
}

/** What every finding of a participant begins with. */
export const findingOf = ({
  name,
  title,
}: Pick<ParticipantAttack, 'name' | 'title'>): Pick<
  ParticipantFinding,
  'attack' | 'title' | 'standpoint' | 'known' | 'pictures'
> => ({ attack: name, title, standpoint: 'participant', known: 0, pictures: [] })
