// Texts as bytes, each after its length.
// Source: the PLAIN encoding of Parquet, and BYTES in the binary extension of the Open Inference Protocol: the same bytes.
// A text of over 4 GiB has no place in it.

/** UTF-8 of each text behind its length, four bytes with the lowest first. */
export function prefixedTexts(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const bodies = texts.map((text) => encoder.encode(text))
  const all = new Uint8Array(bodies.reduce((sum, bytes) => sum + 4 + bytes.length, 0))
  const view = new DataView(all.buffer)
  let at = 0
  for (const bytes of bodies) {
    view.setUint32(at, bytes.length, true)
    all.set(bytes, at + 4)
    at += 4 + bytes.length
  }
  return all
}
