// Singling out: descriptions that fit exactly one synthetic row, and how many of them fit exactly one person.
// Source: Article 29 WP, Opinion 05/2014; Cohen and Nissim (PNAS 2020); Anonymeter (PoPETs 2023) for the two ways of guessing.
// A control of another size singles out otherwise: its count is carried over by the law of the descriptions' weights.

import type { Turn } from '../../../learn/pauses.ts'
import { type Random, seededStream } from '../../../random/seeded.ts'
import type { FeatureTable, SyntheticAttack, SyntheticSight } from './contract.ts'
import { residualMetric, type Tally } from './residual.ts'

/** One condition on a column, and several of them together. */
interface Condition {
  readonly column: number
  readonly sign: '=' | '≤' | '≥' | '≠'
  readonly value: number
}
type Description = readonly Condition[]

function fits({ features }: FeatureTable, row: number, description: Description): boolean {
  for (const { column, sign, value } of description) {
    const own = features[column]!.values[row]!
    const holds =
      sign === '≤'
        ? own <= value
        : sign === '≥'
          ? own >= value
          : (own === value || (Number.isNaN(own) && Number.isNaN(value))) === (sign === '=')
    if (!holds) return false
  }
  return true
}

/** How many descriptions are drawn, of what, with turns for others. */
interface Drawing {
  readonly attacks: number
  readonly source: Random
  readonly turn: Turn
}

/** How many rows fit; counting ends at `most`. */
function count(table: FeatureTable, description: Description, most: number): number {
  let found = 0
  for (let r = 0; r < table.rows && found < most; r++) if (fits(table, r, description)) found++
  return found
}

/** [descriptions] how many rows each fits. */
async function counts(
  table: FeatureTable,
  descriptions: readonly Description[],
  most: number,
  turn: Turn,
): Promise<number[]> {
  const found: number[] = []
  for (const description of descriptions) {
    await turn()
    found.push(count(table, description, most))
  }
  return found
}

/** Values that one synthetic row alone has, and the ends of numeric columns. */
function univariate(sight: SyntheticSight, { attacks, source }: Drawing): Description[] {
  const { synthetic } = sight
  const found = synthetic.features.flatMap(({ values, isNumber }, column): Description[] => {
    const counts = new Map<number, number>()
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
    const rare = Array.from(counts).filter(([, rows]) => rows === 1)
    const rares = rare.map(([value]): Description => [{ column, sign: '=', value }])
    if (!isNumber) return rares
    const [low, high] = [values.reduce((a, b) => (b < a ? b : a)), values.reduce((a, b) => (b > a ? b : a))]
    const ends: Description[] = [[{ column, sign: '≤', value: low }], [{ column, sign: '≥', value: high }]]
    return [...rares, ...ends.filter((end) => count(synthetic, end, 2) === 1)]
  })
  for (let left = found.length; left > 1; left--) {
    const pick = source.below(left)
    const last = found[left - 1]!
    found[left - 1] = found[pick]!
    found[pick] = last
  }
  return found.slice(0, attacks)
}

/** Rows that give fewer descriptions single few people out: then those that are missing count as failures. */
const fewest = 100

/** Attempts to find one description, at most, on average. */
const patience = 100

/** Random columns of random synthetic rows, numbers as “this or more extreme”. */
async function multivariate(
  sight: SyntheticSight,
  size: number,
  { attacks, source, turn }: Drawing,
): Promise<Description[]> {
  const { synthetic } = sight
  const middles = synthetic.features.map(({ values }) => {
    const sorted = values.filter((value) => !Number.isNaN(value)).sort()
    return sorted.length === 0 ? 0 : sorted[Math.floor(sorted.length / 2)]!
  })
  const found: Description[] = []
  const seen = new Set<string>()
  for (let tries = 0; tries < patience * attacks && found.length < attacks; tries++) {
    await turn()
    const row = source.below(synthetic.rows)
    const description = chosen(synthetic.features.length, size, source).map((column): Condition => {
      const { values, isNumber } = synthetic.features[column]!
      const value = values[row]!
      return {
        column,
        value,
        sign: !isNumber || Number.isNaN(value) ? '=' : value > middles[column]! ? '≥' : '≤',
      }
    })
    const key = JSON.stringify(description)
    if (seen.has(key) || count(synthetic, description, 2) !== 1) continue
    seen.add(key)
    found.push(description)
  }
  return found
}

/** So many different columns, rising. */
function chosen(columns: number, size: number, source: Random): number[] {
  const left = Array.from({ length: columns }, (_, c) => c)
  return Array.from({ length: size }, () => left.splice(source.below(left.length), 1)[0]!).sort(
    (a, b) => a - b,
  )
}

