// Writes Thrift structures in the compact protocol, as much of it as Parquet's metadata needs.
// Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
// It does not promise maps, sets, doubles or booleans, which nothing here uses.

/** A field's value: `int` is i32 or i64 (one form on the wire apart from the type), text or a nested structure. */
export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly struct: ThriftStruct }
  | { readonly list: readonly ThriftValue[] }

/** Field numbers and values, ascending. */
export type ThriftStruct = readonly (readonly [field: number, value: ThriftValue])[]

const types = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } as const

/** The bytes of a structure. Integers must be non-negative and safe. */
export function encodeThrift(struct: ThriftStruct): Uint8Array {
  const bytes: number[] = []
  putStruct(bytes, struct)
  return Uint8Array.from(bytes)
}

function putStruct(bytes: number[], struct: ThriftStruct): void {
  let last = 0
  for (const [field, value] of struct) {
    // The short form of a field header holds the step from the last field; all of Parquet's are below 16.
    bytes.push(((field - last) << 4) | typeOf(value))
    last = field
    putValue(bytes, value)
  }
  bytes.push(0)
}

function putValue(bytes: number[], value: ThriftValue): void {
  if ('i32' in value) putVarint(bytes, 2 * value.i32)
  else if ('i64' in value) putVarint(bytes, 2 * value.i64)
  else if ('text' in value) {
    const text = new TextEncoder().encode(value.text)
    putVarint(bytes, text.length)
    for (const byte of text) bytes.push(byte)
  } else if ('struct' in value) putStruct(bytes, value.struct)
  else {
    const { list } = value
    const type = list[0] === undefined ? types.struct : typeOf(list[0])
    if (list.length < 15) bytes.push((list.length << 4) | type)
    else {
      bytes.push(0xf0 | type)
      putVarint(bytes, list.length)
    }
    for (const item of list) putValue(bytes, item)
  }
}

function typeOf(value: ThriftValue): number {
  if ('i32' in value) return types.i32
  if ('i64' in value) return types.i64
  if ('text' in value) return types.text
  return 'list' in value ? types.list : types.struct
}

/** Base 128, low digits first; by division, since sizes pass 2^32. */
function putVarint(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}
