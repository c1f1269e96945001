// The lattice of generalisations: a level a quasi-identifier; above a node are those with no level lower.
// Source: Samarati 2001, section 3; LeFevre et al. 2005. Nodes are numbered by mixed radix where they can be.

/** Nodes as numbers, below `size`. */
export interface Lattice {
  readonly heights: readonly number[]
  /** How many nodes there are; a rounded number beyond 2^53. */
  readonly size: number
  levelsOf(node: number): number[]
  nodeOf(levels: ArrayLike<number>): number
  /** [quasi-identifiers] what one level more adds to a node's number. */
  readonly steps: readonly number[]
}

/** @param heights [quasi-identifiers] the highest level of each */
export function latticeOf(heights: readonly number[]): Lattice {
  const steps: number[] = new Array(heights.length).fill(1)
  for (let j = heights.length - 2; j >= 0; j--) steps[j] = steps[j + 1]! * (heights[j + 1]! + 1)
  return {
    heights,
    size: heights.reduce((product, height) => product * (height + 1), 1),
    steps,
    levelsOf: (node) => steps.map((step, j) => Math.floor(node / step) % (heights[j]! + 1)),
    nodeOf: (levels) => steps.reduce((node, step, j) => node + step * levels[j]!, 0),
  }
}

/** Nodes one level above or below. */
export function neighboursOf(
  levels: readonly number[],
  heights: readonly number[],
  step: 1 | -1,
): number[][] {
  return levels.flatMap((level, j) => {
    const next = level + step
    return next < 0 || next > heights[j]! ? [] : [levels.with(j, next)]
  })
}

/** The order of nodes of one loss: fewer levels in all first, then the lower level of the first column that differs. */
export function compareLevels(a: readonly number[], b: readonly number[]): number {
  const sum = (levels: readonly number[]) => levels.reduce((total, level) => total + level, 0)
  const difference = sum(a) - sum(b)
  if (difference !== 0) return difference
  const j = a.findIndex((level, i) => level !== b[i])
  return j < 0 ? 0 : a[j]! - b[j]!
}
