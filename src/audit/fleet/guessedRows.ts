// The judge of guessed rows: each true row beside the guess that is nearest, every guess used once.
// Source: ../images/similarity.ts (Wang et al. 2004) and the shares of cells of ../finding.ts.
// A matching flatters guesses that are many or alike: so the same guesses stand beside rows that nobody sent, too.

import { imageSize } from '../../data/images/imageSet.ts'
import { contactSheet } from '../../data/images/sheet.ts'
import { sizeOf } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { hitInterval } from '../../statistics/binomial.ts'
import { meanInterval } from '../../statistics/bootstrap.ts'
import { mean } from '../../statistics/moments.ts'
import type { Metric, MetricName } from '../finding.ts'
import type { Measure, Picture } from '../images/contract.ts'
import { bestConstant, imageSimilarity, meanImage, similarityMeasures } from '../images/similarity.ts'
import type { ClassedRows, SeenUpdates, UpdateTruth } from './contract.ts'
import type { UpdateFound } from './frame.ts'

/** Rows that an attack guessed, one list a message; no more than the message has rows. */
export type GuessedRows = readonly (readonly Float64Array[])[]

/** Rows as arrays of their own. */
export function separateRows({ x }: ClassedRows): Float64Array[] {
  const width = sizeOf(x.shape.slice(1))
  const data = toFloat64(x)
  return Array.from({ length: x.shape[0]! }, (_, i) => data.subarray(i * width, (i + 1) * width))
}

/** Judges guesses: cells within 1% and 5% of the range, SSIM of images, and rows that are exact. */
export function judgeRows(
  guesses: GuessedRows,
  truth: UpdateTruth,
  seen: SeenUpdates,
  seed: number,
  notes: readonly string[],
): UpdateFound {
  const labels = truth.rows.flatMap((rows) => [...rows.labels])
  const rows = truth.rows.flatMap(separateRows)
  const reference = seen.own ? separateRows(seen.own) : rows
  const ranges = rangesOf([...reference, ...rows], seen.domain)
  const constant = commonest(reference, ranges)
  const paired = truth.rows.flatMap((group, m) => matched(separateRows(group), guesses[m]!))
  // Who guesses nothing of a row guesses the constant.
  const guessed = paired.map((guess) => guess ?? constant)
  const strangers = strangersFor(guesses, seen)
  const { within, metric } = sharesOf(rows, ranges, seed)
  const exact = rows.filter((row, i) => paired[i] && within(row, paired[i], 0.01) === 1).length
  const cells = (['cells5', 'cells1'] as const).map((name) => metric(name, guessed, constant))
  const measures: Measure[] = [
    {
      name: 'share of the rows that every cell was found of, within 1%',
      value: exact / rows.length,
      interval: hitInterval(exact, rows.length),
    },
  ]
  if (!seen.image) return { rows: rows.length, metrics: cells, measures, notes }
  const images = imagesOf(seen)
  const alike = imageSimilarity(images.pixels(guessed), images.pixels(rows), seen.image)
  const byClass = seen.own ? classMeans(seen.own, reference, labels) : undefined
  const ssim = similarityMetric(alike.ssim, images, { rows, reference, byClass, seed })
  const other =
    strangers && imageSimilarity(images.pixels(strangers.guessed), images.pixels(strangers.rows), seen.image)
  return {
    rows: rows.length,
    metrics: [ssim, ...cells],
    measures: [
      ...measures,
      ...similarityMeasures(alike, seed),
      ...(other
        ? similarityMeasures(other, seed)
            .filter(({ name }) => name === 'ssim')
            .map((m) => ({ ...m, name: 'ssim of the same guesses with rows that nobody sent' }))
        : []),
    ],
    pictures: [images.sheet(rows, guessed)],
    notes,
  }
}

/** Each true row's guess: pairs by distance, nearest first. */
export function matched(
  rows: readonly Float64Array[],
  guesses: readonly Float64Array[],
): (Float64Array | undefined)[] {
  const pairs = rows.flatMap((row, i) =>
    guesses.map((guess, j) => ({ i, j, distance: row.reduce((sum, v, k) => sum + (v - guess[k]!) ** 2, 0) })),
  )
  pairs.sort((a, b) => a.distance - b.distance)
  const found: (Float64Array | undefined)[] = rows.map(() => undefined)
  const used = new Set<number>()
  for (const { i, j } of pairs) {
    if (found[i] || used.has(j)) continue
    found[i] = guesses[j]!
    used.add(j)
  }
  return found
}

/** The same guesses beside as many rows that nobody sent; undefined where the server has too few of its own. */
function strangersFor(guesses: GuessedRows, { own }: SeenUpdates) {
  if (!own) return undefined
  const all = separateRows(own)
  const rows: Float64Array[] = []
  const guessed: Float64Array[] = []
  let next = 0
  for (const group of guesses) {
    if (next + group.length > all.length) break
    const some = all.slice(next, next + group.length)
    next += group.length
    matched(some, group).forEach((guess, i) => {
      if (!guess) return
      rows.push(some[i]!)
      guessed.push(guess)
    })
  }
  return rows.length > 0 ? { rows, guessed } : undefined
}

