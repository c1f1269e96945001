// Attacks on cells: from what an adversary holds to guesses of unseen rows, and how the guesses are judged.
// Source: docs/architecture.md#the-audit (R², error a column, share of cells within 1% and 5% of range, two baselines).
// Constant attributes are left out of every number: they are no secret.

import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { meanInterval, ratioInterval } from '../../statistics/bootstrap.ts'
import { percent } from '../../statistics/figures.ts'
import { mean } from '../../statistics/moments.ts'
import type { AttackOptions, AttributeFinding, CellFinding, Finding, Metric } from '../finding.ts'
import { type Attack, triesToGuess } from './attack.ts'
import { likeliest } from './attacks/quantiles.ts'
import { correlationOf } from './correlation.ts'
import {
  type Attribute,
  type Evidence,
  pick,
  type Split,
  type View,
  varies,
  viewOf,
  withBackground,
} from './evidence.ts'
import { explainedMetric, shareMetric, worstTenth } from './exposure.ts'
import { framed } from './frame.ts'
import { guessFromOthers } from './others.ts'

/** What an adversary believes of the unseen rows: one array a feature, in the evidence's order. */
export interface Guess {
  readonly features: readonly Float64Array[]
  /** Columns that a blind adversary separated before it named them: judged by their correlation with the attributes. */
  readonly components?: readonly Float64Array[] | undefined
  readonly notes?: readonly string[] | undefined
}

/** An attack on cells: `recover` never sees the truth. */
export interface RecoverySpec extends Omit<Attack, 'run' | 'applies' | 'aim'> {
  /** Whether it can work on this evidence; on any if absent. */
  applies?(evidence: Evidence): boolean
  /**
   * Whose raw rows the adversary has beyond known pairs. `strangers`: of other people of the same population, as from a
   * public data set; `crowd`: of people in the release, without knowing which rows are theirs. Half of the rows that it
   * does not know in pairs go to its view's `background`, and it is judged on the other half. `listed`: as `crowd`, but
   * judged on all rows that it does not know in pairs, as attacks without a list are; those of the list are among them.
   */
  readonly background?: 'strangers' | 'crowd' | 'listed' | undefined
  /** Guesses cells from a view; it never sees the truth. */
  recover(view: View, options: AttackOptions): Guess | Promise<Guess>
}

/** Makes an attack of a way to guess cells: splits the rows, judges the guesses. */
export function recoveryAttack(spec: RecoverySpec): Attack {
  const { recover, applies = () => true, background, ...rest } = spec
  const asked = ({ attributes }: Pick<Evidence, 'attributes'>) =>
    attributes.filter((attribute) => varies(attribute) && triesToGuess(spec, attribute))
  return Object.freeze<Attack>({
    ...rest,
    aim: 'cells',
    applies: (evidence) => (!spec.guesses || asked(evidence).length > 0) && applies(evidence),
    whyNot(evidence) {
      if (!spec.guesses || asked(evidence).length > 0) return spec.whyNot?.(evidence)
      return `It guesses ${spec.guesses.map((kind) => kinds[kind]).join(' and ')} alone, and this table has none that vary.`
    },
    run: framed(spec, async (evidence, whole, options) => {
      const split = background ? withBackground(whole, background, options.seed) : whole
      const view = viewOf(evidence, split)
      const judgedOf = asked(evidence)
      const { features, components, notes = [] } = await recover(view, options)
      const truth = pick(evidence.features, split.unseen)
      const judged = judge(view, truth, features, split.unseen, options.seed, judgedOf)
      const correlated =
        components && correlationOf(numericOf(judgedOf, truth), components, view.unseen, options.seed)
      const remarks =
        background === 'listed'
          ? [...notes, ofTheRest(view, truth, features, split, options.seed, judgedOf)]
          : notes
      return {
        rows: split.unseen.length,
        ...judged,
        metrics: [...judged.metrics, ...(correlated ? [correlated] : [])],
        notes: remarks,
      }
    }),
  })
}

