// What the server works out by running the model on rows of its own: answers, what the last layer is given, gradients.
// Source: Geng et al. 2021 (General Deep Leakage in Federated Learning), section 3.2: rows of chance stand in for data.
// Rows of chance are like no data: the better the server's own rows are, the better is what it works out.

import { openTrainer, weightsToVector } from '../../fleet/index.ts'
import { compile, graph, input, sizeOf, type Tensor, tensor, type Value } from '../../graph/index.ts'
import { toFloat64 } from '../../graph/tensor.ts'
import { constantOf } from '../../graph/value.ts'
import { applyLayers } from '../../learn/buildLayers.ts'
import type { Dense, Layer } from '../../learn/index.ts'
import { arrange } from '../../learn/layers/index.ts'
import { inType, weightOf } from '../../learn/model.ts'
import { seededStream } from '../../random/seeded.ts'
import type { ClassedRows, SeenUpdates } from './contract.ts'
import { normOf } from './observed.ts'
import { asDataset, takeLabelled } from './send.ts'

/** A dense layer with a bias, and the names of its arrays. */
export interface DenseArrays {
  readonly layer: Dense
  readonly kernel: string
  readonly bias: string
}

const carriesNothing: readonly Layer['kind'][] = ['flatten', 'reshape']

/** The dense layer that rows reach as they are; undefined where another layer comes first. */
export function firstDense({ model }: SeenUpdates): DenseArrays | undefined {
  const layers = arrange(model.layers)
  return arraysOf(layers.find(({ kind }) => !carriesNothing.includes(kind)))
}

/** The dense layer that gives the logits; undefined where the model ends otherwise. */
export function lastDense({ model }: SeenUpdates): DenseArrays | undefined {
  const last = arraysOf(arrange(model.layers).at(-1))
  return last && (last.layer.activation ?? 'linear') === 'linear' ? last : undefined
}

function arraysOf(layer: Layer | undefined): DenseArrays | undefined {
  if (layer?.kind !== 'dense' || layer.bias === false || layer.frozen) return undefined
  return { layer, kernel: `${layer.name}.kernel`, bias: `${layer.name}.bias` }
}

/** Where inputs lie, as far as the server knows: the domain, or where its own rows lie, or where standardised ones do. */
export function likelyDomain({ domain, own }: SeenUpdates): readonly [low: number, high: number] {
  if (domain) return domain
  if (!own) return [-4, 4]
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const v of toFloat64(own.x)) {
    low = Math.min(low, v)
    high = Math.max(high, v)
  }
  return [low, high]
}

/** The server's own rows, at most so many; rows drawn within the domain, of no class, where it has none. */
export function probeRows(seen: SeenUpdates, most: number, seed: number): ClassedRows {
  if (seen.own) {
    const count = Math.min(most, seen.own.labels.length)
    return takeLabelled(
      seen.own,
      Int32Array.from({ length: count }, (_, i) => i),
    )
  }
  const draw = seededStream(seed, 'probe')
  const [low, high] = likelyDomain(seen)
  const count = Math.min(most, 256)
  const classes = seen.model.output[0]!
  return {
    x: tensor(
      Float64Array.from(
        { length: count * sizeOf(seen.model.input) },
        () => low + (high - low) * draw.uniform(),
      ),
      [count, ...seen.model.input],
      'float64',
    ),
    labels: Int32Array.from({ length: count }, () => draw.below(classes)),
  }
}

/** What the model makes of rows: probabilities [rows, classes], and what its last layer is given [rows, width]. */
export async function probeAnswers(
  seen: SeenUpdates,
  rows: ClassedRows,
): Promise<{ readonly answers: Float64Array; readonly features: Float64Array }> {
  const { model, weights, loss } = seen
  const x = input('x', ['N', ...model.input], 'float32')
  const parameter = (p: Parameters<typeof weightOf>[0]): Value =>
    constantOf(inType(weightOf(p, weights), 'float32'))
  // Named as they are in the whole, the layers but for the last find their weights.
  const named = arrange(model.layers)
  const features = applyLayers(named.slice(0, -1), x, { training: false, parameter })
  const answers = loss.head(applyLayers(named, x, { training: false, parameter }))
  const program = await compile(graph({ inputs: [x], outputs: { answers, features } }), { threads: 1 })
  try {
    const found = await program.run({ x: tensor(toFloat64(rows.x), rows.x.shape, 'float32') })
    const copy = (t: Tensor) => toFloat64(t).slice()
    return { answers: copy(found['answers']!), features: copy(found['features']!) }
  } finally {
    await program.close()
  }
}

/** Gradients of single rows, or of groups of them, at the weights that the server sent. */
export interface GradientAsker {
  gradient(rows: ClassedRows): Promise<Float64Array>
  close(): Promise<void>
}

/** Computes gradients as nodes do. */
export async function openAsker(seen: SeenUpdates): Promise<GradientAsker> {
  const { model, loss, weights } = seen
  const trainer = await openTrainer(model, { loss, batch: 1, threads: 1 })
  const at = weightsToVector(weights, trainer.layout)
  return {
    gradient: async (rows) => (await trainer.learner(asDataset(rows)).gradient(at)).gradient.slice(),
    close: () => trainer.close(),
  }
}

/** Groups of rows that are looked at the norms of, where nodes cut off. */
const groups = 20

/** The norm that nodes cut their mean gradients off to: their limit, less what steps multiply gradients by. */
export const gradientLimit = ({ facts: { clip, sends, rate, steps } }: SeenUpdates): number =>
  clip === null ? Number.POSITIVE_INFINITY : clip / (sends === 'gradient' ? 1 : rate * steps)

/** What nodes keep of their gradients when they cut them off, on average: as the server's own rows would be cut off. */
export async function keptShare(seen: SeenUpdates, asker: GradientAsker, rows: ClassedRows): Promise<number> {
  const { rows: batch } = seen.facts
  let sum = 0
  for (let g = 0; g < groups; g++) {
    const some = Int32Array.from({ length: batch }, (_, i) => (g * batch + i) % rows.labels.length)
    sum += Math.min(1, gradientLimit(seen) / normOf(await asker.gradient(takeLabelled(rows, some))))
  }
  return sum / groups
}
