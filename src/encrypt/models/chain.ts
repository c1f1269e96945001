// A network as a chain: the operators between a graph's input and its output, one after another.
// Source: ONNX IR specification. A square may be written x · x or x²: there alone does a value go two ways.
// Networks that branch and join (residual ones) are not chains, and are refused by name.

import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/contract.ts'
import { foldConstants } from '../../graph/fold.ts'
import { orderedOutputs } from '../../graph/graph.ts'
import { bindDims, type Node, type Value } from '../../graph/index.ts'

/** An operator of the chain. */
export interface Link {
  readonly node: Node
  /** What it takes from the chain; its other inputs are constants. */
  readonly from: Value
  readonly to: Value
}

/** A chain, for a batch of one. */
export interface Chain {
  readonly input: Value
  readonly links: readonly Link[]
}

/** Says what is wrong with a file, and what to do. */
export const unsupported = (file: string, what: string, hint: string) =>
  new FrostglassError('unsupported', `${file}: ${what}`, hint)

/** Name of a node for messages. */
export const titleOf = ({ operator, name }: Node): string =>
  name ? `${operator.name} (${name})` : operator.name

/**
 * Takes a graph apart.
 * @throws FrostglassError `unsupported` for several inputs, free sizes besides the batch, branches
 */
export function chainOf(given: Graph, file: string): Chain {
  const [input] = given.inputs
  if (!input || given.inputs.length > 1)
    throw unsupported(file, `it takes ${given.inputs.length} inputs`, 'Take a network of images with one.')
  const bound = typeof input.shape[0] === 'string' ? bindDims(given, { [input.shape[0]]: 1 }) : given
  const g = foldConstants(bound)
  const x = g.inputs[0]!
  if (x.shape.length !== 4 || x.shape.some((d) => typeof d !== 'number'))
    throw unsupported(
      file,
      `its input is [${x.shape.join(', ')}]`,
      'Make it [N, channels, height, width], with sizes that are fixed but for N.',
    )
  const [output] = orderedOutputs(g).map(([, v]) => v)
  const fed = new Set<Value>([x])
  for (const node of g.nodes)
    if (node.inputs.some((v) => v && fed.has(v))) for (const v of node.outputs) fed.add(v)
  const links: Link[] = []
  let to = output!
  while (to !== x) {
    const { node } = to
    if (!node || to.index > 0) throw unsupported(file, 'its answer does not follow from its input', tryOther)
    // What a view's size follows from is known by now: the batch is.
    const read = viewing.has(node.operator.name) ? node.inputs.slice(0, 1) : node.inputs
    const ways = new Set(read.filter((v): v is Value => v !== undefined && fed.has(v)))
    const [from] = ways
    if (ways.size !== 1 || !from)
      throw unsupported(file, `${titleOf(node)} joins ${ways.size} branches`, tryOther)
    const loose = read.find((v) => v && v !== from && v.kind !== 'constant')
    if (loose) throw unsupported(file, `an input of ${titleOf(node)} is no constant`, tryOther)
    links.push({ node, from, to })
    to = from
  }
  return { input: x, links: links.toReversed() }
}

const tryOther =
  'Take a network of layers one after another: convolutions, dense layers, activations, pooling.'

/** Operators that give the same numbers another shape. */
export const viewing = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'])
