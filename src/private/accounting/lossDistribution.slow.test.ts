// The tight accountant: reference values, closed forms, brute force, and how it must move with its parameters.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { optimalComposition } from './compose.ts'
import { gaussianToDelta, gaussianToEpsilon, renyiToEpsilon } from './convert.ts'
import { transform } from './fourier.ts'
import { deltaOf, epsilonOf } from './lossDistribution.ts'
import { onGrid } from './lossGrid.ts'
import {
  discreteGaussianLoss,
  discreteLaplaceLoss,
  gaussianLoss,
  laplaceLoss,
  pricedLoss,
  type Release,
  sampledGaussianLoss,
} from './release.ts'
import { gaussianCurve, laplaceCurve, sampledGaussianCurve } from './renyi.ts'

const DELTA = 1e-5
const once = (release: Release) => [{ release, times: 1 }]
/** Not below what is true, and within 0.1% of it. */
function expectTight(measured: number, truth: number) {
  expect(measured).toBeGreaterThanOrEqual(truth)
  expect(measured).toBeLessThan(truth * 1.001)
}

describe('reference values', () => {
  it('one Gaussian release, σ = 1.1: 3.9213', () => {
    const epsilon = epsilonOf(once(gaussianLoss(1.1)), DELTA)
    expect(epsilon).toBeCloseTo(3.9213, 4)
    expectTight(epsilon, gaussianToEpsilon(1 / 1.1, DELTA))
  })

  it('DP-SGD, σ = 1, q = 256/60000, 14,062 steps: 2.8225, where Rényi says 3.0787', () => {
    const epsilon = epsilonOf([{ release: sampledGaussianLoss(1, 256 / 60000), times: 14062 }], DELTA)
    expectTight(epsilon, 2.8225)
    const { epsilon: renyi } = renyiToEpsilon(sampledGaussianCurve(1, 256 / 60000, 14062), DELTA)
    expect(renyi).toBeCloseTo(3.0787, 4)
  })

  // δ at that ε by inverting E e^{zL} along a line, for which no loss is put on a grid; two lines agree in 6 digits (numpy).
  it.each([
    [1, 1e-6, 1_000_000, 0.0026816, 9.98822e-6],
    [0.7, 1e-5, 14_062, 0.008, 1.0577573e-5],
    [0.5, 1e-5, 1_000_000, 2.823, 1.040117e-9],
    [0.5, 1e-5, 1_000_000, 2.8349326, 9.98695e-10],
  ])('rare samples: σ = %d, q = %d, %i steps, ε = %d: δ = %d', (sigma, rate, times, epsilon, truth) => {
    const delta = deltaOf([{ release: sampledGaussianLoss(sigma, rate), times }], epsilon)
    expect(delta).toBeGreaterThanOrEqual(truth)
    expect(delta).toBeLessThan(truth * 1.01)
  })

  it('discrete Gaussian σ = 1: 4.4302, more than the continuous 4.3772', () => {
    // By its definition: Σ (P − e^ε Q)+ over the integers.
    const total = Array.from({ length: 61 }, (_, i) => Math.exp(-((i - 30) ** 2) / 2)).reduce((a, b) => a + b)
    const delta = (epsilon: number) => {
      let sum = 0
      for (let x = -30; x <= 30; x++)
        sum += Math.max(0, Math.exp((-x * x) / 2) - Math.exp(epsilon - (x - 1) ** 2 / 2)) / total
      return sum
    }
    const epsilon = epsilonOf(once(discreteGaussianLoss(1)), DELTA)
    expect(epsilon).toBeCloseTo(4.4302, 4)
    expect(delta(epsilon)).toBeLessThanOrEqual(DELTA * (1 + 1e-9))
    expect(delta(epsilon * 0.999)).toBeGreaterThan(DELTA)
    expect(epsilonOf(once(gaussianLoss(1)), DELTA)).toBeCloseTo(4.3772, 4)
  })
})

