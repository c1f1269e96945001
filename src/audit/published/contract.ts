// The contract of an attack on a published table: what it is given, what it finds, and how it is run beside a copy without protection.
// Source: docs/architecture.md#the-audit (Attack). A new attack is one file in attacks/ and one line in attacks.ts.
// It is judged on the people of the original; who they are is told by the auditor, never by the attack.

import { type Turn, turnsFor } from '../../learn/pauses.ts'
import type { CodedTable } from '../../protect/tables/codedTable.ts'
import type { Hierarchy } from '../../protect/tables/hierarchy.ts'
import type { FailedNode, LocalRelease } from '../../protect/tables/localRecoding/release.ts'
import type { PrivacyModel } from '../../protect/tables/model.ts'
import type { Finding, MetricName, Standpoint } from '../finding.ts'
import type { ImageFinding } from '../images/contract.ts'
import { type ClassCandidates, candidatesOf, type Mixtures, mixturesOf } from './candidates.ts'
import { inFixedOrder, taken } from './fixedOrder.ts'
import { type KindValue, kindValues } from './shares.ts'
import { type StrangerBeliefs, strangerBeliefs } from './strangers.ts'

/** How a table was made, where that is public. */
export interface PublicAlgorithm {
  /** [quasi-identifiers] levels of the node of the lattice that was chosen. */
  readonly levels: readonly number[]
  /** Models that every class passes, and less general nodes did not. */
  readonly models: readonly PrivacyModel[]
  /** Share of the rows that might be suppressed. */
  readonly suppression: number
}

/** What local recoding published, as its reader sees it, and which nodes of the lattice are known to have failed. */
export interface PublicRounds {
  readonly release: LocalRelease
  readonly failed: readonly FailedNode[]
}

/** What was published, and, for the auditor, what it was made from. */
export interface PublishedEvidence {
  readonly original: CodedTable
  readonly published: CodedTable
  readonly quasi: readonly string[]
  /** Columns whose values nobody may learn; they are published as they are. */
  readonly sensitive: readonly string[]
  /** By quasi-identifier: as public as the table. */
  readonly hierarchies?: ReadonlyMap<string, Hierarchy> | undefined
  /** A list that anybody has, of those who are in the table among others: quasi-identifiers as they are. */
  readonly list?: CodedTable | undefined
  /** An earlier table of the same people. */
  readonly previous?: CodedTable | undefined
  readonly algorithm?: PublicAlgorithm | undefined
  /** Quasi-identifiers that it was made by, where they are not those that are asked about: then `algorithm` is not told. */
  readonly madeBy?: readonly string[] | undefined
  /** Of a table that was made by local recoding; `unread` where it was, and its rounds could not be rebuilt. */
  readonly rounds?: PublicRounds | 'unread' | undefined
}

/** Evidence, looked at: its rows in an order of their own, so that a seed draws the same whatever order the files had. */
export interface Sight {
  readonly evidence: PublishedEvidence
  readonly candidates: ClassCandidates
  /** Of a sensitive column: what each class has of it. */
  mixtures(sensitive: string): Mixtures
  /** Of a sensitive column: who is alike in the quasi-identifiers and in it. */
  kinds(sensitive: string): readonly KindValue[]
  /** The same of the people and rows that have a value in a sensitive column: who has none has no secret, and hides nobody. */
  known(sensitive: string): Promise<Sight>
  /** Of a sensitive column: what the quasi-identifiers tell of a stranger, who is not in the table. */
  strangers(sensitive: string): Promise<StrangerBeliefs>
  /** To be awaited in loops over people or classes. */
  readonly turn: Turn
  /** The same with all rows where the files have them, for what is told by that. */
  asGiven(): Sight
}

/** Looks at evidence: what several attacks need is worked out once. @throws FrostglassError `aborted` */
export async function sightOf(evidence: PublishedEvidence, options: PublishedAttackOptions): Promise<Sight> {
  const { seed, signal } = options
  const turn = turnsFor(signal)
  const [original, published] = [inFixedOrder(evidence.original), inFixedOrder(evidence.published)]
  const { quasi, hierarchies, list, previous } = evidence
  const candidates = await candidatesOf(original.sorted, published.sorted, quasi, hierarchies, turn)
  const mixtures = once((name) => mixturesOf(original.sorted, published.sorted, name, candidates.classes))
  const kinds = once((name) => kindValues(candidates.people, mixtures(name).truth))
  const strangers = once((name) =>
    strangerBeliefs(original.sorted, quasi, name, { people: candidates.people, seed, turn }),
  )
  const sight: Sight = {
    evidence: {
      ...evidence,
      original: original.sorted,
      published: published.sorted,
      list: list && inFixedOrder(list).sorted,
      previous: previous && inFixedOrder(previous).sorted,
    },
    candidates,
    mixtures,
    kinds,
    strangers,
    known: once(async (name) => {
      const known = withValues(sight.evidence, name)
      return known === sight.evidence ? sight : sightOf(known, options)
    }),
    turn,
    asGiven() {
      const { people, classes } = candidates
      const given: Sight = {
        ...sight,
        evidence: { ...sight.evidence, original: original.given, published: published.given },
        candidates: {
          ...candidates,
          people: { ...people, classOf: taken(people.classOf, original.place) },
          classes: { ...classes, classOf: taken(classes.classOf, published.place) },
        },
        mixtures: once((name) => ({ ...mixtures(name), truth: taken(mixtures(name).truth, original.place) })),
        known: once(async (name) => {
          const known = withValues(given.evidence, name)
          return known === given.evidence ? given : (await sightOf(known, options)).asGiven()
        }),
        asGiven: () => given,
      }
      return given
    },
  }
  return sight
}

