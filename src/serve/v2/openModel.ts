// Opens a model in the threads: what it takes and gives, and whether rows of several requests may share a run.
// Source: ONNX Runtime's own account of the inputs and outputs; graph/rowsApart.ts reads the graph, rowTrial.ts tries it out.
// The file is parsed once on this side, and by the runtime in each thread: with guards, where a request could end the process.
// A batch that is free by name need not be: where its graph does not say that rows stay apart, each request runs alone.

import { FrostglassError } from '../../errors.ts'
import type { Graph } from '../../graph/index.ts'
import { guardedModel } from '../../graph/native/guardedModel.ts'
import { type ParsedModel, parseModel } from '../../graph/onnx/parse.ts'
import { readModel } from '../../graph/onnx/read.ts'
import { outsideTensors } from '../../graph/onnx/tensors.ts'
import { rowsStayApart } from '../../graph/rowsApart.ts'
import type { ModelSignature, ServedModel, TensorSignature } from './contract.ts'
import { datatypes } from './datatypes.ts'
import type { RuntimeEnd } from './inferenceWorker.ts'
import { named, namesOf } from './modelNames.ts'
import { answersAlike } from './rowTrial.ts'
import type { Threads } from './threads.ts'

/**
 * Opens it under `key`.
 * @param batch rows of several requests in one run at most
 * @throws FrostglassError `usage` for a name that no URL holds, `input` for bytes that ONNX Runtime refuses,
 * `unsupported` for weights in another file, an input or output that the protocol has no type for, or a node that may end the process
 * and has no guard
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
  const model = parsed(name, bytes)
  checkFile(name, model)
  const names = namesOf(model)
  const graph = readable(model)
  const opened = await threads.open(key, guarded(name, model, graph) ?? bytes).catch((cause: Error) => {
    throw unopened(name, cause)
  })
  try {
    const inputs = opened.inputs.map((end) => signatureOf(name, end))
    const outputs = opened.outputs.map((end) => signatureOf(name, end))
    const free =
      batch > 1 && batchIsFree(opened.inputs, opened.outputs) && graph !== undefined && rowsStayApart(graph)
    const batched = free && (await answersAlike(threads, key, { inputs, outputs }, batch))
    const unguarded = graph === undefined
    return named({ name, version, inputs, outputs, batched, unguarded }, names)
  } catch (error) {
    await threads.close(key).catch(() => {})
    throw error
  }
}

/**
 * Looks at a file before the runtime does, which would take what memory it asks for, and look for weights in other files where
 * the process happens to run.
 */
function checkFile(name: string, model: ParsedModel): void {
  const [outside] = outsideTensors(model)
  if (!outside) return
  throw new FrostglassError(
    'unsupported',
    `the model '${name}' keeps its weights ('${outside.name}') in another file`,
    'Save it as one file.',
  )
}

function parsed(name: string, bytes: Uint8Array): ParsedModel {
  try {
    return parseModel(bytes, 'it')
  } catch (cause) {
    throw unopened(name, cause as Error)
  }
}

/** What a model computes; undefined where we cannot tell. */
function readable(model: ParsedModel): Graph | undefined {
  try {
    return readModel(model, {}).graph
  } catch {
    return undefined
  }
}

function guarded(name: string, model: ParsedModel, graph: Graph | undefined): Uint8Array | undefined {
  try {
    return graph && guardedModel(model, graph)
  } catch (cause) {
    const { message, hint } = cause as FrostglassError
    throw new FrostglassError(
      'unsupported',
      `the model '${name}' cannot be guarded from what ends the process: ${message}`,
      hint ?? 'Export the model again.',
      cause,
    )
  }
}

const unopened = (name: string, cause: Error): FrostglassError =>
  new FrostglassError(
    'input',
    `the model '${name}' cannot be opened: ${cause.message}`,
    'Give a whole ONNX file without external data; python -m onnx.checker says more.',
    cause,
  )

function signatureOf(model: string, { name, datatype, type, shape }: RuntimeEnd): TensorSignature {
  if (datatype) {
    const free = shape.map((s) => (typeof s === 'string' && s !== '' ? s : undefined))
    const sizes = shape.map((s) => (typeof s === 'number' ? s : -1))
    return { name, datatype, shape: sizes, ...(free.some((s) => s !== undefined) ? { free } : {}) }
  }
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
