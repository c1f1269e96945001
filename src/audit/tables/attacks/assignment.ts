// The cheapest assignment of rows to columns of a cost matrix, one to one.
// Source: Kuhn (1955), Munkres (1957); shortest augmenting paths after Jonker and Volgenant (1987), O(rows² · columns).
// Costs must be finite; ties are resolved by position.

/**
 * @param costs one array a row, all of one length.
 * @returns for each row its column; -1 for the rows that are left over when there are fewer columns than rows.
 * @example assign([[4, 1], [2, 3]]) // [1, 0]
 */
export function assign(costs: readonly ArrayLike<number>[]): Int32Array {
  const rows = costs.length
  const columns = costs[0]?.length ?? 0
  if (columns === 0) return new Int32Array(rows).fill(-1)
  if (rows <= columns) return assignAll(costs)
  const turned = Array.from({ length: columns }, (_, c) => Float64Array.from(costs, (row) => row[c]!))
  const out = new Int32Array(rows).fill(-1)
  assignAll(turned).forEach((row, column) => {
    out[row] = column
  })
  return out
}

/** At most as many rows as columns: every row gets one. Rows and columns count from 1; column 0 is where a path starts. */
function assignAll(costs: readonly ArrayLike<number>[]): Int32Array {
  const rows = costs.length
  const columns = costs[0]!.length
  const rowPrice = new Float64Array(rows + 1)
  const columnPrice = new Float64Array(columns + 1)
  const owner = new Int32Array(columns + 1)
  const before = new Int32Array(columns + 1)
  for (let row = 1; row <= rows; row++) {
    owner[0] = row
    let column = 0
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY)
    const done = new Uint8Array(columns + 1)
    do {
      done[column] = 1
      const row = owner[column]!
      let step = Number.POSITIVE_INFINITY
      let next = 0
      for (let c = 1; c <= columns; c++) {
        if (done[c]) continue
        const reduced = costs[row - 1]![c - 1]! - rowPrice[row]! - columnPrice[c]!
        if (reduced < slack[c]!) {
          slack[c] = reduced
          before[c] = column
        }
        if (slack[c]! < step) {
          step = slack[c]!
          next = c
        }
      }
      for (let c = 0; c <= columns; c++) {
        if (done[c]) {
          rowPrice[owner[c]!] = rowPrice[owner[c]!]! + step
          columnPrice[c] = columnPrice[c]! - step
        } else {
          slack[c] = slack[c]! - step
        }
      }
      column = next
    } while (owner[column] !== 0)
    while (column !== 0) {
      owner[column] = owner[before[column]!]!
      column = before[column]!
    }
  }
  const out = new Int32Array(rows)
  for (let c = 1; c <= columns; c++) if (owner[c]! > 0) out[owner[c]! - 1] = c - 1
  return out
}
