// Zayatz's estimate of a population's uniques: as though classes of the population were distributed by size as the sample's are.
// Source: Zayatz, "Estimation of the number of unique population elements using a sample", ASA Survey Research Methods, 1991.
// It does not promise to be near: of small samples its assumption is far off, and the estimate too high (docs/tables.md, measured).

import { classesOfSize, type Sample } from './sample.ts'

/**
 * Estimated number of people that are alone in their class of the population: f₁² / Σ fᵢ·P(one of a class of i is drawn), by the
 * hypergeometric distribution. 0 where nobody is alone in the sample.
 */
export function zayatzUniques(sample: Sample): number {
  const alone = classesOfSize(sample, 1)
  if (alone === 0) return 0
  const { rows, population } = sample
  let drawnAlone = 0
  sample.sizes.forEach((size, i) => {
    // i · n/N · Π (N − n − j + 1) / (N − j): one of i is among the n of N that were drawn, the others are not.
    let probability = (size * rows) / population
    for (let j = 1; j < size && probability > 0; j++) {
      probability *= Math.max(0, population - rows - j + 1) / (population - j)
    }
    drawnAlone += sample.counts[i]! * probability
  })
  return alone ** 2 / drawnAlone
}
