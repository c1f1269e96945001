// Tensors as bytes: of a body behind its JSON, and back.
// Source: "Binary Tensor Data Extension" of the Open Inference Protocol (KServe V2); BF16 is the upper half of an FP32.
// BYTES are texts here, since the runtime for JavaScript takes no others: what is not UTF-8 is refused.

import { prefixedTexts } from '../../data/prefixedTexts.ts'
import { type Datatype, datatypes, elementsOf, type WireTensor } from './datatypes.ts'
import { Refusal } from './refusal.ts'

/** Bytes an element has in a body; 0 where each has its own length. */
export const wireSize = (datatype: Datatype): number => (datatype === 'BF16' ? 2 : datatypes[datatype].size)

/**
 * Elements from bytes, copied: the answer is aligned and owns its memory.
 * @throws Refusal 400 for a number of bytes that does not fit the shape
 */
export function fromBinary(
  name: string,
  datatype: Datatype,
  bytes: Uint8Array,
  shape: readonly number[],
): WireTensor['data'] {
  const count = elementsOf(shape)
  if (datatype === 'BYTES') return readStrings(name, bytes, count, shape)
  const expected = count * wireSize(datatype)
  if (bytes.length !== expected) {
    throw new Refusal(
      400,
      `input '${name}': ${datatype} [${shape}] takes ${expected} bytes, but binary data has ${bytes.length}`,
    )
  }
  const copy = new Uint8Array(bytes.length)
  copy.set(bytes)
  return datatype === 'BF16' ? widened(new Uint16Array(copy.buffer)) : copy.buffer
}

/** The bytes of a tensor as a body has them. */
export function toBinary({ datatype, data }: WireTensor): Uint8Array {
  if (!(data instanceof ArrayBuffer)) return prefixedTexts(data)
  return new Uint8Array(datatype === 'BF16' ? narrowed(new Uint32Array(data)) : data)
}

/** Whether the runtime takes a text as it is: it ends at a NUL, and has no halves of characters. */
export const isHeldText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** The one text of a body that is nothing else. @throws Refusal 400 where it is not UTF-8, or has NUL in it */
export function textOf(name: string, bytes: Uint8Array): string {
  try {
    return heldText(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }), bytes)
  } catch {
    throw new Refusal(400, `input '${name}': the body is not UTF-8 without NUL, and BYTES here are texts`)
  }
}

function heldText(decoder: TextDecoder, bytes: Uint8Array): string {
  const text = decoder.decode(bytes)
  if (isHeldText(text)) return text
  throw new TypeError('NUL in a text')
}

function readStrings(name: string, bytes: Uint8Array, count: number, shape: readonly number[]): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const strings: string[] = []
  let at = 0
  while (at < bytes.length) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (end > bytes.length) {
      throw new Refusal(400, `input '${name}': element ${strings.length} of its BYTES is cut short`)
    }
    try {
      strings.push(heldText(decoder, bytes.subarray(at + 4, end)))
    } catch {
      throw new Refusal(
        400,
        `input '${name}': element ${strings.length} of its BYTES is not UTF-8 without NUL, and BYTES here are texts`,
      )
    }
    at = end
  }
  if (strings.length !== count) {
    throw new Refusal(
      400,
      `input '${name}': BYTES [${shape}] holds ${count} elements, but binary data has ${strings.length}`,
    )
  }
  return strings
}

function widened(halves: Uint16Array): ArrayBuffer {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < bits.length; i++) bits[i] = halves[i]! << 16
  return bits.buffer
}

// What a model of BF16 answers has nothing in its lower half.
function narrowed(bits: Uint32Array): ArrayBuffer {
  const halves = new Uint16Array(bits.length)
  for (let i = 0; i < halves.length; i++) halves[i] = bits[i]! >>> 16
  return halves.buffer
}
