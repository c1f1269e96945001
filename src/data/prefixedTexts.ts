// Texts as bytes, each after its length.
// Source: the PLAIN encoding of Parquet, and BYTES in the binary extension of the Open Inference Protocol: the same bytes.
// A text of over 4 GiB has no place in it.

/** UTF-8 of each text behind its length, four bytes with the lowest first. */
export function prefixedTexts(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  const size = texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0)
  // Not of the pool: whoever reads it may hand its memory on.
  const all = new Uint8Array(size)
  const bytes = Buffer.from(all.buffer)
  let at = 0
  for (const text of texts) {
    const length = bytes.write(text, at + 4)
    bytes.writeUInt32LE(length, at)
    at += 4 + length
  }
  return all
}
