// What travels between a coordinator and its nodes: a JSON header, named arrays of floats, and blocks of bytes, in one body.
// Source: ours. 'FrFl', a version, the header's length, the header, then every part at a multiple of 8 bytes.
// It is strict: lengths must add up to the byte, gaps are zeros, names stand once, a header has one text. It promises nothing of what
// numbers mean.

import { z } from 'zod'
import { FrostglassError } from '../../errors.ts'
import { readJson } from '../../json.ts'

/** Numbers under a name, row-major. */
export interface NamedArray {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array
}

/** What one body holds. */
export interface Parcel {
  /** JSON: whoever takes a parcel holds it to a schema of his own. */
  readonly about: Readonly<Record<string, unknown>>
  readonly arrays?: readonly NamedArray[] | undefined
  readonly blocks?: readonly Uint8Array[] | undefined
}

/** A parcel that came. */
export interface OpenedParcel extends Parcel {
  readonly arrays: readonly NamedArray[]
  readonly blocks: readonly Uint8Array[]
}

const magic = Uint8Array.of(0x46, 0x72, 0x46, 0x6c, 1, 0, 0, 0)
/** Bytes of a header: names and instructions, never numbers. */
const mostHeader = 4 * 2 ** 20
const mostParts = 10_000

const kinds = { float32: Float32Array, float64: Float64Array } as const

const headerSchema = z.strictObject({
  about: z.record(z.string(), z.unknown()),
  arrays: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(500),
        dtype: z.enum(['float32', 'float64']),
        shape: z.array(z.int().min(0)).max(16),
      }),
    )
    .max(mostParts),
  blocks: z.array(z.int().min(0)).max(mostParts),
})

const eights = (bytes: number): number => Math.ceil(bytes / 8) * 8

/** A parcel as bytes. The same parcel gives the same bytes. */
export function packParcel({ about, arrays = [], blocks = [] }: Parcel): Uint8Array {
  const header = new TextEncoder().encode(
    JSON.stringify({
      about,
      arrays: arrays.map(({ name, shape, data }) => ({
        name,
        dtype: data instanceof Float32Array ? 'float32' : 'float64',
        shape,
      })),
      blocks: blocks.map(({ length }) => length),
    }),
  )
  const parts = [
    ...arrays.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    ...blocks,
  ]
  const begin = eights(magic.length + 4 + header.length)
  const out = new Uint8Array(begin + parts.reduce((sum, { length }) => sum + eights(length), 0))
  out.set(magic)
  new DataView(out.buffer).setUint32(magic.length, header.length, true)
  out.set(header, magic.length + 4)
  let at = begin
  for (const part of parts) {
    out.set(part, at)
    at += eights(part.length)
  }
  return out
}

/**
 * Reads one. Nothing is allocated before its lengths are held against the number of bytes.
 * @param from names the sender in messages
 * @throws FrostglassError 'input' for what is none or damaged, 'unsupported' for another version
 */
export function openParcel(bytes: Uint8Array, from: string): OpenedParcel {
  const damaged = (why: string) =>
    new FrostglassError('input', `${from} is no parcel of a fleet: ${why}`, 'Send it as it was packed.')
  if (bytes.length < magic.length + 4 || magic.subarray(0, 4).some((byte, i) => bytes[i] !== byte))
    throw damaged('its first bytes are others')
  if (magic.some((byte, i) => bytes[i] !== byte))
    throw new FrostglassError(
      'unsupported',
      `${from} is a parcel of version ${bytes[4]}, and this program reads 1`,
      'Use one version of frostglass for the server and its nodes.',
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getUint32(magic.length, true)
  const begin = eights(magic.length + 4 + length)
  if (length > mostHeader || begin > bytes.length) throw damaged('its header is cut short, or too long')
  const text = new TextDecoder().decode(bytes.subarray(magic.length + 4, magic.length + 4 + length))
  const header = readJson(text, headerSchema, from, { hint: 'Send it as it was packed.' })
  // One text for each header: two that a reader tells apart may be the same once they are signed or hashed (1e999 and null, −0 and 0).
  const own = new TextEncoder().encode(JSON.stringify(JSON.parse(text)))
  if (Buffer.compare(own, bytes.subarray(magic.length + 4, magic.length + 4 + length)) !== 0)
    throw damaged('its header is not written as one is packed')
  const names = new Set(header.arrays.map(({ name }) => name))
  if (names.size < header.arrays.length) throw damaged('two arrays have one name')
  const lengths = [
    ...header.arrays.map(({ dtype, shape }) => shape.reduce((n, d) => n * d, kinds[dtype].BYTES_PER_ELEMENT)),
    ...header.blocks,
  ]
  const whole = lengths.reduce((sum, part) => sum + eights(part), begin)
  if (whole !== bytes.length) throw damaged(`its header tells of ${whole} bytes, and it has ${bytes.length}`)
  let at = begin
  let end = magic.length + 4 + length
  const parts = lengths.map((part) => {
    requireZeros(bytes.subarray(end, at), damaged)
    // A copy of its own memory, which `slice` of a Buffer is not.
    const found = new Uint8Array(bytes.subarray(at, at + part))
    end = at + part
    at += eights(part)
    return found
  })
  requireZeros(bytes.subarray(end, at), damaged)
  return {
    about: header.about,
    arrays: header.arrays.map(({ name, dtype, shape }, i) => ({
      name,
      shape,
      data: new kinds[dtype](parts[i]!.buffer),
    })),
    blocks: parts.slice(header.arrays.length),
  }
}

function requireZeros(gap: Uint8Array, damaged: (why: string) => FrostglassError): void {
  if (gap.some((byte) => byte !== 0)) throw damaged('there is something between its parts')
}
