// What it tells that the algorithm generalised no more than it had to: less general tables must have failed.
// Source: Wong, Fu, Wang and Pei, "Minimality attack in privacy preserving data publishing" (VLDB 2007), for full-domain recoding.
// Hidden values are dealt out anew within each class, and those deals are kept under which every less general table fails.

import { seededStream } from '../../../random/seeded.ts'
import { mixer } from '../candidates.ts'
import {
  needsSensitive,
  type PublishedAttack,
  type PublishedFound,
  type Sight,
  type Unmeasured,
} from '../contract.ts'
import { columnOf } from '../risk/classes.ts'
import { priorOf, shareMetric } from '../shares.ts'
import { certainty } from '../strangers.ts'
import { type Deals, dealtByChains, dealtByLuck, type Hand, type KeptDeals } from './deals.ts'
import { failsAnyway, judged, lessGeneral, preparedModels } from './lessGeneral.ts'
import { counted } from './linkage.ts'

/** Deals that are tried at most, and that are kept at most. */
const [mostTried, mostKept] = [2000, 300]
/** Beliefs are shares of the deals that are kept: of fewer, everybody is certain of something by luck alone. */
const fewestKept = 100
/** Exchanges of a chain of deals at most, each judged by every less general table; chains that differ by more tell nothing. */
const [mostExchanges, mostApart] = [1e8, 0.03]
/** Of a large table fewer deals are tried: steps at most, a row of a table each, and deals at least. */
const [mostSteps, fewestTried] = [1e9, 50]
/** Numbers that are held at once at most. */
const mostNumbers = 2e7

/** Knows the algorithm. */
export const minimality: PublishedAttack = {
  name: 'minimality',
  title: 'Hidden values by what the algorithm would have done otherwise',
  standpoint: 'server',
  needs:
    'the quasi-identifiers of all people in the table, the hierarchies, and the models that the algorithm was held to',
  source: 'Wong, Fu, Wang and Pei (VLDB 2007)',
  wanting: ['certain', 'attribute'],
  lacks: ({ algorithm, sensitive, quasi, hierarchies, madeBy }) => {
    if (sensitive.length === 0) return undefined
    if (algorithm === undefined && madeBy !== undefined)
      return `It asks about the quasi-identifiers that the table was made by, and these are others: ${madeBy.map((name) => `“${name}”`).join(', ')} (--quasi).`
    return quasi.some((name, j) => algorithm && algorithm.levels[j]! > 0 && !hierarchies?.has(name))
      ? 'The hierarchies were not given (--hierarchies, --hierarchy), and whoever makes such tables knows them.'
      : undefined
  },
  obstacle: (evidence) =>
    needsSensitive(evidence) ??
    minimality.lacks!(evidence) ??
    (evidence.algorithm === undefined
      ? 'It is about tables that were made at one node of a lattice, as the manifest beside them says: this one was not, or nothing says so.'
      : undefined),
  async find(sight, { seed }) {
    const found: (PublishedFound | Unmeasured)[] = []
    for (const name of sight.evidence.sensitive) {
      const { whole } = sight.mixtures(name)
      const { people } = sight.candidates
      if (people.count * whole.length > mostNumbers) {
        found.push({ about: name, unmeasured: 'It has too many values for the memory that it takes.' })
        continue
      }
      const beliefs = await beliefsOf(sight, name, seed)
      if ('unmeasured' in beliefs) {
        found.push({ about: name, unmeasured: beliefs.unmeasured })
        continue
      }
      const { right, certain, before } = told(sight, name, beliefs.of)
      const strangers = await sight.strangers(name)
      const { rows } = sight.evidence.original
      found.push({
        about: name,
        metrics: [
          shareMetric('certain', certain, rows, { chance: before / rows, baseline: strangers.certain }),
          shareMetric('attribute', right, rows, {
            chance: priorOf(whole).commonest,
            baseline: strangers.accuracy,
          }),
        ],
        measures: [counted('share of the deals under which less general tables fail', beliefs.kept)],
        notes: [beliefs.note],
      })
    }
    return found
  },
}

/** [kinds][values] what is believed; or why nothing is told. */
type Beliefs =
  | { readonly of: Float64Array; readonly kept: number; readonly note: string }
  | { readonly unmeasured: string }

/** People who are named rightly, for certain, and whom everybody was certain of before. */
function told(sight: Sight, name: string, beliefs: Float64Array) {
  const { whole } = sight.mixtures(name)
  const prior = priorOf(whole)
  let [right, certain, before, belief] = [0, 0, 0, 0]
  for (const { kind, value, people: many } of sight.kinds(name)) {
    const own = beliefs.subarray(kind * whole.length, (kind + 1) * whole.length)
    const most = own.reduce((a, b) => Math.max(a, b), 0)
    if (most > 0 && own[value] === most) right += many / own.filter((share) => share === most).length
    if (own[value]! >= certainty) certain += many
    if (prior.share(value) >= certainty) before += many
    belief += many * own[value]!
  }
  return { right, certain, before, belief }
}

