// A request to infer: from its body to tensors that fit the model, or the sentence that says what does not fit.
// Source: Open Inference Protocol (KServe V2), "Inference", its binary tensor extension, and Triton's raw binary request.
// Every size is checked against the bytes that came before anything of that size is allocated.

import { fromBinary, wholeText, wireSize } from './binaryTensors.ts'
import type { ModelSignature, TensorSignature } from './contract.ts'
import { type Datatype, elementsOf, type WireTensor } from './datatypes.ts'
import { fromJson } from './jsonTensors.ts'
import { type ParsedJson, parseJson } from './jsonText.ts'
import { Refusal } from './refusal.ts'
import { inferenceRequest, type RequestHeader } from './schemas.ts'

/** A request that fits its model. */
export interface InferenceRequest {
  readonly id: string | undefined
  /** In the model's order. */
  readonly inputs: WireTensor[]
  readonly outputs: readonly { readonly name: string; readonly binary: boolean }[]
  /** Whether its JSON has NaN or infinities as words, so that the answer's may. */
  readonly words: boolean
}

/**
 * Reads a body.
 * @param headerLength the header `Inference-Header-Content-Length` as it came; the JSON ends there
 * @param mostTexts elements of BYTES that it may have in all
 * @throws Refusal 400 with what was expected and what came, 413 for more texts
 */
export function parseRequest(
  body: Uint8Array,
  headerLength: string | undefined,
  model: ModelSignature,
  mostTexts: number,
): InferenceRequest {
  const length = headerLength === undefined ? body.length : lengthOf(headerLength, body.length)
  if (headerLength !== undefined && length === 0) return rawRequest(body, model)
  const { header, numberOf } = parseHeader(body.subarray(0, length))
  const binary = body.subarray(length)
  let at = 0
  let texts = 0
  const given = new Map<string, WireTensor>()
  for (const input of header.inputs) {
    const expected = model.inputs.find(({ name }) => name === input.name)
    if (!expected)
      throw new Refusal(400, `the model has no input '${input.name}', only ${names(model.inputs)}`)
    if (given.has(input.name)) throw new Refusal(400, `input '${input.name}' is given twice`)
    requireFit(input, expected)
    if (model.unguarded && input.shape.includes(0)) throw emptyUnguarded(input.name)
    if (input.datatype === 'BYTES') texts += elementsOf(input.shape)
    if (texts > mostTexts)
      throw new Refusal(413, `a request may have ${mostTexts} texts (BYTES), and this one has more: ${texts}`)
    refuseSharedMemory(input.name, input.parameters)
    const bytes = input.parameters?.binary_data_size
    // KServe's client writes `"data": null` beside the size of binary data that is empty.
    const listed = input.data ?? undefined
    if ((bytes === undefined) === (listed === undefined)) {
      throw new Refusal(400, `input '${input.name}' needs either data or the parameter binary_data_size`)
    }
    const { name, datatype, shape } = input
    let data: ArrayBuffer
    if (bytes === undefined) data = fromJson(name, datatype, listed!, shape, numberOf)
    else {
      requireSize(name, datatype, shape, bytes)
      if (bytes > binary.length - at) {
        throw new Refusal(
          400,
          `input '${name}' claims ${bytes} bytes of binary data, but ${binary.length - at} are left of the body`,
        )
      }
      data = fromBinary(name, datatype, binary.subarray(at, at + bytes), shape)
      at += bytes
    }
    given.set(name, { name, datatype, shape, data })
  }
  if (at !== binary.length) {
    throw new Refusal(400, `${binary.length - at} bytes of the body belong to no input`)
  }
  const missing = model.inputs.filter(({ name }) => !given.has(name))
  if (missing.length > 0) throw new Refusal(400, `missing input ${names(missing)}`)
  const inputs = model.inputs.map(({ name }) => given.get(name)!)
  requireOneSizeEach(inputs, model)
  return {
    id: header.id ?? undefined,
    inputs,
    outputs: outputsOf(header, model),
    words: numberOf !== undefined,
  }
}

function lengthOf(text: string, size: number): number {
  if (!/^\d{1,15}$/.test(text) || Number(text) > size) {
    throw new Refusal(
      400,
      `Inference-Header-Content-Length: expected a number up to the body's ${size} bytes, got '${text.slice(0, 40)}'`,
    )
  }
  return Number(text)
}

function parseHeader(bytes: Uint8Array): {
  readonly header: RequestHeader
  readonly numberOf: ParsedJson['numberOf']
} {
  let parsed: ParsedJson
  try {
    parsed = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The parser's own words may quote the body.
    throw new Refusal(
      400,
      'the body is not JSON; binary data needs the header Inference-Header-Content-Length',
    )
  }
  const checked = inferenceRequest.safeParse(parsed.value)
  if (checked.success) return { header: checked.data, numberOf: parsed.numberOf }
  const [issue] = checked.error.issues
  const where = (issue?.path ?? []).map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  )
  throw new Refusal(400, `the request's JSON${where.join('')}: ${issue?.message ?? 'is not as expected'}`)
}

