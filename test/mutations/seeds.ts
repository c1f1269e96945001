// Small models of many kinds, whose bytes are then altered: what is written here, and files that other tools wrote.
// Source: the engine's own writer; the onnx package (one node each, and its older operator sets).

import {
  add,
  argMax,
  averagePool,
  batchNormalization,
  cast,
  clip,
  concat,
  constant,
  conv,
  convTranspose,
  type DType,
  dequantize,
  div,
  expand,
  gather,
  gatherElements,
  gemm,
  globalAveragePool,
  graph,
  input,
  loop,
  matmul,
  maxPool,
  mul,
  oneHot,
  pad,
  reduceMean,
  relu,
  reshape,
  scatterElements,
  shapeOf,
  slice,
  softmax,
  split,
  tanh,
  tensor,
  transpose,
  unsqueeze,
  upsample,
  type Value,
  variable,
  where,
  writeOnnx,
} from '../../src/graph/index.ts'
import { greater } from '../../src/graph/operators/compare.ts'
import { operators } from '../../src/graph/operators/index.ts'
import { apply, applyAll, constantOf, integers } from '../../src/graph/value.ts'

/** A model to alter. */
export interface Seed {
  readonly name: string
  readonly bytes: Uint8Array
}

const numbers = (shape: readonly number[], dtype: DType = 'float32') => {
  const size = shape.reduce((a, b) => a * b, 1)
  return tensor(
    Float64Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
    shape,
    dtype,
  )
}

const weights = (shape: readonly number[], dtype: DType = 'float32'): Value =>
  constantOf(numbers(shape, dtype))

const image = () => input('x', ['N', 2, 6, 6])
const row = (dtype: DType = 'float32') => input('x', ['N', 4], dtype)

/** Graphs by name: what each gives of what it takes. */
const built: Record<string, () => { inputs: Value[]; y: Value }> = {
  dense() {
    const x = row()
    return { inputs: [x], y: softmax(gemm(tanh(gemm(x, weights([4, 5]))), weights([5, 3])), 1) }
  },
  trainable() {
    const x = row()
    return { inputs: [x], y: relu(gemm(x, variable('w', numbers([4, 3])), variable('b', numbers([3])))) }
  },
  convolutions() {
    const x = image()
    const y = relu(
      maxPool(conv(x, weights([3, 2, 3, 3]), undefined, { pads: [1, 1, 1, 1] }), [2, 2], { strides: [2, 2] }),
    )
    return { inputs: [x], y: globalAveragePool(y) }
  },
  upwards() {
    const x = image()
    return {
      inputs: [x],
      y: upsample(convTranspose(x, weights([2, 2, 2, 2]), undefined, { strides: [2, 2] }), [2, 2]),
    }
  },
  normalised() {
    const x = image()
    const each = () => weights([2])
    const positive = constant([0.5, 2])
    return { inputs: [x], y: averagePool(batchNormalization(x, each(), each(), each(), positive), [3, 3]) }
  },
  attention() {
    const x = input('x', [1, 3, 4])
    const scores = softmax(matmul(x, transpose(x, [0, 2, 1])), 2)
    return { inputs: [x], y: matmul(scores, x) }
  },
  words() {
    const x = input('x', ['N', 3], 'int64')
    return { inputs: [x], y: reduceMean(gather(weights([10, 4]), x, 0), [1]) }
  },
  classes() {
    const x = row()
    return { inputs: [x], y: oneHot(argMax(x, 1), 4) }
  },
  places() {
    const x = row()
    const at = constant([0, 1, 2, 3], [1, 4], 'int64')
    return {
      inputs: [x],
      y: scatterElements(
        expand(constant(0, []), [1, 4]),
        at,
        gatherElements(slice(x, [0], [1], [0]), at, 1),
        { axis: 1 },
      ),
    }
  },
  shapes() {
    const x = row()
    const size = apply(operators.get('ConstantOfShape')!, [shapeOf(x)])
    const [count] = applyAll(operators.get('Range')!, [
      constant(0, [], 'int64'),
      constant(4, [], 'int64'),
      constant(1, [], 'int64'),
    ])
    return { inputs: [x], y: add(add(x, size), cast(count!, 'float32')) }
  },
  parts() {
    const x = row()
    const [a, b] = split(x, 2, 1)
    return {
      inputs: [x],
      y: pad(concat([b!, a!, unsqueeze(reshape(a!, [-1]), [1])].slice(0, 2), 1), [0, 1], [0, 1]),
    }
  },
  tiled() {
    const x = row()
    const tile = operators.get('Tile')
    return {
      inputs: [x],
      y: tile ? apply(tile, [x, integers([1, 2])]) : expand(unsqueeze(x, [0]), [2, 1, 1]),
    }
  },
  rounds() {
    const x = row()
    const { carried, scans } = loop(3, [x], ({ carried: [v] }) => ({
      carried: [mul(v!, constant(0.5, []))],
      scans: [v!],
    }))
    return { inputs: [x], y: add(carried[0]!, reduceMean(scans[0]!, [0])) }
  },
  bytes() {
    const x = row('uint8')
    return { inputs: [x], y: matmul(dequantize(x, constant(0.1, [])), weights([4, 2])) }
  },
  whole() {
    const x = row('int64')
    return { inputs: [x], y: div(mul(x, constant([2, 3, 4, 5], [4], 'int64')), constant(3, [], 'int64')) }
  },
  halves() {
    const x = row('float16')
    return { inputs: [x], y: cast(matmul(x, weights([4, 2], 'float16')), 'float32') }
  },
  brain() {
    const x = row('bfloat16')
    return { inputs: [x], y: softmax(add(x, weights([4], 'bfloat16')), 1) }
  },
  choices() {
    const x = row()
    return {
      inputs: [x],
      y: where(greater(x, constant(0, [])), clip(x, 0.1, 2), mul(x, x)),
    }
  },
}

