// A node of a fleet whose sum is differentially private: its update is bare until the secure sum's noise and masks are on it.
// Source: Kairouz, Liu and Steinke 2021; ../secure/PROOF.md and ../privacy/PROOF.md ("Shares of a central noise").
// Judged, then paid, then computed, then sent. It promises nothing to who shares the table with more colluders than it counts on.

import { isWithin } from '../../private/ledger/composition.ts'
import type { Spend } from '../../private/ledger/spend.ts'
import type { RoundTerms } from '../flower/joinFleet.ts'
import { shareRounds } from '../flower/localRounds.ts'
import { type PrivateNodeOptions, privateRounds, type ReadyRound, refusals } from '../flower/privateNode.ts'
import { readTrainRequest } from '../flower/trainRequest.ts'
import { openAccount, paidRounds } from '../privacy/account.ts'
import { deltaOfRound, noiseFor, type RoundsBudget, spentAfter } from '../privacy/roundPrice.ts'
import { localPrice, multiplierRange, updateNoise } from '../privacy/updateNoise.ts'
import type { Vector } from '../secure/contract.ts'
import { type AnswerRound, joinCoordinator, type RoundTask } from './node.ts'
import { messageOf, type PrivateCoordinated, weightsOf } from './privateNode.ts'
import { withRoundMemory } from './roundMemory.ts'
import type { RequiredTerms } from './secureHalf.ts'
import { usualPrivacy } from './secureTerms.ts'
import { type AcceptedShares, acceptedLosses, graphFails, unaccepted } from './sharedNoise.ts'

/** A node that adds its share, and where it joins. */
export interface SharingCoordinated extends Omit<PrivateCoordinated, 'protection' | 'secure'> {
  readonly accepted: AcceptedShares
  /** Who may take part is not believed of a coordinator: one that makes up the nodes makes up their noise. */
  readonly secure: RequiredTerms & Required<Pick<RequiredTerms, 'nodes'>>
}

/**
 * The noise multiplier that a coordinator has to state, at least, for all rounds to be within a budget.
 * @throws FrostglassError 'usage' for numbers outside their ranges
 */
export function sharedTerms(clip: number, budget: RoundsBudget): RoundTerms {
  // As much as one node alone with all of the noise.
  const lossesAt = (z: number) => [localPrice(updateNoise(clip, z)), graphFails(usualPrivacy)]
  const noiseMultiplier = noiseFor(budget, lossesAt, multiplierRange)
  const losses = lossesAt(noiseMultiplier)
  return { noiseMultiplier, losses, all: spentAfter(budget.rounds, losses, budget) }
}

/**
 * Joins, answers what its owner accepts and what is paid for, until the fleet is over or `signal` fires.
 * @throws FrostglassError as `joinCoordinator`, `openAccount`; 'io' where another process has the folder
 */
export function joinSharing(options: SharingCoordinated): Promise<void> {
  const { accepted, ledger, source, folder, ...rest } = options
  const budget: RoundsBudget = { ...rest, composition: ledger.budget.composition }
  const about = { delta: deltaOfRound(budget), unit: ledger.unit ?? 'table', source }
  return withRoundMemory(folder, async (memory) => {
    // The rows are copied for the threads before anybody can see when.
    const roundsFor = shareRounds(options.task)
    // An older copy of the ledger is found out before anybody is asked.
    await openAccount(ledger, folder, { ...about, losses: sharedTerms(accepted.clip, budget).losses })
    const pay = async (what: string, losses: readonly Spend[]) =>
      (await openAccount(ledger, folder, { ...about, losses }))(what)
    await joinCoordinator({
      ...rest,
      memory,
      answer: answerShares({ ...options, roundsFor, budget, pay, paid: () => paidRounds(folder) }),
      isSpent: async () => (await paidRounds(folder)) >= budget.rounds,
    })
  })
}

/** What answers are made of. */
export interface ShareAnswers extends Pick<PrivateNodeOptions, 'paid' | 'limit' | 'atLimit' | 'onNews'> {
  readonly accepted: AcceptedShares
  readonly roundsFor: ReturnType<typeof shareRounds>
  readonly budget: RoundsBudget
  /** Pays for a round before its rows are looked at. */
  readonly pay: (what: string, losses: readonly Spend[]) => Promise<void>
}

/** Answers rounds with whole numbers that have their noise on them, once the sum's terms are held to what is accepted, and paid. */
export function answerShares({ accepted, roundsFor, budget, pay, ...told }: ShareAnswers): AnswerRound {
  const answer = privateRounds<Vector, ReadyRound<Vector>>({ ...told, rounds: budget.rounds })
  return async (task) => {
    if (!task.sum)
      throw unaccepted('its server sees single updates, which a share of the noise hardly protects')
    const losses = acceptedLosses(task.sum, accepted)
    requireAfforded(losses, budget)
    const request = readTrainRequest(await messageOf(task, weightsOf(task)))
    const made = await answer(request, {
      prepare: roundsFor(finishOf(task.sum)),
      pay: () => pay(`round ${task.round} of fleet ${task.fleet}`, losses),
    })
    if ('refused' in made) return made
    // Training never fails by its rows: what it throws it throws for every table.
    return made.made ? { noisy: made.made } : { refused: refusals.untold }
  }
}

/** How an update becomes what is summed. @throws FrostglassError 'policy' for a sum of something else */
function finishOf({ terms, setup }: NonNullable<RoundTask['sum']>) {
  if (terms.vectors.join('\n') !== 'update' || !terms.noised)
    throw unaccepted(`its sum is of [${terms.vectors.join(', ')}], and this node gives updates`)
  const { bits, length, range, noise } = setup
  return {
    share: { bits, length, range, noise },
    steps: { exponent: terms.noised.exponent, most: Number(range) },
  }
}

/** @throws FrostglassError 'policy' where all rounds together cost more than the owner gives */
function requireAfforded(losses: readonly Spend[], budget: RoundsBudget): void {
  const all = spentAfter(budget.rounds, losses, budget)
  if (isWithin(all, budget)) return
  throw unaccepted(
    `its noise is too little: ${budget.rounds} rounds come to ε = ${all.epsilon.toPrecision(4)}, δ = ${all.delta.toPrecision(3)}, and ε = ${budget.epsilon}, δ = ${budget.delta} are given`,
  )
}
