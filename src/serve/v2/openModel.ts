// Opens a model in the threads: what it takes and gives, and whether rows of several requests may share a run.
// Source: ONNX Runtime's own account of the inputs and outputs; the rest is tried out.
// A batch that is free by name need not be: two rows together must give what each gives alone.

import { fromBinary } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import { ModelProtoSchema, TensorProto_DataLocation } from '../../graph/onnx/onnx_pb.js'
import { joinRows, splitRows } from './batch.ts'
import type { ModelSignature, ServedModel, TensorSignature } from './contract.ts'
import { datatypes, elementsOf, type WireTensor } from './datatypes.ts'
import type { RuntimeEnd } from './inferenceWorker.ts'
import type { Threads } from './threads.ts'

/**
 * Opens it under `key`.
 * @throws FrostglassError `usage` for a name that no URL holds, `input` for bytes that ONNX Runtime refuses,
 * `unsupported` for weights in another file, or an input or output that the protocol has no type for
 */
export async function openModel(
  threads: Threads,
  key: number,
  { name, version = '1', bytes }: ServedModel,
  tryBatch: boolean,
): Promise<ModelSignature> {
  for (const part of [name, version]) {
    if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(part)) continue
    throw new FrostglassError(
      'usage',
      `'${part}' cannot name a model or a version of one`,
      'Use letters, digits, ., _ and -, and begin with a letter or digit.',
    )
  }
  refuseExternalData(name, bytes)
  const opened = await threads.open(key, bytes).catch((cause: Error) => {
    throw new FrostglassError(
      'input',
      `the model '${name}' cannot be opened: ${cause.message}`,
      'Give a whole ONNX file without external data; python -m onnx.checker says more.',
      cause,
    )
  })
  try {
    const inputs = opened.inputs.map((end) => signatureOf(name, end))
    const outputs = opened.outputs.map((end) => signatureOf(name, end))
    const model = { name, version, inputs, outputs, batched: false }
    const batched = tryBatch && rowsAreApart(opened.inputs, opened.outputs)
    return { ...model, batched: batched && (await answersAlike(threads, key, model)) }
  } catch (error) {
    await threads.close(key).catch(() => {})
    throw error
  }
}

// The runtime would look for such files where the process happens to run.
function refuseExternalData(name: string, bytes: Uint8Array): void {
  let weights: readonly { name: string; dataLocation: TensorProto_DataLocation }[] = []
  try {
    weights = fromBinary(ModelProtoSchema, bytes).graph?.initializer ?? []
  } catch {
    // The runtime says what is wrong with it.
  }
  const outside = weights.find(({ dataLocation }) => dataLocation === TensorProto_DataLocation.EXTERNAL)
  if (!outside) return
  throw new FrostglassError(
    'unsupported',
    `the model '${name}' keeps its weights ('${outside.name}') in another file`,
    'Save it as one file.',
  )
}

function signatureOf(model: string, { name, datatype, type, shape }: RuntimeEnd): TensorSignature {
  if (datatype) return { name, datatype, shape: shape.map((s) => (typeof s === 'number' ? s : -1)) }
  throw new FrostglassError(
    'unsupported',
    `the model '${model}': '${name}' is ${type}, which the protocol has no type for`,
    type === 'no tensor'
      ? 'A classifier of scikit-learn ends in ZipMap unless it is converted by convert_sklearn(…, options={"zipmap": False}).'
      : `Take a model with inputs and outputs of ${Object.keys(datatypes).join(', ')}.`,
  )
}

/** Whether the first size, and it alone, is free in every input, and free in every output. */
function rowsAreApart(inputs: readonly RuntimeEnd[], outputs: readonly RuntimeEnd[]): boolean {
  const free = (size: number | string | undefined) => typeof size === 'string'
  return (
    inputs.length > 0 &&
    inputs.every(({ shape }) => free(shape[0]) && !shape.slice(1).some(free)) &&
    outputs.every(({ shape }) => free(shape[0]))
  )
}

async function answersAlike(threads: Threads, key: number, model: ModelSignature): Promise<boolean> {
  const names = model.outputs.map(({ name }) => name)
  const row = (which: number) => model.inputs.map((input) => rowOf(input, which))
  const ask = async (inputs: WireTensor[]) => (await threads.run(key, inputs, names)).outputs
  try {
    const together = splitRows(await ask(joinRows([row(0), row(1)])), [1, 1])
    for (const which of [0, 1]) {
      const alone = await ask(row(which))
      const part = together?.[which]
      if (!part?.every((tensor, i) => near(tensor, alone[i]!))) return false
    }
    return true
  } catch {
    // A model may refuse rows that are made up, or two of them: then each request runs alone.
    return false
  }
}

// Kernels of other sizes round otherwise; what depends on the other row differs by more.
function near(a: WireTensor, b: WireTensor): boolean {
  if (a.shape.join() !== b.shape.join()) return false
  if (a.datatype !== 'FP32' && a.datatype !== 'FP64') return same(a, b)
  const read = ({ data }: WireTensor) =>
    Float64Array.from(new (a.datatype === 'FP32' ? Float32Array : Float64Array)(data as ArrayBuffer))
  const [x, y] = [read(a), read(b)]
  const scale = x.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  return x.every((v, i) => Math.abs(v - y[i]!) <= 1e-3 * scale)
}

function same({ data: a }: WireTensor, { data: b }: WireTensor): boolean {
  const bytes = (data: WireTensor['data']) =>
    data instanceof ArrayBuffer ? Buffer.from(data) : Buffer.from(JSON.stringify(data))
  return bytes(a).equals(bytes(b))
}

/** A made-up row: a wave for fractions, zeros and ones for whole numbers. */
function rowOf({ name, datatype, shape }: TensorSignature, row: number): WireTensor {
  const one = [1, ...shape.slice(1)]
  const count = elementsOf(one)
  const wave = (i: number) => Math.sin((row + 1) * (i + 1))
  if (datatype === 'BYTES')
    return { name, datatype, shape: one, data: new Array<string>(count).fill(`${row}`) }
  if (datatype === 'FP32')
    return {
      name,
      datatype,
      shape: one,
      data: Float32Array.from({ length: count }, (_, i) => wave(i)).buffer,
    }
  if (datatype === 'FP64')
    return {
      name,
      datatype,
      shape: one,
      data: Float64Array.from({ length: count }, (_, i) => wave(i)).buffer,
    }
  const bytes = new Uint8Array(count * datatypes[datatype].size)
  // 0x3c00 is one in half precision.
  const [offset, value] = datatype === 'FP16' ? [1, 0x3c] : [0, 1]
  if (row === 1) for (let i = offset; i < bytes.length; i += datatypes[datatype].size) bytes[i] = value
  return { name, datatype, shape: one, data: bytes.buffer }
}
