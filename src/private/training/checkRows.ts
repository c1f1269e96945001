// A trial before private training: that each row stands alone in the model, and that its gradient's norm is what is clipped.
// Source: the definition: what a row adds depends on no other row, and is at most the clipping norm.
// It looks at random rows, not at the data; a layer that mixes rows at rare inputs only would pass.

import { FrostglassError } from '../../errors.ts'
import { type Tensor, toFloat64, type Value } from '../../graph/index.ts'
import type { Prepared } from '../../learn/dataset.ts'
import { type Loss, stream } from '../../learn/index.ts'
import { sumOf } from './clippedGraph.ts'
import type { Clipping } from './clipping.ts'
import type { Sized } from './machine.ts'

/** Relative difference that rounding may make. */
const tolerance = 1e-3

/**
 * Runs the trial.
 * @param sized a program and its feeds, which are overwritten
 * @throws FrostglassError `unsupported` for a model in which a row's gradient depends on other rows, or is more than its norm
 */
export async function checkRows(
  { program, batch, taken, feeds }: Sized,
  trained: readonly Value[],
  { loss, clip, clipping, data }: { loss: Loss; clip: number; clipping: Clipping; data: Prepared },
): Promise<void> {
  const random = stream(0, 'trial of rows')
  const { input, target } = batch.feeds as { input: Tensor; target: Tensor }
  taken.fill(0)
  taken[0] = 1
  const draw = (from: number) => {
    const x = input.data as Float32Array
    for (let i = from * data.x.width; i < x.length; i++)
      x[i] = data.pixels ? Math.floor(256 * random.uniform()) : random.normal()
    const y = target.data as Float32Array
    if (loss.answers === 'one') y.fill(0, from * data.y.width)
    for (let row = from; row < batch.rows; row++) {
      const at = row * data.y.width
      if (loss.answers === 'one') y[at + Math.floor(data.y.width * random.uniform())] = 1
      else
        for (let j = 0; j < data.y.width; j++)
          y[at + j] = loss.answers === 'binary' ? Math.round(random.uniform()) : random.normal()
    }
  }
  const run = async () => {
    const out = await program.run(feeds)
    return {
      norm: toFloat64(out['norms'] as Tensor)[0] as number,
      sums: trained.map((w) => toFloat64(out[sumOf(w)] as Tensor).slice()),
    }
  }
  batch.draw(random)
  draw(0)
  const first = await run()
  draw(1)
  const second = await run()
  const length = lengthOf(first.sums)
  const moved = lengthOf(first.sums.map((s, i) => s.map((v, j) => v - (second.sums[i]?.[j] as number))))
  if (!(moved <= tolerance * length))
    throw new FrostglassError('unsupported', 'a row’s gradient depends on the other rows of its batch', {
      hint: 'take layers that treat each row alone: group normalisation instead of batch normalisation',
    })
  const expected = clipping === 'flat' ? Math.min(first.norm, clip) : undefined
  const right =
    length <= clip && (expected === undefined || Math.abs(length - expected) <= 2 * tolerance * expected)
  if (!right)
    throw new FrostglassError('unsupported', 'a row’s gradient is not what its norm says', {
      hint: 'this is a fault of ours: please report the model’s layers',
    })
}

/** The L2 norm of all parts together. A loop: a weight may have more numbers than a call takes arguments. */
function lengthOf(parts: readonly Float64Array[]): number {
  let squares = 0
  for (const part of parts) for (const v of part) squares += v * v
  return Math.sqrt(squares)
}
