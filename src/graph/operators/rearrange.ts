// The same elements in other places, or more often: Tile, DepthToSpace, SpaceToDepth, ReverseSequence.
// Source: ONNX Tile (opset 13), DepthToSpace and SpaceToDepth (opset 13; modes DCR and CRD), ReverseSequence (opset 10).
// Gradients are rearrangements back; Tile's needs to know its sizes.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, Operator, Value, ValueInfo } from '../contract.ts'
import { attribute, info } from '../operator.ts'
import { type Dim, formatShape, staticShape, unknownDim } from '../shape.ts'
import { sizeOf } from '../tensor.ts'
import { apply, filled, integers } from '../value.ts'
import { requireInputs } from './_check.ts'
import { transpose } from './matmul.ts'
import { reduceSum } from './reduce.ts'
import { numbersOf, reshape } from './view.ts'

export const tileOperator: Operator = {
  name: 'Tile',
  infer(inputs, _, what) {
    const [x, repeats] = requireInputs(inputs, 2, what) as [ValueInfo, ValueInfo]
    if (!repeats.content) return [info(x.dtype, x.shape.map(unknownDim))]
    if (repeats.content.length !== x.shape.length) {
      throw new FrostglassError(
        'shape',
        `${what}: ${repeats.content.length} repeats for ${formatShape(x.shape)}`,
        'Give one number an axis.',
      )
    }
    const shape = x.shape.map((d, i): Dim => {
      const times = repeats.content?.[i]
      if (times === 1) return d
      if (d === 1 && times !== undefined) return times
      return typeof d === 'number' && typeof times === 'number' ? d * times : unknownDim()
    })
    return [info(x.dtype, shape)]
  },
  gradient({ inputs, grads }) {
    const [x, repeats] = inputs as [Value, Value]
    const sizes = staticShape(x.shape, 'the gradient of Tile')
    const times = numbersOf(repeats, 'the gradient of Tile', 'repeats')
    if ([...sizes, ...times].includes(0)) return [filled(sizes, 0, x.dtype)]
    const apart = reshape(
      grads[0]!,
      sizes.flatMap((size, i) => [times[i]!, size]),
    )
    return [
      reduceSum(
        apart,
        sizes.map((_, i) => 2 * i),
      ),
    ]
  },
  kernel({ inputs: [x], outputs: [y] }) {
    const from = x!.data
    const to = y!.data
    const table = tileTable(x!.shape, y!.shape)
    return () => {
      for (let i = 0; i < to.length; i++) to[i] = from[table[i]!]!
    }
  },
}

/** For each element of the tiled tensor, the element that it repeats. */
function tileTable(from: readonly number[], to: readonly number[]): Int32Array {
  let table = Int32Array.of(0)
  to.forEach((size, axis) => {
    const next = new Int32Array(table.length * size)
    const own = from[axis]!
    table.forEach((base, i) => {
      for (let j = 0; j < size; j++) next[i * size + j] = base * own + (j % own)
    })
    table = next
  })
  return table
}

/** The sides of a block, and which of its channels come first. @throws FrostglassError. */
function blockOf(attributes: Attributes, what: string): { size: number; depthFirst: boolean } {
  const size = attribute(attributes, 'blocksize', 0)
  const mode = attribute<string>(attributes, 'mode', 'DCR')
  if (size < 1) throw new FrostglassError('input', `${what}: a blocksize of ${size}`, 'Use 1 or more.')
  if (mode !== 'DCR' && mode !== 'CRD')
    throw new FrostglassError('unsupported', `${what}: mode '${mode}' is neither DCR nor CRD`)
  return { size, depthFirst: mode === 'DCR' }
}

/** @throws FrostglassError `shape`. */
function requireImages(x: { shape: readonly Dim[] }, fits: boolean, what: string): void {
  if (x.shape.length === 4 && fits) return
  throw new FrostglassError(
    'shape',
    `${what}: ${formatShape(x.shape)} does not divide into blocks of that size`,
    'Give it the shape [N, C, height, width], divisible by the block.',
  )
}

const divides = (dim: Dim, by: number): boolean => typeof dim !== 'number' || dim % by === 0
const scaled = (dim: Dim, by: number): Dim => (typeof dim === 'number' ? dim * by : unknownDim())

/** Where channels of [N, b, b, C, H, W] (or [N, C, b, b, H, W]) go: to [N, C, H, b, W, b]. */
const order = { true: [0, 3, 4, 1, 5, 2], false: [0, 1, 4, 2, 5, 3] } as const

/** Depth to space by products of other operators: what the gradient of its inverse is. */
function spread(x: Value, size: number, depthFirst: boolean): Value {
  const [, channels, height, width] = staticShape(
    ['N', ...x.shape.slice(1)].map((d, i) => (i ? d : 1)),
    'blocks',
  )
  const each = channels! / size ** 2
  const parts = depthFirst ? [0, size, size, each, height!, width!] : [0, each, size, size, height!, width!]
  const moved = transpose(reshape(x, parts), order[`${depthFirst}`])
  return reshape(moved, [0, each, height! * size, width! * size])
}

/** Its inverse. */
function gathered(x: Value, size: number, depthFirst: boolean): Value {
  const [, channels, height, width] = staticShape(
    ['N', ...x.shape.slice(1)].map((d, i) => (i ? d : 1)),
    'blocks',
  )
  const [rows, columns] = [height! / size, width! / size]
  const back = order[`${depthFirst}`].map((_, i) => order[`${depthFirst}`].indexOf(i as 0))
  const moved = transpose(reshape(x, [0, channels!, rows, size, columns, size]), back)
  return reshape(moved, [0, channels! * size ** 2, rows, columns])
}

