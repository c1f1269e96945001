// Tensors as bytes: of a body behind its JSON, and back.
// Source: "Binary Tensor Data Extension" of the Open Inference Protocol (KServe V2); BF16 is the upper half of an FP32.
// BYTES are texts here, since the runtime for JavaScript takes no others: what is not UTF-8 is refused.

import { isUtf8 } from 'node:buffer'
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
): ArrayBuffer {
  const count = elementsOf(shape)
  if (datatype === 'BYTES') requireTexts(name, bytes, shape)
  const expected = datatype === 'BYTES' ? bytes.length : count * wireSize(datatype)
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
  return new Uint8Array(datatype === 'BF16' ? narrowed(new Uint32Array(data)) : data)
}

/** Whether the runtime takes a text as it is: it ends at a NUL, and has no halves of characters. */
export const isHeldText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** Texts as the elements of BYTES. */
export const ofTexts = (texts: readonly string[]): ArrayBuffer => prefixedTexts(texts).buffer

/** The texts of BYTES. */
export function textsOf(data: ArrayBuffer): string[] {
  const bytes = Buffer.from(data)
  const texts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at)
    texts.push(bytes.toString('utf8', at + 4, end))
    at = end
  }
  return texts
}

/** BYTES of the one text of a body that is nothing else. @throws Refusal 400 where it is not UTF-8, or has NUL in it */
export function wholeText(name: string, bytes: Uint8Array): ArrayBuffer {
  if (!isText(bytes))
    throw new Refusal(400, `input '${name}': the body is not UTF-8 without NUL, and BYTES here are texts`)
  const data = new ArrayBuffer(4 + bytes.length)
  new DataView(data).setUint32(0, bytes.length, true)
  new Uint8Array(data).set(bytes, 4)
  return data
}

const isText = (bytes: Uint8Array): boolean => isUtf8(bytes) && !bytes.includes(0)

function requireTexts(name: string, bytes: Uint8Array, shape: readonly number[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = elementsOf(shape)
  let found = 0
  let at = 0
  while (at < bytes.length) {
    const end = at + 4 <= bytes.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY
    if (end > bytes.length) {
      throw new Refusal(400, `input '${name}': element ${found} of its BYTES is cut short`)
    }
    if (!isText(bytes.subarray(at + 4, end))) {
      throw new Refusal(
        400,
        `input '${name}': element ${found} of its BYTES is not UTF-8 without NUL, and BYTES here are texts`,
      )
    }
    found++
    at = end
  }
  if (found !== count) {
    throw new Refusal(
      400,
      `input '${name}': BYTES [${shape}] holds ${count} elements, but binary data has ${found}`,
    )
  }
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
