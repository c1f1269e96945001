// Tables one level less general than the one that was published, and whether they fail under what hidden values people would have.
// Source: Wong, Fu, Wang and Pei (VLDB 2007), for full-domain recoding.
// Models that count a public population are left out: what they would have said is not known here.

import type { ClassView, PreparedModel } from '../../../protect/tables/model.ts'
import type { PublishedEvidence, Sight } from '../contract.ts'
import { classSizes, columnOf, firstRows, type Partition, refined, wholePartition } from '../risk/classes.ts'

/** A less general table: classes of the kinds of people, the rows of each, and room for the hidden values of each. */
export interface Neighbour extends Partition {
  readonly sizes: Float64Array
  readonly tally: Float64Array
}

/** The tables one level less general in one quasi-identifier. People of one kind are together in all of them. */
export async function lessGeneral(
  { evidence, candidates, turn }: Sight,
  values: number,
): Promise<Neighbour[]> {
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
      const groups = column.values.map((value, code) =>
        // A value that the hierarchy lacks is in no group of it.
        asIs ? code : (groupOf[places.get(value) ?? -1] ?? labels.length),
      )
      return {
        codes: Uint32Array.from(first, (row) => groups[column.codes[row]!]!),
        count: asIs ? column.values.length : labels.length + 1,
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

export interface Models {
  /** Those that look at no hidden value, and those that look at this one. */
  readonly blind: readonly PreparedModel[]
  readonly seeing: readonly PreparedModel[]
}

export function preparedModels(
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
export function failsAnyway({ sizes }: Neighbour, blind: readonly PreparedModel[], most: number): boolean {
  const view = { population: 0, distinct: 0, values: new Uint32Array(0), counts: new Float64Array(0) }
  let out = 0
  for (const rows of sizes)
    if (blind.some(({ classPasses }) => classPasses?.({ ...view, rows }) === false)) out += rows
  return out > most
}

/** Rows of failing classes under a deal of the hidden values, as a number that changes with each exchange of two of them. */
export interface Verdict {
  /** Rows in classes that fail. */
  readonly out: () => number
  /** Deals anew. @param given [people] hidden value of each */
  deal(given: Uint32Array): void
  /** Person of kind `a` gives value `from` to kind `b` for its value `to`. */
  exchange(a: number, b: number, from: number, to: number): void
}

/** Judges a table. @param kindOf [people] */
export function judged(
  { classOf, count, sizes, tally }: Neighbour,
  kindOf: Uint32Array,
  models: readonly PreparedModel[],
): Verdict {
  const values = tally.length / count
  const [present, counts] = [new Uint32Array(values), new Float64Array(values)]
  const failing = new Uint8Array(count)
  let out = 0
  const judge = (c: number) => {
    let distinct = 0
    for (let v = 0; v < values; v++)
      if (tally[c * values + v]! > 0) {
        present[distinct] = v
        counts[distinct++] = tally[c * values + v]!
      }
    const view: ClassView = { rows: sizes[c]!, population: 0, distinct, values: present, counts }
    const fails = Number(models.some(({ classPasses }) => classPasses?.(view) === false))
    out += (fails - failing[c]!) * sizes[c]!
    failing[c] = fails
  }
  return {
    out: () => out,
    deal(given) {
      tally.fill(0)
      for (let i = 0; i < kindOf.length; i++) tally[classOf[kindOf[i]!]! * values + given[i]!]!++
      for (let c = 0; c < count; c++) judge(c)
    },
    exchange(a, b, from, to) {
      const [one, other] = [classOf[a]!, classOf[b]!]
      if (one === other || from === to) return
      tally[one * values + from]!--
      tally[one * values + to]!++
      tally[other * values + to]!--
      tally[other * values + from]!++
      judge(one)
      judge(other)
    },
  }
}
