// Linkage: who knows a person's quasi-identifiers looks for the rows that can be theirs, and takes one of them.
// Source: Sweeney 2002; El Emam 2013 for the prosecutor (knows that the person is in the table) and the journalist (does not).
// A person whose row was suppressed is found by nobody here.

import type { Measure } from '../../images/contract.ts'
import { type ClassCandidates, candidatesOf, mixturesOf } from '../candidates.ts'
import type { PublishedAttack, PublishedEvidence, PublishedFound, Sight } from '../contract.ts'
import { kindValues, shareMetric } from '../shares.ts'

/** [kinds] share of the people of each kind whose own row is still among its candidates: told by what was not generalised. */
async function ownRows(sight: Sight, candidates: ClassCandidates): Promise<Float64Array> {
  const { evidence, turn } = sight
  const { people, of, start } = candidates
  const present = Float64Array.from({ length: people.count }, (_, k) => Number(start[k + 1]! > start[k]!))
  const [first] = evidence.sensitive
  if (first === undefined) return present
  const isSight = candidates === sight.candidates
  const mixtures = isSight
    ? sight.mixtures(first)
    : mixturesOf(evidence.original, evidence.published, first, candidates.classes)
  const alikes = isSight ? sight.kinds(first) : kindValues(people, mixtures.truth)
  const hits = new Float64Array(people.count)
  for (const { kind, value, people: alike } of alikes) {
    const due = turn()
    if (due) await due
    let among = false
    for (let at = start[kind]!; at < start[kind + 1]! && !among; at++)
      for (let e = mixtures.start[of[at]!]!; e < mixtures.start[of[at]! + 1]! && !among; e++)
        among = mixtures.value[e] === value
    if (among) hits[kind]! += alike
  }
  return hits.map((hit, kind) => hit / people.sizes[kind]!)
}

/** How many people have each number of rows that may be theirs. */
interface Reach {
  readonly people: number
  /** Visits every kind: people whose own row is there, and rows that may be theirs. */
  each(visit: (found: number, rows: number) => void): void
}

async function reachOf(sight: Sight, candidates: ClassCandidates): Promise<Reach> {
  const own = await ownRows(sight, candidates)
  const { sizes } = candidates.people
  return {
    people: sight.evidence.original.rows,
    each(visit) {
      for (let k = 0; k < sizes.length; k++) if (own[k]! > 0) visit(own[k]! * sizes[k]!, candidates.rows[k]!)
    },
  }
}

/** What taking one of the candidate rows gets. */
function linked(reach: Reach, published: number): Pick<PublishedFound, 'metrics' | 'measures'> {
  let [hits, alone, fewest, fifth, eleventh] = [0, 0, Number.POSITIVE_INFINITY, 0, 0]
  reach.each((found, rows) => {
    hits += found / rows
    if (rows === 1) alone += found
    if (rows < 5) fifth += found
    if (rows < 11) eleventh += found
    fewest = Math.min(fewest, rows)
  })
  const chance = 1 / published
  return {
    metrics: [
      shareMetric('rank1', hits, reach.people, { chance }),
      shareMetric('singled', alone, reach.people, { chance: published === 1 ? 1 : 0 }),
    ],
    measures: [
      counted('fewest rows that may be one person’s', Number.isFinite(fewest) ? fewest : 0),
      counted('share of the people with fewer than 5 such rows', fifth / reach.people),
      counted(
        'share of the people with fewer than 11 (the 9% of the European Medicines Agency)',
        eleventh / reach.people,
      ),
    ],
  }
}

/** A number that was counted: without doubt. */
export const counted = (name: string, value: number): Measure => ({ name, value, interval: [value, value] })

/** Who knows that somebody is in the table. */
export const linkage: PublishedAttack = {
  name: 'linkage',
  title: 'Linkage by the quasi-identifiers',
  standpoint: 'outsider',
  needs:
    'what the people in the table are in the quasi-identifiers, as neighbours, employers and public registers know',
  source: 'Sweeney (2002): the attack that k-anonymity is about; the prosecutor’s risk',
  obstacle: () => undefined,
  find: async (sight) => [
    {
      ...linked(await reachOf(sight, sight.candidates), sight.evidence.published.rows),
      notes: [
        'Every label of the table was read as it is meant: by its hierarchy, or as a range, a prefix or a set.',
        ...strange(sight),
      ],
    },
  ],
}

function strange({ candidates: { strangeRows }, evidence }: Sight): string[] {
  return strangeRows === 0
    ? []
    : [
        `${strangeRows} of ${evidence.published.rows} published rows fit nobody on the list: their labels say nothing, or they are of others.`,
      ]
}

/** Who knows the columns that nobody named, too. */
export const otherColumns: PublishedAttack = {
  name: 'linkage-other-columns',
  title: 'Linkage by all columns that are not sensitive',
  standpoint: 'outsider',
  needs:
    'what the people are in every published column that is not sensitive, also in those that were not taken for quasi-identifiers',
  source:
    'Narayanan and Shmatikov (S&P 2008): whatever is published and differs between people identifies them',
  obstacle: (evidence) =>
    others(evidence).length === 0 ? 'Every published column is a quasi-identifier or sensitive.' : undefined,
  async find(sight) {
    const { original, published, quasi, hierarchies } = sight.evidence
    const more = others(sight.evidence)
    const all = await candidatesOf(original, published, [...quasi, ...more], hierarchies, sight.turn)
    return [
      {
        ...linked(await reachOf(sight, all), published.rows),
        notes: [
          `Columns that were not named as quasi-identifiers: ${more.map((name) => `“${name}”`).join(', ')}.`,
        ],
      },
    ]
  },
}

