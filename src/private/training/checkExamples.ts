// A trial before private training: that each example's sum is the same to the last bit whatever stands beside it, and within C.
// Source: PROOF.md, assumption 2: kernels compute what belongs to one row from that row alone, by the same steps at one place.
// It looks at random and at wild rows, not at the data. That models keep rows apart is standAlone.ts' part.

import { FrostglassError } from '../../errors.ts'
import type { Tensor, Value } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import type { Prepared } from '../../learn/dataset.ts'
import type { Loss } from '../../learn/index.ts'
import { type Random, seededStream } from '../../random/seeded.ts'
import { sumOf } from './clippedGraph.ts'
import type { Clipping } from './clipping.ts'
import type { Sized } from './sized.ts'

/** Relative difference that may be between a sum's length and what the norm says, beside what is cut off. */
const tolerance = 1e-3

/** What stands beside the example that is looked at. */
type Beside = 'random' | 'no numbers' | 'zeros' | 'infinite' | 'huge'

/** What a trial needs to know of a training. */
export interface Trial {
  readonly loss: Loss
  readonly clip: number
  readonly clipping: Clipping
  readonly data: Prepared
  readonly rowsEach: number
}

/**
 * Runs the trial, at the first, a middle and the last place of each program.
 * @param sizes programs and their feeds, which are overwritten
 * @throws FrostglassError `unsupported` for a model in which an example's sum depends on others, or is longer than C, or whose
 * gradient is no number at ordinary rows
 */
export async function checkExamples(
  sizes: readonly Sized[],
  trained: readonly Value[],
  trial: Trial,
): Promise<void> {
  const random = seededStream(0, 'trial of examples')
  for (const sized of sizes)
    for (const place of new Set([0, sized.examples >> 1, sized.examples - 1])) {
      const besides: Beside[] = ['random', 'no numbers']
      if (place === 0) besides.push('zeros', 'infinite', 'huge')
      await checkPlace(sized, trained, trial, { place, besides, random })
    }
}

async function checkPlace(
  sized: Sized,
  trained: readonly Value[],
  trial: Trial,
  { place, besides, random }: { place: number; besides: readonly Beside[]; random: Random },
): Promise<void> {
  const { clip, clipping, rowsEach, data } = trial
  const { program, batch, taken, share, feeds, examples, steps, cut } = sized
  const run = async () => {
    const out = await program.run(feeds)
    return {
      norm: toFloat64(out['norms']!)[place]!,
      sums: trained.map((w) => toFloat64(out[sumOf(w)]!).slice()),
    }
  }
  batch.draw(random)
  taken.fill(0)
  taken[place] = 1
  share?.fill(1 / rowsEach)
  drawRows(sized, trial, random)
  const first = await run()
  for (const beside of examples > 1 ? besides : []) {
    // Bytes have no wild values.
    if (beside !== 'random' && data.pixels) continue
    fillBeside(sized, trial, place, beside, random)
    const again = await run()
    const same = first.sums.every((sum, i) =>
      sum.every((v, j) => Object.is(v + 0, (again.sums[i]?.[j] as number) + 0)),
    )
    if (!same)
      throw new FrostglassError(
        'unsupported',
        'a row’s gradient depends on the other rows of its batch',
        'Take layers that treat each row alone: group normalisation instead of batch normalisation.',
      )
  }
  const length = lengthOf(first.sums, steps)
  // Taken for nothing, as in training; but then there was nothing to look at.
  if (!Number.isFinite(first.norm) && length === 0)
    throw new FrostglassError(
      'unsupported',
      'the gradient of a made-up row is no number: the trial before training draws ordinary numbers, some of them below 0',
      'Sqrt and Log have no value below 0, and no gradient at 0: take Abs, and add something small, before them.',
    )
  const expected = clipping === 'flat' ? Math.min(first.norm, clip) : length
  if (!(length <= clip && Math.abs(length - expected) <= tolerance * expected + cut + nothing))
    throw new FrostglassError(
      'unsupported',
      'a row’s gradient is not what its norm says',
      'Report the model’s layers, please: this is a fault of ours.',
    )
}

/** What norms of nothing are: those of products are raised a little. */
const nothing = 2 ** -20

/** Rows of ordinary numbers, everywhere. */
function drawRows({ batch }: Sized, { loss, data }: Trial, random: Random): void {
  const { input, target } = batch.feeds as { input: Tensor; target: Tensor }
  const x = input.data as Float32Array
  for (let i = 0; i < x.length; i++) x[i] = data.pixels ? Math.floor(256 * random.uniform()) : random.normal()
  const y = (target.data as Float32Array).fill(0)
  const { width } = data.y
  for (let row = 0; row < batch.rows; row++) {
    const at = row * width
    if (loss.answers === 'one') y[at + Math.floor(width * random.uniform())] = 1
    else
      for (let j = 0; j < width; j++)
        y[at + j] = loss.answers === 'binary' ? Math.round(random.uniform()) : random.normal()
  }
}

/** Other rows than before at every place but one. */
function fillBeside(sized: Sized, trial: Trial, place: number, beside: Beside, random: Random): void {
  const { input, target } = sized.batch.feeds as { input: Tensor; target: Tensor }
  const kept = [input, target].map(({ data }) => {
    const width = data.length / sized.examples
    const row = (data as Float32Array).slice(place * width, (place + 1) * width)
    return () => (data as Float32Array).set(row, place * width)
  })
  if (beside === 'random') drawRows(sized, trial, random)
  else {
    const value = { zeros: 0, infinite: Number.POSITIVE_INFINITY, 'no numbers': Number.NaN, huge: 1e30 }[
      beside
    ]
    for (const { data } of [input, target]) (data as Float32Array).fill(value)
  }
  for (const putBack of kept) putBack()
}

/** The L2 norm of all parts together. A loop: a weight may have more numbers than a call takes arguments. */
function lengthOf(parts: readonly Float64Array[], steps: readonly number[]): number {
  let squares = 0
  parts.forEach((part, i) => {
    for (const v of part) squares += (v * steps[i]!) ** 2
  })
  return Math.sqrt(squares)
}
