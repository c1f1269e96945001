// What it tells that the algorithm generalised no more than it had to: less general tables must have failed.
// Source: Wong, Fu, Wang and Pei, "Minimality attack in privacy preserving data publishing" (VLDB 2007), for full-domain recoding.
// Hidden values are dealt out anew within each class, and those deals are kept under which every less general table fails.

import type { ClassView, PreparedModel } from '../../../protect/tables/model.ts'
import { seededStream } from '../../../random/seeded.ts'
import { mixer } from '../candidates.ts'
import {
  needsSensitive,
  type PublishedAttack,
  type PublishedEvidence,
  type PublishedFound,
  type Sight,
  type Unmeasured,
} from '../contract.ts'
import { classSizes, columnOf, firstRows, type Partition, refined, wholePartition } from '../risk/classes.ts'
import { kindValues, priorOf, shareMetric } from '../shares.ts'
import { certainty } from '../strangers.ts'
import { counted } from './linkage.ts'

/** Deals that are tried at most, and that are kept at most. */
const [mostTried, mostKept] = [2000, 300]
/** Beliefs are shares of the deals that are kept: of fewer, everybody is certain of something by luck alone. */
const fewestKept = 100
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
  lacks: (evidence) =>
    evidence.algorithm !== undefined &&
    evidence.sensitive.length > 0 &&
    evidence.quasi.some((name, j) => evidence.algorithm!.levels[j]! > 0 && !evidence.hierarchies?.has(name))
      ? 'The hierarchies were not given (--hierarchies, --hierarchy), and whoever makes such tables knows them.'
      : undefined,
  obstacle: (evidence) =>
    needsSensitive(evidence) ??
    (evidence.algorithm === undefined
      ? 'It is about tables that were made at one node of a lattice, as the manifest beside them says: this one was not, or nothing says so.'
      : minimality.lacks!(evidence)),
  async find(sight, { seed }) {
    const found: (PublishedFound | Unmeasured)[] = []
    for (const name of sight.evidence.sensitive) {
      const { truth, whole } = sight.mixtures(name)
      const { people } = sight.candidates
      if (people.count * whole.length > mostNumbers) {
        found.push({ about: name, unmeasured: 'It has too many values for the memory that it takes.' })
        continue
      }
      const { beliefs, kept, tried } = await dealt(sight, name, seed)
      if (tried > 0 && kept < fewestKept) {
        found.push({
          about: name,
          unmeasured: `Of ${tried} deals of the hidden values ${kept} were kept, fewer than the ${fewestKept} that tell anything.`,
        })
        continue
      }
      const prior = priorOf(whole)
      const strangers = await sight.strangers(name)
      const { rows } = sight.evidence.original
      let [right, certain, before] = [0, 0, 0]
      for (const { kind, value, people: many } of kindValues(people, truth)) {
        const own = beliefs.subarray(kind * whole.length, (kind + 1) * whole.length)
        const most = own.reduce((a, b) => Math.max(a, b), 0)
        if (most > 0 && own[value] === most) right += many / own.filter((belief) => belief === most).length
        if (own[value]! >= certainty) certain += many
        if (prior.share(value) >= certainty) before += many
      }
      found.push({
        about: name,
        metrics: [
          shareMetric('certain', certain, rows, { chance: before / rows, baseline: strangers.certain }),
          shareMetric('attribute', right, rows, { chance: prior.commonest, baseline: strangers.accuracy }),
        ],
        measures: [
          counted('share of the deals under which less general tables fail', tried === 0 ? 1 : kept / tried),
        ],
        notes: [
          tried === 0
            ? 'Less general tables fail whatever the hidden values are, so that the algorithm tells no more than the classes do.'
            : `${tried} deals of the hidden values were tried, ${kept} kept.`,
        ],
      })
    }
    return found
  },
}

/** A less general table: classes of the kinds of people, the rows of each, and room for the hidden values of each. */
interface Neighbour extends Partition {
  readonly sizes: Float64Array
  readonly tally: Float64Array
}

async function dealt(
  sight: Sight,
  name: string,
  seed: number,
): Promise<{ beliefs: Float64Array; kept: number; tried: number }> {
  const { candidates, evidence, turn } = sight
  const { whole, truth } = sight.mixtures(name)
  const values = whole.length
  const { people, start, of, classes } = candidates
  const beliefs = new Float64Array(people.count * values)
  const mix = mixer(candidates, sight.mixtures(name))
  for (let k = 0; k < people.count; k++) {
    const { values: present, counts, total } = mix(k)
    for (const v of present) beliefs[k * values + v] = counts[v]! / total
  }
  const models = preparedModels(evidence, name, whole, sight.mixtures(name).values)
  const most = evidence.algorithm!.suppression * evidence.original.rows
  const neighbours = (await lessGeneral(sight, values)).filter(
    (neighbour) => !failsAnyway(neighbour, models.blind, most),
  )
  const size = neighbours.reduce((sum, { tally }) => sum + tally.length, 0)
  if (neighbours.length === 0 || size > mostNumbers) return { beliefs, kept: 0, tried: 0 }
  const hands = handsOf(sight, name)
  const source = seededStream(seed, `minimality ${name}`)
  const kept = new Float64Array(beliefs.length)
  const given = Uint32Array.from(truth)
  let [accepted, tried] = [0, 0]
  const steps = evidence.original.rows * (1 + neighbours.length)
  const tries = Math.min(mostTried, Math.max(fewestTried, Math.floor(mostSteps / steps)))
  while (tried < tries && accepted < mostKept) {
    await turn()
    tried++
    for (const { members, values: cards } of hands)
      for (let left = cards.length; left > 0; left--) {
        const pick = source.below(left)
        const card = cards[pick]!
        cards[pick] = cards[left - 1]!
        cards[left - 1] = card
        given[members[left - 1]!] = card
      }
    if (!neighbours.every((neighbour) => fails(neighbour, people.classOf, given, models.seeing, most)))
      continue
    accepted++
    for (const { members } of hands)
      for (const person of members) kept[people.classOf[person]! * values + given[person]!]!++
  }
  if (accepted === 0) return { beliefs, kept: 0, tried }
  const dealtTo = new Float64Array(people.count)
  for (const { members } of hands) for (const person of members) dealtTo[people.classOf[person]!]!++
  for (let k = 0; k < people.count; k++)
    if (dealtTo[k]! > 0 && start[k + 1]! - start[k]! === 1 && classes.sizes[of[start[k]!]!]! > 0)
      for (let v = 0; v < values; v++)
        beliefs[k * values + v] = kept[k * values + v]! / (accepted * dealtTo[k]!)
  return { beliefs, kept: accepted, tried }
}