/** The size of each cell's range: the domain's, or that of the column. */
function rangesOf(rows: readonly Float64Array[], domain: SeenUpdates['domain']): Float64Array {
  return rows[0]!.map((_, j) => {
    if (domain) return domain[1] - domain[0]
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    for (const row of rows) {
      low = Math.min(low, row[j]!)
      high = Math.max(high, row[j]!)
    }
    return high - low || 1
  })
}

/** The row that hits most cells within 5% without looking: the value of each column that most others lie near. */
function commonest(rows: readonly Float64Array[], ranges: Float64Array): Float64Array {
  return ranges.map((range, j) => {
    const column = rows.map((row) => row[j]!).sort((a, b) => a - b)
    const near = 0.05 * range
    let best = { count: 0, value: column[0]! }
    for (let low = 0, high = 0, i = 0; i < column.length; i++) {
      while (column[i]! - column[low]! > near) low++
      while (high < column.length && column[high]! - column[i]! <= near) high++
      if (high - low > best.count) best = { count: high - low, value: column[i]! }
    }
    return best.value
  })
}

function sharesOf(rows: readonly Float64Array[], ranges: Float64Array, seed: number) {
  const within = (row: Float64Array, guess: Float64Array, tolerance: number): number =>
    row.reduce((hits, v, j) => hits + (Math.abs(v - guess[j]!) <= tolerance * ranges[j]! ? 1 : 0), 0) /
    row.length
  const metric = (
    name: Extract<MetricName, 'cells1' | 'cells5'>,
    guessed: readonly Float64Array[],
    constant: Float64Array,
  ): Metric => {
    const tolerance = name === 'cells1' ? 0.01 : 0.05
    const shares = rows.map((row, i) => within(row, guessed[i]!, tolerance))
    return {
      name,
      value: mean(shares),
      interval: meanInterval(shares, seed),
      chance: mean(rows.map((row) => within(row, constant, tolerance))),
    }
  }
  return { within, metric }
}

/** Of each row the mean of the server's own rows of its true class: what a class alone tells of a row. */
function classMeans(
  own: ClassedRows,
  rows: readonly Float64Array[],
  labels: readonly number[],
): Float64Array[] {
  const means = new Map<number, Float64Array>()
  return labels.map((label) => {
    const known = means.get(label)
    if (known) return known
    const of = rows.filter((_, i) => own.labels[i] === label)
    const some = of.length > 0 ? of : rows
    const average = some[0]!.map((_, j) => mean(some.map((row) => row[j]!)))
    means.set(label, average)
    return average
  })
}

function similarityMetric(
  ssim: Float64Array,
  images: ReturnType<typeof imagesOf>,
  given: {
    readonly rows: readonly Float64Array[]
    readonly reference: readonly Float64Array[]
    readonly byClass: readonly Float64Array[] | undefined
    readonly seed: number
  },
): Metric {
  const share = (values: Float64Array) => Math.min(1, Math.max(0, mean(values)))
  const truth = images.pixels(given.rows)
  const average = meanImage(images.pixels(given.reference), images.shape)
  const [low, high] = meanInterval(ssim, given.seed)
  const { byClass } = given
  return {
    name: 'ssim',
    value: share(ssim),
    interval: [Math.max(0, low), Math.max(0, high)],
    chance: Math.max(
      share(bestConstant(truth, images.shape).ssim),
      share(imageSimilarity(truth, average, images.shape).ssim),
    ),
    // What the class alone tells is the label attack's, and no picture.
    ...(byClass
      ? { baseline: share(imageSimilarity(images.pixels(byClass), truth, images.shape).ssim) }
      : {}),
  }
}

/** Rows as images of bytes, and a sheet of them. */
function imagesOf({ image, domain = [0, 1] }: SeenUpdates) {
  const shape = image!
  const size = imageSize(shape)
  const pixels = (rows: readonly Float64Array[]): Uint8Array => {
    const bytes = new Uint8ClampedArray(rows.length * size)
    for (const [i, row] of rows.entries())
      for (const [j, v] of row.entries())
        bytes[i * size + j] = (255 * (v - domain[0])) / (domain[1] - domain[0])
    return new Uint8Array(bytes.buffer)
  }
  const sheet = (rows: readonly Float64Array[], guessed: readonly Float64Array[]): Picture => {
    const most = 14
    const lines = [rows, guessed].map((of) => ({ shape, pixels: pixels(of.slice(0, most)) }))
    const png = contactSheet(lines, { columns: Math.min(most, rows.length), scale: 2, gap: 2 })
    return {
      title: 'Top: what the nodes have. Bottom: what the server made of what they sent.',
      alternative: `${Math.min(most, rows.length)} images in two rows, originals and reconstructions; the numbers beside it say how alike they are`,
      kind: 'png',
      data: Buffer.from(png).toString('base64'),
    }
  }
  return { shape, pixels, sheet }
}
