// Junk for every function that mechanisms, accounting, PATE and the ledger export: a value or an error in our words, in bounded work.
// A plain RangeError is for inputs of a release (votes, counts, distances), where the documentation says so; nothing else.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { noiseMultiplierFor } from '../accounting/calibrate.ts'
import {
  advancedComposition,
  optimalComposition,
  parallelComposition,
  sequentialComposition,
  sumCurves,
  sumGaussian,
} from '../accounting/compose.ts'
import {
  gaussianToDelta,
  gaussianToEpsilon,
  orderToEpsilon,
  pureCurve,
  pureToZcdp,
  renyiToEpsilon,
  zcdpCurve,
  zcdpToEpsilon,
} from '../accounting/convert.ts'
import { sampledGroupCurve, sampledGroupLoss } from '../accounting/groupRelease.ts'
import { deltaOf, epsilonOf } from '../accounting/lossDistribution.ts'
import {
  discreteGaussianLoss,
  discreteLaplaceLoss,
  gaussianLoss,
  laplaceLoss,
  pricedLoss,
  sampledGaussianLoss,
} from '../accounting/release.ts'
import { gaussianCurve, laplaceCurve, sampledGaussianCurve } from '../accounting/renyi.ts'
import { gridGaussian, gridLaplace } from '../mechanisms/grid.ts'
import { discreteGaussian, discreteLaplace } from '../mechanisms/noise.ts'
import { privateQuantile } from '../mechanisms/quantile.ts'
import { randomisedResponse } from '../mechanisms/randomisedResponse.ts'
import { rational } from '../mechanisms/rational.ts'
import { permuteAndFlip, reportNoisyMax } from '../mechanisms/select.ts'
import { aboveThreshold } from '../mechanisms/sparseVector.ts'
import { stabilityHistogram } from '../mechanisms/stabilityHistogram.ts'
import { confidentGnmax, noisyMax } from '../pate/aggregate.ts'
import { exactPrice, winningChances } from '../pate/exact.ts'
import { publicationCost, publishPrice } from '../pate/publish.ts'
import { disjointParts, tally } from '../pate/votes.ts'
import { forUnit } from './contributions.ts'
import { readHead } from './head.ts'
import { createLedger, openLedger } from './ledger.ts'
import { spendOf } from './spend.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-junk-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const junk: readonly unknown[] = [
  undefined,
  null,
  '',
  '1',
  '1e-7',
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  -0,
  0,
  0.5,
  1,
  1e-320,
  1e-9,
  1e308,
  2 ** 53,
  1n,
  -(10n ** 400n),
  10n ** 5000n,
  true,
  {},
  [],
  [undefined],
  ['1'],
  { numerator: 1, denominator: 0 },
  { numerator: 1n, denominator: 0n },
  () => 'a text',
  () => Number.NaN,
  Symbol.iterator.toString(),
]

/** A call with good arguments; `releases` where a plain RangeError or TypeError is what the documentation promises. */
interface Call {
  readonly name: string
  readonly of: (...args: never[]) => unknown
  readonly args: readonly unknown[]
  readonly releases?: boolean | undefined
}
const call = (name: string, of: (...args: never[]) => unknown, ...args: unknown[]): Call => ({
  name,
  of,
  args,
})
const release = (name: string, of: (...args: never[]) => unknown, ...args: unknown[]): Call => ({
  ...call(name, of, ...args),
  releases: true,
})

const once = [{ release: gaussianLoss(1), times: 1 }]
const price = { epsilon: 0.1, delta: 1e-7 }
const confident = confidentGnmax({ threshold: 5, sigmaThreshold: 2, sigma: 2 })
const curve = gaussianCurve(1)
const quantile = { quantile: 0.5, epsilon: 1, lower: 0, upper: 10, gridExponent: 0 }
const plan = { order: 9, beta: 0.02, noise: 6, failure: 0.05 }
/** The whole measurement: made, asked for its price, and for a release. */
type Measured = {
  invoke(input: never): unknown
  map(distance: number): { renyi?: ((order: number) => number) | undefined }
}
const measured = (make: (options: never) => unknown) => (options: never) => {
  const { map } = make(options) as Measured
  return map(1).renyi?.(2)
}
const invoked = (made: unknown) => (input: never) => {
  const answer = (made as Measured).invoke(input)
  return typeof answer === 'object' && answer !== null && Symbol.iterator in answer
    ? [...(answer as Iterable<unknown>)].slice(0, 3)
    : answer
}

/** In a folder of its own, whatever the name is; and gone again. */
async function made(name: string, options: never): Promise<void> {
  const path = typeof name === 'string' && name !== '' ? join(folder, name) : name
  const ledger = await createLedger(path, options)
  ledger.close()
  rmSync(path)
}

