// One row against the clipping of gradients: columns that cancel in a norm made of products, and not in the sum.
// Source: attackers from outside, on norms of Li and others 2022, section 4 (ghost clipping), in floating point.
// The form of before is here with its one rule for filters; of today's it asks what really goes into the sum.

import { FrostglassError, throwIfAborted } from '../../errors.ts'
import {
  add,
  compile,
  div,
  gradients,
  graph,
  matmul,
  max,
  mul,
  type Program,
  reduceSum,
  reshape,
  sqrt,
  type Tensor,
  tensor,
  transpose,
  type Value,
} from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { scalarLike } from '../../graph/value.ts'
import { forwardPass } from '../../learn/forwardPass.ts'
import { averagePool2d, conv2d, dense, flatten, initialWeights, sequential } from '../../learn/index.ts'
import { lossOf } from '../../learn/losses.ts'
import { clippedGraph, sumOf } from '../../private/training/clippedGraph.ts'
import { type Random, seededStream } from '../../random/seeded.ts'
import type { Exhibit } from './exhibit.ts'

const clip = 1
const [channels, filters, classes] = [64, 32, 3]

/** Filters of one pixel see two pixels, of which a mean is taken: what one adds to the gradient the other may take off. */
const network = sequential(
  [
    conv2d({ filters, kernel: 1, bias: false }),
    averagePool2d({ size: [1, 2] }),
    flatten(),
    dense({ units: classes, bias: false }),
  ],
  { input: [channels, 1, 2] },
)

export const cancellingColumns: Exhibit = {
  name: 'cancelling-columns',
  title: 'Columns that cancel in a norm',
  claim: 'One row moves the sum of clipped gradients by at most the clipping norm.',
  source: 'attackers from outside',
  mended:
    'Norms are sums of squares of each row’s own gradient, which is cut off to whole numbers; sums are of integers.',
  async run(form, { quick = false, signal } = {}) {
    const moved = await (form === 'before' ? openBefore() : openToday())
    try {
      const source = seededStream(1, 'cancelling columns')
      let measured = 0
      for (let round = 0; round < (quick ? 40 : 400); round++) {
        throwIfAborted(signal)
        measured = Math.max(measured, await moved.by(oppositeColumns(source)))
      }
      return { allowed: 1, measured, unit: 'clipping norms that one row moves a sum by' }
    } finally {
      await moved.close()
    }
  },
}

/**
 * A row whose two pixels are large and nearly opposite, and what they are together is nothing to the filters: so that the layer
 * behind sees nothing, and its norm, which is right, does not clip the row.
 */
function oppositeColumns(source: Random): Float32Array {
  const scale = 10 ** (2 + 7 * source.uniform())
  const rest = 10 ** (-2 - 3 * source.uniform())
  const unseen = () =>
    unseenBy(
      filterRows,
      Float64Array.from({ length: channels }, () => source.normal()),
    )
  const [large, small] = [unseen(), unseen()]
  const row = new Float32Array(2 * channels)
  for (let c = 0; c < channels; c++) {
    row[2 * c] = scale * large[c]!
    row[2 * c + 1] = scale * (rest * small[c]! - large[c]!)
  }
  return row
}

/** What is left of a vector at right angles to others, which are orthonormal. */
function unseenBy(others: readonly Float64Array[], v: Float64Array): Float64Array {
  const left = v.slice()
  for (const other of others) {
    const along = left.reduce((sum, x, i) => sum + x * other[i]!, 0)
    for (let i = 0; i < left.length; i++) left[i] = left[i]! - along * other[i]!
  }
  return left
}

/** A network of which is told how far one row moves the sum, in clipping norms. */
interface Moved {
  by(row: Float32Array): Promise<number>
  close(): Promise<void>
}

const target = tensor([1, 0, 0], [1, classes])
const loss = lossOf('categoricalCrossEntropy')
const weights = initialWeights(network, 1)

/** An orthonormal basis of what the filters see. */
const filterRows: Float64Array[] = []
for (let f = 0; f < filters; f++) {
  const row = toFloat64(weights['0.conv2d.kernel']!).slice(f * channels, (f + 1) * channels)
  const left = unseenBy(filterRows, unseenBy(filterRows, row))
  const length = Math.hypot(...left)
  filterRows.push(left.map((v) => v / length))
}

async function openToday(): Promise<Moved> {
  const built = clippedGraph(network, weights, {
    loss,
    dtype: 'float32',
    examples: 1,
    rowsEach: 1,
    clip,
    clipping: 'flat',
    grid: 2 ** -30,
    pixels: false,
  })
  const program = await compile(built.graph, { executor: 'native' })
  const scales = new Map(built.trained.map((w, i) => [sumOf(w), built.steps[i]!]))
  return movedBy(program, { taken: tensor([1], [1]) }, scales)
}

/** Book-keeping as it was: squared norms from products of columns, Σ (aₛ·aₜ)(dₛ·dₜ); the sum by the product itself. */
async function openBefore(): Promise<Moved> {
  const pass = forwardPass(network, weights, { loss, dtype: 'float32', rows: 1, pieces: false })
  const output = pass.parts[0]?.value as Value
  const [kernel, head] = pass.trained as [Value, Value]
  const convolved = usedBy(output, kernel)
  const total = loss.build(output, pass.target)
  const [dKernel, dHead, slope] = gradients(total, [kernel, head, convolved]) as [Value, Value, Value]
  const a = reshape(pass.x, [channels, 2])
  const d = reshape(slope, [filters, 2])
  const products = (v: Value) => matmul(transpose(v, [1, 0]), v)
  const squared = add(reduceSum(mul(products(a), products(d))), reduceSum(mul(dHead, dHead)))
  const norm = sqrt(squared)
  const bound = scalarLike(norm, clip * (1 - 2 ** -10))
  const factor = div(bound, max(norm, bound))
  const outputs = { kernel: mul(dKernel, factor), head: mul(dHead, factor) }
  const program = await compile(graph({ inputs: [pass.x, pass.target], outputs }), { executor: 'native' })
  return movedBy(program, {}, new Map(Object.keys(outputs).map((name) => [name, 1])))
}

/** The output of the first node on the way that takes a weight. */
function usedBy(from: Value, weight: Value): Value {
  const waiting = [from]
  for (let v = waiting.pop(); v; v = waiting.pop()) {
    if (v.node?.inputs.includes(weight)) return v
    waiting.push(...(v.node?.inputs ?? []).flatMap((i) => i ?? []))
  }
  throw new FrostglassError('unsupported', 'the network has no use of this weight')
}

function movedBy(
  program: Program,
  others: Readonly<Record<string, Tensor>>,
  scales: ReadonlyMap<string, number>,
): Moved {
  return {
    async by(row) {
      const out = await program.run({ input: tensor(row, [1, channels, 1, 2]), target, ...others })
      let squares = 0
      for (const [name, scale] of scales) for (const v of toFloat64(out[name]!)) squares += (v * scale) ** 2
      const length = Math.sqrt(squares) / clip
      // A norm of what is no number was found, and left out, before as it is today.
      return Number.isNaN(length) ? 0 : length
    },
    close: () => program.close(),
  }
}
