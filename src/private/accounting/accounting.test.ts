// Conversions, composition, Rényi curves, the inverse, and every refusal.

import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { noiseMultiplierFor } from './calibrate.ts'
import {
  advancedComposition,
  optimalComposition,
  parallelComposition,
  sequentialComposition,
  sumCurves,
  sumGaussian,
} from './compose.ts'
import {
  gaussianToDelta,
  gaussianToEpsilon,
  pureCurve,
  pureToZcdp,
  renyiToEpsilon,
  zcdpCurve,
  zcdpToEpsilon,
} from './convert.ts'
import { deltaOf, epsilonOf } from './lossDistribution.ts'
import { logErfc, logNormalTail } from './normal.ts'
import {
  discreteGaussianLoss,
  discreteLaplaceLoss,
  gaussianLoss,
  laplaceLoss,
  pricedLoss,
  sampledGaussianLoss,
} from './release.ts'
import { gaussianCurve, laplaceCurve, sampledGaussianCurve } from './renyi.ts'

describe('the normal tail', () => {
  it('agrees with tabulated values', () => {
    // Abramowitz and Stegun 1964, tables 7.1, 7.3 and 26.2.
    expect(Math.exp(logErfc(0.5))).toBeCloseTo(0.4795001221869535, 14)
    expect(Math.exp(logErfc(2)) / 0.004677734981047266).toBeCloseTo(1, 12)
    expect(Math.exp(logErfc(-1))).toBeCloseTo(1.8427007929497148, 14)
    expect(logNormalTail(100) / -5005.524208694205).toBeCloseTo(1, 12)
  })

  it('has no seam where the series ends', () => {
    const slope = (logErfc(2 + 1e-7) - logErfc(2 - 1e-7)) / 2e-7
    const exact = ((-2 / Math.sqrt(Math.PI)) * Math.exp(-4)) / 0.004677734981047266
    expect(slope / exact).toBeCloseTo(1, 6)
  })
})

describe('conversions', () => {
  it('zCDP lies between the exact Gaussian and the simple bound', () => {
    for (const rho of [0.01, 0.5, 4])
      for (const delta of [1e-3, 1e-9]) {
        const epsilon = zcdpToEpsilon(rho, delta)
        expect(epsilon).toBeGreaterThan(gaussianToEpsilon(Math.sqrt(2 * rho), delta))
        expect(epsilon).toBeLessThan(rho + 2 * Math.sqrt(rho * Math.log(1 / delta)))
      }
  })

  it('a Gaussian release has one price in zCDP, Rényi and μ', () => {
    expect(renyiToEpsilon(gaussianCurve(2), 1e-5).epsilon).toBeCloseTo(zcdpToEpsilon(1 / 8, 1e-5), 12)
    expect(gaussianToDelta(0.5, gaussianToEpsilon(0.5, 1e-5))).toBeCloseTo(1e-5, 16)
  })

  it('pure ε: its Rényi curve tends to ε, and lies below its zCDP', () => {
    expect(pureToZcdp(2)).toBe(2)
    for (const order of [1.01, 2, 3.7, 50]) {
      expect(pureCurve(0.4)(order)).toBeLessThan(zcdpCurve(pureToZcdp(0.4))(order))
      expect(pureCurve(0.4)(order)).toBeLessThan(0.4)
    }
    expect(pureCurve(0.4)(1e6)).toBeCloseTo(0.4, 5)
    expect(pureCurve(800)(2)).toBeCloseTo(800, 9)
  })

  it('nothing costs nothing', () => {
    expect(gaussianToEpsilon(0, 1e-5)).toBe(0)
    expect(zcdpToEpsilon(0, 1e-5)).toBeCloseTo(0, 4)
  })
})

describe('composition', () => {
  const price = { epsilon: 0.1, delta: 1e-7 }

  it('adds in sequence, and takes the dearest in parallel', () => {
    const prices = [price, { epsilon: 0.3, delta: 0 }]
    expect(sequentialComposition(prices)).toEqual({ epsilon: 0.4, delta: 1e-7 })
    expect(parallelComposition(prices)).toEqual({ epsilon: 0.3, delta: 1e-7 })
  })

  it('advanced: its formula, or the sum where that is less', () => {
    const { epsilon, delta } = advancedComposition(price, 1000, 1e-5)
    expect(epsilon).toBeCloseTo(0.1 * Math.sqrt(2000 * Math.log(1e5)) + 100 * Math.expm1(0.1), 12)
    expect(delta).toBeCloseTo(1.1e-4, 12)
    expect(advancedComposition(price, 2, 1e-5).epsilon).toBeCloseTo(0.2, 15)
  })

  it('optimal: below advanced, and by its definition for two releases', () => {
    for (const times of [10, 100, 1001])
      expect(optimalComposition({ epsilon: 0.1, delta: 0 }, times, 1e-5).epsilon).toBeLessThanOrEqual(
        advancedComposition({ epsilon: 0.1, delta: 0 }, times, 1e-5).epsilon,
      )
    // Two releases at ε = 0 together: δ = (e^{2ε} − 1)/(1 + e^ε)².
    const least = Math.expm1(2) / (1 + Math.E) ** 2
    expect(optimalComposition({ epsilon: 1, delta: 0 }, 2, least * 1.0001).epsilon).toBe(0)
    expect(optimalComposition({ epsilon: 1, delta: 0 }, 2, least * 0.9999).epsilon).toBe(2)
    expect(optimalComposition({ epsilon: 1, delta: 1e-5 }, 2, 1e-5).epsilon).toBe(Number.POSITIVE_INFINITY)
  })

  it('curves add by order, Gaussian μ by squares', () => {
    expect(sumCurves([gaussianCurve(1), laplaceCurve(2)])(3)).toBe(1.5 + laplaceCurve(2)(3))
    expect(sumGaussian([3, 4])).toBe(5)
  })
})

