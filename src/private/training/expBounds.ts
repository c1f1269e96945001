// exp(−n / d) between two integers of a stated number of binary places: for the comparisons that doubles cannot decide.
// Source: the alternating series of exp on [0, 2^−8], squared back; each division and product rounded both ways.
// The two ends need not be next to each other: they are some units in the last place apart.

/** Halvings before the series, so that few terms are enough. */
const guard = 32n

/**
 * @param n ≥ 0
 * @param d > 0
 * @param places how many binary places
 * @returns [low, high] with low / 2^places ≤ exp(−n/d) ≤ high / 2^places
 */
export function expBetween(n: bigint, d: bigint, places: bigint): readonly [low: bigint, high: bigint] {
  // Squaring doubles a relative error: as many more places as there are halvings, and some for what rounding adds.
  let halvings = 8n
  while (n >> halvings > d) halvings++
  halvings += 8n
  const work = places + halvings + guard
  const one = 1n << work
  const divisor = d << halvings
  const low = (n << work) / divisor
  let [least, most] = [series(low + 1n, one, work, -1n), series(low, one, work, 1n)]
  for (let i = 0n; i < halvings; i++) {
    least = (least * least) >> work
    most = ((most * most) >> work) + 1n
  }
  const drop = work - places
  return [least >> drop, (most >> drop) + 1n]
}

/** exp(−y) for y = t / 2^work ≤ 2^−8, off by less than `side` times its terms. */
function series(t: bigint, one: bigint, work: bigint, side: 1n | -1n): bigint {
  let sum = one
  let term = one
  let terms = 2n
  for (let k = 1n; term > 0n; k++) {
    term = ((term * t) >> work) / k
    sum += k % 2n === 1n ? -term : term
    terms += 2n
  }
  return sum + side * terms
}