const calls: readonly Call[] = [
  call('noiseMultiplierFor', noiseMultiplierFor, {
    epsilon: 1,
    delta: 1e-5,
    rate: 0.1,
    steps: 10,
    beside: [],
  }),
  call('advancedComposition', advancedComposition, price, 3, 1e-6),
  call('optimalComposition', optimalComposition, price, 3, 1e-6),
  call('parallelComposition', parallelComposition, [price]),
  call('sequentialComposition', sequentialComposition, [price]),
  call('sumCurves', sumCurves, [curve]),
  call('sumGaussian', sumGaussian, [1]),
  call('gaussianToDelta', gaussianToDelta, 1, 1),
  call('gaussianToEpsilon', gaussianToEpsilon, 1, 1e-5),
  call('orderToEpsilon', orderToEpsilon, 1, 2, 1e-5),
  call('pureCurve', (e: never, o: never) => pureCurve(e)(o), 1, 2),
  call('pureToZcdp', pureToZcdp, 1),
  call('renyiToEpsilon', renyiToEpsilon, curve, 1e-5),
  call('zcdpCurve', (r: never, o: never) => zcdpCurve(r)(o), 1, 2),
  call('zcdpToEpsilon', zcdpToEpsilon, 1, 1e-5),
  call('deltaOf', deltaOf, once, 1),
  call('epsilonOf', epsilonOf, once, 1e-5),
  call('discreteGaussianLoss', discreteGaussianLoss, 1, 1),
  call('discreteLaplaceLoss', discreteLaplaceLoss, 1, 1),
  call('gaussianLoss', gaussianLoss, 1),
  call('laplaceLoss', laplaceLoss, 1),
  call('pricedLoss', pricedLoss, 1, 1e-6),
  call('sampledGaussianLoss', sampledGaussianLoss, 1, 0.1),
  call('sampledGroupLoss', sampledGroupLoss, 1, 0.1, 2),
  call('gaussianCurve', (s: never, o: never) => gaussianCurve(s)(o), 1, 2),
  call('laplaceCurve', (s: never, o: never) => laplaceCurve(s)(o), 1, 2),
  call(
    'sampledGaussianCurve',
    (s: never, q: never, k: never, o: never) => sampledGaussianCurve(s, q, k)(o),
    1,
    0.1,
    3,
    2,
  ),
  call(
    'sampledGroupCurve',
    (s: never, q: never, m: never, o: never) => sampledGroupCurve(s, q, m)(o),
    1,
    0.1,
    3,
    2,
  ),
  call('discreteLaplace', measured(discreteLaplace), { scale: 1 }),
  call('discreteGaussian', measured(discreteGaussian), { sigma: 1 }),
  call('gridLaplace', measured(gridLaplace), { scale: 1, dimensions: 2, gridExponent: -3 }),
  call('gridGaussian', measured(gridGaussian), { sigma: 1, dimensions: 2, gridExponent: -3 }),
  call('privateQuantile', measured(privateQuantile), { ...quantile, shift: 0 }),
  call('randomisedResponse', measured(randomisedResponse), { categories: 3, epsilon: 1 }),
  call('permuteAndFlip', measured(permuteAndFlip), { sensitivity: 1, epsilon: 1 }),
  call('reportNoisyMax', measured(reportNoisyMax), { sensitivity: 1, epsilon: 1 }),
  call('aboveThreshold', measured(aboveThreshold), {
    threshold: 5n,
    sensitivity: 1,
    epsilon: 1,
    positives: 1,
  }),
  call('stabilityHistogram', measured(stabilityHistogram), { epsilon: 1, delta: 1e-6, keysPerUnit: 1 }),
  call('noisyMax', measured(noisyMax), { scale: 2 }),
  call('confidentGnmax', measured(confidentGnmax), { threshold: 5, sigmaThreshold: 2, sigma: 2 }),
  call('publicationCost', publicationCost, plan),
  call('forUnit', forUnit, [{ kind: 'gaussian', noiseMultiplier: 1, times: 2 }], 3),
  call('readHead', (text: never) => readHead(String(text)), `1:${'0'.repeat(64)}`),
  call('createLedger', made, 'some.ledger', {
    dataset: 'd',
    unit: 'row',
    epsilon: 1,
    delta: 1e-6,
    composition: 'sum',
  }),
  call('openLedger', openLedger, join(folder, 'none.ledger'), { patience: 1 }),
  release('rational', rational, 1n, 2n),
  release('discreteLaplace.map', (d: never) => discreteLaplace({ scale: 1 }).map(d).renyi!(2), 1),
  release('discreteLaplace.renyi', (o: never) => discreteLaplace({ scale: 1 }).map(1).renyi!(o), 2),
  release('discreteLaplace.invoke', invoked(discreteLaplace({ scale: 1 })), [1n]),
  release('discreteGaussian.invoke', invoked(discreteGaussian({ sigma: 1 })), [1n]),
  release('gridLaplace.invoke', invoked(gridLaplace({ scale: 1 })), [1]),
  release('privateQuantile.invoke', invoked(privateQuantile(quantile)), [1, 2]),
  release('randomisedResponse.invoke', invoked(randomisedResponse({ categories: 2, epsilon: 1 })), [1]),
  release(
    'randomisedResponse.estimate',
    (a: never) => randomisedResponse({ categories: 2, epsilon: 1 }).estimate(a),
    [1],
  ),
  release('permuteAndFlip.invoke', invoked(permuteAndFlip({ sensitivity: 1, epsilon: 1 })), [1, 2]),
  release('reportNoisyMax.invoke', invoked(reportNoisyMax({ sensitivity: 1, epsilon: 1 })), [1n, 2n]),
  release('aboveThreshold.invoke', invoked(aboveThreshold({ threshold: 0n, sensitivity: 1, epsilon: 1 })), [
    1n,
    2n,
  ]),
  release(
    'stabilityHistogram.invoke',
    invoked(stabilityHistogram({ epsilon: 1, delta: 1e-6 })),
    new Map([['a', 5n]]),
  ),
  release('noisyMax.invoke', invoked(noisyMax({ scale: 2 })), [3, 4]),
  release('noisyMax.price', (v: never, o: never) => noisyMax({ scale: 2 }).price(v)(o), [3, 4], 2),
  release('confidentGnmax.invoke', invoked(confident), [3, 4]),
  release('confidentGnmax.price', (v: never, o: never) => confident.price(v)(o), [3, 4], 2),
  release('exactPrice', (v: never, o: never) => exactPrice(confident, v)(o), [3, 4], 2),
  release('winningChances', winningChances, [3, 4], 2),
  release('publishPrice', (v: never, p: never) => publishPrice(confident, v, p), [[3, 4]], plan),
  release('disjointParts', disjointParts, 10, 2),
  release('tally', tally, [0, 1], 2),
  call('spendOf', spendOf, discreteLaplace({ scale: 1 }).map(1)),
]