const kinds: Readonly<Record<Attribute['kind'], string>> = { numeric: 'numbers', categorical: 'categories' }

/** What an attack with a list gets of those who are not on it. */
function ofTheRest(
  view: View,
  truth: readonly Float64Array[],
  guesses: readonly Float64Array[],
  { unseen, background }: Split,
  seed: number,
  asked: readonly Attribute[],
): string {
  const listed = new Set(background)
  const rest = Int32Array.from(unseen, (_, i) => i).filter((i) => !listed.has(unseen[i]!))
  const { metrics } = judge(view, pick(truth, rest), pick(guesses, rest), rest, seed, asked)
  const said = metrics.map(({ name, value }) => `${percent(value)} (${name})`)
  return `Raw rows of ${listed.size} of the ${unseen.length} people asked about were had, without knowing whose is whose. Of the others alone it got ${said.join(', ')}.`
}

function numericOf(attributes: readonly Attribute[], features: readonly Float64Array[]): Float64Array[] {
  return attributes.filter((a) => a.kind === 'numeric').map((a) => features[a.feature]!)
}

/** Errors of guesses at one attribute, relative to its range; a category is hit (0) or missed (1). */
interface Errors {
  readonly attribute: Attribute
  readonly guess: Float64Array
  /** Of the guess as it counts for hits: rounded to the values that there are, where these are few. */
  readonly rounded: Float64Array
  /** Of the mean, or the most frequent category. */
  readonly chance: Float64Array
  /** Of the one value that most often is right within a tolerance. */
  likeliest(tolerance: number): Float64Array
  readonly baseline: Float64Array | undefined
  readonly roundedBaseline: Float64Array | undefined
  /** Of the rounded guess at another row, `order[r]`, taken for row r's. */
  elsewhere(order: Int32Array): Float64Array
}

const exposed = 20

/** How often guesses are given to other people, to see what luck gets. */
const luckyDraws = 4

/**
 * Judges guesses of features.
 * @param rows number of each unseen row in the audited table.
 * @param asked attributes that are judged.
 */
