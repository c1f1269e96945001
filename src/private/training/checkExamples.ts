// A trial before private training: that each example's sum is the same to the last bit whatever stands beside it, and within C.
// Source: PROOF.md, assumption 2: kernels compute what belongs to one row from that row alone, by the same steps at one place.
// It looks at random and at wild rows, not at the data. That models keep rows apart is standAlone.ts' part.

import { FrostglassError } from '../../errors.ts'
import { type Tensor, toFloat64, type Value } from '../../graph/index.ts'
import type { Prepared } from '../../learn/dataset.ts'
import { type Loss, type Random, stream } from '../../learn/index.ts'
import { sumOf } from './clippedGraph.ts'
import type { Clipping } from './clipping.ts'
import type { Sized } from './machine.ts'

/** Relative difference that may be between a sum's length and what the norm says: whole numbers are coarse. */
const tolerance = 0.02

/** What stands beside the example that is looked at. */
const besides = ['random', 'zeros', 'infinite', 'no numbers', 'huge'] as const

/** What a trial needs to know of a training. */
export interface Trial {
  readonly loss: Loss
  readonly clip: number
  readonly clipping: Clipping
  readonly data: Prepared
  readonly rowsEach: number
  /** Of each weight's sum. */
  readonly steps: readonly number[]
}

/**
 * Runs the trial.
 * @param sized a program and its feeds, which are overwritten
 * @throws FrostglassError `unsupported` for a model in which an example's sum depends on others, or is longer than C
 */
export async function checkExamples(sized: Sized, trained: readonly Value[], trial: Trial): Promise<void> {
  const { clip, clipping, steps } = trial
  const random = stream(0, 'trial of examples')
  const { program, batch, taken, share, feeds } = sized
  const run = async () => {
    const out = await program.run(feeds)
    return {
      norm: toFloat64(out['norms'] as Tensor)[0] as number,
      sums: trained.map((w) => toFloat64(out[sumOf(w)] as Tensor).slice()),
    }
  }
  batch.draw(random)
  taken.fill(0)
  taken[0] = 1
  share?.fill(1 / trial.rowsEach)
  drawRows(sized, trial, random, 0)
  const first = await run()
  for (const beside of besides) {
    if (taken.length === 1) break
    if (beside !== 'random' && trial.data.pixels) continue
    fillBeside(sized, trial, random, beside)
    const again = await run()
    const same = first.sums.every((sum, i) =>
      sum.every((v, j) => Object.is(v + 0, (again.sums[i]?.[j] as number) + 0)),
    )
    if (!same)
      throw new FrostglassError('unsupported', 'a row’s gradient depends on the other rows of its batch', {
        hint: 'take layers that treat each row alone: group normalisation instead of batch normalisation',
      })
  }
  taken.fill(1)
  const length = lengthOf(first.sums, steps)
  const expected = clipping === 'flat' ? Math.min(first.norm, clip) : length
  if (!(length <= clip && Math.abs(length - expected) <= tolerance * expected))
    throw new FrostglassError('unsupported', 'a row’s gradient is not what its norm says', {
      hint: 'this is a fault of ours: please report the model’s layers',
    })
}

function drawRows({ batch }: Sized, { loss, data }: Trial, random: Random, from: number): void {
  const { input, target } = batch.feeds as { input: Tensor; target: Tensor }
  const x = input.data as Float32Array
  for (let i = from * data.x.width; i < x.length; i++)
    x[i] = data.pixels ? Math.floor(256 * random.uniform()) : random.normal()
  const y = target.data as Float32Array
  y.fill(0, from * data.y.width)
  for (let row = from; row < batch.rows; row++) {
    const at = row * data.y.width
    if (loss.answers === 'one') y[at + Math.floor(data.y.width * random.uniform())] = 1
    else
      for (let j = 0; j < data.y.width; j++)
        y[at + j] = loss.answers === 'binary' ? Math.round(random.uniform()) : random.normal()
  }
}

function fillBeside(sized: Sized, trial: Trial, random: Random, beside: (typeof besides)[number]): void {
  const { rowsEach, data } = trial
  const { input, target } = sized.batch.feeds as { input: Tensor; target: Tensor }
  drawRows(sized, trial, random, rowsEach)
  if (beside === 'random') return
  const value = { zeros: 0, infinite: Number.POSITIVE_INFINITY, 'no numbers': Number.NaN, huge: 1e30 }[beside]
  ;(input.data as Float32Array).fill(value, rowsEach * data.x.width)
  ;(target.data as Float32Array).fill(value, rowsEach * data.y.width)
}

/** The L2 norm of all parts together. A loop: a weight may have more numbers than a call takes arguments. */
function lengthOf(parts: readonly Float64Array[], steps: readonly number[]): number {
  let squares = 0
  parts.forEach((part, i) => {
    for (const v of part) squares += (v * (steps[i] as number)) ** 2
  })
  return Math.sqrt(squares)
}
