// The line that hides a number to be predicted, found from targets of people in the release: by most exact hits.
// Source: a random sample consensus, Fischler and Bolles (1981), over all lines that may take the people's extremes to
// values near the release's ends. Targets of which none is exact are not found.

/** `target = slope · released + offset`. */
export interface TargetLine {
  readonly slope: number
  readonly offset: number
  /** Share of the people whose target a released value hits. */
  readonly hits: number
}

/** The people's least and largest target are sought among this many distinct released values at each end. */
const ends = 40

/** Share of the release's range within which a value hits: files hold all digits, a line costs the last few. */
const exact = 1e-9

/** @returns undefined where the targets, or what left of them, are all alike. */
export function lineByHits(people: Float64Array, released: Float64Array): TargetLine | undefined {
  const targets = counted(people, 0)
  const width = Math.max(...released) - Math.min(...released)
  const values = counted(released, exact * width)
  if (targets.length < 2 || values.length < 2) return undefined
  const [low, high] = [targets[0]!.value, targets.at(-1)!.value]
  let best: (TargetLine & { readonly misfit: number }) | undefined
  const first = values.slice(0, ends)
  const last = values.slice(-ends)
  const attempt = (from: number, to: number) => {
    if (from === to) return
    const slope = (to - from) / (high - low)
    let hits = 0
    let misfit = 0
    for (const { value, count } of targets) {
      const there = countNear(values, from + slope * (value - low), 2 * exact * width)
      hits += Math.min(count, there) / people.length
      // Where many lines hit all, as with few whole numbers, the frequencies tell.
      misfit += (there / released.length - count / people.length) ** 2
    }
    if (!best || hits > best.hits + 1e-12 || (hits > best.hits - 1e-12 && misfit < best.misfit)) {
      best = { slope: 1 / slope, offset: low - from / slope, hits, misfit }
    }
  }
  for (const { value: a } of first) {
    for (const { value: b } of last) {
      if (a >= b) continue
      attempt(a, b)
      attempt(b, a)
    }
  }
  return best
}

interface Counted {
  value: number
  count: number
}

/** Distinct values in ascending order; those within `tolerance` of the last one count as it. */
function counted(values: Float64Array, tolerance: number): Counted[] {
  const out: Counted[] = []
  for (const value of values.toSorted()) {
    const last = out.at(-1)
    if (last && value - last.value <= tolerance) last.count++
    else out.push({ value, count: 1 })
  }
  return out
}

/** How many of ascending values lie within `tolerance` of one. */
function countNear(values: readonly Counted[], wanted: number, tolerance: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle]!.value < wanted - tolerance) low = middle + 1
    else high = middle
  }
  const found = values[low]
  return found && found.value <= wanted + tolerance ? found.count : 0
}
