// What all classes together tell of one class: a classifier that is learned from the published classes, and decides within each.
// Source: Kifer, "Attacks on privacy and deFinetti's theorem" (SIGMOD 2009); naive Bayes with the class's counts as what must be shared out.
// A stronger classifier may get more. The baseline is what such a classifier, trained on true rows, tells of strangers.

import { mixer } from '../candidates.ts'
import { needsSensitive, type PublishedAttack, type Sight } from '../contract.ts'
import { columnOf, firstRows } from '../risk/classes.ts'
import { kindValues, priorOf, shareMetric } from '../shares.ts'

/** Numbers that are held at once at most: kinds of people by values. */
const mostNumbers = 2e7
const rounds = 10

/** Learns from classes, decides within them. */
export const deFinetti: PublishedAttack = {
  name: 'de-finetti',
  title: 'Hidden values by a classifier learned from all classes',
  standpoint: 'outsider',
  needs: 'the quasi-identifiers of all people in the table',
  source: 'Kifer (SIGMOD 2009)',
  obstacle: needsSensitive,
  find: (sight) =>
    sight.evidence.sensitive.flatMap((name) => {
      const { truth, whole } = sight.mixtures(name)
      const { people } = sight.candidates
      if (people.count * whole.length > mostNumbers) return []
      const beliefs = learned(sight, name)
      const prior = priorOf(whole)
      let right = 0
      for (const { kind, value, people: many } of kindValues(people, truth))
        if (likeliest(beliefs, kind, whole.length) === value) right += many
      const { rows } = sight.evidence.original
      return [
        {
          about: name,
          metrics: [
            shareMetric('attribute', right, rows, {
              chance: prior.commonest,
              baseline: sight.strangers(name).accuracy,
            }),
          ],
          notes: [
            `Naive Bayes, ${rounds} rounds: beliefs make the classifier, and the classifier shares each class’s values out among its people.`,
          ],
        },
      ]
    }),
}

function likeliest(beliefs: Float64Array, kind: number, values: number): number {
  let best = -1
  let most = 0
  for (let v = 0; v < values; v++) {
    const belief = beliefs[kind * values + v]!
    if (belief > most) [best, most] = [v, belief]
  }
  return best
}

/** [kinds][values] beliefs; zeros for those who have no candidates. */
function learned(sight: Sight, name: string): Float64Array {
  const { candidates, evidence } = sight
  const mixtures = sight.mixtures(name)
  const { people, start, of } = candidates
  const values = mixtures.values.length
  const first = firstRows(people)
  const columns = evidence.quasi.map((quasi) => columnOf(evidence.original, quasi, 'the original'))
  const kinds = columns.map(({ codes }) => Uint32Array.from(first, (row) => codes[row]!))
  const shared = new Float64Array(people.count * values)
  const mix = mixer(candidates, mixtures)
  for (let k = 0; k < people.count; k++) {
    const { values: present, counts, total } = mix(k)
    for (const v of present) shared[k * values + v] = counts[v]! / total
  }
  const beliefs = shared.slice()
  const scores = new Float64Array(beliefs.length)
  for (let round = 0; round < rounds; round++) {
    likelihoods(
      beliefs,
      scores,
      kinds,
      columns.map((column) => column.values.length),
      people.sizes,
      values,
    )
    // Each class's count of a value goes to its people by how likely they are to have it.
    const claimed = new Float64Array(candidates.classes.count * values)
    const sole = (k: number) => (start[k + 1]! - start[k]! === 1 ? of[start[k]!]! : -1)
    for (let k = 0; k < people.count; k++) {
      const c = sole(k)
      if (c >= 0)
        for (let v = 0; v < values; v++)
          claimed[c * values + v]! += people.sizes[k]! * scores[k * values + v]!
    }
    for (let k = 0; k < people.count; k++) {
      const c = sole(k)
      let total = 0
      for (let v = 0; v < values; v++) {
        const at = k * values + v
        const share =
          c >= 0 && claimed[c * values + v]! > 0 ? scores[at]! / claimed[c * values + v]! : scores[at]!
        beliefs[at] = shared[at]! * share
        total += beliefs[at]!
      }
      if (total > 0) for (let v = 0; v < values; v++) beliefs[k * values + v]! /= total
    }
  }
  return beliefs
}

/** [kinds][values] how likely a person of the kind is among those who have the value, by naive Bayes on the beliefs. */
function likelihoods(
  beliefs: Float64Array,
  scores: Float64Array,
  kinds: readonly Uint32Array[],
  sizes: readonly number[],
  people: Float64Array,
  values: number,
): void {
  const totals = new Float64Array(values)
  for (let at = 0; at < beliefs.length; at++)
    totals[at % values]! += people[Math.floor(at / values)]! * beliefs[at]!
  scores.fill(1)
  kinds.forEach((codes, j) => {
    const tally = new Float64Array(sizes[j]! * values)
    for (let k = 0; k < codes.length; k++)
      for (let v = 0; v < values; v++) tally[codes[k]! * values + v]! += people[k]! * beliefs[k * values + v]!
    for (let k = 0; k < codes.length; k++)
      for (let v = 0; v < values; v++)
        scores[k * values + v]! *= (tally[codes[k]! * values + v]! + 0.1) / (totals[v]! + 0.1 * sizes[j]!)
  })
}
