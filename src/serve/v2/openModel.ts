// Opens a model in the threads: what it takes and gives, and whether rows of several requests may share a run.
// Source: ONNX Runtime's own account of the inputs and outputs; rowsApart.ts reads the graph, rowTrial.ts tries it out.
// A batch that is free by name need not be: where its graph does not say that rows stay apart, each request runs alone.

import { fromBinary } from '@bufbuild/protobuf'
import { FrostglassError } from '../../errors.ts'
import { ModelProtoSchema, TensorProto_DataLocation } from '../../graph/onnx/onnx_pb.js'
import type { ModelSignature, ServedModel, TensorSignature } from './contract.ts'
import { datatypes } from './datatypes.ts'
import type { RuntimeEnd } from './inferenceWorker.ts'
import { rowsStayApart } from './rowsApart.ts'
import { answersAlike } from './rowTrial.ts'
import type { Threads } from './threads.ts'

/**
 * Opens it under `key`.
 * @param batch rows of several requests in one run at most
 * @throws FrostglassError `usage` for a name that no URL holds, `input` for bytes that ONNX Runtime refuses,
 * `unsupported` for weights in another file, or an input or output that the protocol has no type for
 */
export async function openModel(
  threads: Threads,
  key: number,
  { name, version = '1', bytes }: ServedModel,
  batch: number,
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
    const free = batch > 1 && batchIsFree(opened.inputs, opened.outputs) && rowsStayApart(bytes)
    return { ...model, batched: free && (await answersAlike(threads, key, model, batch)) }
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
function batchIsFree(inputs: readonly RuntimeEnd[], outputs: readonly RuntimeEnd[]): boolean {
  const free = (size: number | string | undefined) => typeof size === 'string'
  return (
    inputs.length > 0 &&
    inputs.every(({ shape }) => free(shape[0]) && !shape.slice(1).some(free)) &&
    outputs.every(({ shape }) => free(shape[0]))
  )
}
