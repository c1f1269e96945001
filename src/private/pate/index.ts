// PATE: answers from the votes of teachers that share no row, and what they cost.
// Source: Papernot et al. 2017 (arXiv 1610.05755); Papernot et al. 2018 (arXiv 1802.08908).
// Teachers and students are trained with `learn`, or elsewhere: here are only their votes.

export { type Aggregation, type ConfidentAggregation, confidentGnmax, noisyMax } from './aggregate.ts'
export { exactPrice, winningChances } from './exact.ts'
export { type Publication, type PublishedPrice, publicationCost, publishPrice } from './publish.ts'
export { disjointParts, tally } from './votes.ts'
