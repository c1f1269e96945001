// Which cells of a table are counted together: as many as noise would drown alone.
// Source: ours, after the compressed domains of McKenna, Miklau and Sheldon 2021 (MST), which merge the rare values of a column.
// It looks at a model, never at rows: bins are public once the model is.

/** Cells of a table in bins. */
export interface Bins {
  /** [cells] */
  readonly of: Int32Array
  readonly count: number
}

/** Each cell by itself. */
export const singleBins = (cells: number): Bins => ({
  of: Int32Array.from({ length: cells }, (_, i) => i),
  count: cells,
})

/**
 * Joins cells that expect too few rows to those beside them along one column, and what is left of a line to what is left of others.
 * @param expected [cells] rows that the model expects, of a table whose last column varies fastest
 * @param line how the walk goes: codes of the column along it, and how far apart two neighbours lie
 * @param enough rows that a bin should expect; the last may expect fewer
 */
export function joinedBins(
  expected: Float64Array,
  line: { readonly codes: number; readonly stride: number },
  enough: number,
): Bins {
  const { codes, stride } = line
  const of = new Int32Array(expected.length).fill(-1)
  let count = 0
  let rest = { bin: -1, rows: 0 }
  for (let start = 0; start < expected.length; start++) {
    if (Math.floor(start / stride) % codes !== 0) continue
    let last = -1
    let waiting: number[] = []
    let rows = 0
    for (let code = 0; code < codes; code++) {
      const cell = start + code * stride
      const here = expected[cell]!
      if (here >= enough) {
        of[cell] = count++
        continue
      }
      waiting.push(cell)
      rows += here
      if (rows < enough) continue
      last = count++
      for (const one of waiting) of[one] = last
      waiting = []
      rows = 0
    }
    if (waiting.length === 0) continue
    if (last < 0) {
      if (rest.bin < 0 || rest.rows >= enough) rest = { bin: count++, rows: 0 }
      rest.rows += rows
    }
    for (const one of waiting) of[one] = last < 0 ? rest.bin : last
  }
  return { of, count }
}
