// Two tables of the same people: the rows that may be a person's in one, and those in the other, leave fewer together.
// Source: Ganta, Kasiviswanathan and Smith (KDD 2008), composition attacks.
// It joins rows by columns that both tables have as they were: all, all but one, or one, whichever tells most. Releases that changed
// several are joined less well than they might be.

import type { Turn } from '../../../learn/pauses.ts'
import { type ClassCandidates, candidatesOf } from '../candidates.ts'
import type { PublishedAttack, PublishedEvidence, PublishedFound, Sight } from '../contract.ts'
import { columnOf, type Partition, refined, underOneDictionary, wholePartition } from '../risk/classes.ts'
import { priorOf, shareMetric } from '../shares.ts'
import { certainty } from '../strangers.ts'
import { counted } from './linkage.ts'

/** Columns that both releases have, and no quasi-identifier: what their rows are joined by. */
const joining = ({ published, previous, quasi }: PublishedEvidence): string[] =>
  published.columns
    .map(({ name }) => name)
    .filter((name) => !quasi.includes(name) && previous!.columns.some((column) => column.name === name))

/** Quasi-identifiers that an earlier table has. */
const earlier = ({ previous, quasi }: PublishedEvidence): string[] =>
  quasi.filter((name) => previous!.columns.some((column) => column.name === name))

/** Two releases of the same people. */
export const intersection: PublishedAttack = {
  name: 'intersection',
  title: 'Two releases together',
  standpoint: 'outsider',
  needs: 'an earlier table of the same people, and their quasi-identifiers',
  source: 'Ganta, Kasiviswanathan and Smith (KDD 2008)',
  obstacle: (evidence) => {
    if (evidence.previous === undefined) return 'No earlier release was given.'
    if (joining(evidence).length === 0) return 'The two releases share no column but quasi-identifiers.'
    return earlier(evidence).length === 0
      ? 'The earlier release has none of the quasi-identifiers.'
      : undefined
  },
  async find(sight) {
    const { evidence, turn } = sight
    const before = await candidatesOf(
      evidence.original,
      evidence.previous!,
      earlier(evidence),
      evidence.hierarchies,
      turn,
    )
    let linking: Linking | undefined
    const told = new Map<string, PublishedFound>()
    for (const columns of joins(joining(evidence))) {
      const left = leftOver(sight, before, await joinedRows(evidence, columns, turn))
      const found = await linkedBy(sight, columns, left)
      if (linking === undefined || found.hits > linking.hits) linking = found
      for (const name of evidence.sensitive.filter((one) => columns.includes(one))) {
        const more = await named(sight, name, left)
        if (shareNamed(more) >= shareNamed(told.get(name))) told.set(name, more)
      }
    }
    return [linking!.found, ...told.values()]
  },
}

/** Columns that are joined by in parts, at most. */
const mostJoined = 6

/** Ways to join rows: by all columns, by all but one, by one alone. What changed between the releases joins nobody. */
function joins(columns: readonly string[]): readonly (readonly string[])[] {
  const parts = columns.slice(0, mostJoined)
  return [
    columns,
    ...(columns.length > 2 ? parts.map((left) => columns.filter((name) => name !== left)) : []),
    ...(columns.length > 1 ? parts.map((name) => [name]) : []),
  ]
}

const shareNamed = (found: PublishedFound | undefined): number =>
  found?.metrics.find(({ name }) => name === 'attribute')?.value ?? 0

interface Linking {
  /** People who are found, on average. */
  readonly hits: number
  readonly found: PublishedFound
}

async function linkedBy(
  { evidence, candidates }: Sight,
  columns: readonly string[],
  left: LeftOver,
): Promise<Linking> {
  const { rows } = evidence.original
  let [hits, alone, both] = [0, 0, 0]
  await left.each((_, people, there, total) => {
    hits += (people * there) / total
    both += people * there
    if (total === 1) alone += people * there
  })
  return {
    hits,
    found: {
      metrics: [
        shareMetric('rank1', hits, rows, { chance: 1 / evidence.published.rows }),
        shareMetric('singled', alone, rows, { chance: 0 }),
      ],
      measures: [counted('share of the people who may be in both tables', both / rows)],
      notes: [
        `Rows of the two tables are joined by ${columns.map((name) => `“${name}”`).join(', ')}: of all ways that were tried, the one that finds most.`,
        `Kinds of people: ${candidates.people.count}.`,
      ],
    },
  }
}

/** People who are alike, and what is left of the rows that may be theirs in both tables. */
interface LeftOver {
  /** @param visit a row of the original; people like it; share whose own row is left (0 or 1); rows that are left */
  each(
    visit: (
      row: number,
      people: number,
      there: number,
      total: number,
      counts: ReadonlyMap<number, number>,
    ) => void,
  ): Promise<void>
  /** Rows of the published table by joined kind: one of each. */
  readonly example: ReadonlyMap<number, number>
}

interface Joined extends Partition {
  readonly published: number
  readonly previous: number
}