describe('Rényi curves', () => {
  it('the sampled Gaussian by quadrature, at whole and at other orders', () => {
    for (const [sigma, q, order] of [
      [1, 0.01, 2],
      [1, 0.01, 2.5],
      [0.7, 0.2, 1.3],
      [2, 0.5, 17],
      [2, 0.5, 17.25],
      [1.5, 0.9, 3.999999],
    ] as const) {
      let moment = 0
      const width = sigma / 200
      for (let x = -40 * sigma; x < order + 40 * sigma; x += width)
        moment +=
          (width / (sigma * Math.sqrt(2 * Math.PI))) *
          Math.exp(-0.5 * (x / sigma) ** 2 + order * Math.log(1 - q + q * Math.exp((x - 0.5) / sigma ** 2)))
      expect(sampledGaussianCurve(sigma, q, 7)(order) / ((7 * Math.log(moment)) / (order - 1))).toBeCloseTo(
        1,
        9,
      )
    }
  })

  it('is the Gaussian at rate 1, and nothing at rate 0', () => {
    expect(sampledGaussianCurve(1.7, 1, 3)(4)).toBe(3 * gaussianCurve(1.7)(4))
    expect(sampledGaussianCurve(1.7, 1 - 1e-12, 3)(4.5)).toBeCloseTo(3 * gaussianCurve(1.7)(4.5), 8)
    expect(sampledGaussianCurve(1.7, 0, 3)(4)).toBe(0)
  })

  it('Laplace by quadrature', () => {
    let moment = 0
    for (let x = -60; x < 60; x += 1e-3) {
      const middle = x + 5e-4
      moment += 1e-3 * 0.25 * Math.exp((-3.5 * Math.abs(middle) + 2.5 * Math.abs(middle - 1)) / 2)
    }
    expect(laplaceCurve(2)(3.5)).toBeCloseTo(Math.log(moment) / 2.5, 6)
  })
})

describe('the inverse', () => {
  it.each([
    { epsilon: 3, delta: 1e-5, rate: 0.02, steps: 300 },
    { epsilon: 0.5, delta: 1e-6, rate: 0.1, steps: 50 },
    { epsilon: 1, delta: 1e-5, rate: 1, steps: 1 },
    { epsilon: 1e-5, delta: 1e-3, rate: 1, steps: 1 },
  ])('holds the price and wastes little noise: %o', (wish) => {
    const sigma = noiseMultiplierFor(wish)
    const price = (s: number) =>
      epsilonOf([{ release: sampledGaussianLoss(s, wish.rate), times: wish.steps }], wish.delta)
    expect(price(sigma)).toBeLessThanOrEqual(wish.epsilon)
    expect(price(sigma * 0.999)).toBeGreaterThan(wish.epsilon)
  })
})

describe('refusals', () => {
  const one = [{ release: gaussianLoss(1), times: 1 }]
  const wish = { epsilon: 1, delta: 1e-5, rate: 0.01, steps: 10 }
  it.each<[string, () => unknown]>([
    ['δ = 0', () => epsilonOf(one, 0)],
    ['δ = 1', () => epsilonOf(one, 1)],
    ['δ not a number', () => renyiToEpsilon(gaussianCurve(1), Number.NaN)],
    ['δ below 0', () => gaussianToEpsilon(1, -1e-5)],
    ['ε below 0', () => deltaOf(one, -1)],
    ['ε not finite', () => pricedLoss(Number.POSITIVE_INFINITY)],
    ['σ = 0', () => gaussianLoss(0)],
    ['σ below 0', () => sampledGaussianLoss(-1, 0.1)],
    ['σ not finite', () => sampledGaussianCurve(Number.POSITIVE_INFINITY, 0.1, 1)],
    ['σ not a number', () => discreteGaussianLoss(Number.NaN)],
    ['b = 0', () => laplaceLoss(0)],
    ['b below 0', () => discreteLaplaceLoss(-1)],
    ['half a sensitivity', () => discreteLaplaceLoss(1, 0.5)],
    ['q below 0', () => sampledGaussianLoss(1, -0.1)],
    ['q above 1', () => sampledGaussianCurve(1, 1.1, 1)],
    ['q = 0 in the inverse', () => noiseMultiplierFor({ ...wish, rate: 0 })],
    ['half a step', () => epsilonOf([{ release: gaussianLoss(1), times: 1.5 }], 1e-5)],
    ['no step', () => sampledGaussianCurve(1, 0.1, 0)],
    ['δ beyond the chance of being used', () => noiseMultiplierFor({ ...wish, rate: 1e-7 })],
    ['half a step in the inverse', () => noiseMultiplierFor({ ...wish, steps: 10.5 })],
    ['ε = 0 in the inverse', () => noiseMultiplierFor({ ...wish, epsilon: 0 })],
    ['a price below 0', () => sequentialComposition([{ epsilon: -1, delta: 0 }])],
    ['half a release', () => optimalComposition({ epsilon: 1, delta: 0 }, 0.5, 1e-5)],
    ['no slack', () => advancedComposition({ epsilon: 1, delta: 0 }, 2, 0)],
    ['ρ below 0', () => zcdpToEpsilon(-1, 1e-5)],
    ['μ below 0', () => sumGaussian([-1])],
  ])('%s', (_, call) => {
    try {
      call()
    } catch (error) {
      expect(error).toBeInstanceOf(FrostglassError)
      expect(error).toMatchObject({ code: 'usage', hint: expect.stringMatching(/\w/) })
      return
    }
    expect.unreachable('it was accepted')
  })
})
