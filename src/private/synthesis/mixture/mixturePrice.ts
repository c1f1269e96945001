// What a mixture of networks costs: releases of the clustering, of the clusters' sizes, and one training, for each row is in one.
// Source: PROOF.md, sections 3 to 5; Zhu, Dong and Wang 2022, theorem 10 (dominating pairs compose).
// All of it is fixed before a row is read, and none of it depends on how many rows there are.

import { noiseMultiplierFor } from '../../accounting/calibrate.ts'
import { epsilonOf, type Repeated } from '../../accounting/lossDistribution.ts'
import { gaussianLoss, pricedLoss, sampledGaussianLoss } from '../../accounting/release.ts'
import type { Spend } from '../../ledger/spend.ts'

/** What is wished. */
export interface MixtureWish {
  readonly epsilon: number
  readonly delta: number
  readonly clusters: number
  /** Lloyd steps. */
  readonly rounds: number
  /** The share of clustering of the whole, in parts of one over the noise's square. */
  readonly share: number
  /** One over the sampling rate, whole. */
  readonly per: number
  readonly epochs: number
}

/** What is paid, and with how much noise. */
export interface MixturePrice {
  /** Of each Lloyd step's sums, and of the clusters' sizes: noise over what a row moves. */
  readonly clusterNoise: number
  /** How often that is released. */
  readonly clusterReleases: number
  /** Of the trainings. */
  readonly noiseMultiplier: number
  readonly steps: number
  readonly rate: number
  /** Rows beyond its noisy size that a cluster has places for. */
  readonly margin: number
  /** δ that all noise which is not drawn may take, of a training. */
  readonly tail: number
  /** All of it, as a ledger keeps it. */
  readonly losses: readonly Spend[]
  /** ε of all of it at δ, nats, rounded up. */
  readonly epsilon: number
}

/** Of δ: what places that do not suffice, and noise beyond what is drawn, take together. */
const SLACK = 0.01

/**
 * Works out the noise.
 * @throws FrostglassError `usage` as `noiseMultiplierFor` does
 */
export function mixturePrice(wish: MixtureWish): MixturePrice {
  const { epsilon, delta, clusters, rounds, share, per, epochs } = wish
  const rate = 1 / per
  const steps = per * epochs
  // A release of the sizes is one of the clustering's: with one cluster it is the only one.
  const clusterReleases = clusters === 1 ? 1 : rounds + 2
  const alone = noiseMultiplierFor({ epsilon, delta, rate: 1, steps: 1 })
  const clusterNoise = alone * Math.sqrt(clusterReleases / (clusters === 1 ? share / (rounds + 2) : share))
  const beside: Repeated[] = [
    { release: gaussianLoss(clusterNoise), times: clusterReleases },
    { release: pricedLoss(0, SLACK * delta), times: 1 },
  ]
  const noiseMultiplier = noiseMultiplierFor({ epsilon, delta, rate, steps, beside })
  return {
    clusterNoise,
    clusterReleases,
    noiseMultiplier,
    steps,
    rate,
    margin: marginFor(clusterNoise, epsilon, (SLACK / 2) * delta),
    tail: (SLACK / 4) * delta,
    losses: [
      { kind: 'gaussian', noiseMultiplier: clusterNoise, times: clusterReleases },
      { kind: 'sampled-gaussian', noiseMultiplier, rate, times: steps },
      { kind: 'priced', epsilon: 0, delta: SLACK * delta },
    ],
    epsilon: epsilonOf(
      [{ release: sampledGaussianLoss(noiseMultiplier, rate), times: steps }, ...beside],
      delta,
    ),
  }
}

/**
 * How far noise of deviation σ lies below 0 with a chance of at most δ / (1 + e^ε): a normal tail is below exp(−t² / 2σ²) / 2, and
 * one more for rounding.
 */
const marginFor = (sigma: number, epsilon: number, delta: number): number =>
  1 + sigma * Math.sqrt(2 * (Math.log1p(Math.exp(epsilon)) - Math.log(2 * delta)))