/** For each element of the wide tensor, the element of the deep one that it is. */
function blockTable(deep: readonly number[], size: number, depthFirst: boolean): Int32Array {
  const [batch, channels, height, width] = deep as [number, number, number, number]
  const each = channels / size ** 2
  const table = new Int32Array(sizeOf(deep))
  let at = 0
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < each; c++) {
      for (let y = 0; y < height * size; y++) {
        for (let x = 0; x < width * size; x++) {
          const inBlock = (y % size) * size + (x % size)
          const channel = depthFirst ? inBlock * each + c : c * size ** 2 + inBlock
          const row = (n * channels + channel) * height + Math.floor(y / size)
          table[at++] = row * width + Math.floor(x / size)
        }
      }
    }
  }
  return table
}

export const depthToSpaceOperator: Operator = {
  name: 'DepthToSpace',
  attributes: { blocksize: 'int', mode: 'string' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const { size } = blockOf(attributes, what)
    requireImages(x, divides(x.shape[1] ?? 1, size ** 2), what)
    const [batch, channels, height, width] = x.shape as [Dim, Dim, Dim, Dim]
    const depth = typeof channels === 'number' ? channels / size ** 2 : unknownDim()
    return [info(x.dtype, [batch, depth, scaled(height, size), scaled(width, size)])]
  },
  gradient({ attributes, grads }) {
    const { size, depthFirst } = blockOf(attributes, 'DepthToSpace')
    return [gathered(grads[0]!, size, depthFirst)]
  },
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const { size, depthFirst } = blockOf(attributes, 'DepthToSpace')
    const table = blockTable(x!.shape, size, depthFirst)
    return () => {
      for (let i = 0; i < table.length; i++) y!.data[i] = x!.data[table[i]!]!
    }
  },
}

export const spaceToDepthOperator: Operator = {
  name: 'SpaceToDepth',
  attributes: { blocksize: 'int', mode: 'string' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 1, what) as [ValueInfo]
    const { size } = blockOf(attributes, what)
    requireImages(x, divides(x.shape[2] ?? 1, size) && divides(x.shape[3] ?? 1, size), what)
    const [batch, channels, ...spatial] = x.shape as [Dim, Dim, Dim, Dim]
    const small = spatial.map((d) => (typeof d === 'number' ? d / size : unknownDim()))
    return [info(x.dtype, [batch, scaled(channels, size ** 2), ...small])]
  },
  gradient({ attributes, grads }) {
    const { size, depthFirst } = blockOf(attributes, 'SpaceToDepth')
    return [spread(grads[0]!, size, depthFirst)]
  },
  kernel({ inputs: [x], outputs: [y], attributes }) {
    const { size, depthFirst } = blockOf(attributes, 'SpaceToDepth')
    const table = blockTable(y!.shape, size, depthFirst)
    return () => {
      for (let i = 0; i < table.length; i++) y!.data[table[i]!] = x!.data[i]!
    }
  },
}

export const reverseSequenceOperator: Operator = {
  name: 'ReverseSequence',
  attributes: { batch_axis: 'int', time_axis: 'int' },
  infer(inputs, attributes, what) {
    const [x] = requireInputs(inputs, 2, what) as [ValueInfo]
    const axes = [attribute(attributes, 'batch_axis', 1), attribute(attributes, 'time_axis', 0)]
    if (axes[0]! + axes[1]! !== 1 || axes.some((a) => a !== 0 && a !== 1) || x.shape.length < 2) {
      throw new FrostglassError(
        'shape',
        `${what}: batch axis ${axes[0]} and time axis ${axes[1]} of ${formatShape(x.shape)}`,
        'One of them is 0 and the other 1.',
      )
    }
    return [info(x.dtype, x.shape)]
  },
  gradient: ({ inputs, attributes, grads }) => [
    apply(reverseSequenceOperator, [grads[0]!, inputs[1]], attributes),
  ],
  kernel({ inputs: [x, lengths], outputs: [y], attributes }) {
    const timeFirst = attribute(attributes, 'time_axis', 0) === 0
    const [rows, columns] = x!.shape as [number, number]
    const [steps, batch] = timeFirst ? [rows, columns] : [columns, rows]
    const inner = sizeOf(x!.shape.slice(2))
    const at = (time: number, b: number) => (timeFirst ? time * batch + b : b * steps + time) * inner
    return () => {
      for (let b = 0; b < batch; b++) {
        const length = lengths!.data[b]!
        if (!(length >= 0 && length <= steps)) {
          throw new FrostglassError(
            'input',
            `ReverseSequence: a length of ${length} in a sequence of ${steps}`,
            `Use lengths from 0 to ${steps}.`,
          )
        }
        for (let time = 0; time < steps; time++) {
          const read = at(time < length ? length - 1 - time : time, b)
          const write = at(time, b)
          for (let j = 0; j < inner; j++) y!.data[write + j] = x!.data[read + j]!
        }
      }
    }
  },
}

/** `x` put side by side with itself so often along each axis. */
export const tile = (x: Value, repeats: readonly number[]): Value =>
  apply(tileOperator, [x, integers(repeats)])

export const rearrangeOperators: readonly Operator[] = [
  tileOperator,
  depthToSpaceOperator,
  spaceToDepthOperator,
  reverseSequenceOperator,
]
