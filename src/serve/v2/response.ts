// An answer of a model as the protocol sends it: JSON, and behind it the bytes of the outputs asked for as binary.
// Source: Open Inference Protocol (KServe V2), "Inference Response JSON Object", and its binary tensor extension.
// Its JSON is JSON, but for NaN and infinities to a client that wrote such itself: see jsonText.ts.

import { toBinary } from './binaryTensors.ts'
import type { ModelSignature } from './contract.ts'
import type { WireTensor } from './datatypes.ts'
import { toJson } from './jsonTensors.ts'
import type { InferenceRequest } from './request.ts'

/** A body and its headers. */
export interface FormattedResponse {
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly bytes: number
  readonly headers: Readonly<Record<string, string>>
}

/** Formats an answer. @throws Refusal 400 for an output asked for as JSON that JSON cannot hold */
export function formatResponse(
  model: ModelSignature,
  { id, outputs, words }: InferenceRequest,
  tensors: readonly WireTensor[],
): FormattedResponse {
  const parts: Uint8Array[] = []
  // Text, since JSON.stringify has no −0.
  const described = outputs.map(({ name, binary }, i) => {
    const tensor = tensors[i]!
    const about = JSON.stringify({ name, datatype: tensor.datatype, shape: tensor.shape }).slice(0, -1)
    if (!binary) return `${about},"data":${toJson(tensor, words)}}`
    const bytes = toBinary(tensor)
    parts.push(bytes)
    return `${about},"parameters":{"binary_data_size":${bytes.length}}}`
  })
  const about = JSON.stringify({ model_name: model.name, model_version: model.version, id }).slice(0, -1)
  const header = `${about},"outputs":[${described.join()}]}`
  if (parts.length === 0) {
    return {
      body: header,
      bytes: Buffer.byteLength(header),
      headers: { 'content-type': 'application/json' },
    }
  }
  const head = Buffer.from(header)
  const body = Buffer.concat([head, ...parts])
  return {
    body,
    bytes: body.length,
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
  }
}