/** Columns in both tables that are neither quasi-identifiers nor sensitive. */
export function others({ original, published, quasi, sensitive }: PublishedEvidence): string[] {
  return published.columns
    .map(({ name }) => name)
    .filter(
      (name) =>
        !quasi.includes(name) && !sensitive.includes(name) && original.columns.some((c) => c.name === name),
    )
}

/** Who knows all but one of the hidden values. */
export const knownValues: PublishedAttack = {
  name: 'known-values',
  title: 'Linkage by all but one of the hidden values',
  standpoint: 'leak',
  needs: 'a person’s quasi-identifiers, and every sensitive value but one, as somebody close knows',
  source: 'Machanavajjhala and others (TKDD 2007): sensitive columns are quasi-identifiers of each other',
  obstacle: ({ sensitive }) =>
    sensitive.length < 2 ? 'Fewer than two columns are named as sensitive.' : undefined,
  async find(sight) {
    const { original, published, quasi, sensitive, hierarchies } = sight.evidence
    const found: PublishedFound[] = []
    for (const hidden of sensitive) {
      const known = [...quasi, ...sensitive.filter((name) => name !== hidden)]
      const narrowed = await candidatesOf(original, published, known, hierarchies, sight.turn)
      found.push({
        about: hidden,
        ...linked(await reachOf(sight, narrowed), published.rows),
        notes: ['The sensitive columns that are known were published as they are.'],
      })
    }
    return found
  },
}

/** Who knows half of the people, and which rows are theirs. */
export const knownPeople: PublishedAttack = {
  name: 'known-people',
  title: 'Linkage by who knows half of the rows already',
  standpoint: 'leak',
  needs: 'the quasi-identifiers of the people, and of every second person which row is theirs',
  source: 'ours: each row that is known to be somebody else’s leaves one less to choose from',
  obstacle: () => undefined,
  async find(sight) {
    const { original, published } = sight.evidence
    const reach = await reachOf(sight, sight.candidates)
    let [hits, alone] = [0, 0]
    // Of n rows each of the n − 1 others is known by the toss of a coin: the mean of 1 in what is left, exactly.
    reach.each((found, rows) => {
      hits += found * ((2 * (1 - 0.5 ** rows)) / rows)
      alone += found * 0.5 ** (rows - 1)
    })
    const half = Math.max(1, published.rows / 2)
    return [
      {
        known: Math.floor(original.rows / 2),
        metrics: [
          shareMetric('rank1', hits, reach.people, { chance: 1 / half }),
          shareMetric('singled', alone, reach.people, { chance: 0 }),
        ],
        notes: ['Which half is known is not drawn: the mean over all halves is worked out.'],
      },
    ]
  },
}

/** Who does not know that somebody is in the table, and has a list of many. */
export const listed: PublishedAttack = {
  name: 'linkage-with-list',
  title: 'Naming the owner of a row by a public list',
  standpoint: 'outsider',
  needs: 'a list of people with their quasi-identifiers, of whom some are in the table',
  source: 'El Emam (2013): the journalist’s risk; k-map bounds it',
  obstacle: ({ list, quasi }) =>
    list === undefined
      ? 'No public list was given.'
      : quasi.every((name) => list.columns.some((column) => column.name === name))
        ? undefined
        : 'The public list lacks a quasi-identifier.',
  async find(sight) {
    const { original, published, quasi, hierarchies, list } = sight.evidence
    const { classes, people, of, start } = sight.candidates
    const public_ = await candidatesOf(list!, published, quasi, hierarchies, sight.turn)
    const named = new Float64Array(classes.count)
    for (let k = 0; k < public_.people.count; k++)
      for (let at = public_.start[k]!; at < public_.start[k + 1]!; at++)
        named[public_.of[at]!]! += public_.people.sizes[k]!
    const onList = new Uint8Array(people.count)
    for (const kind of (await candidatesOf(list!, original, quasi, undefined, sight.turn)).of)
      onList[kind] = 1
    const own = await ownRows(sight, sight.candidates)
    let [hits, alone] = [0, 0]
    for (let k = 0; k < people.count; k++) {
      if (onList[k] === 0) continue
      for (let at = start[k]!; at < start[k + 1]!; at++) {
        const c = of[at]!
        const share = (own[k]! * people.sizes[k]! * classes.sizes[c]!) / sight.candidates.rows[k]!
        hits += share / named[c]!
        if (named[c] === 1) alone += share
      }
    }
    const chance = 1 / list!.rows
    return [
      {
        metrics: [
          shareMetric('rank1', hits, original.rows, { chance }),
          shareMetric('singled', alone, original.rows, { chance: 0 }),
        ],
        measures: [counted('people on the list', list!.rows)],
        notes: ['People who are not on the list are named by nobody.'],
      },
    ]
  },
}