describe('against closed forms', () => {
  it.each([
    [1, 1e-5],
    [10, 1e-6],
    [100, 1e-12],
    [2000, 1e-3],
  ])('%i Gaussian releases are one with σ/√k, at δ = %d', (times, delta) => {
    const sigma = 1.3 * Math.sqrt(times)
    expectTight(
      epsilonOf([{ release: gaussianLoss(sigma), times }], delta),
      gaussianToEpsilon(1 / 1.3, delta),
    )
  })

  it.each([0, 0.3, 1, 2.5])('δ of Gaussian releases at ε = %d', (epsilon) => {
    expectTight(deltaOf([{ release: gaussianLoss(4), times: 16 }], epsilon), gaussianToDelta(1, epsilon))
  })

  it.each([1e-3, 1e-5, 1e-8])('one sampled release, by amplification, at δ = %d', (delta) => {
    const q = 0.02
    const epsilon = epsilonOf(once(sampledGaussianLoss(0.9, q)), delta)
    // Li, Qardaji and Su 2012: δ′ = qδ at ε′ = log(1 + q(e^ε − 1)).
    const truth = (e: number) => q * gaussianToDelta(1 / 0.9, Math.log1p(Math.expm1(e) / q))
    expect(truth(epsilon)).toBeLessThanOrEqual(delta)
    expect(truth(epsilon * 0.999)).toBeGreaterThan(delta)
  })

  it('a Laplace release, at every ε', () => {
    for (const epsilon of [0, 0.1, 0.4, 0.49])
      expectTight(deltaOf(once(laplaceLoss(2)), epsilon), -Math.expm1((epsilon - 0.5) / 2))
    expect(epsilonOf(once(laplaceLoss(2)), 1e-9)).toBeCloseTo(0.5, 6)
  })

  it('discrete Laplace of sensitivity 1 is randomised response: both are their pure ε at δ = 0', () => {
    for (const delta of [1e-12, 1e-5, 0.01]) {
      const response = epsilonOf(once(pricedLoss(0.7)), delta)
      const truth = Math.log(Math.exp(0.7) - delta * (1 + Math.exp(0.7)))
      expect(response).toBeGreaterThanOrEqual(truth - 1e-9)
      expect(response).toBeLessThan(truth * 1.001)
      expect(epsilonOf(once(discreteLaplaceLoss(1 / 0.7)), delta)).toBeCloseTo(response, 9)
    }
  })

  it('releases of which only the price is known: as Kairouz, Oh and Viswanath on their own grid of ε', () => {
    const best = optimalComposition({ epsilon: 0.1, delta: 1e-8 }, 30, DELTA).epsilon
    const ours = epsilonOf([{ release: pricedLoss(0.1, 1e-8), times: 30 }], DELTA)
    expect(ours).toBeLessThanOrEqual(best * (1 + 1e-9))
    expect(ours).toBeGreaterThan(best - 0.2)
  })

  it('sensitivity of discrete noise, by its definition', () => {
    const r = Math.exp(-1 / 5)
    const mass = (x: number) => ((1 - r) / (1 + r)) * r ** Math.abs(x)
    for (const epsilon of [0, 0.1, 0.45]) {
      let truth = 0
      for (let x = -200; x <= 200; x++) truth += Math.max(0, mass(x) - Math.exp(epsilon) * mass(x - 3))
      expect(deltaOf(once(discreteLaplaceLoss(5, 3)), epsilon)).toBeCloseTo(truth, 9)
    }
  })

  it('unlike releases together: Gaussians of two sizes', () => {
    const releases = [
      { release: gaussianLoss(3), times: 4 },
      { release: gaussianLoss(10), times: 50 },
    ]
    expectTight(epsilonOf(releases, DELTA), gaussianToEpsilon(Math.sqrt(4 / 9 + 50 / 100), DELTA))
  })

  it('infinite losses count fully, and none is promised away', () => {
    expect(epsilonOf(once(pricedLoss(1, 1e-4)), DELTA)).toBe(Number.POSITIVE_INFINITY)
    expect(deltaOf(once(pricedLoss(1, 1e-4)), 5)).toBeCloseTo(1e-4, 12)
    expect(epsilonOf([], DELTA)).toBe(0)
    expect(epsilonOf(once(sampledGaussianLoss(1, 0)), DELTA)).toBe(0)
  })
})

