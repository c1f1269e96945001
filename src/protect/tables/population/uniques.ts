// How many people are alone in their class of a population, estimated from a sample by one of three models or Dankar's rule among them.
// Source: Dankar, El Emam, Neisa and Roffey, "Estimating the re-identification risk of clinical data sets", BMC Medical Informatics and
// Decision Making 12:66, 2012: Pitman's for sampling fractions up to 0.1, above it the lower of Zayatz's and the slide negative binomial.
// It does not promise an upper bound: the rule was chosen on average, on six tables.

import { pitmanUniques } from './pitman.ts'
import { classesOfSize, type Sample } from './sample.ts'
import { slideNegativeBinomialUniques } from './slideNegativeBinomial.ts'
import { zayatzUniques } from './zayatz.ts'

export const populationModels = ['Dankar', 'Pitman', 'Zayatz', 'SNB'] as const
/** Who estimates: one model, or Dankar's rule among them. */
export type PopulationModel = (typeof populationModels)[number]

/** An estimate, and by which model. */
export interface EstimatedUniques {
  /** People of the population; undefined where the model has no solution, which is no estimate of 0. */
  readonly uniques: number | undefined
  readonly by: Exclude<PopulationModel, 'Dankar'>
}

/** Estimated number of people that are alone in their class of the population. 0 where nobody is alone in the sample. */
export function estimateUniques(sample: Sample, model: PopulationModel): EstimatedUniques {
  if (model === 'Pitman') return { uniques: pitmanUniques(sample), by: 'Pitman' }
  if (model === 'Zayatz') return { uniques: zayatzUniques(sample), by: 'Zayatz' }
  if (model === 'SNB') return { uniques: slideNegativeBinomialUniques(sample), by: 'SNB' }
  if (classesOfSize(sample, 1) === 0) return { uniques: 0, by: 'Zayatz' }
  if (sample.rows <= 0.1 * sample.population) return { uniques: pitmanUniques(sample), by: 'Pitman' }
  const zayatz = zayatzUniques(sample)
  const slide = slideNegativeBinomialUniques(sample)
  return slide !== undefined && slide < zayatz
    ? { uniques: slide, by: 'SNB' }
    : { uniques: zayatz, by: 'Zayatz' }
}