/** Evidence without people and rows that have no value in a column; itself where all have one, or none has. */
function withValues(evidence: PublishedEvidence, name: string): PublishedEvidence {
  const [original, published] = [evidence.original, evidence.published].map((table) => rowsWith(table, name))
  const left = { ...evidence, original: original!, published: published! }
  return original === evidence.original || original!.rows === 0 || published!.rows === 0 ? evidence : left
}

function rowsWith(table: CodedTable, name: string): CodedTable {
  const column = table.columns.find((one) => one.name === name)
  const missing = column?.values.indexOf('') ?? -1
  if (column === undefined || missing < 0) return table
  let rows = 0
  const kept = new Uint32Array(table.rows)
  for (let i = 0; i < table.rows; i++) if (column.codes[i] !== missing) kept[rows++] = i
  if (rows === table.rows) return table
  const places = kept.subarray(0, rows)
  return { rows, columns: table.columns.map((one) => ({ ...one, codes: taken(one.codes, places) })) }
}

function once<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>()
  return (name) => {
    const known = made.get(name)
    if (known !== undefined) return known
    const value = make(name)
    made.set(name, value)
    return value
  }
}

/** Rows that attacks are tried on without protection, at most. */
const mostBare = 2000

/**
 * People of the original, published as they are with a name beside each: what every attack must get more of than of chance.
 * Some attacks get nothing of the original itself, where it has few and large classes: that is no weakness of theirs.
 */
export function unprotected(evidence: PublishedEvidence): PublishedEvidence {
  const { original, published, quasi, algorithm } = evidence
  const rows = Math.min(original.rows, mostBare)
  // Evenly spread: tables are often sorted.
  const some = Uint32Array.from({ length: rows }, (_, i) => Math.floor((i * original.rows) / rows))
  const name = freshName(original.columns.map((column) => column.name))
  const named: CodedTable = {
    rows,
    columns: [
      ...original.columns
        .filter((column) => published.columns.some((other) => other.name === column.name))
        .map((column) => ({ ...column, codes: Uint32Array.from(some, (row) => column.codes[row]!) })),
      { name, values: Array.from(some, String), codes: Uint32Array.from(some.keys()) },
    ],
  }
  return {
    ...evidence,
    original: named,
    published: named,
    quasi: [...quasi, name],
    ...(evidence.list ? { list: named } : {}),
    ...(algorithm ? { algorithm: { ...algorithm, levels: [...quasi.map(() => 0), 0] } } : {}),
  }
}

const freshName = (names: readonly string[]): string => {
  let name = 'name'
  while (names.includes(name)) name += ' of the auditor'
  return name
}

/** How an attack is run. */
export interface PublishedAttackOptions {
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/** What an attack found, before what all of them say of themselves. */
export type PublishedFound = Pick<Finding, 'metrics' | 'notes'> &
  Partial<Pick<ImageFinding, 'measures' | 'about' | 'known' | 'rows'>>

/** An attack on a published table. */
export interface PublishedAttack {
  /** Kebab case, e.g. `homogeneity`. */
  readonly name: string
  readonly title: string
  readonly standpoint: Standpoint
  /** What the adversary must have, in one sentence. */
  readonly needs: string
  readonly source: string
  /** Metrics of an attack that may be wanting: a rule on them has not held where it is. */
  readonly wanting?: readonly MetricName[] | undefined
  /** What somebody who has all that is public would have for it, and the auditor was not given. */
  lacks?(evidence: PublishedEvidence): string | undefined
  /** Why it cannot be run on what is there; undefined where it can. */
  obstacle(evidence: PublishedEvidence): string | undefined
  /** Findings: one, or one for each sensitive column. Whatever it draws comes from the seed. */
  find(sight: Sight, options: PublishedAttackOptions): Promise<readonly (PublishedFound | Unmeasured)[]>
}

/** What an attack could not tell of one sensitive column, though others may. */
export interface Unmeasured {
  readonly about: string
  readonly unmeasured: string
}

/** Tells findings from what was not found. */
export const isMeasured = (found: PublishedFound | Unmeasured): found is PublishedFound =>
  !('unmeasured' in found)

/** For attacks on sensitive columns. */
export const needsSensitive = ({ sensitive }: PublishedEvidence): string | undefined =>
  sensitive.length === 0 ? 'No column is named as sensitive.' : undefined

/** A finding for each sensitive column, one after the other. */
export const perSensitive =
  (find: (sight: Sight, name: string) => Promise<PublishedFound>): PublishedAttack['find'] =>
  async (sight) => {
    const found: PublishedFound[] = []
    for (const name of sight.evidence.sensitive)
      found.push({ about: name, ...(await find(await sight.known(name), name)) })
    return found
  }
