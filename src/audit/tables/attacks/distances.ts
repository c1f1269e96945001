// Distances between rows, and a row's profile: its sorted distances to all others, which no rotation changes.
// Source: Turgay, Pedersen, Saygın, Savaş and Levi (SSDBM 2008); shape distributions, Osada and others (2002).
// All pairs are compared: the caller keeps the rows to a thousand or so.

/** Squared distances of every row of one cloud to every row of another: `[rows, others]`, row-major. */
export function squaredDistances(a: readonly Float64Array[], b: readonly Float64Array[]): Float64Array {
  const rows = a[0]?.length ?? 0
  const others = b[0]?.length ?? 0
  const size = a.length
  const out = new Float64Array(rows * others)
  const row = new Float64Array(size)
  // Four others at a time: their sums do not wait for each other, and each is still added up direction by direction.
  const packed = packedByFours(b, others)
  for (let r = 0; r < rows; r++) {
    for (let d = 0; d < size; d++) row[d] = a[d]![r]!
    for (let c = 0; c < others; c += 4) {
      let first = 0
      let second = 0
      let third = 0
      let fourth = 0
      let at = c * size
      for (let d = 0; d < size; d++, at += 4) {
        const x = row[d]!
        const e = x - packed[at]!
        const f = x - packed[at + 1]!
        const g = x - packed[at + 2]!
        const h = x - packed[at + 3]!
        first += e * e
        second += f * f
        third += g * g
        fourth += h * h
      }
      const base = r * others + c
      out[base] = first
      if (c + 1 < others) out[base + 1] = second
      if (c + 2 < others) out[base + 2] = third
      if (c + 3 < others) out[base + 3] = fourth
    }
  }
  return out
}

/** Four rows side by side, direction after direction; then the next four. */
function packedByFours(columns: readonly Float64Array[], rows: number): Float64Array {
  const size = columns.length
  const out = new Float64Array(size * 4 * Math.ceil(rows / 4))
  columns.forEach((column, d) => {
    for (let r = 0; r < rows; r++) out[(r >> 2) * 4 * size + 4 * d + (r & 3)] = column[r]!
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
