// What all classes together, or people elsewhere, tell of one class: a classifier that decides within each class.
// Source: Kifer, "Attacks on privacy and deFinetti's theorem" (SIGMOD 2009); naive Bayes with the class's counts as what must be shared out.
// A stronger classifier may get more. The baseline is what such a classifier, trained on true rows, tells of strangers.

import { seededStream } from '../../../random/seeded.ts'
import { mixer } from '../candidates.ts'
import {
  needsSensitive,
  type PublishedAttack,
  type PublishedFound,
  type Sight,
  type Unmeasured,
} from '../contract.ts'
import { columnOf, firstRows } from '../risk/classes.ts'
import { priorOf, shareMetric } from '../shares.ts'

/** Numbers that are held at once at most: kinds of people by values. */
const mostNumbers = 2e7
const rounds = 10

/** An attack on each sensitive column that fits into memory. @param count people whose hidden value is named rightly */
const byClassifier =
  (
    count: (sight: Sight, name: string, seed: number) => Promise<number>,
    note: string,
  ): PublishedAttack['find'] =>
  async (all, { seed }) => {
    const found: (PublishedFound | Unmeasured)[] = []
    for (const name of all.evidence.sensitive) {
      const sight = await all.known(name)
      const { whole } = sight.mixtures(name)
      if (sight.candidates.people.count * whole.length > mostNumbers) {
        found.push({ about: name, unmeasured: 'It has too many values for the memory that it takes.' })
        continue
      }
      const right = await count(sight, name, seed)
      const [chance, baseline] = [priorOf(whole).commonest, (await sight.strangers(name)).accuracy]
      found.push({
        about: name,
        metrics: [shareMetric('attribute', right, sight.evidence.original.rows, { chance, baseline })],
        notes: [note],
      })
    }
    return found
  }

/** Learns from classes, decides within them. */
export const deFinetti: PublishedAttack = {
  name: 'de-finetti',
  title: 'Hidden values by a classifier learned from all classes',
  standpoint: 'outsider',
  needs: 'the quasi-identifiers of all people in the table',
  source: 'Kifer (SIGMOD 2009)',
  wanting: ['attribute'],
  obstacle: needsSensitive,
  find: byClassifier(async (sight, name) => {
    const { whole } = sight.mixtures(name)
    const { people } = sight.candidates
    const ground = groundOf(sight, name)
    const beliefs = ground.shared.slice()
    for (let round = 0; round < rounds; round++) {
      await sight.turn()
      shareOut(ground, beliefs, likelihoods(ground, beliefs, people.sizes))
    }
    let right = 0
    for (const { kind, value, people: many } of sight.kinds(name))
      if (likeliest(beliefs, kind, whole.length) === value) right += many
    return right
  }, `Naive Bayes, ${rounds} rounds: beliefs make the classifier, and the classifier shares each class’s values out among its people.`),
}

/** Learns from strangers, decides within classes. */
export const strangersAndClasses: PublishedAttack = {
  name: 'strangers-and-classes',
  title: 'Hidden values by a classifier learned from strangers, within each class',
  standpoint: 'outsider',
  needs:
    'the quasi-identifiers of all people in the table, and whole rows of others like them, as from an older survey',
  source: 'ours; Cormode (KDD 2011) for classifiers beside classes',
  wanting: ['attribute'],
  obstacle: needsSensitive,
  find: byClassifier(async (sight, name, seed) => {
    const { truth, whole } = sight.mixtures(name)
    const { people } = sight.candidates
    const ground = groundOf(sight, name)
    const source = seededStream(seed, `strangers and classes ${name}`)
    const half = Uint8Array.from({ length: truth.length }, () => source.below(2))
    let right = 0
    for (const part of [0, 1]) {
      await sight.turn()
      const known = new Float64Array(ground.shared.length)
      const weights = new Float64Array(people.count)
      for (let i = 0; i < truth.length; i++) {
        if (half[i] === part) continue
        known[people.classOf[i]! * whole.length + truth[i]!]!++
        weights[people.classOf[i]!]!++
      }
      for (let at = 0; at < known.length; at++) known[at]! /= weights[Math.floor(at / whole.length)]! || 1
      const beliefs = ground.shared.slice()
      shareOut(ground, beliefs, likelihoods(ground, known, weights))
      const named = Int32Array.from({ length: people.count }, (_, k) => likeliest(beliefs, k, whole.length))
      for (let i = 0; i < truth.length; i++)
        if (half[i] === part && named[people.classOf[i]!] === truth[i]) right++
    }
    return right
  }, 'Half of the people stand for the strangers: the classifier learns from their whole rows, and is judged on the others.'),
}

