// What private releases cost: each definition of privacy, conversions, composition, and the tight accountant.
// Source: docs/architecture.md#rooms; the papers stand at each function.
// Prices hold for the mechanism as it is described; that the code draws its noise so is the mechanism's own claim.

export { noiseMultiplierFor, type TrainingPrice } from './calibrate.ts'
export { advanced, optimal, type Price, parallel, sequential, sumCurves, sumGaussian } from './compose.ts'
export {
  gaussianToDelta,
  gaussianToEpsilon,
  orderToEpsilon,
  pureCurve,
  pureToZcdp,
  type RenyiCurve,
  renyiToEpsilon,
  zcdpCurve,
  zcdpToEpsilon,
} from './convert.ts'
export { sampledGroupCurve, sampledGroupLoss } from './groupRelease.ts'
export { deltaOf, epsilonOf, type Repeated } from './lossDistribution.ts'
export {
  discreteGaussianLoss,
  discreteLaplaceLoss,
  gaussianLoss,
  type LossDensity,
  type LossPair,
  laplaceLoss,
  pricedLoss,
  type Release,
  sampledGaussianLoss,
} from './release.ts'
export { gaussianCurve, laplaceCurve, sampledGaussianCurve } from './renyi.ts'