// Written by the onnx package: AveragePool with dilations, a reduction of Clip, halves, Erf (opset 18), Softmax (opset 11).
const foreign: Record<string, string> = {
  averagePool:
    'CAg6fQo+CgF4EgF5IgtBdmVyYWdlUG9vbCoSCglkaWxhdGlvbnNAAkACoAEHKhUKDGtlcm5lbF9zaGFwZUACQAKgAQcSAWdaGwoBeBIWChQIARIQCgIIAQoCCAEKAggFCgIIBWIbCgF5EhYKFAgBEhAKAggBCgIIAQoCCAMKAggDQgQKABAT',
  clip: 'CAg6XQojCgF4EgFtIgpSZWR1Y2VNZWFuKg8KCGtlZXBkaW1zGACgAQIKEQoBeAoACgFtEgF5IgRDbGlwEgFnWg8KAXgSCgoICAESBAoCCARiDwoBeRIKCggIARIECgIIBEIECgAQEg==',
  float16:
    'CAg6eAoXCgF4EgFoIgRDYXN0KgkKAnRvGAqgAQIKDgoBaAoBdxIBbSIDTXVsChcKAW0SAXkiBENhc3QqCQoCdG8YAaABAhIBZyoPCAMQCkIBd0oGAEAAQgA4Wg8KAXgSCgoICAESBAoCCANiDwoBeRIKCggIARIECgIIA0IECgAQEg==',
  erf: 'CAg6YgoLCgF4EgFlIgNFcmYKDgoBeAoBZRIBeSIDQWRkEgFnWhQKAXgSDwoNCAESCQoDEgFOCgIICmIUCgF5Eg8KDQgBEgkKAxIBTgoCCApqFAoBZRIPCg0IARIJCgMSAU4KAggKQgQKABAS',
  softmax:
    'CAg6RgoPCgF4EgF5IgdTb2Z0bWF4EgFnWhcKAXgSEgoQCAESDAoCCAIKAggDCgIIBGIXCgF5EhIKEAgBEgwKAggCCgIIAwoCCARCBAoAEAs=',
}

/** All seeds. */
export const seeds: readonly Seed[] = [
  ...Object.entries(built).map(([name, build]) => {
    const { inputs, y } = build()
    return { name, bytes: writeOnnx(graph({ inputs, outputs: { y } })) }
  }),
  ...Object.entries(foreign).map(([name, text]) => ({
    name,
    bytes: new Uint8Array(Buffer.from(text, 'base64')),
  })),
]