/** Every argument, and every field of an argument and of what is in its lists, replaced by each piece of junk. */
function* spoiled(args: readonly unknown[]): Generator<readonly unknown[]> {
  for (const [i, arg] of args.entries())
    for (const other of spoiledValues(arg)) yield args.map((own, j) => (j === i ? other : own))
}
function* spoiledValues(value: unknown): Generator<unknown> {
  yield* junk
  if (Array.isArray(value))
    for (const [i, item] of value.entries())
      for (const other of spoiledValues(item)) yield value.map((own, j) => (j === i ? other : own))
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    for (const [key, own] of Object.entries(value))
      if (typeof own !== 'function' && key !== 'release')
        for (const other of spoiledValues(own)) yield { ...value, [key]: other }
}

describe('junk', () => {
  it.each(calls.map((one) => [one.name, one] as const))('for %s', async (_, { of, args, releases }) => {
    for (const given of spoiled(args)) {
      try {
        await of(...(given as never[]))
      } catch (error) {
        const plain = releases === true && (error instanceof RangeError || error instanceof TypeError)
        if (!plain && !(error instanceof FrostglassError))
          expect.unreachable(`${String(error)} for ${inspected(given)}\n${(error as Error).stack}`)
        if (error instanceof FrostglassError) expect(error.hint, inspected(given)).toMatch(/\w/)
      }
    }
  })

  it('a text is no number, wherever noise is added to it or taken from it', () => {
    for (const invoke of [invoked(discreteLaplace({ scale: 1 })), invoked(discreteGaussian({ sigma: 1 }))])
      expect(() => invoke(['120'] as never)).toThrow(RangeError)
    expect(() => epsilonOf(once, '1e-7' as never)).toThrow(/δ must be between 0 and 1.*the text "1e-7"/)
    expect(() => discreteLaplace({ scale: '1' as never })).toThrow(/scale must be positive.*the text "1"/)
  })
})

function inspected(given: readonly unknown[]): string {
  return JSON.stringify(given, (_, value) =>
    typeof value === 'bigint'
      ? `${String(value).slice(0, 20)}n`
      : typeof value === 'number'
        ? String(value)
        : value,
  )
}
