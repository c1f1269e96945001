// Reads the metadata of an ONNX file: the key-value pairs at its top, and nothing else of it.
// Source: onnx.proto, ModelProto.metadata_props (field 14); the protocol buffers wire format.
// It does not check that the rest is a model: the runtime does.

import { FrostglassError } from '../errors.ts'

const metadataField = 14

/**
 * The pairs of an ONNX file.
 * @throws FrostglassError `input` when the bytes are no protocol buffer or are cut short
 */
export function readMetadata(onnx: Uint8Array): Record<string, string> {
  const found = new Map<string, string>()
  for (const [field, bytes] of fieldsOf(onnx)) {
    if (field !== metadataField) continue
    const pair = new Map([...fieldsOf(bytes)].map(([part, text]) => [part, new TextDecoder().decode(text)]))
    found.set(pair.get(1) ?? '', pair.get(2) ?? '')
  }
  // By entries, so that no name is special, `__proto__` neither.
  return Object.fromEntries(found)
}

/** The fields of a message that have a length, in order; the others are skipped. */
function* fieldsOf(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]
      if (byte === undefined || shift > 2 ** 63) throw cutShort()
      value += (byte & 127) * shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const wire = tag % 8
    if (wire === 0) varint()
    else if (wire === 1) at += 8
    else if (wire === 5) at += 4
    else if (wire === 2) {
      const length = varint()
      if (length > bytes.length - at) throw cutShort()
      yield [Math.floor(tag / 8), bytes.subarray(at, at + length)]
      at += length
    } else throw cutShort()
    if (at > bytes.length) throw cutShort()
  }
}

const cutShort = () =>
  new FrostglassError(
    'input',
    'these bytes are no ONNX file, or it is cut short',
    'Load the file of a pane as it was written.',
  )
