// A private node of a Flower fleet, from its budget to its leave: noise by the ledger's rule, a node of the fleet, its account.
// Source: src/fleet/privacy/PROOF.md for what may leave; node.ts for the exchange; a state folder belongs to one process at a time.
// It promises nothing of a server: who reads single replies reads what their noise lets through.

import { FrostglassError } from '../../errors.ts'
import type { Ledger } from '../../private/index.ts'
import type { Source } from '../../private/ledger/fingerprint.ts'
import type { Spend } from '../../private/ledger/spend.ts'
import type { Clipping } from '../../private/training/clipping.ts'
import { scheduleOf } from '../../private/training/privacyBudget.ts'
import { leastMultiplier } from '../../private/training/roundedGaussian.ts'
import { openAccount, paidRounds } from '../privacy/account.ts'
import { deltaOfRound, noiseFor, type RoundsBudget, spentAfter } from '../privacy/roundPrice.ts'
import { localPrice, multiplierRange, sharePrice, updateNoise } from '../privacy/updateNoise.ts'
import type { NodeKey, Transport } from './contract.ts'
import { fleetCalls } from './fleetCalls.ts'
import { type NodeTask, rowRounds, tableRounds } from './localRounds.ts'
import { type AnswerTo, type NodeNews, runNode } from './node.ts'
import { nodeMemory } from './nodeMemory.ts'
import { laterThan } from './pause.ts'
import { type PrepareRound, type PrivateNews, type PrivateNodeOptions, privateAnswer } from './privateNode.ts'
import { mostNumbers } from './trainRequest.ts'

/** Milliseconds for what is being delivered once the node is told to leave; what is not is delivered when it comes back. */
const grace = 10_000

/** What is protected, and by which noise. */
export type Protection =
  | {
      /** The whole table: any other in its place. */
      readonly unit: 'table'
      readonly clip: number
      /** Of so many honest nodes' noise this node adds its share, and the price is that of their sum. */
      readonly honest?: number | undefined
    }
  | {
      /** A row, or all rows of a person where the task says whose they are. Epochs and batches are the node's own. */
      readonly unit: 'row'
      /** The column that says so, as the ledger has it. */
      readonly column?: string | undefined
      readonly clip: number
      readonly clipping: Clipping
    }

/** What a private node of any fleet is given. */
export interface PrivateJoin
  extends Pick<PrivateNodeOptions, 'rounds' | 'examples' | 'metrics' | 'limit' | 'atLimit'> {
  readonly task: NodeTask
  readonly protection: Protection
  /** ε, nats, and δ of all rounds together: rounds that the folder paid for before are among them. */
  readonly epsilon: number
  readonly delta: number
  readonly ledger: Ledger
  readonly source?: Source | undefined
  /** What outlives this process lies here. */
  readonly folder: string
  readonly onNews?: ((news: PrivateNews) => void) | undefined
}

export interface JoinOptions extends PrivateJoin {
  readonly key: NodeKey
  readonly registered?: boolean | undefined
  /** Whether calls go over TLS. */
  readonly secure?: boolean | undefined
  readonly leave: AbortSignal
  /** Leave after so many replies. */
  readonly most?: number | undefined
  readonly onNews?: ((news: JoinNews) => void) | undefined
}

/** What the node's owner is told. */
export type JoinNews = NodeNews | PrivateNews

/** What rounds cost. */
export interface RoundTerms {
  readonly noiseMultiplier: number
  readonly losses: readonly Spend[]
  /** What all rounds come to, by a fresh ledger of that budget. */
  readonly all: { readonly epsilon: number; readonly delta: number }
}

/**
 * The noise that all rounds' price asks for, by the ledger's rule.
 * @throws FrostglassError 'usage' for numbers outside their ranges
 */
export function termsOf(
  protection: Protection,
  task: Pick<NodeTask, 'data' | 'own' | 'people'>,
  budget: RoundsBudget,
): RoundTerms {
  const lossesAt = (z: number): readonly Spend[] => {
    if (protection.unit === 'table') {
      const { clip, honest } = protection
      if (honest === undefined) return [localPrice(updateNoise(clip, z))]
      // The model is not known yet; weights count next to nothing here.
      return [sharePrice(updateNoise(clip, z), honest, mostNumbers)]
    }
    const { rate, steps } = scheduleOf(examplesOf(task), task.own)
    return [{ kind: 'sampled-gaussian', noiseMultiplier: z, rate, times: steps }]
  }
  const range = protection.unit === 'table' ? multiplierRange : ([leastMultiplier, 2 ** 10] as const)
  const noiseMultiplier = noiseFor(budget, lossesAt, range)
  const losses = lossesAt(noiseMultiplier)
  return { noiseMultiplier, losses, all: spentAfter(budget.rounds, losses, budget) }
}

/**
 * Joins, answers what is paid for, leaves.
 * @throws FrostglassError as `termsOf`, `openAccount` and `runNode`; 'io' where another process has the folder
 */
export async function joinFleet(call: Transport, options: JoinOptions): Promise<void> {
  const { key, folder, leave, onNews } = options
  // One process has the folder: two that answered from it would mix their replies.
  const memory = await nodeMemory(folder, key)
  const { signal, release } = laterThan(leave, grace)
  const onWait = (why: string) => onNews?.({ what: 'waiting', why })
  try {
    await withPrivateAnswer(options, (answer) =>
      runNode(fleetCalls(call, key, { signal, leave, onWait }), answer, { ...options, memory }),
    )
  } finally {
    release()
    memory.close()
  }
}

/**
 * Does work with answers that are paid for. The folder is the caller's alone meanwhile.
 * @throws FrostglassError as `termsOf` and `openAccount`; what `work` throws
 */
export async function withPrivateAnswer(
  options: PrivateJoin,
  work: (answer: AnswerTo) => Promise<void>,
): Promise<void> {
  const { task, protection, ledger, source, folder, ...rest } = options
  const budget: RoundsBudget = { ...rest, composition: ledger.budget.composition }
  const terms = termsOf(protection, task, budget)
  // The rows are copied for the threads before anybody can see when.
  const prepare = roundsOf(task, protection, terms, options.delta)
  const pay = await openAccount(ledger, folder, {
    losses: terms.losses,
    delta: deltaOfRound(budget),
    // Whatever a ledger counts is within a table: its price bounds theirs.
    unit: protection.unit === 'row' ? (protection.column ?? 'row') : (ledger.unit ?? 'table'),
    source,
  })
  await work(privateAnswer({ ...rest, prepare, pay, paid: () => paidRounds(folder) }))
}

/** Rows, or people: their number is public, as in private training. */
const examplesOf = ({ data, people }: Pick<NodeTask, 'data' | 'people'>): number =>
  people?.count ?? data.x.shape[0]!

function roundsOf(
  task: NodeTask,
  protection: Protection,
  { noiseMultiplier }: RoundTerms,
  delta: number,
): PrepareRound {
  if (protection.unit === 'table') return tableRounds(task, updateNoise(protection.clip, noiseMultiplier))
  const { clip, clipping } = protection
  if (examplesOf(task) < 10)
    throw new FrostglassError(
      'input',
      `there are fewer than 10 ${task.people ? 'people' : 'rows'} to learn from`,
      'Train on 10 or more.',
    )
  return rowRounds(task, { clip, clipping, noiseMultiplier, delta })
}