/** Rows of published, earlier and original table by the columns that join them, under one numbering, in that order. */
async function joinedRows(
  evidence: PublishedEvidence,
  columns: readonly string[],
  turn: Turn,
): Promise<Joined> {
  const { original, published, previous } = evidence
  const tables = [published, previous!, original]
  const all = tables.reduce((sum, { rows }) => sum + rows, 0)
  let partition = wholePartition(all)
  for (const name of columns) {
    await turn()
    const first = columnOf(published, name, 'the published table')
    const second = underOneDictionary(first, columnOf(previous!, name, 'the earlier table'))
    const merged = { ...first, values: second.values }
    const third = underOneDictionary(merged, columnOf(original, name, 'the original'))
    const codes = new Uint32Array(all)
    codes.set(first.codes)
    codes.set(second.codes, published.rows)
    codes.set(third.codes, published.rows + previous!.rows)
    partition = refined(partition, codes, third.values.length)
  }
  return { ...partition, published: published.rows, previous: previous!.rows }
}

function tallied(classOf: Uint32Array, count: number, joined: Joined, from: number): Map<number, number>[] {
  const tallies = Array.from({ length: count }, () => new Map<number, number>())
  for (let r = 0; r < classOf.length; r++) {
    const tally = tallies[classOf[r]!]!
    const kind = joined.classOf[from + r]!
    tally.set(kind, (tally.get(kind) ?? 0) + 1)
  }
  return tallies
}

const summed = (
  { of, start }: ClassCandidates,
  tallies: readonly Map<number, number>[],
  kind: number,
): ReadonlyMap<number, number> => {
  if (start[kind + 1]! - start[kind]! === 1) return tallies[of[start[kind]!]!]!
  const sum = new Map<number, number>()
  for (let at = start[kind]!; at < start[kind + 1]!; at++)
    for (const [joinedKind, count] of tallies[of[at]!]!)
      sum.set(joinedKind, (sum.get(joinedKind) ?? 0) + count)
  return sum
}

function leftOver({ evidence, candidates, turn }: Sight, before: ClassCandidates, joined: Joined): LeftOver {
  const now = tallied(candidates.classes.classOf, candidates.classes.count, joined, 0)
  const then = tallied(before.classes.classOf, before.classes.count, joined, joined.published)
  const from = joined.published + joined.previous
  const { rows } = evidence.original
  // People who are alike in the quasi-identifiers and in what joins fare alike.
  const alike = refined(candidates.people, joined.classOf.subarray(from), joined.count)
  const weights = new Float64Array(alike.count)
  const one = new Uint32Array(alike.count)
  for (let i = rows - 1; i >= 0; i--) {
    weights[alike.classOf[i]!]!++
    one[alike.classOf[i]!] = i
  }
  const example = new Map<number, number>()
  for (let r = 0; r < joined.published; r++)
    if (!example.has(joined.classOf[r]!)) example.set(joined.classOf[r]!, r)
  const known = new Map<string, ReadonlyMap<number, number>>()
  return {
    example,
    async each(visit) {
      for (let a = 0; a < alike.count; a++) {
        if ((a & 63) === 0) await turn()
        const row = one[a]!
        const [kind, earlierKind] = [candidates.people.classOf[row]!, before.people.classOf[row]!]
        const key = `${kind} ${earlierKind}`
        const counts =
          known.get(key) ?? fewer(summed(candidates, now, kind), summed(before, then, earlierKind))
        known.set(key, counts)
        let total = 0
        for (const count of counts.values()) total += count
        if (total > 0) visit(row, weights[a]!, Number(counts.has(joined.classOf[from + row]!)), total, counts)
      }
    },
  }
}

/** Of each joined kind as many rows as both have. */
function fewer(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const both = new Map<number, number>()
  for (const [kind, count] of a) {
    const other = b.get(kind)
    if (other !== undefined) both.set(kind, Math.min(count, other))
  }
  return both
}

async function named(sight: Sight, name: string, left: LeftOver): Promise<PublishedFound> {
  const { truth, whole } = sight.mixtures(name)
  const released = columnOf(sight.evidence.published, name, 'the published table').codes
  const { rows } = sight.evidence.original
  const prior = priorOf(whole)
  const strangers = await sight.strangers(name)
  let [certain, right, before] = [0, 0, 0]
  for (const value of truth) if (prior.share(value) >= certainty) before++
  await left.each((row, people, _, total, counts) => {
    const values = new Map<number, number>()
    for (const [kind, count] of counts) {
      const value = released[left.example.get(kind)!]!
      values.set(value, (values.get(value) ?? 0) + count)
    }
    const own = values.get(truth[row]!) ?? 0
    const most = Math.max(...values.values())
    if (own >= certainty * total) certain += people
    if (own === most) right += people / Array.from(values.values()).filter((count) => count === most).length
  })
  return {
    about: name,
    metrics: [
      shareMetric('certain', certain, rows, { chance: before / rows, baseline: strangers.certain }),
      shareMetric('attribute', right, rows, { chance: prior.commonest, baseline: strangers.accuracy }),
    ],
    notes: ['Rows that fit a person in one table alone are left out.'],
  }
}
