// Secure aggregation as a pure protocol: a node's and a server's state machine, and what a round is set up with.
// Source: Bonawitz et al. 2017; Bell et al. 2020; Kairouz, Liu and Steinke 2021. Proofs: PROOF.md here.
// It moves no bytes: fleet/coordinator brings messages from one to the other.

export type {
  EnrolledNode,
  Fault,
  NodeStep,
  SecureNode,
  SecureServer,
  SecureSetup,
  SecureSum,
  ServerModel,
  Stage,
  Vector,
} from './contract.ts'
export { identityKey } from './crypto.ts'
export { type NodeOptions, type NodeStart, openNode } from './node.ts'
export { withOwnNoise } from './noiseOnce.ts'
export { chooseParameters, type Parameters } from './parameters.ts'
export { dequantise, type Grid, gridDistance, gridOf, quantise, type Rounding } from './quantise.ts'
export { openServer } from './server.ts'
export { decodeSetup, encodeSetup, requireSetup } from './setup.ts'
export { honestSurvivors, noiseShare, noisySumPrice, type SummedNoise, sumPrice } from './sumPrice.ts'