/** What does not change from round to round. */
interface Ground {
  readonly values: number
  /** [quasi-identifiers][kinds] codes, and how many there are of each. */
  readonly kinds: readonly Uint32Array[]
  readonly widths: readonly number[]
  /** [kinds] people. */
  readonly sizes: Float64Array
  /** [kinds] the one class that a kind may be in; −1 for none or several. */
  readonly sole: Int32Array
  readonly classes: number
  /** [kinds][values] shares of the values among the candidates; zeros without candidates. */
  readonly shared: Float64Array
}

function groundOf({ candidates, evidence, mixtures: of }: Sight, name: string): Ground {
  const mixtures = of(name)
  const { people, start, of: classes } = candidates
  const values = mixtures.values.length
  const first = firstRows(people)
  const columns = evidence.quasi.map((quasi) => columnOf(evidence.original, quasi, 'the original'))
  const shared = new Float64Array(people.count * values)
  const mix = mixer(candidates, mixtures)
  for (let k = 0; k < people.count; k++) {
    const { values: present, counts, total } = mix(k)
    for (const v of present) shared[k * values + v] = counts[v]! / total
  }
  return {
    values,
    kinds: columns.map(({ codes }) => Uint32Array.from(first, (row) => codes[row]!)),
    widths: columns.map((column) => column.values.length),
    sizes: people.sizes,
    sole: Int32Array.from({ length: people.count }, (_, k) =>
      start[k + 1]! - start[k]! === 1 ? classes[start[k]!]! : -1,
    ),
    classes: candidates.classes.count,
    shared,
  }
}

function likeliest(beliefs: Float64Array, kind: number, values: number): number {
  let [best, most] = [-1, 0]
  for (let v = 0; v < values; v++) {
    const belief = beliefs[kind * values + v]!
    if (belief > most) [best, most] = [v, belief]
  }
  return best
}

/** [kinds][values] how likely a person of the kind is among those who have the value, by naive Bayes on beliefs. @param people [kinds] */
function likelihoods(
  { kinds, widths, values }: Ground,
  beliefs: Float64Array,
  people: Float64Array,
): Float64Array {
  const totals = new Float64Array(values)
  for (let at = 0; at < beliefs.length; at++)
    totals[at % values]! += people[Math.floor(at / values)]! * beliefs[at]!
  const scores = new Float64Array(beliefs.length).fill(1)
  kinds.forEach((codes, j) => {
    const tally = new Float64Array(widths[j]! * values)
    for (let k = 0; k < codes.length; k++)
      for (let v = 0; v < values; v++) tally[codes[k]! * values + v]! += people[k]! * beliefs[k * values + v]!
    for (let k = 0; k < codes.length; k++)
      for (let v = 0; v < values; v++)
        scores[k * values + v]! *= (tally[codes[k]! * values + v]! + 0.1) / (totals[v]! + 0.1 * widths[j]!)
  })
  return scores
}

/** Each class's count of a value goes to its people by how likely they are to have it. */
function shareOut(
  { values, sizes, sole, classes, shared }: Ground,
  beliefs: Float64Array,
  scores: Float64Array,
): void {
  const claimed = new Float64Array(classes * values)
  sole.forEach((c, k) => {
    if (c >= 0)
      for (let v = 0; v < values; v++) claimed[c * values + v]! += sizes[k]! * scores[k * values + v]!
  })
  sole.forEach((c, k) => {
    let total = 0
    for (let v = 0; v < values; v++) {
      const at = k * values + v
      const all = c >= 0 ? claimed[c * values + v]! : 1
      beliefs[at] = all > 0 ? (shared[at]! * scores[at]!) / all : 0
      total += beliefs[at]!
    }
    if (total > 0) for (let v = 0; v < values; v++) beliefs[k * values + v]! /= total
  })
}
