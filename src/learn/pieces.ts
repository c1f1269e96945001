// Training in pieces: layers that treat each row alone take the batch a few rows at a time, so that what lies between
// them stays in the processor's caches. Nothing changes but the order in which gradients of filters are summed.
// Measured on two cores with 1 MiB of L2 each and 32 of L3, batch 128, ObfNet-CNN(128) before a frozen InfNet-CNN:
// processor time of a step 111 ms whole, 103 in pieces of 8 MiB, 104 of 4, 104 of 2. MobileNet v2, batch 16: 531 whole,
// 432 in 16 pieces, and less memory.

import { reach } from '../graph/graph.ts'
import { concat, input, sizeOf, slice, type Value } from '../graph/index.ts'
import { type Binding, buildLayers } from './buildLayers.ts'
import { arrange, type Layer } from './layers/index.ts'

// What the largest tensor of a piece may take; and how many pieces there are at most, since each has nodes of its own:
// a session for MobileNet v2's step at 224×224 in 16 pieces took 3.4 s to open, whole 0.2.
const pieceBytes = 8 * 2 ** 20
const mostPieces = 8

/** Layers that follow each other, and the rows [from, to) of each piece that they take; one piece is all rows. */
export interface Run {
  readonly layers: readonly Layer[]
  readonly pieces: readonly (readonly [from: number, to: number])[]
}

// A trained dense layer would read and write its gradient once for each piece; trained statistics need the whole batch.
function treatsRowsAlone(layer: Layer): boolean {
  switch (layer.kind) {
    case 'lstm':
      return false
    case 'dense':
      return layer.frozen === true
    case 'batchNorm':
      return layer.frozen === true
    default:
      return true
  }
}

/** Cuts layers into runs. @param x of a known number of rows */
export function runsOf(layers: readonly Layer[], x: Value): Run[] {
  const rows = x.shape[0] as number
  const groups: Layer[][] = []
  layers.forEach((layer, i) => {
    const before = layers[i - 1]
    if (before && treatsRowsAlone(before) && treatsRowsAlone(layer)) groups.at(-1)?.push(layer)
    else groups.push([layer])
  })
  let y = input('trial', x.shape, x.dtype)
  return groups.map((group) => {
    const trial = buildLayers(
      group,
      y,
      { training: false, parameter: (p) => input(p.name, p.shape, x.dtype) },
      0,
    )
    y = input('trial', trial.shape, x.dtype)
    const largest = largestRow(trial)
    const count = treatsRowsAlone(group[0]!)
      ? Math.max(1, Math.min(rows, mostPieces, Math.ceil((rows * largest) / pieceBytes)))
      : 1
    const edge = (i: number) => Math.round((i * rows) / count)
    return { layers: group, pieces: Array.from({ length: count }, (_, i) => [edge(i), edge(i + 1)] as const) }
  })
}

/** Some rows' values. */
export interface Part {
  readonly from: number
  readonly to: number
  readonly value: Value
}

/** As `applyLayers`, in pieces: the outputs of all rows, in order, in one part or several. */
export function applyInPieces(layers: readonly Layer[], x: Value, binding: Binding): Part[] {
  const rows = x.shape[0] as number
  return runsOf(arrange(layers), x).reduce<Part[]>(
    (parts, { layers, pieces }) => {
      const whole =
        parts.length === 1
          ? parts[0]!.value
          : concat(
              parts.map((p) => p.value),
              0,
            )
      return pieces.map(([from, to]) => {
        // What is added to the loss for a weight is added once.
        const once = from === 0 ? binding : { ...binding, penalty: () => {} }
        const piece = pieces.length === 1 ? whole : slice(whole, [from], [to], [0])
        return { from, to, value: buildLayers(layers, piece, once, from) }
      })
    },
    [{ from: 0, to: rows, value: x }],
  )
}

/** Bytes of the largest tensor on the way to `y`, for one row. */
function largestRow(y: Value): number {
  const rows = y.shape[0]
  let most = 0
  for (const node of reach([y]).nodes) {
    for (const v of node.outputs) {
      if (v.shape[0] === rows && v.shape.every((d) => typeof d === 'number'))
        most = Math.max(most, 4 * sizeOf(v.shape.slice(1) as number[]))
    }
  }
  return most
}
