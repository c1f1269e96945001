// Entropy and mutual information of counts, in nats.
// Source: Shannon 1948.
// Of small counts they are too large: no correction is made.

/** H of counts. */
export function entropy(counts: readonly number[]): number {
  const all = counts.reduce((a, b) => a + b, 0)
  return counts.reduce((sum, n) => (n > 0 ? sum - (n / all) * Math.log(n / all) : sum), 0)
}

/** I of the rows and the columns of a table of counts. */
export function information(counts: readonly (readonly number[])[]): number {
  const rows = counts.map((row) => row.reduce((a, b) => a + b, 0))
  const columns = counts[0]!.map((_, j) => counts.reduce((sum, row) => sum + row[j]!, 0))
  return entropy(rows) + entropy(columns) - entropy(counts.flat())
}