async function beliefsOf(sight: Sight, name: string, seed: number): Promise<Beliefs> {
  const { candidates, evidence, turn } = sight
  const { whole, truth, values: texts } = sight.mixtures(name)
  const { people } = candidates
  const models = preparedModels(evidence, name, whole, texts)
  const most = evidence.algorithm!.suppression * evidence.original.rows
  const neighbours = (await lessGeneral(sight, whole.length)).filter(
    (neighbour) => !failsAnyway(neighbour, models.blind, most),
  )
  if (neighbours.length === 0)
    return {
      of: byClasses(sight, name),
      kept: 1,
      note: 'Less general tables fail whatever the hidden values are, so that the algorithm tells no more than the classes do.',
    }
  if (neighbours.reduce((sum, { tally }) => sum + tally.length, 0) > mostNumbers)
    return {
      unmeasured: 'Less general tables have too many classes and values for the memory that it takes.',
    }
  const hands = handsOf(sight, name)
  if (hands.length === 0)
    return {
      unmeasured: 'No class has as many people as rows, so that its hidden values cannot be dealt out.',
    }
  const deals: Deals = {
    hands,
    truth,
    kindOf: people.classOf,
    verdicts: neighbours.map((neighbour) => judged(neighbour, people.classOf, models.seeing)),
    most,
    values: whole.length,
    source: seededStream(seed, `minimality ${name}`),
    turn,
  }
  const steps = evidence.original.rows * (1 + neighbours.length)
  const tries = Math.min(mostTried, Math.max(fewestTried, Math.floor(mostSteps / steps)))
  const luck = await dealtByLuck(deals, people.count, { tries, enough: mostKept })
  const { kept, tried } = luck
  const share = kept / tried
  if (kept >= fewestKept)
    return {
      of: beliefsFrom(sight, name, hands, [luck]),
      kept: share,
      note: `${tried} deals of the hidden values were tried, ${kept} kept.`,
    }
  const few = `Of ${tried} deals of the hidden values ${kept} were kept, fewer than the ${fewestKept} that tell anything`
  const chains = await dealtByChains(deals, people.count, mostExchanges / neighbours.length)
  if (chains === undefined)
    return { unmeasured: `${few}; and none was found by exchanging one value after the other.` }
  const [one, other] = chains.map((chain) => told(sight, name, beliefsFrom(sight, name, hands, [chain]))) as [
    ReturnType<typeof told>,
    ReturnType<typeof told>,
  ]
  const apart = (['right', 'certain', 'belief'] as const).map((what) => Math.abs(one[what] - other[what]))
  if (Math.max(...apart) > mostApart * evidence.original.rows)
    return {
      unmeasured: `${few}; and two chains of exchanges, of which one starts at the truth, come to different beliefs.`,
    }
  return {
    of: beliefsFrom(sight, name, hands, chains),
    kept: share,
    note: `Of ${tried} deals of the hidden values by luck ${kept} were kept; so ${2 * chains[0].kept} were taken from two chains of exchanges, which agree.`,
  }
}

/** What the classes alone tell. */
function byClasses(sight: Sight, name: string): Float64Array {
  const mixtures = sight.mixtures(name)
  const values = mixtures.whole.length
  const beliefs = new Float64Array(sight.candidates.people.count * values)
  const mix = mixer(sight.candidates, mixtures)
  for (let k = 0; k < sight.candidates.people.count; k++) {
    const { values: present, counts, total } = mix(k)
    for (const v of present) beliefs[k * values + v] = counts[v]! / total
  }
  return beliefs
}

/** What deals tell of those who were dealt to, and the classes of the others. */
function beliefsFrom(
  sight: Sight,
  name: string,
  hands: readonly Hand[],
  deals: readonly KeptDeals[],
): Float64Array {
  const beliefs = byClasses(sight, name)
  const { people } = sight.candidates
  const values = beliefs.length / people.count
  const kept = deals.reduce((sum, one) => sum + one.kept, 0)
  const dealtTo = new Float64Array(people.count)
  for (const { members } of hands) for (const person of members) dealtTo[people.classOf[person]!]!++
  for (let k = 0; k < people.count; k++)
    if (dealtTo[k]! > 0)
      for (let v = 0; v < values; v++) {
        const at = k * values + v
        beliefs[at] = deals.reduce((sum, { tally }) => sum + tally[at]!, 0) / (kept * dealtTo[k]!)
      }
  return beliefs
}

/** The people of each class, and the hidden values that were published of it. */
function handsOf({ candidates, evidence, mixtures }: Sight, name: string): Hand[] {
  const { people, classes, start, of } = candidates
  const { whole } = mixtures(name)
  const released = columnOf(evidence.published, name, 'the published table').codes
  const members: number[][] = Array.from({ length: classes.count }, () => [])
  for (let i = 0; i < people.classOf.length; i++) {
    const kind = people.classOf[i]!
    if (start[kind + 1]! - start[kind]! === 1) members[of[start[kind]!]!]!.push(i)
  }
  const values: number[][] = Array.from({ length: classes.count }, () => [])
  // A suppressed cell is nobody's value: its class cannot be dealt out.
  for (let r = 0; r < released.length; r++)
    if (whole[released[r]!]! > 0) values[classes.classOf[r]!]!.push(released[r]!)
  return members.flatMap((list, c) =>
    list.length > 0 && list.length === values[c]!.length
      ? [{ members: Uint32Array.from(list), cards: Uint32Array.from(values[c]!) }]
      : [],
  )
}