export function judge(
  view: View,
  truth: readonly Float64Array[],
  guesses: readonly Float64Array[],
  rows: Int32Array,
  seed: number,
  asked: readonly Attribute[] = view.attributes,
): Pick<Finding, 'metrics' | 'attributes' | 'people' | 'cells'> {
  const { known, attributes } = view
  const prior = known.original[0]?.length ? known.original : view.marginals
  const fromOthers =
    (known.original[0]?.length ?? 0) >= 2 && attributes.length > 1
      ? guessFromOthers(
          known.original,
          truth,
          attributes.map((a) => ({ first: a.feature, count: width(a) })),
        )
      : undefined
  const errors = asked.filter(varies).map((attribute): Errors => {
    const columnsOf = (columns: readonly Float64Array[]) =>
      columns.slice(attribute.feature, attribute.feature + width(attribute))
    const flat = columnsOf(prior).map((column) => new Float64Array(rows.length).fill(mean(column)))
    return {
      attribute,
      guess: errorsOf(attribute, columnsOf(truth), columnsOf(guesses), flat),
      rounded: errorsOf(
        attribute,
        columnsOf(truth),
        rounded(attribute, columnsOf(guesses), columnsOf(prior)),
        flat,
      ),
      chance: errorsOf(attribute, columnsOf(truth), flat, flat),
      likeliest(tolerance) {
        if (attribute.kind === 'categorical') return this.chance
        const one = likeliest(
          columnsOf(prior)[0]!.toSorted(),
          tolerance * (attribute.maximum - attribute.minimum),
        )
        return errorsOf(attribute, columnsOf(truth), [new Float64Array(rows.length).fill(one)], flat)
      },
      baseline: fromOthers && errorsOf(attribute, columnsOf(truth), columnsOf(fromOthers), flat),
      roundedBaseline:
        fromOthers &&
        errorsOf(
          attribute,
          columnsOf(truth),
          rounded(attribute, columnsOf(fromOthers), columnsOf(prior)),
          flat,
        ),
      elsewhere: (order) =>
        errorsOf(
          attribute,
          columnsOf(truth),
          rounded(attribute, pick(columnsOf(guesses), order), columnsOf(prior)),
          flat,
        ),
    }
  })
  const share = (name: 'cells5' | 'cells1', tolerance: number): Metric => {
    const hits = (found: readonly Float64Array[]) =>
      perRow(rows.length, errors, (e, r, i) => (hit(e.attribute, found[i]![r]!, tolerance) ? 1 : 0))
    const values = hits(errors.map((e) => e.rounded))
    return {
      name,
      value: mean(values),
      interval: meanInterval(values, seed),
      chance: mean(hits(errors.map((e) => e.likeliest(tolerance)))),
      baseline: hasBaseline(errors) ? mean(hits(errors.map((e) => e.roundedBaseline!))) : undefined,
    }
  }
  const random = seededStream(seed, 'guesses of others')
  const elsewhere = Array.from({ length: luckyDraws }, () => shuffle(upTo(rows.length), random)).map(
    (order) => errors.map((e) => e.elsewhere(order)),
  )
  const tenth = (name: 'cells5' | 'cells1', tolerance: number): Metric => {
    const count = (found: readonly Float64Array[]) =>
      Int32Array.from(rows, (_, r) =>
        errors.reduce((n, { attribute }, i) => n + Number(hit(attribute, found[i]![r]!, tolerance)), 0),
      )
    const found = {
      hits: count(errors.map((e) => e.rounded)),
      guessed: count(errors.map((e) => e.likeliest(tolerance))),
      elsewhere: elsewhere.map(count),
    }
    return worstTenth(name, found, errors.length, seed)
  }
  return {
    metrics: [share('cells5', 0.05), share('cells1', 0.01), explainedOf(errors, rows.length, seed)],
    attributes: errors.map(attributeFinding),
    people: errors.length === 0 ? [] : [tenth('cells5', 0.05), tenth('cells1', 0.01)],
    cells: mostExposed(errors, rows),
  }
}

function explainedOf(errors: readonly Errors[], rows: number, seed: number): Metric {
  // Each attribute's squares relative to what chance leaves of it: the mean over attributes of 1 - Σ/Σ.
  const spread = errors.map((e) => e.chance.reduce((sum, x) => sum + x * x, 0) || 1)
  const squares = (which: 'guess' | 'chance' | 'baseline') =>
    perRow(rows, errors, (e, r, i) => e[which]![r]! ** 2 / spread[i]!)
  const below = squares('chance')
  const base = mean(below)
  const above = squares('guess')
  const [low, high] = ratioInterval(above, below, seed)
  return {
    name: 'explained',
    value: 1 - mean(above) / base,
    interval: [1 - high, 1 - low],
    chance: 0,
    baseline: hasBaseline(errors) ? 1 - mean(squares('baseline')) / base : undefined,
  }
}

function attributeFinding(errors: Errors): AttributeFinding {
  const { attribute, guess, chance, baseline } = errors
  const total = (values: Float64Array) => values.reduce((sum, x) => sum + x * x, 0)
  const hits = (found: Float64Array, tolerance: number) =>
    Uint8Array.from(found, (x) => Number(hit(attribute, x, tolerance)))
  const share = (name: 'cells5' | 'cells1', tolerance: number) =>
    shareMetric(
      name,
      hits(errors.rounded, tolerance),
      hits(errors.likeliest(tolerance), tolerance),
      errors.roundedBaseline && hits(errors.roundedBaseline, tolerance),
    )
  const squares = (found: Float64Array) => found.map((x) => x * x)
  const within = (tolerance: number) =>
    errors.rounded.reduce((n, x) => n + (hit(attribute, x, tolerance) ? 1 : 0), 0) / guess.length
  const sorted = guess.toSorted()
  return {
    name: attribute.name,
    explained: total(chance) > 0 ? 1 - total(guess) / total(chance) : 0,
    within1: within(0.01),
    within5: within(0.05),
    medianError: attribute.kind === 'numeric' ? sorted[Math.floor((sorted.length - 1) / 2)]! : mean(guess),
    largestError: sorted.at(-1)!,
    metrics: [
      share('cells5', 0.05),
      share('cells1', 0.01),
      explainedMetric(squares(guess), squares(chance), baseline && squares(baseline)),
    ],
  }
}

