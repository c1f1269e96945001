// Whole copies: people unlike everybody else whose row, all of it or all but one column, is among the synthetic ones.
// Source: ours, after the distance to the closest record; see Yao and others, "The DCR delusion" (2025), on what averages of it miss.
// How unlike everybody a person must be is chosen by what the control gets. Copies of people who are like others are not seen here.

import type { Turn } from '../../../learn/pauses.ts'
import { seededStream } from '../../../random/seeded.ts'
import type { FeatureTable, SyntheticAttack, SyntheticSight } from './contract.ts'
import { drawRows } from './neighbours.ts'
import { residualMetric, residualRisk, type Tally } from './residual.ts'

/** Numbers are as good as the same within this share of the range that has all but the outermost hundredths. */
const tolerance = 0.005
/** Fewer people who are unlike others are taken for so many: those who are missing count as failures. */
const fewest = 400
/** Of the control beside itself: the most that is doubt. */
const mostDoubt = 0.0075
/** Columns that people may differ in and be told from more, at most. */
const farthest = 5

/** In how many columns at least a person differs: by numbers as they are, and by numbers within the tolerance. */
interface Difference {
  readonly exact: number
  readonly near: number
}

/** A person that is asked about. */
interface Target {
  /** From the nearest synthetic row, and from the nearest other person. */
  readonly copy: Difference
  readonly others: Difference
}

/** The fewest columns in which a row differs from rows of a table; counting ends at the farthest. @param self a row to leave out */
function leastDifference(
  own: readonly number[],
  table: FeatureTable,
  reach: readonly number[],
  self: number,
): Difference {
  let [exact, near] = [farthest, farthest]
  const { features } = table
  for (let r = 0; r < table.rows && (exact > 0 || near > 0); r++) {
    if (r === self) continue
    let [differing, far] = [0, 0]
    for (let c = 0; c < own.length && (differing < exact || far < near); c++) {
      const [a, b] = [own[c]!, features[c]!.values[r]!]
      if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
      differing++
      if (!(Math.abs(a - b) <= reach[c]!)) far++
    }
    if (differing < exact) exact = differing
    if (far < near) near = far
  }
  return { exact, near }
}

/** [features] how far apart numbers count as the same; −1 for texts. */
function reachesOf({ original }: SyntheticSight): number[] {
  return original.features.map(({ values, isNumber }) => {
    if (!isNumber) return -1
    const sorted = values.filter((value) => !Number.isNaN(value)).sort()
    if (sorted.length === 0) return 0
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]!
    return tolerance * (at(0.99) - at(0.01))
  })
}

async function targetsOf(
  sight: SyntheticSight,
  which: 'original' | 'control',
  rows: Int32Array,
  { reach, turn }: { readonly reach: readonly number[]; readonly turn: Turn },
): Promise<Target[]> {
  const found: Target[] = []
  for (const row of rows) {
    await turn()
    const own = sight[which].features.map(({ values }) => values[row]!)
    const least = (table: FeatureTable, self: number) => leastDifference(own, table, reach, self)
    const [here, there] = [
      least(sight.original, which === 'original' ? row : -1),
      least(sight.control, which === 'control' ? row : -1),
    ]
    found.push({
      copy: least(sight.synthetic, -1),
      others: { exact: Math.min(here.exact, there.exact), near: Math.min(here.near, there.near) },
    })
  }
  return found
}

/** Who counts: by which numbers, what is a copy, and in how many columns others must differ. */
interface Measure {
  readonly by: keyof Difference
  /** Columns that a copy may differ in. */
  readonly allowed: number
  readonly apart: number
}

const unlikeOthers = (targets: readonly Target[], { by, apart }: Measure): readonly Target[] =>
  targets.filter(({ others }) => others[by] >= apart)

function tally(targets: readonly Target[], measure: Measure): Tally {
  const alone = unlikeOthers(targets, measure)
  const hits = alone.filter(({ copy }) => copy[measure.by] <= measure.allowed).length
  return { hits, attempts: Math.max(alone.length, Math.min(targets.length, fewest)) }
}

/**
 * The measure that looks for most people, up to as many as are enough, without more doubt than the control may leave; of several the one
 * that takes most for a copy.
 */
function chosen(control: readonly Target[], columns: number): Measure {
  const families = (columns < 4 ? [0] : [1, 0]).flatMap((allowed) =>
    (['near', 'exact'] as const).map((by) => ({ by, allowed })),
  )
  const tried = families.flatMap(({ by, allowed }) =>
    Array.from({ length: farthest - allowed }, (_, i) => {
      const measure: Measure = { by, allowed, apart: allowed + 1 + i }
      const strangers = tally(control, measure)
      const alone = unlikeOthers(control, measure).length
      return {
        measure,
        doubt: residualRisk(strangers, strangers).interval[1],
        enough: Math.min(alone, fewest),
      }
    }),
  )
  const least = tried.reduce((a, b) => (b.doubt < a.doubt ? b : a))
  const able = tried.filter(({ doubt }) => doubt <= Math.max(mostDoubt, least.doubt))
  return able.reduce((a, b) => (b.enough > a.enough ? b : a)).measure
}

/** Looks for people in the synthetic rows. */
export const wholeCopies: SyntheticAttack = {
  name: 'whole-copies',
  title: 'Copies of people who are unlike all others',
  standpoint: 'blind',
  needs: 'the synthetic rows; who recognises a person in them needs to know that person',
  source: 'ours: rows that are nearer to one person than to anybody else',
  obstacle: () => undefined,
  async find(sight, { seed, attacks, turn }) {
    const source = seededStream(seed, 'whole copies')
    const settings = { reach: reachesOf(sight), turn }
    const targets = async (which: 'original' | 'control') =>
      targetsOf(sight, which, drawRows(sight[which].rows, attacks, source.below), settings)
    const [original, control] = [await targets('original'), await targets('control')]
    const measure = chosen(control, sight.synthetic.features.length)
    const main = tally(original, measure)
    const alone = unlikeOthers(original, measure).length
    if (alone === 0) return []
    return [
      {
        ...residualMetric('copied', {
          main,
          control: tally(control, measure),
          baseline: { hits: 0, attempts: main.attempts },
        }),
        rows: main.attempts,
        notes: [
          `Looked for were ${alone} of ${original.length} people who differ from everybody else in ${measure.apart} columns or more${alone < main.attempts ? `; as many as are missing from ${main.attempts} count as failures` : ''}.`,
          `Found is who differs from a synthetic row in ${measure.allowed === 0 ? 'none' : 'one at most'}${measure.by === 'near' ? `; numbers count as the same within ${100 * tolerance}% of their range` : ''}.`,
        ],
      },
    ]
  },
}
