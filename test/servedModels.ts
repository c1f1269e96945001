// Models for tests and benchmarks of the service and the edge: of known arithmetic, or of the papers' shapes.
// Source: ObfNet-MLP and InfNet-MLP (Xu et al. 2020) for the shapes; weights from a seed.
// Their weights are random: they classify nothing.

import { create, toBinary } from '@bufbuild/protobuf'
import {
  add,
  constant,
  type DType,
  gather,
  gemm,
  graph,
  identity,
  input,
  matmul,
  mul,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  type Shape,
  softmax,
  sub,
  tensor,
  type Value,
  variable,
  writeOnnx,
} from '../src/graph/index.ts'
import { ModelProtoSchema, type TensorProto_DataType } from '../src/graph/onnx/onnx_pb.js'
import type { PaneCard } from '../src/protect/learned/contract.ts'
import { seededRandom } from '../src/random/seeded.ts'

function weights(
  draw: ReturnType<typeof seededRandom>,
  name: string,
  shape: readonly [number, number],
): Value {
  const scale = Math.sqrt(2 / shape[0])
  const data = Float32Array.from({ length: shape[0] * shape[1] }, () => scale * draw.normal())
  return variable(name, tensor(data, shape, 'float32'))
}

function dense(x: Value, units: readonly number[], seed: number): Value {
  const draw = seededRandom(seed)
  return units.reduce((y, width, i) => {
    const w = weights(draw, `w${i}`, [y.shape[1] as number, width])
    const b = variable(`b${i}`, tensor(new Float32Array(width), [width], 'float32'))
    return i === units.length - 1 ? gemm(y, w, b) : relu(gemm(y, w, b))
  }, x)
}

/** InfNet-MLP: `input` [N, 1, 28, 28] to `probabilities` [N, 10]. */
export function classifierModel(hidden: readonly number[] = [512, 512, 512]): Uint8Array {
  const x = input('input', ['N', 1, 28, 28])
  const probabilities = softmax(dense(reshape(x, [-1, 784]), [...hidden, 10], 1), 1)
  return writeOnnx(graph({ inputs: [x], outputs: { probabilities } }))
}

/** A table's model of the smallest kind: `x` [N, 7] to `y` [N, 3]. */
export function tinyModel(): Uint8Array {
  const x = input('x', ['N', 7])
  return writeOnnx(graph({ inputs: [x], outputs: { y: softmax(dense(x, [16, 3], 5), 1) } }))
}

/** ObfNet-MLP(n) as a pane with its card: `image` to `obfuscated`, both [N, 1, 28, 28]. */
export function paneModel(bottleneck: number): Uint8Array {
  const image = input('image', ['N', 1, 28, 28])
  const obfuscated = reshape(relu(dense(reshape(image, [-1, 784]), [bottleneck, 784], 2)), [-1, 1, 28, 28])
  const metadata = { frostglass: JSON.stringify(paneCard(bottleneck)), other: 'ignored' }
  return writeOnnx(graph({ inputs: [image], outputs: { obfuscated } }), { metadata })
}

/** The card of {@link paneModel}. */
export function paneCard(bottleneck: number): PaneCard {
  return {
    format: 'frostglass-pane',
    version: 1,
    kind: 'mlp',
    bottleneck,
    input: [1, 28, 28],
    output: [1, 28, 28],
    preprocessing: { mean: [0], std: [1], layout: 'NCHW', order: 'grey' },
    classifier: { name: 'random', sha256: '0'.repeat(64), classes: 10 },
    training: {
      data: 'none',
      images: 0,
      validation: 0,
      epochs: 0,
      bestEpoch: 0,
      batch: 128,
      learningRate: 0.001,
      decay: 1,
      classifierDropout: true,
      outputs: 'all',
      warmUp: 0,
      seed: 2,
      seconds: 0,
    },
    measured: { on: 'nothing', images: 0, raw: 0, obfuscated: 0, amongClasses: null },
    parameters: 1569 * bottleneck + 784,
    flops: 0,
    givesAway: 'Everything: its weights are random.',
  }
}

/** `x` to `y`, unchanged. */
export function identityModel(
  dtype: DType,
  shape: Shape = ['N', 3],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const x = input('x', shape, dtype)
  return writeOnnx(graph({ inputs: [x], outputs: { y: identity(x) } }), { metadata })
}

/** One node, `x` [N, 3] to `output`, of any type of the format. */
export function oneNodeModel(opType: string, type: TensorProto_DataType, output = 'y'): Uint8Array {
  const end = (name: string) => {
    const dim = [
      { value: { case: 'dimParam' as const, value: 'N' } },
      { value: { case: 'dimValue' as const, value: 3n } },
    ]
    return {
      name,
      type: { value: { case: 'tensorType' as const, value: { elemType: type, shape: { dim } } } },
    }
  }
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 9n,
      opsetImport: [{ version: 18n }],
      graph: {
        name: 'one',
        node: [{ opType, input: ['x'], output: [output] }],
        input: [end('x')],
        output: [end(output)],
      },
    }),
  )
}

/** `a` and `b` [N, 2] to their `sum` and `difference`. */
export function twoInputModel(): Uint8Array {
  const [a, b] = [input('a', ['N', 2]), input('b', ['N', 2])]
  return writeOnnx(graph({ inputs: [a, b], outputs: { sum: add(a, b), difference: sub(a, b) } }))
}

/** `x` [N, 2] less the mean of the batch: rows of two requests must not meet here. */
export function coupledModel(): Uint8Array {
  const x = input('x', ['N', 2])
  return writeOnnx(graph({ inputs: [x], outputs: { y: sub(x, reduceMean(x, [0], true)) } }))
}

/** `x` [N, 1], a whole number from 0 to 3, to `y` [N, 1, 2]: what stands there in a table. Beyond it, the run fails. */
export function lookUpModel(): Uint8Array {
  const x = input('x', ['N', 1], 'int64')
  const table = constant([0, 1, 2, 3, 4, 5, 6, 7], [4, 2])
  return writeOnnx(graph({ inputs: [x], outputs: { y: gather(table, x) } }))
}

/** `x` [N, 1] to `y` [N, 1] by `products` products of 512 × 512: a few milliseconds each. */
export function slowModel(products: number): Uint8Array {
  const x = input('x', ['N', 1])
  const draw = seededRandom(3)
  const w = weights(draw, 'w', [512, 512])
  let y = mul(w, reduceSum(x, [0, 1]))
  for (let i = 0; i < products; i++) y = matmul(w, y)
  return writeOnnx(graph({ inputs: [x], outputs: { y: add(x, reduceMean(y)) } }))
}
