// Differential privacy: mechanisms whose noise is exact, with what each release gives away.
// Source: ARCHITECTURE, "Rooms"; Dwork and Roth 2014. Which guarantee holds under what is in docs/private.md.

export { type RandomSource, systemRandom } from './mechanisms/exactRandom.ts'
export { type GridMeasurement, type GridOptions, gridGaussian, gridLaplace } from './mechanisms/grid.ts'
export type { Distance, Measurement, PrivacyLoss } from './mechanisms/measurement.ts'
export { discreteGaussian, discreteLaplace } from './mechanisms/noise.ts'
export { type Exact, type Rational, rational } from './mechanisms/rational.ts'