/** Type and shape, before the data is touched. */
function requireFit(
  input: { name: string; datatype: Datatype; shape: readonly number[] },
  { datatype, shape }: TensorSignature,
): void {
  if (input.datatype !== datatype) {
    throw new Refusal(400, `input '${input.name}' is ${datatype}, but ${input.datatype} came`)
  }
  const fits = input.shape.length === shape.length && shape.every((s, i) => s === -1 || s === input.shape[i])
  if (!fits) {
    throw new Refusal(
      400,
      `input '${input.name}' has the shape [${shape}] (-1 is free), but [${input.shape}] came`,
    )
  }
}

const emptyUnguarded = (input: string): Refusal =>
  new Refusal(
    400,
    `input '${input}' has a size of 0, but we cannot read the model's graph, and of what is empty some nodes end the process`,
  )

/** A size that several places share is the same in all of them: the runtime takes it to be. */
function requireOneSizeEach(inputs: readonly WireTensor[], model: ModelSignature): void {
  const sizes = new Map<string, { readonly size: number; readonly of: string }>()
  for (const [i, { name, shape }] of inputs.entries()) {
    for (const [axis, free] of (model.inputs[i]!.free ?? []).entries()) {
      if (free === undefined) continue
      const size = shape[axis]!
      const before = sizes.get(free) ?? { size, of: name }
      sizes.set(free, before)
      if (before.size === size) continue
      const where = before.of === name ? `input '${name}' has` : `inputs '${before.of}' and '${name}' share`
      throw new Refusal(400, `${where} the size '${free}', but ${before.size} and ${size} came`)
    }
  }
}

function requireSize(name: string, datatype: Datatype, shape: readonly number[], bytes: number): void {
  const size = wireSize(datatype)
  const count = elementsOf(shape)
  const fits = size === 0 ? count * 4 <= bytes : count * size === bytes
  if (fits) return
  const expected = size === 0 ? `at least ${count * 4}` : `${count * size}`
  throw new Refusal(
    400,
    `input '${name}': ${datatype} [${shape}] takes ${expected} bytes, but binary_data_size is ${bytes}`,
  )
}

function outputsOf(header: RequestHeader, model: ModelSignature): InferenceRequest['outputs'] {
  const all = header.parameters?.binary_data_output ?? false
  if (!header.outputs || header.outputs.length === 0) {
    return model.outputs.map(({ name }) => ({ name, binary: all }))
  }
  const seen = new Set<string>()
  return header.outputs.map(({ name, parameters }) => {
    if (!model.outputs.some((output) => output.name === name)) {
      throw new Refusal(400, `the model has no output '${name}', only ${names(model.outputs)}`)
    }
    if (seen.has(name)) throw new Refusal(400, `output '${name}' is asked for twice`)
    seen.add(name)
    refuseSharedMemory(name, parameters)
    if (parameters?.['classification']) {
      throw new Refusal(400, `output '${name}': the classification extension is not supported`)
    }
    return { name, binary: parameters?.binary_data ?? all }
  })
}

function refuseSharedMemory(
  name: string,
  parameters: Readonly<Record<string, unknown>> | null | undefined,
): void {
  if (parameters?.['shared_memory_region'] === undefined) return
  throw new Refusal(400, `'${name}': the shared memory extension is not supported`)
}

/** A body that is nothing but the one input, one row of it; of BYTES, the one element without its length. */
function rawRequest(body: Uint8Array, model: ModelSignature): InferenceRequest {
  const [input] = model.inputs
  const shape = input?.shape.map((size, i) => (i === 0 && size === -1 ? 1 : size)) ?? []
  const isText = input?.datatype === 'BYTES'
  if (!input || model.inputs.length > 1 || shape.includes(-1) || (isText && elementsOf(shape) !== 1)) {
    throw new Refusal(
      400,
      'a raw binary request needs a model of one input with one free size, the batch; of BYTES, one element a row',
    )
  }
  const { name, datatype } = input
  const data = isText ? wholeText(name, body) : fromBinary(name, datatype, body, shape)
  return {
    id: undefined,
    words: false,
    inputs: [{ name, datatype, shape, data }],
    outputs: model.outputs.map((output) => ({ name: output.name, binary: true })),
  }
}

const names = (ends: readonly { readonly name: string }[]): string =>
  ends.map(({ name }) => `'${name}'`).join(', ')
