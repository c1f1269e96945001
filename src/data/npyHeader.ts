// The header of NumPy's array files: what the numbers are, how they lie, and how many.
// Source: NumPy enhancement proposal 1 (the npy format), version 1.0, to the byte as `numpy.save` writes it.
// It reads no number: whoever does holds the shape against the bytes that there are.

/** The first bytes of every such file. */
export const npyMagic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)

/** What a header says. */
export interface NpyHeader {
  /** NumPy's name of the numbers, e.g. `<f4`. */
  readonly descr: string
  readonly columnMajor: boolean
  readonly shape: readonly number[]
}

/** The header of a row-major array: data begin at a multiple of 64 bytes, and the byte before is a line feed. */
export function npyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  // NumPy leaves room for the first axis to grow to 21 digits, and a whole 64 bytes where nothing is left over.
  const room = shape.length === 0 ? 0 : 21 - String(shape[0]).length
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }${' '.repeat(room)}`
  const length = (Math.floor((10 + text.length + 1) / 64) + 1) * 64 - 10
  const bytes = new TextEncoder().encode(`..........${text.padEnd(length - 1)}\n`)
  bytes.set(npyMagic)
  bytes.set([1, 0, length & 255, length >> 8], 6)
  return bytes
}

/** What the text of a header says; undefined where it is none. */
export function parseNpyHeader(text: string): NpyHeader | undefined {
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const inside = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1]
  if (descr === undefined || order === undefined || inside === undefined) return undefined
  const shape = inside
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number)
  return { descr, columnMajor: order === 'True', shape }
}