/** Random conditions on values that occur. */
function random({ synthetic }: SyntheticSight, size: number, attacks: number, source: Random): Description[] {
  const signs = ['=', '≠', '≤', '≥'] as const
  return Array.from({ length: attacks }, () =>
    chosen(synthetic.features.length, size, source).map((column): Condition => {
      const { values, isNumber } = synthetic.features[column]!
      return {
        column,
        value: values[source.below(values.length)]!,
        sign: signs[source.below(isNumber ? 4 : 2)]!,
      }
    }),
  )
}

function singling(name: string, title: string, size: number, describe: typeof multivariate): SyntheticAttack {
  return {
    name,
    title,
    standpoint: 'blind',
    needs: 'the synthetic rows',
    source: 'Article 29 WP, Opinion 05/2014; Giomi and others (PoPETs 2023)',
    obstacle: ({ synthetic }) =>
      synthetic.features.length < size ? `The rows have fewer than ${size} columns.` : undefined,
    async find(sight, { seed, attacks, turn }) {
      const source = seededStream(seed, name)
      const descriptions = await describe(sight, size, { attacks, source, turn })
      const attempts = Math.max(Math.min(attacks, fewest), descriptions.length)
      const single = async (table: FeatureTable, of: readonly Description[]) =>
        (await counts(table, of, 2, turn)).filter((rows) => rows === 1).length
      const { original, control } = sight
      const main: Tally = { hits: await single(original, descriptions), attempts }
      const guesses = random(sight, size, attempts, source)
      return [
        {
          ...residualMetric('singled', {
            main,
            control: {
              hits: carriedOver(
                await counts(control, descriptions, Number.POSITIVE_INFINITY, turn),
                control.rows,
                original.rows,
              ),
              attempts,
            },
            baseline: { hits: await single(original, guesses), attempts },
          }),
          rows: original.rows,
          notes: [
            `${descriptions.length} of ${attacks} descriptions that were asked for fit exactly one synthetic row.${descriptions.length < attempts ? ` Those that are missing from ${attempts} count as failures.` : ''}`,
            ...(control.rows === original.rows
              ? []
              : [
                  'The control has another number of rows: how many descriptions single out among as many as were used is worked out from it.',
                ]),
          ],
        },
      ]
    },
  }
}

/**
 * How many descriptions would single somebody out among so many rows of the control's population.
 * @param counts [descriptions] rows of the control that each fits, of how many
 */
function carriedOver(counts: readonly number[], of: number, rows: number): number {
  const now = counts.reduce((sum, c) => sum + Number(c === 1), 0)
  if (rows === of || now === 0) return now
  // In a part of s rows out of m, one that fits c of m fits exactly one with a chance of c·C(m − c, s − 1) / C(m, s).
  const sizes = Array.from({ length: 10 }, (_, i) => Math.round(of * (0.1 + 0.1 * i))).filter((s) => s >= 1)
  const expected = sizes.map((size) => counts.reduce((sum, c) => sum + aloneIn(size, c, of), 0))
  return Math.min(counts.length, now * growth(sizes, expected, of, rows))
}

function aloneIn(size: number, fitting: number, rows: number): number {
  if (fitting === 0) return 0
  let chance = (fitting * size) / rows
  for (let i = 1; i < fitting; i++) chance *= Math.max(0, rows - size - i + 1) / (rows - i)
  return chance
}

/** The law of Cohen and Nissim with weights spread evenly up to one limit, fitted to parts of the control. */
function growth(sizes: readonly number[], expected: readonly number[], from: number, to: number): number {
  const law = (n: number, w: number) => (1 - (n * w + 1) * (1 - w) ** n) / (n + 1)
  let [best, least] = [1, Number.POSITIVE_INFINITY]
  for (let step = 0; step <= 400; step++) {
    const w = 10 ** (-8 + (8 * step) / 400) * (1 - 1e-9)
    const shape = sizes.map((n) => law(n, w))
    const scale =
      shape.reduce((sum, s, i) => sum + s * expected[i]!, 0) / shape.reduce((sum, s) => sum + s * s, 0)
    const error = shape.reduce((sum, s, i) => sum + (scale * s - expected[i]!) ** 2, 0)
    if (error < least) [best, least] = [law(to, w) / law(from, w), error]
  }
  return best
}

/** What one column tells. */
export const singlingByOne = singling(
  'singling-out-univariate',
  'Singling out by one column',
  1,
  async (sight, _, drawing) => univariate(sight, drawing),
)

/** What three columns tell, and five. */
export const singlingByThree = singling('singling-out-3', 'Singling out by three columns', 3, multivariate)
export const singlingByFive = singling('singling-out-5', 'Singling out by five columns', 5, multivariate)
