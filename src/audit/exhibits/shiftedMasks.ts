// One row against dropout: masks drawn by place in the batch from a public seed all move when a row comes in front.
// Source: attackers from outside. The adversary knows the seed, and so every mask of both data sets.
// Today masks are secret and nobody's place changes: a data set is adjacent where a row is replaced by nothing.

import { throwIfAborted } from '../../errors.ts'
import { sizeOf, tensor } from '../../graph/index.ts'
import { partsOf } from '../../learn/evaluation.ts'
import { type Dataset, dense, dropout, initialWeights, sequential, sgd } from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { type Examples, rowExamples } from '../../private/training/examples.ts'
import { openMachine } from '../../private/training/machine.ts'
import { secretStream } from '../../private/training/secretStream.ts'
import { seededStream } from '../../random/seeded.ts'
import type { Exhibit } from './exhibit.ts'

const clip = 1
const grid = 2 ** -30
const width = 4
const loss = lossOf('categoricalCrossEntropy')
const network = sequential(
  [dense({ units: 64, activation: 'tanh' }), dropout(0.5), dense({ units: 2, bias: false })],
  { input: [width] },
)

export const shiftedMasks: Exhibit = {
  name: 'shifted-masks',
  title: 'Masks that move when a row is added',
  claim: 'One row moves the sum of clipped gradients by at most the clipping norm, with dropout, too.',
  source: 'attackers from outside',
  mended:
    'Masks come from the system’s generator, and data sets are adjacent where a row is replaced by nothing at its place.',
  async run(form, { quick = false, signal } = {}) {
    let measured = 0
    for (const rows of quick ? [20] : [20, 100, 400]) {
      throwIfAborted(signal)
      measured = Math.max(measured, await movedBy(form === 'before' ? addedInFront : replaced, rows))
    }
    return { allowed: 1, measured, unit: 'clipping norms that one row moves a sum by' }
  },
}

/** Two data sets that differ in one row, and the masks of a step on each. */
type Pair = (rows: number) => {
  readonly data: readonly [Dataset, Dataset]
  readonly masks: () => ReturnType<typeof seededStream>
}

/** As it was: one row more, in front; masks of one public seed. */
const addedInFront: Pair = (rows) => ({
  data: [rowsOf(rows + 1), rowsOf(rows + 1, { from: 1 })],
  masks: () => seededStream(0, 'noise', 1),
})

/** As it is: the first row replaced by nothing. The same secret words, so that the two are compared at their likest. */
const replaced: Pair = (rows) => ({
  data: [rowsOf(rows + 1), rowsOf(rows + 1, { nothing: 0 })],
  masks: () => {
    const words = new Int32Array(1)
    const source = seededStream(99, 'words')
    const uint32 = () => {
      source.fill(words)
      return words[0]! >>> 0
    }
    return secretStream({ uint32 })
  },
})

/** Large rows in all directions: each gradient is as long as it may be, and points where its mask says. */
function rowsOf(
  count: number,
  { from = 0, nothing }: { from?: number | undefined; nothing?: number | undefined } = {},
): Dataset {
  const source = seededStream(3, 'rows')
  const x = Float32Array.from({ length: count * width }, () => 9 * source.normal())
  if (nothing !== undefined) x.fill(Number.NaN, nothing * width, (nothing + 1) * width)
  const y = Int32Array.from({ length: count }, () => (source.uniform() < 0.5 ? 0 : 1))
  return {
    x: tensor(x.slice(from * width), [count - from, width]),
    y: tensor(y.slice(from), [count - from], 'int32'),
  }
}

async function movedBy(pair: Pair, rows: number): Promise<number> {
  const { data, masks } = pair(rows)
  const machine = await openMachine(network, initialWeights(network, 1), {
    executor: 'native',
    loss,
    optimizer: sgd({ learningRate: 1 }),
    batch: rows + 1,
    rowsEach: 1,
    clip,
    clipping: 'flat',
    grid,
    pixels: false,
    held: undefined,
  })
  try {
    const sumsOf = async (set: Dataset) => {
      const examples: Examples = rowExamples(
        partsOf(network, set, undefined, loss, 0, { tolerant: true }).rows,
      )
      const all = Int32Array.from({ length: examples.count }, (_, i) => i)
      const sums = machine.trained.map((w) => new Float64Array(sizeOf(w.shape as number[])))
      await machine.addUp(all, examples, masks(), sums)
      return sums
    }
    const [one, other] = [await sumsOf(data[0]), await sumsOf(data[1])]
    let squares = 0
    one.forEach((sum, i) => {
      sum.forEach((v, j) => {
        squares += ((v - (other[i]?.[j] as number)) * grid) ** 2
      })
    })
    return Math.sqrt(squares) / clip
  } finally {
    await machine.close()
  }
}
