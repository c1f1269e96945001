// Exact tails of the hypergeometric law, and of the gaps between what is left on a ring, as fractions of whole numbers.
// Source: Bell et al. 2020, section 3 (what a random graph must not be); inclusion and exclusion.
// Nothing is rounded but what is shown: `bitsBelow` goes down to a tenth of a bit.

/** A probability, exactly; the denominator is positive. */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** The number of ways to choose `k` of `n`; 0 where there is none. */
export function binomial(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n
  let value = 1n
  for (let i = 1; i <= Math.min(k, n - k); i++) value = (value * BigInt(n + 1 - i)) / BigInt(i)
  return value
}

/** Whom a hypergeometric law is of: `drawn` out of `total`, of which `marked` are marked. */
export interface Draw {
  readonly total: number
  readonly marked: number
  readonly drawn: number
}

/** Ways to draw `most`, `most` − 1, … marked ones, from the most that can be down to none. */
function* waysDown({ total, marked, drawn }: Draw): Generator<bigint> {
  const most = Math.min(marked, drawn)
  let ways = binomial(marked, most) * binomial(total - marked, drawn - most)
  for (let hit = most; hit >= 0; hit--) {
    yield ways
    // C(m, x−1) C(r, d−x+1) from C(m, x) C(r, d−x): the division is exact, since both are whole.
    const rest = total - marked - drawn + hit
    ways = (ways * BigInt(hit) * BigInt(rest)) / (BigInt(marked - hit + 1) * BigInt(drawn - hit + 1))
  }
}

/** The chance that at least `least` of the drawn are marked. */
export function tail(of: Draw, least: number): Fraction {
  let numerator = 0n
  let hit = Math.min(of.marked, of.drawn)
  for (const ways of waysDown(of)) {
    if (hit < least) break
    numerator += ways
    hit--
  }
  return { numerator, denominator: binomial(of.total, of.drawn) }
}

/**
 * The least t such that `weight` times the chance of t marked ones or more is at most 2^−bits: one more than can be where
 * nothing less is so rare.
 */
export function leastRare(of: Draw, weight: bigint, bits: number): number {
  const all = binomial(of.total, of.drawn)
  let sum = 0n
  let hit = Math.min(of.marked, of.drawn)
  for (const ways of waysDown(of)) {
    sum += ways
    if ((weight * sum) << BigInt(bits) > all) return hit + 1
    hit--
  }
  return 0
}

/**
 * `removed` of `total` places of a ring are taken away at random: a bound on the chance that at least two gaps of `width` or
 * more arise, which is what it takes to cut the ring in which each place is joined to the `width` next ones.
 *
 * The gaps behind the m places that are left are a uniform composition of `removed` into m parts. The chance that two given
 * ones have `width` each is C(removed − 2 width + m − 1, m − 1) / C(removed + m − 1, m − 1), and there are C(m, 2) pairs.
 */
export function twoGaps(total: number, removed: number, width: number): Fraction {
  const left = total - removed
  const pairs = (BigInt(left) * BigInt(left - 1)) / 2n
  let numerator = pairs
  let denominator = 1n
  for (let i = 0; i < 2 * width; i++) {
    numerator *= BigInt(Math.max(0, removed - i))
    denominator *= BigInt(total - 1 - i)
  }
  return { numerator, denominator }
}

/** The count of `removed` places, of at most so many, at which {@link twoGaps} is largest. */
export function worstGaps(total: number, removed: number, width: number): Fraction {
  let worst = Math.min(removed, 2 * width)
  // One more multiplies it by (m − 2)/m · (g + 1)/(g + 1 − 2 width), which falls as g grows: the largest is where that passes 1.
  const grows = (gone: number) => (total - gone - 2) * (gone + 1) > (total - gone) * (gone + 1 - 2 * width)
  while (worst < removed && grows(worst)) worst++
  return twoGaps(total, worst, width)
}

/** The sum of two. */
export const plus = (a: Fraction, b: Fraction): Fraction => ({
  numerator: a.numerator * b.denominator + b.numerator * a.denominator,
  denominator: a.denominator * b.denominator,
})

/** A multiple of one. */
export const times = (factor: bigint, { numerator, denominator }: Fraction): Fraction => ({
  numerator: factor * numerator,
  denominator,
})

/** Whether it is at most 2^−bits. */
export const isRare = ({ numerator, denominator }: Fraction, bits: number): boolean =>
  numerator << BigInt(bits) <= denominator

/** b such that it is at most 2^−b, to a tenth of a bit, rounded down; Infinity for 0, and 0 for what is 1 or more. */
export function bitsBelow({ numerator, denominator }: Fraction): number {
  if (numerator === 0n) return Number.POSITIVE_INFINITY
  // Tenth powers, so that the comparison stays one of whole numbers.
  const [top, bottom] = [numerator ** 10n, denominator ** 10n]
  const tenths = bottom.toString(2).length - top.toString(2).length
  const fits = (b: number) => (b <= 0 ? top <= bottom << BigInt(-b) : top << BigInt(b) <= bottom)
  for (let b = tenths + 1; b >= tenths - 1; b--) if (fits(b)) return Math.max(0, b / 10)
  return 0
}