/** The people of each class, and the hidden values that were published of it. */
function handsOf(
  { candidates, evidence, mixtures }: Sight,
  name: string,
): { members: number[]; values: Uint32Array }[] {
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
      ? [{ members: list, values: Uint32Array.from(values[c]!) }]
      : [],
  )
}

/** The tables one level less general in one quasi-identifier. People of one kind are together in all of them. */
async function lessGeneral({ evidence, candidates, turn }: Sight, values: number): Promise<Neighbour[]> {
  const { original, quasi, hierarchies, algorithm } = evidence
  const { people } = candidates
  const first = firstRows(people)
  const generalised = quasi.map((name) => {
    const column = columnOf(original, name, 'the original')
    const hierarchy = hierarchies?.get(name)
    const places = new Map(hierarchy?.leaves.map((leaf, l) => [leaf, l]))
    return (level: number) => {
      const { groupOf, labels } = hierarchy?.levels[level] ?? { groupOf: [], labels: [] }
      const asIs = !hierarchy || level === 0
      const groups = column.values.map((value, code) => (asIs ? code : groupOf[places.get(value) ?? 0]!))
      return {
        codes: Uint32Array.from(first, (row) => groups[column.codes[row]!]!),
        count: asIs ? column.values.length : labels.length,
      }
    }
  })
  const { levels } = algorithm!
  const found: Neighbour[] = []
  for (const j of quasi.keys()) {
    if (levels[j] === 0) continue
    await turn()
    const partition = generalised.reduce((parent, at, i) => {
      const { codes, count } = at(levels[i]! - Number(i === j))
      return refined(parent, codes, count)
    }, wholePartition(people.count))
    const sizes = classSizes(partition, people.sizes)
    found.push({ ...partition, sizes, tally: new Float64Array(partition.count * values) })
  }
  return found
}

interface Models {
  /** Those that look at no hidden value, and those that look at this one. */
  readonly blind: readonly PreparedModel[]
  readonly seeing: readonly PreparedModel[]
}

function preparedModels(
  { algorithm, original }: PublishedEvidence,
  name: string,
  whole: Float64Array,
  texts: readonly string[],
): Models {
  const facts = { rows: original.rows, populationRows: 0, sensitiveCounts: whole, sensitiveValues: texts }
  const able = algorithm!.models.filter(({ needsPopulation }) => needsPopulation !== true)
  const prepared = (wanted: string | undefined) =>
    able.filter(({ sensitive }) => sensitive === wanted).map((model) => model.prepare(facts))
  return { blind: prepared(undefined), seeing: prepared(name) }
}

/** Whether a table fails by the sizes of its classes alone. */
function failsAnyway({ sizes }: Neighbour, blind: readonly PreparedModel[], most: number): boolean {
  const view = { population: 0, distinct: 0, values: new Uint32Array(0), counts: new Float64Array(0) }
  let out = 0
  for (const rows of sizes)
    if (blind.some(({ classPasses }) => classPasses?.({ ...view, rows }) === false)) out += rows
  return out > most
}

/** Whether a table fails under a deal of the hidden values. */
function fails(
  { classOf, count, sizes, tally }: Neighbour,
  kindOf: Uint32Array,
  given: Uint32Array,
  models: readonly PreparedModel[],
  most: number,
): boolean {
  const values = tally.length / count
  tally.fill(0)
  for (let i = 0; i < kindOf.length; i++) tally[classOf[kindOf[i]!]! * values + given[i]!]!++
  const [present, counts] = [new Uint32Array(values), new Float64Array(values)]
  let out = 0
  for (let c = 0; c < count; c++) {
    let distinct = 0
    for (let v = 0; v < values; v++)
      if (tally[c * values + v]! > 0) {
        present[distinct] = v
        counts[distinct++] = tally[c * values + v]!
      }
    const view: ClassView = { rows: sizes[c]!, population: 0, distinct, values: present, counts }
    if (models.some(({ classPasses }) => classPasses?.(view) === false)) out += sizes[c]!
    if (out > most) return true
  }
  return false
}
