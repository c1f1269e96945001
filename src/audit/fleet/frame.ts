// The frame of every attack on updates: the attack guesses from what the server saw, and a judge sets that beside the truth.
// Source: contract.ts; the same for images is ../images/frame.ts.
// The guess is made from a value that has no truth in it, so that no attack can look.

import { throwIfAborted } from '../../errors.ts'
import type {
  SeenUpdates,
  UpdateAttack,
  UpdateAttackOptions,
  UpdateEvidence,
  UpdateFinding,
  UpdateTruth,
} from './contract.ts'

/** A finding without what the frame says of every attack. */
export type UpdateFound = Pick<UpdateFinding, 'rows' | 'metrics' | 'notes'> &
  Partial<Pick<UpdateFinding, 'measures' | 'pictures'>>

/** An attack before it is framed. */
export interface UpdateSpec<Guess> extends Omit<UpdateAttack, 'run' | 'standpoint'> {
  guess(seen: SeenUpdates, options: UpdateAttackOptions): Promise<Guess>
  judge(guess: Guess, truth: UpdateTruth, seen: SeenUpdates, options: UpdateAttackOptions): UpdateFound
}

/** What the server sees of evidence: all but the truth. */
export function seenOf(evidence: UpdateEvidence): SeenUpdates {
  const { truth: _, ...seen } = evidence
  return Object.freeze(seen)
}

/** Makes an attack: the server's, who sees what nodes send. */
export function updateAttack<Guess>({ guess, judge, ...spec }: UpdateSpec<Guess>): UpdateAttack {
  const { name: attack, title } = spec
  return Object.freeze<UpdateAttack>({
    ...spec,
    standpoint: 'server',
    async run(evidence, options) {
      throwIfAborted(options.signal)
      const start = performance.now()
      const seen = seenOf(evidence)
      const guessed = await guess(seen, options)
      const seconds = (performance.now() - start) / 1000
      const found = judge(guessed, evidence.truth, seen, options)
      return {
        attack,
        title,
        standpoint: 'server',
        known: 0,
        measures: [],
        pictures: [],
        ...found,
        seconds,
      }
    },
  })
}
