// Discrete Fourier transforms as real matrices: what a graph can multiply with, from either side.
// Source: the transform's definition; a complex product as a real one of twice the size.
// A complex map is [rows, 2, columns]: real and imaginary part side by side in a row, so both products are reshapes away.

/** A complex matrix, row-major. */
export interface ComplexMatrix {
  readonly rows: number
  readonly columns: number
  readonly re: Float64Array
  readonly im: Float64Array
}

/** @param angle of element (row, column), in turns; @param scale of all elements */
function rotations(
  rows: number,
  columns: number,
  angle: (row: number, column: number) => number,
  scale = 1,
): ComplexMatrix {
  const turns = Float64Array.from({ length: rows * columns }, (_, i) =>
    angle(Math.floor(i / columns), i % columns),
  )
  return {
    rows,
    columns,
    re: turns.map((t) => scale * Math.cos(2 * Math.PI * (t % 1))),
    im: turns.map((t) => scale * Math.sin(2 * Math.PI * (t % 1))),
  }
}

/** [size, size]: a signal's spectrum, row k at frequency k / size. */
export const forwardTransform = (size: number): ComplexMatrix =>
  rotations(size, size, (k, x) => -(k * x) / size)

/**
 * [size / step, given]: every `step`-th sample of the signal whose spectrum of `size` frequencies it is given, or the
 * first of them, where those that such samples cannot tell apart are added up already.
 */
export const inverseTransform = (size: number, step: number, given = size): ComplexMatrix =>
  rotations(size / step, given, (x, k) => (k * x * step) / size, 1 / size)

/** As real [2 · columns, 2 · rows], for rows of real parts followed by imaginary parts, from the right. */
export function fromTheRight({ rows, columns, re, im }: ComplexMatrix): Float64Array {
  const out = new Float64Array(4 * rows * columns)
  for (let c = 0; c < columns; c++)
    for (let r = 0; r < rows; r++) {
      const at = r * columns + c
      out[c * 2 * rows + r] = re[at]!
      out[c * 2 * rows + rows + r] = im[at]!
      out[(columns + c) * 2 * rows + r] = -im[at]!
      out[(columns + c) * 2 * rows + rows + r] = re[at]!
    }
  return out
}

/**
 * As real [2 · rows, 2 · columns], for columns in which real and imaginary parts take turns, from the left. They take
 * turns in its answers too, or all real parts come first, where `apart` says so.
 */
export function fromTheLeft({ rows, columns, re, im }: ComplexMatrix, apart = false): Float64Array {
  const out = new Float64Array(4 * rows * columns)
  const width = 2 * columns
  for (let r = 0; r < rows; r++) {
    const real = (apart ? r : 2 * r) * width
    const imaginary = (apart ? rows + r : 2 * r + 1) * width
    for (let c = 0; c < columns; c++) {
      const at = r * columns + c
      out[real + 2 * c] = re[at]!
      out[real + 2 * c + 1] = -im[at]!
      out[imaginary + 2 * c] = im[at]!
      out[imaginary + 2 * c + 1] = re[at]!
    }
  }
  return out
}
