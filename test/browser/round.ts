// The work that Node and a browser must do alike: build a network, differentiate it, train it, write it, read it.
// Source: stochastic gradient descent with momentum, written out as graph updates.
// For tests. Small enough to take milliseconds; it is no measure of speed.

import {
  add,
  type CompileOptions,
  compile,
  constant,
  conv,
  freeze,
  gemm,
  gradients,
  graph,
  input,
  logSoftmax,
  mul,
  neg,
  readOnnx,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  sizeOf,
  sub,
  tanh,
  tensor,
  type Value,
  variable,
  writeOnnx,
} from '../../src/graph/index.ts'
import { toFloat64 } from '../../src/graph/tensor.ts'
import { constantOf } from '../../src/graph/value.ts'
import { seededRandom } from '../../src/random/seeded.ts'

/** What one training gave, as plain arrays: they cross from the page into the test. */
export interface Trained {
  readonly executor: string
  /** Of each step, before its update. */
  readonly losses: readonly number[]
  /** Name and content of every parameter after the last step. */
  readonly weights: Readonly<Record<string, readonly number[]>>
  /** The trained network as an ONNX model, `x [N, 1, 6, 6] → scores [N, 3]`. */
  readonly model: readonly number[]
}

const batch = 8
const pixels = 36
const rows = 5

/** Trains a network with a convolution for some steps, on pictures drawn from a seed. */
export async function train(options: CompileOptions, steps = 60): Promise<Trained> {
  const draw = seededRandom(11)
  const parameters = Object.entries({
    k: [4, 1, 3, 3],
    kb: [4],
    w: [64, 6],
    wb: [6],
    v: [6, 3],
    vb: [3],
  }).map(([name, shape]) => variable(name, tensor(normals(draw, sizeOf(shape), 0.3), shape, 'float32')))
  const x = input('x', ['N', 1, 6, 6])
  const y = input('y', ['N', 3])
  const scores = networkOf(x, parameters)
  const loss = neg(reduceMean(reduceSum(mul(y, logSoftmax(scores)), [1])))
  const updates = gradients(loss, parameters).flatMap((gradient, i): [Value, Value][] => {
    const target = parameters[i]!
    const shape = target.shape as number[]
    const velocity = variable(
      `${target.name}:velocity`,
      tensor(new Float64Array(sizeOf(shape)), shape, 'float32'),
    )
    const next = add(mul(velocity, constant(0.9, [])), gradient)
    return [
      [velocity, next],
      [target, sub(target, mul(constant(0.05, []), next))],
    ]
  })
  const program = await compile(graph({ inputs: [x, y], outputs: { loss }, updates }), options)
  try {
    const losses: number[] = []
    for (let step = 0; step < steps; step++) {
      const results = await program.run(batchOf(draw))
      losses.push(Number(results['loss']!.data[0]))
    }
    const contents = parameters.map((p) => program.read(p))
    const trained = freeze(graph({ inputs: [x], outputs: { scores } }), (p) => {
      const { data, shape } = contents[parameters.indexOf(p)]!
      return constantOf(tensor(data, shape, 'float32'))
    })
    return {
      executor: program.executor,
      losses,
      weights: Object.fromEntries(parameters.map((p, i) => [p.name!, Array.from(toFloat64(contents[i]!))])),
      model: Array.from(writeOnnx(trained)),
    }
  } finally {
    await program.close()
  }
}

/** What an ONNX model of one input and one output gives to rows drawn from a seed. */
export async function answers(model: readonly number[], options: CompileOptions): Promise<number[]> {
  const { graph: g } = readOnnx(Uint8Array.from(model))
  const [x] = g.inputs as [Value]
  const shape = [rows, ...(x.shape.slice(1) as number[])]
  const program = await compile(g, options)
  try {
    const given = tensor(normals(seededRandom(5), sizeOf(shape), 0.5), shape, x.dtype)
    const [output] = Object.values(await program.run({ [x.name!]: given }))
    return Array.from(toFloat64(output!))
  } finally {
    await program.close()
  }
}

function networkOf(x: Value, [k, kb, w, wb, v, vb]: Value[]): Value {
  const maps = relu(conv(x, k!, kb!))
  return gemm(tanh(gemm(reshape(maps, [-1, 64]), w!, wb!)), v!, vb!)
}

/** Noise in which one of three rows of pixels is brighter: the class. */
function batchOf(draw: ReturnType<typeof seededRandom>) {
  const x = normals(draw, batch * pixels, 1)
  const y = new Float64Array(3 * batch)
  for (let i = 0; i < batch; i++) {
    const bright = Math.floor(3 * draw.uniform())
    y[3 * i + bright] = 1
    for (let column = 0; column < 6; column++) x[i * pixels + 12 * bright + column]! += 1
  }
  return { x: tensor(x, [batch, 1, 6, 6], 'float32'), y: tensor(y, [batch, 3], 'float32') }
}

// Rounded to float32, so that both executors start from the same numbers.
function normals(draw: ReturnType<typeof seededRandom>, count: number, scale: number): Float64Array {
  return Float64Array.from({ length: count }, () => Math.fround(scale * draw.normal()))
}