describe('how it moves', () => {
  const training = fc.record({
    sigma: fc.double({ min: 0.9, max: 4, noNaN: true }),
    rate: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
    times: fc.integer({ min: 50, max: 300 }),
  })
  const price = (sigma: number, rate: number, times: number) =>
    epsilonOf([{ release: sampledGaussianLoss(sigma, rate), times }], DELTA)

  it('grows with steps and rate, falls with noise, and stays below Rényi', () => {
    fc.assert(
      fc.property(training, ({ sigma, rate, times }) => {
        const here = price(sigma, rate, times)
        expect(here).toBeLessThan(renyiToEpsilon(sampledGaussianCurve(sigma, rate, times), DELTA).epsilon)
        expect(price(sigma * 1.1, rate, times)).toBeLessThan(here)
        expect(price(sigma, rate * 1.1, times)).toBeGreaterThan(here)
        expect(price(sigma, rate, Math.ceil(times * 1.1))).toBeGreaterThan(here)
      }),
      { numRuns: 4, seed: 12 },
    )
  })

  it('stays below Rényi for Gaussian and Laplace releases', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 2, max: 30, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        (b, times) => {
          for (const [release, curve] of [
            [gaussianLoss(b), gaussianCurve(b)],
            [laplaceLoss(b), laplaceCurve(b)],
          ] as const)
            expect(epsilonOf([{ release, times }], DELTA)).toBeLessThanOrEqual(
              // One Laplace release is a tie, up to the grid's 1e-8.
              renyiToEpsilon((order) => times * curve(order), DELTA).epsilon * (1 + 1e-6),
            )
        },
      ),
      { numRuns: 10, seed: 5 },
    )
  })

  it('ε(δ) and δ(ε) undo each other', () => {
    const releases = [{ release: sampledGaussianLoss(1.2, 0.05), times: 100 }]
    for (const delta of [1e-3, 1e-6, 1e-10])
      expect(deltaOf(releases, epsilonOf(releases, delta)) / delta).toBeCloseTo(1, 4)
  })
})

describe('the parts', () => {
  it('the grid keeps the masses of P and of Q', () => {
    const step = 0.003
    for (const pair of [
      sampledGaussianLoss(0.8, 0.1).remove,
      sampledGaussianLoss(0.8, 0.1).add,
      laplaceLoss(3).remove,
    ]) {
      const { first, masses } = onGrid(pair, step)
      const p = masses.reduce((sum, m) => sum + m, 0)
      const q = masses.reduce((sum, m, i) => sum + m * Math.exp(-(first + i) * step), 0)
      expect(p).toBeCloseTo(1, 12)
      expect(q).toBeCloseTo(1, 11)
    }
  })

  it('the transform is the discrete Fourier transform, and its inverse brings back what went in', () => {
    const signal = Float64Array.from({ length: 16 }, (_, i) => Math.sin(i * i) + i / 7)
    const re = signal.slice()
    const im = new Float64Array(16)
    transform(re, im, false)
    for (let f = 0; f < 16; f++) {
      expect(re[f]).toBeCloseTo(
        signal.reduce((s, x, t) => s + x * Math.cos((2 * Math.PI * f * t) / 16), 0),
        12,
      )
      expect(im[f]).toBeCloseTo(
        signal.reduce((s, x, t) => s - x * Math.sin((2 * Math.PI * f * t) / 16), 0),
        12,
      )
    }
    transform(re, im, true)
    signal.forEach((x, t) => {
      expect(re[t]! / 16).toBeCloseTo(x, 13)
    })
  })
})
