// Reads the model of a case, runs it on one executor, and says whether what comes out is what was to come out.
// Source: ONNX's backend test runner: |got − want| ≤ atol + rtol·|want|, integers and booleans exactly; and a millionth of the
// largest, which a sum in float32 leaves of numbers that cancel.
// Where numbers are drawn at random, shapes and types alone are compared.

import { fromBinary } from '@bufbuild/protobuf'
import { FrostglassError } from '../../src/errors.ts'
import { compile } from '../../src/graph/compile.ts'
import type { ExecutorName } from '../../src/graph/executor.ts'
import { isNarrow } from '../../src/graph/narrow.ts'
import { versionAt } from '../../src/graph/onnx/_versions.ts'
import { type GraphProto, ModelProtoSchema, type NodeProto } from '../../src/graph/onnx/onnx_pb.js'
import { readOnnx } from '../../src/graph/onnx/read.ts'
import { operators } from '../../src/graph/operators/index.ts'
import { arrayOf, type DType, isFloat, type Tensor, tensor, toFloat64 } from '../../src/graph/tensor.ts'
import type { Answer, Case, CaseTensor, Verdict } from './case.ts'

const dtypes: Readonly<Record<string, DType>> = {
  FLOAT: 'float32',
  DOUBLE: 'float64',
  FLOAT16: 'float16',
  BFLOAT16: 'bfloat16',
  UINT8: 'uint8',
  INT8: 'int8',
  UINT16: 'uint16',
  INT16: 'int16',
  UINT32: 'uint32',
  INT32: 'int32',
  UINT64: 'uint64',
  INT64: 'int64',
  BOOL: 'bool',
  FLOAT8E4M3FN: 'float8e4m3fn',
  FLOAT8E4M3FNUZ: 'float8e4m3fnuz',
  FLOAT8E5M2: 'float8e5m2',
  FLOAT8E5M2FNUZ: 'float8e5m2fnuz',
  FLOAT4E2M1: 'float4e2m1',
  UINT4: 'uint4',
  INT4: 'int4',
  UINT2: 'uint2',
  INT2: 'int2',
}

// Two units in the last place of a half: what is rounded at other places on the way ends there.
const halfway: Partial<Record<DType, number>> = { float16: 2 ** -9, bfloat16: 2 ** -6 }

const random = /^(Bernoulli|Random|Multinomial)/

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))

/** What comes of a case on both executors. */
export async function answer(c: Case): Promise<Answer> {
  return {
    ...about(c),
    plain: await judge(c, 'plain'),
    native: await judge(c, 'native'),
  }
}

function about(c: Case): Pick<Answer, 'operator' | 'version' | 'listed'> {
  const proto = fromBinary(ModelProtoSchema, bytesOf(c.model))
  const nodes = everyNode(proto.graph!)
  const opset = Number(proto.opsetImport.find((o) => o.domain === '')?.version ?? 1n)
  // A function of operators written out is about the one that its last node ends in.
  const operator = nodes.at(-1)?.opType ?? 'none'
  const listed = nodes.every((n) => n.domain === '' && (operators.has(n.opType) || n.opType === 'Constant'))
  return { operator, version: versionAt(operator, opset) ?? 0, listed }
}

function everyNode(g: GraphProto): NodeProto[] {
  return g.node.flatMap((n) => [...n.attribute.flatMap((a) => (a.g ? everyNode(a.g) : [])), n])
}

async function judge(c: Case, executor: ExecutorName): Promise<Verdict> {
  try {
    const { graph } = readOnnx(bytesOf(c.model), { file: 'the case' })
    const strange = c.inputs.find((t) => t.raw === undefined)
    if (strange) return { outcome: 'refused', why: `no ${strange.dtype ?? strange.kind} as an input` }
    const given = c.inputs.map(feedOf)
    const feeds = Object.fromEntries(graph.inputs.map((v, i) => [v.name!, given[i]!]))
    const program = await compile(graph, { executor })
    try {
      const drawn = graph.nodes.some(
        ({ operator, inputs }) =>
          random.test(operator.name) || (operator.name === 'Dropout' && inputs.length > 2),
      )
      return compare(c, Object.values(await program.run(feeds)), Object.values(graph.outputs), drawn)
    } finally {
      await program.close()
    }
  } catch (error) {
    const { message } = error as Error
    if (error instanceof FrostglassError) return { outcome: 'refused', why: `${error.code}: ${message}` }
    return { outcome: 'untyped', why: `${(error as Error).name}: ${message}` }
  }
}

function feedOf(t: CaseTensor): Tensor {
  const dtype = dtypes[t.dtype ?? '']
  if (!dtype) throw new FrostglassError('unsupported', `no input of ${t.dtype}`)
  // ml_dtypes keeps integers of fewer bits than 8 without their sign: their values say more than their bytes.
  if (isNarrow(dtype))
    return tensor(new Float64Array(bytesOf(t.values!).buffer as ArrayBuffer), t.shape!, dtype)
  return { dtype, shape: t.shape!, data: new (arrayOf(dtype))(bytesOf(t.raw!).buffer as ArrayBuffer) }
}

function compare(
  c: Case,
  got: readonly Tensor[],
  stated: readonly { dtype: DType }[],
  drawn: boolean,
): Verdict {
  for (const [i, want] of c.outputs.entries()) {
    const wrong = compareOne(c, want, got[i], stated[i]?.dtype, drawn)
    if (wrong) return { outcome: 'wrong', why: `output ${i}: ${wrong}` }
  }
  return { outcome: 'pass', why: '' }
}

function compareOne(
  c: Case,
  want: CaseTensor,
  got: Tensor | undefined,
  dtype: DType | undefined,
  drawn: boolean,
): string | undefined {
  if (want.values === undefined) return `is a ${want.dtype ?? want.kind}`
  if (!got) return 'is missing'
  if (dtypes[want.dtype ?? ''] !== dtype) return `is ${dtype}, not ${want.dtype}`
  if (String(got.shape) !== String(want.shape)) return `has the shape [${got.shape}], not [${want.shape}]`
  if (drawn) return undefined
  const values = toFloat64(got)
  const expected = new Float64Array(bytesOf(want.values).buffer)
  const largest = expected.reduce((m, v) => (Math.abs(v) < Infinity ? Math.max(m, Math.abs(v)) : m), 0)
  const exact = !isFloat(dtype!)
  const rtol = Math.max(c.rtol, halfway[dtype!] ?? 0)
  for (const [j, b] of expected.entries()) {
    const a = values[j]!
    const near = exact ? a === b : Math.abs(a - b) <= c.atol + 1e-6 * largest + rtol * Math.abs(b)
    if (!near && !Object.is(a, b) && a !== b) return `element ${j} is ${a}, not ${b}`
  }
  return undefined
}
