// Deals of the hidden values within each class, of those under which every less general table fails.
// Source: rejection sampling; where nearly no deal is kept, a Markov chain of exchanges that never leaves the kept ones (Metropolis).
// A chain may stay near its start: two of them start far apart, and where they do not agree nothing is told.

import type { Turn } from '../../../learn/pauses.ts'
import type { Random } from '../../../random/seeded.ts'
import type { Verdict } from './lessGeneral.ts'

/** The people of a class, and the hidden values that were published of it, in any order. */
export interface Hand {
  readonly members: Uint32Array
  readonly cards: Uint32Array
}

/** What deals are held to. */
export interface Deals {
  readonly hands: readonly Hand[]
  /** [people] hidden value of each; of those without a hand as it is. */
  readonly truth: Uint32Array
  /** [people] */
  readonly kindOf: Uint32Array
  readonly verdicts: readonly Verdict[]
  /** A table fails where more rows than this are in classes that do. */
  readonly most: number
  /** Hidden values that there are. */
  readonly values: number
  readonly source: Random
  readonly turn: Turn
}

/** [kinds][values] how often a person of the kind had the value under deals that were kept. */
export interface KeptDeals {
  readonly tally: Float64Array
  readonly kept: number
  readonly tried: number
}

/** Deals by luck, and keeps what fits. */
export async function dealtByLuck(
  deals: Deals,
  kinds: number,
  { tries, enough }: { readonly tries: number; readonly enough: number },
): Promise<KeptDeals> {
  const { hands, truth, verdicts, most, turn } = deals
  const tally = new Float64Array(kinds * deals.values)
  const given = Uint32Array.from(truth)
  let [kept, tried] = [0, 0]
  while (tried < tries && kept < enough) {
    await turn()
    tried++
    shuffle(deals, given)
    const fails = (verdict: Verdict) => {
      verdict.deal(given)
      return verdict.out() > most
    }
    if (!verdicts.every(fails)) continue
    kept++
    count(hands, deals, given, tally)
  }
  return { tally, kept, tried }
}

/** Sweeps of a chain before any is counted, and that are counted at most and at least. */
const [burnIn, mostSweeps, fewestSweeps] = [50, 1000, 100]

/**
 * Walks from the truth, and from a deal by luck that is led to where less general tables fail. One exchange a person makes a sweep.
 * @param steps exchanges at most, both chains together
 * @returns both tallies, of as many deals each; nothing where no start is found, or the steps are too few
 */
export async function dealtByChains(
  deals: Deals,
  kinds: number,
  steps: number,
): Promise<readonly [KeptDeals, KeptDeals] | undefined> {
  const people = deals.hands.reduce((sum, { members }) => sum + members.length, 0)
  const sweeps = Math.min(mostSweeps, Math.floor(steps / people / 2) - 2 * burnIn)
  if (people === 0 || sweeps < fewestSweeps) return undefined
  const atRandom = Uint32Array.from(deals.truth)
  shuffle(deals, atRandom)
  const found: KeptDeals[] = []
  for (const given of [Uint32Array.from(deals.truth), atRandom]) {
    for (const verdict of deals.verdicts) verdict.deal(given)
    const walk = walker(deals, given, people)
    for (let sweep = 0; sweep < burnIn && !walk.isKept(); sweep++) await walk.sweep()
    if (!walk.isKept()) return undefined
    for (let sweep = 0; sweep < burnIn; sweep++) await walk.sweep()
    const tally = new Float64Array(kinds * deals.values)
    for (let sweep = 0; sweep < sweeps; sweep++) {
      await walk.sweep()
      count(deals.hands, deals, given, tally)
    }
    found.push({ tally, kept: sweeps, tried: sweeps })
  }
  return [found[0]!, found[1]!]
}

/** Exchanges two people's values within a class, unless a table that fails would fail by fewer rows than it must. */
function walker({ hands, kindOf, verdicts, most, source, turn }: Deals, given: Uint32Array, people: number) {
  const enough = Math.floor(most) + 1
  const score = () => verdicts.reduce((sum, verdict) => sum + Math.min(verdict.out(), enough), 0)
  const handOf = new Uint32Array(people)
  let at = 0
  hands.forEach(({ members }, h) => {
    handOf.fill(h, at, at + members.length)
    at += members.length
  })
  let reached = score()
  return {
    isKept: () => reached >= enough * verdicts.length,
    async sweep() {
      for (let step = 0; step < people; step++) {
        if ((step & 1023) === 0) await turn()
        const { members } = hands[handOf[source.below(people)]!]!
        const [a, b] = [members[source.below(members.length)]!, members[source.below(members.length)]!]
        const [one, other] = [given[a]!, given[b]!]
        if (one === other) continue
        for (const verdict of verdicts) verdict.exchange(kindOf[a]!, kindOf[b]!, one, other)
        const next = score()
        if (next < reached) {
          for (const verdict of verdicts) verdict.exchange(kindOf[a]!, kindOf[b]!, other, one)
          continue
        }
        reached = next
        given[a] = other
        given[b] = one
      }
    },
  }
}

function shuffle({ hands, source }: Pick<Deals, 'hands' | 'source'>, given: Uint32Array): void {
  for (const { members, cards } of hands)
    for (let left = cards.length; left > 0; left--) {
      const pick = source.below(left)
      const card = cards[pick]!
      cards[pick] = cards[left - 1]!
      cards[left - 1] = card
      given[members[left - 1]!] = card
    }
}

function count(
  hands: readonly Hand[],
  { kindOf, values }: Pick<Deals, 'kindOf' | 'values'>,
  given: Uint32Array,
  tally: Float64Array,
): void {
  for (const { members } of hands)
    for (const person of members) tally[kindOf[person]! * values + given[person]!]!++
}
