// Distances between rows, and a row's profile: its sorted distances to all others, which no rotation changes.
// Source: Turgay, Pedersen, Saygın, Savaş and Levi (SSDBM 2008); shape distributions, Osada and others (2002).
// All pairs are compared: the caller keeps the rows to a thousand or so.

/** Squared distances of every row of one cloud to every row of another: `[rows, others]`, row-major. */
export function squaredDistances(a: readonly Float64Array[], b: readonly Float64Array[]): Float64Array {
  const rows = a[0]?.length ?? 0
  const others = b[0]?.length ?? 0
  const out = new Float64Array(rows * others)
  a.forEach((column, d) => {
    const other = b[d]!
    for (let r = 0; r < rows; r++) {
      const x = column[r]!
      const base = r * others
      for (let c = 0; c < others; c++) {
        const difference = x - other[c]!
        out[base + c] = out[base + c]! + difference * difference
      }
    }
  })
  return out
}

const points = 128

/** For each row its distances to all others in ascending order, read at evenly spaced levels. */
export function distanceProfiles(columns: readonly Float64Array[]): Float64Array[] {
  const rows = columns[0]?.length ?? 0
  const distances = squaredDistances(columns, columns)
  return Array.from({ length: rows }, (_, r) => {
    const sorted = distances.slice(r * rows, (r + 1) * rows).sort()
    return Float64Array.from({ length: points }, (__, i) => {
      // The first is the row itself.
      const level = 1 + ((i + 0.5) / points) * (rows - 2)
      const below = Math.floor(level)
      const next = Math.min(below + 1, rows - 1)
      const low = Math.sqrt(sorted[below] ?? 0)
      return low + (level - below) * (Math.sqrt(sorted[next] ?? 0) - low)
    })
  })
}

/** Sum of squared differences of two profiles. */
export function profileDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < points; i++) sum += (a[i]! - b[i]!) ** 2
  return sum
}
