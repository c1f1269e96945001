// Rows out of any gradient: a descent on inputs until their gradient looks like what was sent.
// Source: Geiping et al. 2020; classes first, as Zhao et al. 2020; what is tuned is tuned on messages of the server's own rows.
// It finds what explains the gradient best where it started: other starts and priors may find more.

import { sizeOf } from '../../graph/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { mean } from '../../statistics/moments.ts'
import type { SeenUpdates, UpdateAttackOptions } from './contract.ts'
import { updateAttack } from './frame.ts'
import { type GradientMatcher, openMatcher } from './gradientMatching.ts'
import { type GuessedRows, judgeRows, matched, separateRows } from './guessedRows.ts'
import { guessCounts, labelObstacle } from './labelLeak.ts'
import { observedGradient, rowsBehind } from './observed.ts'
import { sendUpdates, takeLabelled } from './send.ts'

/** How long it looks, by effort. */
const lengths = {
  quick: { iterations: 300, restarts: 1 },
  full: { iterations: 800, restarts: 2 },
} as const

/** Weights of the total variation that are tried, and how far a guess is drawn to the mean of its class. */
const variations = [1e-3, 1e-2, 1e-1] as const
const drawnBack = [0, 0.25, 0.5, 0.75, 1] as const

/** The largest batch that is looked for at once: beyond it there are more unknowns than time. */
const mostRows = 128

/** What is tuned. */
interface Tuning {
  readonly variation: number
  readonly drawn: number
}

/** Gradient inversion. */
export const inversion = updateAttack<{ readonly rows: GuessedRows; readonly tuning: Tuning }>({
  name: 'inversion',
  title: 'Rows by matching gradients (gradient inversion)',
  aim: 'rows',
  needs:
    'what a node sent, and the weights that it was made from; tuned with rows of its own where the server has some',
  source: 'Geiping, Bauermeister, Dröge and Moeller, Inverting Gradients (NeurIPS 2020)',
  searches: true,
  obstacle(seen) {
    if (rowsBehind(seen) > mostRows) return `More than ${mostRows} rows are behind each message.`
    if (seen.model.layers.some(({ kind }) => kind === 'dropout' || kind === 'gaussianNoise'))
      return 'The model draws noise of its own in training, which is not matched.'
    return labelObstacle(seen)
  },
  guess: invert,
  judge: ({ rows, tuning }, truth, seen, { seed }) =>
    judgeRows(rows, truth, seen, seed, [
      `The weight of the total variation is ${tuning.variation}${tuning.drawn > 0 ? `, and guesses are drawn back to the mean of their class by ${tuning.drawn}` : ''}.`,
      ...(seen.facts.steps > 1
        ? [
            `${seen.facts.steps} steps are taken for one: an attack that goes through each of them may get more.`,
          ]
        : []),
    ]),
})

/** What {@link inversion} guesses: rows of every message, and what it was tuned to. */
export async function invert(
  seen: SeenUpdates,
  options: UpdateAttackOptions,
): Promise<{ readonly rows: GuessedRows; readonly tuning: Tuning }> {
  const matcher = await openMatcher(seen, rowsBehind(seen))
  try {
    const tuning = await tuned(seen, matcher, options)
    const { restarts } = lengths[options.effort]
    return { rows: await descended(seen, matcher, { ...tuning, restarts }, options), tuning }
  } finally {
    await matcher.close()
  }
}

/** Guesses of every message. */
async function descended(
  seen: SeenUpdates,
  matcher: GradientMatcher,
  { variation, drawn, restarts }: Tuning & { readonly restarts: number },
  { seed, effort, signal, onProgress }: UpdateAttackOptions,
): Promise<Float64Array[][]> {
  const counts = await guessCounts(seen, seed)
  const { iterations } = lengths[effort]
  const means = priorsOf(seen)
  const found: Float64Array[][] = []
  for (const m of seen.sent.keys()) {
    const { values } = observedGradient(seen, m)
    const labels = labelsFrom(counts[m]!)
    const ends: Awaited<ReturnType<GradientMatcher['descend']>>[] = []
    for (let r = 0; r < restarts; r++) {
      const random = seededStream(seed, 'inversion', m * restarts + r)
      ends.push(await matcher.descend(values, { labels, variation, iterations, random, signal }))
      onProgress?.((m * restarts + r + 1) / (seen.sent.length * restarts))
    }
    const best = ends.reduce((a, b) => (b.distance < a.distance ? b : a)).rows
    found.push(best.map((row, i) => blend(row, means(labels[i]!), drawn)))
  }
  return found
}

/** Classes of single rows, from counts. */
const labelsFrom = (counts: Int32Array): Int32Array =>
  Int32Array.from([...counts].flatMap((n, c) => new Array<number>(n).fill(c)))

function blend(row: Float64Array, towards: Float64Array | undefined, by: number): Float64Array {
  return towards ? row.map((v, j) => (1 - by) * v + by * towards[j]!) : row
}

/** Means of the server's own rows by class: what it knows of a row before it looks. */
function priorsOf({ own }: SeenUpdates): (label: number) => Float64Array | undefined {
  if (!own) return () => undefined
  const rows = separateRows(own)
  const known = new Map<number, Float64Array>()
  return (label) => {
    const of = rows.filter((_, i) => own.labels[i] === label)
    const some = of.length > 0 ? of : rows
    const average = known.get(label) ?? some[0]!.map((_, j) => mean(some.map((row) => row[j]!)))
    known.set(label, average)
    return average
  }
}

/**
 * The server plays the same fleet on rows of its own, attacks itself, and takes what came nearest. Quickly, or without rows
 * of its own, it takes what is usual.
 */
async function tuned(
  seen: SeenUpdates,
  matcher: GradientMatcher,
  options: UpdateAttackOptions,
): Promise<Tuning> {
  const usual = { variation: seen.facts.noise > 0 ? 0.1 : 1e-3, drawn: 0 }
  const { own, image, facts } = seen
  const behind = rowsBehind(seen)
  if (!own || !image || options.effort === 'quick' || own.labels.length < behind) return usual
  const [first] = [own.labels.length - behind]
  const trial = takeLabelled(
    own,
    Int32Array.from({ length: behind }, (_, i) => first + i),
  )
  const { sent } = await sendUpdates(seen, [trial], facts, options.seed)
  const rest = takeLabelled(
    own,
    Int32Array.from({ length: Math.max(1, first) }, (_, i) => i),
  )
  const rows = separateRows(trial)
  let best: Tuning & { readonly error: number } = { ...usual, error: Number.POSITIVE_INFINITY }
  const means = priorsOf({ ...seen, own: rest })
  for (const variation of variations) {
    const mine = { ...seen, sent, own: rest }
    const [plain] = await descended(
      mine,
      matcher,
      { variation, drawn: 0, restarts: 1 },
      { ...options, onProgress: undefined },
    )
    const paired = matched(rows, plain!)
    for (const drawn of drawnBack) {
      const errors = rows.map((row, i) => squared(row, blend(paired[i]!, means(trial.labels[i]!), drawn)))
      const error = mean(errors)
      if (error < best.error) best = { variation, drawn, error }
    }
  }
  return best
}

const squared = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, v, j) => sum + (v - b[j]!) ** 2, 0) / sizeOf([a.length])
