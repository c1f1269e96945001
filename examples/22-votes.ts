// PATE: teachers that share no row vote, noise answers, and where they agree an answer costs less.

import { confidentGnmax, disjointParts, renyiToEpsilon, sumCurves, tally } from 'frostglass/private'

const parts = disjointParts(60_000, 250)
console.log(`${parts.length} teachers, ${parts[0]!.length} rows each, none in two`)

// Votes as such teachers would cast them: on an easy picture, and on one that could be a four or a nine.
const easy = tally(
  Array.from({ length: 250 }, (_, i) => (i < 244 ? 7 : 1)),
  10,
)
const hard = tally(
  Array.from({ length: 250 }, (_, i) => (i % 2 ? 4 : 9)),
  10,
)
const ask = confidentGnmax({ threshold: 200, sigmaThreshold: 150, sigma: 40 })
// 300 questions of a kind: prices by Rényi orders add up.
const epsilon = (curve: (order: number) => number) =>
  renyiToEpsilon(sumCurves(new Array(300).fill(curve)), 1e-5).epsilon.toFixed(2)

console.log(
  `the easy one is answered ${ask.invoke(easy) ?? 'not at all'}, the hard one ${ask.invoke(hard) ?? 'not at all'}`,
)
console.log(
  `300 answers cost at most ε = ${epsilon(ask.map(1).renyi!)}; of votes like the easy one ${epsilon(ask.price(easy))}`,
)