function mostExposed(errors: readonly Errors[], rows: Int32Array): CellFinding[] {
  const cells = errors.flatMap(({ attribute, guess, chance }) =>
    Array.from(guess, (error, r) => ({
      row: rows[r]!,
      attribute: attribute.name,
      error,
      chanceError: chance[r]!,
    })),
  )
  return cells
    .sort((a, b) => b.chanceError - b.error - (a.chanceError - a.error))
    .slice(0, exposed)
    .filter((cell) => cell.error < cell.chanceError)
}

function perRow(
  rows: number,
  errors: readonly Errors[],
  value: (e: Errors, row: number, index: number) => number,
): Float64Array {
  return Float64Array.from(
    { length: rows },
    (_, r) => errors.reduce((sum, e, i) => sum + value(e, r, i), 0) / Math.max(errors.length, 1),
  )
}

function errorsOf(
  attribute: Attribute,
  truth: readonly Float64Array[],
  guess: readonly Float64Array[],
  fallback: readonly Float64Array[],
): Float64Array {
  if (attribute.kind === 'categorical') {
    return Float64Array.from(truth[0]!, (_, r) => (largestOf(guess, r) === largestOf(truth, r) ? 0 : 1))
  }
  const { minimum, maximum } = attribute
  return Float64Array.from(truth[0]!, (x, r) => {
    const guessed = guess[0]![r]!
    // Any adversary would replace what is no number, and move what lies outside the range to its end.
    const y = Number.isFinite(guessed) ? Math.min(maximum, Math.max(minimum, guessed)) : fallback[0]![r]!
    return Math.abs(y - x) / (maximum - minimum)
  })
}

/** Values that a column has at most for guesses to be rounded to them. */
const mostValues = 20

/**
 * Any adversary would round a guess at a number of few values, such as 1 and 2 for a sex, to the nearest of them: where
 * each value that it knows occurs twice or more, it takes them for all that there are.
 */
function rounded(
  attribute: Attribute,
  guess: readonly Float64Array[],
  prior: readonly Float64Array[],
): readonly Float64Array[] {
  if (attribute.kind === 'categorical') return guess
  const counts = new Map<number, number>()
  for (const x of prior[0]!) counts.set(x, (counts.get(x) ?? 0) + 1)
  const values = [...counts.keys()]
  if (values.length < 2 || values.length > mostValues || Math.min(...counts.values()) < 2) return guess
  return [
    guess[0]!.map((x) =>
      Number.isFinite(x) ? values.reduce((a, b) => (Math.abs(b - x) < Math.abs(a - x) ? b : a)) : x,
    ),
  ]
}

function largestOf(columns: readonly Float64Array[], row: number): number {
  let best = 0
  for (let c = 1; c < columns.length; c++) if (columns[c]![row]! > columns[best]![row]!) best = c
  return best
}

function hit(attribute: Attribute, error: number, tolerance: number): boolean {
  return attribute.kind === 'categorical' ? error === 0 : error <= tolerance
}

function hasBaseline(errors: readonly Errors[]): boolean {
  return errors.length > 0 && errors.every((e) => e.baseline)
}

function width(attribute: Attribute): number {
  return attribute.kind === 'numeric' ? 1 : attribute.categories
}
