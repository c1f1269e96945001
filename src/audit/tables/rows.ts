// Attacks on rows: whose protected row is whose, asked of an adversary who has raw rows of some of the people.
// Source: re-identification rates as in record linkage, Winkler (2004); docs/architecture.md#the-audit (linkage).
// Each person asked about has one protected row; ties count as resolved at random.

import type { Scheme } from '../../protect/index.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import type { AttackOptions } from '../finding.ts'
import { rankMetrics } from '../ranks.ts'
import type { Attack } from './attack.ts'
import { type Attribute, type Evidence, pick, pickCodes, pickNumbers } from './evidence.ts'
import { framed } from './frame.ts'

/** The most people, and the most protected rows, that are compared: the work grows with their product. */
const mostPeople = 500
const mostRows = 1000

/** What the adversary holds. Columns are in the evidence's order. */
export interface RowView {
  readonly scheme: Scheme
  readonly attributes: readonly Attribute[]
  /** Original features of the people asked about, in an order that says nothing. */
  readonly people: readonly Float64Array[]
  /** Protected columns: the people's rows first, in another order, then rows of others. */
  readonly released: readonly Float64Array[]
  /** Original features and protected columns of the known rows; empty arrays for a blind adversary. */
  readonly known: { readonly original: readonly Float64Array[]; readonly released: readonly Float64Array[] }
  /** Labels in the same orders, of a table that has them. */
  readonly classes?: (RowLabels<Int32Array> & { readonly count: number }) | undefined
  readonly target?: RowLabels<Float64Array> | undefined
  /** All labels of a release that has several; `classes` and `target` are absent then. */
  readonly labelColumns?: readonly Pick<RowView, 'classes' | 'target'>[] | undefined
}

/** A label column: the truth of the people and of the known rows, and what left of all rows. */
export interface RowLabels<Values> {
  readonly people: Values
  readonly released: Values
  readonly known: { readonly original: Values; readonly released: Values }
}

/** How unlike protected rows and people are, `[row, person]`, row-major: for at least as many rows as people. */
export type Dissimilarities = Float64Array

export interface RowSpec extends Omit<Attack, 'run' | 'applies' | 'aim'> {
  applies?(evidence: Evidence): boolean
  match(view: RowView, options: AttackOptions): Dissimilarities
}

/** Makes an attack of a way to compare protected rows with people. Half of the rows that it does not know are people's. */
export function rowAttack(spec: RowSpec): Attack {
  const { match, applies = () => true, ...rest } = spec
  return Object.freeze<Attack>({
    ...rest,
    aim: 'rows',
    applies,
    run: framed(spec, (evidence, split, options) => {
      const rows = shuffle(split.unseen.slice(), seededStream(options.seed, 'linked rows')).slice(0, mostRows)
      const count = Math.min(mostPeople, Math.max(1, rows.length >> 1))
      // Person p's protected row is row `place[p]` of the view.
      const place = shuffle(upTo(count), seededStream(options.seed, 'people'))
      const people = place.map((r) => rows[r]!)
      const dissimilarities = match(
        {
          scheme: evidence.scheme,
          attributes: evidence.attributes,
          people: pick(evidence.features, people),
          released: pick(evidence.released, rows),
          known: {
            original: pick(evidence.features, split.known),
            released: pick(evidence.released, split.known),
          },
          ...labelsOf(evidence, { people, rows, known: split.known }),
          ...(evidence.labelColumns
            ? {
                labelColumns: evidence.labelColumns.map((label) =>
                  labelsOf(label, { people, rows, known: split.known }),
                ),
              }
            : {}),
        },
        options,
      )
      return {
        rows: count,
        metrics: rankMetrics(
          dissimilarities,
          Array.from(place, (row, person) => [row, person] as const),
          count,
          options.seed,
        ),
        notes: [
          `Raw rows of ${count} people are known; their protected rows are among ${rows.length}. Each is matched to one of the ${count}.`,
        ],
      }
    }),
  })
}

function labelsOf(
  { labels, target }: Pick<Evidence, 'labels' | 'target'>,
  {
    people,
    rows,
    known,
  }: { readonly people: Int32Array; readonly rows: Int32Array; readonly known: Int32Array },
): Pick<RowView, 'classes' | 'target'> {
  const view = <Values>(
    original: Values,
    released: Values,
    take: (from: Values, rows: Int32Array) => Values,
  ): RowLabels<Values> => ({
    people: take(original, people),
    released: take(released, rows),
    known: { original: take(original, known), released: take(released, known) },
  })
  return {
    classes: labels
      ? { count: labels.classes, ...view(labels.original, labels.released, pickCodes) }
      : undefined,
    target: target ? view(target.original, target.released, pickNumbers) : undefined,
  }
}
