// Inference: a column of a person by all the others, from the nearest synthetic row, or from a classifier learned on synthetic rows.
// Source: Article 29 WP, Opinion 05/2014; Anonymeter (PoPETs 2023) for the nearest row; naive Bayes is ours.
// What is inferred of strangers as well is what the rows are for: only what lies beyond is counted.

import { seededStream } from '../../../random/seeded.ts'
import type { PublishedFound } from '../contract.ts'
import { naiveBayes } from '../strangers.ts'
import { binned } from './bins.ts'
import type { FeatureTable, SyntheticAttack, SyntheticSight } from './contract.ts'
import { distanceIn, drawRows } from './neighbours.ts'
import { namedMetric, residualMetric, type Tally } from './residual.ts'

/** How near a guess of a number must be, as a share of the guess. */
const tolerance = 0.05

function isRight(guess: number, truth: number, isNumber: boolean): boolean {
  if (Number.isNaN(guess) || Number.isNaN(truth)) return Number.isNaN(guess) && Number.isNaN(truth)
  return isNumber ? Math.abs(guess - truth) <= tolerance * Math.abs(guess) : guess === truth
}

type Tallies = Parameters<typeof residualMetric>[1]

/** The residual risk, and how often the column is named: of the latter a rule can say ten points above what strangers give. */
function inferred(tallies: Tallies): Pick<PublishedFound, 'metrics' | 'measures'> {
  const { metrics, measures } = residualMetric('inferred', tallies)
  return { metrics: [...metrics, namedMetric(tallies)], measures }
}

/** By the nearest synthetic row in all other columns. */
export const inferenceByNearest: SyntheticAttack = {
  name: 'inference-nearest',
  title: 'A column by the nearest synthetic row',
  standpoint: 'outsider',
  needs: 'what people are in all columns but one',
  source: 'Article 29 WP, Opinion 05/2014; Giomi and others (PoPETs 2023)',
  obstacle: ({ synthetic }) => (synthetic.features.length < 2 ? 'The rows have one column.' : undefined),
  async find(sight, { seed, attacks, turn }) {
    const { original, control, synthetic } = sight
    const source = seededStream(seed, 'inference')
    const { features } = synthetic
    const rights = async (table: FeatureTable) => {
      const targets = drawRows(table.rows, attacks, source.below)
      const hits = new Float64Array(features.length)
      for (const row of targets) {
        await turn()
        nearestWithout(sight, table, row).forEach((near, c) => {
          const { values, isNumber } = features[c]!
          if (isRight(values[near]!, table.features[c]!.values[row]!, isNumber)) hits[c]!++
        })
      }
      return { hits, targets }
    }
    const [main, strangers] = [await rights(original), await rights(control)]
    return features.map(({ name, values, isNumber }, c) => {
      let luck = 0
      for (const row of main.targets)
        if (isRight(values[source.below(values.length)]!, original.features[c]!.values[row]!, isNumber))
          luck++
      const tally = (hits: number, { length }: Int32Array): Tally => ({ hits, attempts: length })
      return {
        about: name,
        ...inferred({
          main: tally(main.hits[c]!, main.targets),
          control: tally(strangers.hits[c]!, strangers.targets),
          baseline: tally(luck, main.targets),
        }),
        rows: main.targets.length,
        notes: isNumber ? ['A number is right within 5% of the guess.'] : [],
      }
    })
  },
}

/** [features] the synthetic row that is nearest in all columns but that one. */
function nearestWithout({ synthetic, ranges }: SyntheticSight, table: FeatureTable, row: number): Int32Array {
  const count = synthetic.features.length
  const nearest = new Int32Array(count)
  const least = new Float64Array(count).fill(Number.POSITIVE_INFINITY)
  const own = table.features.map(({ values }) => values[row]!)
  const apart = new Float64Array(count)
  let most = Number.POSITIVE_INFINITY
  for (let r = 0; r < synthetic.rows; r++) {
    let all = 0
    for (let c = 0; c < count && all < most; c++) {
      const { values, isNumber } = synthetic.features[c]!
      apart[c] = distanceIn(own[c]!, values[r]!, isNumber, ranges[c]!)
      all += apart[c]!
    }
    // One column less is nearer by 1 at most.
    if (all >= most) continue
    let farthest = 0
    for (let c = 0; c < count; c++) {
      if (all - apart[c]! < least[c]!) {
        least[c] = all - apart[c]!
        nearest[c] = r
      }
      farthest = Math.max(farthest, least[c]!)
    }
    most = farthest + 1
  }
  return nearest
}

/** By naive Bayes on synthetic rows. */
export const inferenceByClassifier: SyntheticAttack = {
  name: 'inference-classifier',
  title: 'A column by a classifier learned on the synthetic rows',
  standpoint: 'outsider',
  needs: 'what people are in all columns but one',
  source: 'ours: naive Bayes, numbers in sixteenths',
  obstacle: ({ synthetic }) =>
    synthetic.features.length < 2
      ? 'The rows have one column.'
      : synthetic.features.every(({ isNumber }) => isNumber)
        ? 'Every column is a number.'
        : undefined,
  async find(sight, { seed, attacks, turn }) {
    const source = seededStream(seed, 'inference by a classifier')
    const { synthetic, original, control } = binned(sight)
    const learned = synthetic[0]!.codes.length
    const draws = [original, control].map((table) => drawRows(table[0]!.codes.length, attacks, source.below))
    const found: (PublishedFound & { readonly rows: number })[] = []
    for (const [c, hidden] of synthetic.entries()) {
      if (sight.synthetic.features[c]!.isNumber) continue
      const others = synthetic.flatMap((column, o) => (o === c ? [] : [{ ...column, place: o }]))
      const tallies: Tally[] = []
      for (const [t, table] of [original, control].entries()) {
        await turn()
        const targets = draws[t]!
        // Synthetic rows to learn from, then the people: one run of codes, as the classifier reads rows of one table.
        const columns = others.map(({ name, values, codes, place }) => {
          const joined = new Uint32Array(learned + targets.length)
          joined.set(codes)
          targets.forEach((row, i) => {
            joined[learned + i] = table[place]!.codes[row]!
          })
          return { name, values, codes: joined }
        })
        const answer = naiveBayes(columns, hidden.codes, hidden.values.length, (row) => row < learned)
        let hits = 0
        targets.forEach((row, i) => {
          if (answer(learned + i) === table[c]!.codes[row]) hits++
        })
        tallies.push({ hits, attempts: targets.length })
      }
      let luck = 0
      for (const row of draws[0]!)
        if (hidden.codes[source.below(hidden.codes.length)] === original[c]!.codes[row]) luck++
      const [main, strangers] = tallies as [Tally, Tally]
      found.push({
        about: hidden.name,
        ...inferred({ main, control: strangers, baseline: { hits: luck, attempts: main.attempts } }),
        rows: main.attempts,
        notes: [],
      })
    }
    return found
  },
}
