import { describe, expect, it } from 'vitest'
import { readWheat } from '../../../data/index.ts'
import { keyActivation } from '../../../protect/keyed/activations.ts'
import { layered } from '../../../protect/keyed/layered.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import { type Evidence, numericAttributes } from '../evidence.ts'
import { keyRecovery } from './keyRecovery.ts'
import { layerFitter } from './keyRecoveryFit.ts'
import { type Architecture, fitPrograms, inversionProgram, layerSizes } from './keyRecoveryGraph.ts'
import { invertLayers, priorOf, undoLayers } from './keyRecoveryInverse.ts'

const wheat = (await readWheat()).columns as Float64Array[]

function evidenceOf(
  features: readonly Float64Array[],
  layers: number,
  matrix: 'bounded' | 'glorot',
  name: 'tanh' | 'sigmoid' | 'asinh' = 'tanh',
): Evidence {
  const names = features.map((_, j) => `c${j}`)
  const secret = Uint8Array.from({ length: 32 }, (_, i) => 11 + i)
  return {
    attributes: numericAttributes(names, features),
    features,
    released: layered.fit(features, { layers, activation: name, matrix, secret }).protect(features),
    scheme: { name: 'layered', activation: name, layers },
  }
}

describe('the key itself', () => {
  it.each([
    { layers: 2, matrix: 'bounded', name: 'tanh', known: 50 },
    { layers: 2, matrix: 'glorot', name: 'tanh', known: 50 },
    { layers: 2, matrix: 'bounded', name: 'sigmoid', known: 50 },
    { layers: 2, matrix: 'bounded', name: 'asinh', known: 100 },
  ] as const)(
    'falls to $known rows of wheat: $layers layers, $name, $matrix',
    async ({ layers, matrix, name, known }) => {
      const finding = await keyRecovery.run(evidenceOf(wheat, layers, matrix, name), {
        known,
        seed: 1,
        effort: 'full',
      })
      expect(finding.notes[0]).toMatch(/found the key/)
      expect(Math.max(...finding.attributes!.map((a) => a.largestError))).toBeLessThan(1e-6)
      expect(metricOf(finding, 'cells1').value).toBe(1)
    },
  )

  it('falls to three layers’ worth of rows of three attributes', async () => {
    const finding = await keyRecovery.run(evidenceOf(wheat.slice(3, 6), 3, 'bounded'), {
      known: 40,
      seed: 1,
      effort: 'full',
    })
    expect(finding.notes[0]).toMatch(/found the key/)
    expect(Math.max(...finding.attributes!.map((a) => a.largestError))).toBeLessThan(1e-6)
  })
})

it('says so where it is no key: five layers; and fits a line to few rows', async () => {
  const evidence = evidenceOf(wheat, 5, 'bounded')
  const some = await keyRecovery.run(evidence, { known: 30, seed: 1, effort: 'quick' })
  expect(some.notes.join(' ')).toMatch(/None of \d+ starts .* layers were fitted in place of 5/)
  expect(metricOf(some, 'explained').value).toBeGreaterThan(0.8)
  expect(Math.max(...some.attributes!.map((a) => a.largestError))).toBeGreaterThan(1e-3)
  const few = await keyRecovery.run(evidence, { known: 5, seed: 1, effort: 'quick' })
  expect(few.notes.join(' ')).toMatch(/did not suffice .* a line was fitted/)
})

it('stays at chance on noise', async () => {
  const random = seededStream(1, 'noise')
  const noise = wheat.map((column) => column.map(() => 1.8 * random.uniform() - 0.9))
  const evidence = { ...evidenceOf(wheat, 3, 'bounded'), released: noise }
  const finding = await keyRecovery.run(evidence, { known: 50, seed: 1, effort: 'quick' })
  const cells = metricOf(finding, 'cells5')
  expect(metricOf(finding, 'explained').value).toBeLessThan(0.05)
  expect(cells.value).toBeLessThan(cells.chance + 0.06)
})

it('is for layers with an activation, of a size that can be fitted', () => {
  const own = evidenceOf(wheat, 3, 'bounded')
  expect(keyRecovery.applies(own)).toBe(true)
  expect(keyRecovery.applies({ ...own, scheme: { name: 'rotation', layers: 1 } })).toBe(false)
  expect(keyRecovery.applies({ ...own, scheme: { ...own.scheme, layers: 1 } })).toBe(false)
  const wide = Array.from({ length: 30 }, (_, j) => wheat[j % 7]!)
  expect(keyRecovery.applies({ ...own, features: wide, released: wide })).toBe(false)
})

it('tells progress and stops when it is told to', async () => {
  const evidence = evidenceOf(wheat, 5, 'bounded')
  const stop = new AbortController()
  const shares: number[] = []
  const run = keyRecovery.run(evidence, {
    known: 30,
    seed: 1,
    effort: 'full',
    signal: stop.signal,
    onProgress(share) {
      shares.push(share)
      if (shares.length === 2) stop.abort()
    },
  })
  await expect(run).rejects.toMatchObject({ code: 'aborted' })
  expect(shares).toHaveLength(2)
  expect(shares[1]).toBeGreaterThan(shares[0]!)
})

describe('the fit', () => {
  const architecture: Architecture = {
    features: 2,
    outputs: 3,
    width: 4,
    hidden: 2,
    activate: keyActivation('asinh').forward,
  }
  const rows = 9
  const random = seededStream(2, 'fit')
  const draw = (count: number) => Float64Array.from({ length: count }, () => random.normal())
  const weights = draw(layerSizes(architecture).reduce((a, b) => a + b, 0))
  const [x, last] = [draw(rows * 2), draw(3 * 5)]

  it('has slopes that are the differences of its values', async () => {
    const program = await inversionProgram(architecture, { weights, last }, rows)
    const { slopes } = await program.run(x)
    const step = 1e-6
    for (let j = 0; j < 2; j++) {
      const at = (by: number) => program.run(x.map((v, i) => (i % 2 === j ? v + by : v)))
      const [up, down] = [(await at(step)).values, (await at(-step)).values]
      up.forEach((v, i) => {
        expect(slopes[i * 2 + j]).toBeCloseTo((v - down[i]!) / (2 * step), 6)
      })
    }
    await program.close()
  })

  it('has normal equations that are the differences of its outputs, the last layer projected out', async () => {
    const programs = await fitPrograms(architecture, x, rows)
    const matrix = draw(3 * 4)
    // A basis of nothing: then the Jacobian is that of the hidden layers alone.
    const { products, slope } = await programs.normalEquations(
      weights,
      matrix,
      new Float64Array(rows * 5),
      draw(rows * 3),
    )
    const outputs = async (w: Float64Array) => {
      const top = await programs.outputsOf(w)
      return Float64Array.from({ length: rows * 3 }, (_, i) => {
        const [r, o] = [Math.floor(i / 3), i % 3]
        return matrix.subarray(o * 4, o * 4 + 4).reduce((sum, a, u) => sum + a * top[r * 4 + u]!, 0)
      })
    }
    const jacobian: Float64Array[] = []
    for (let p = 0; p < weights.length; p++) {
      const at = (by: number) => outputs(weights.map((w, i) => (i === p ? w + by : w)))
      const [up, down] = [await at(1e-6), await at(-1e-6)]
      jacobian.push(up.map((v, i) => (v - down[i]!) / 2e-6))
    }
    expect(slope).toHaveLength(weights.length)
    jacobian.forEach((a, p) => {
      jacobian.forEach((b, q) => {
        const expected = a.reduce((sum, v, i) => sum + v * b[i]!, 0)
        expect(products[p * weights.length + q]).toBeCloseTo(expected, 4)
      })
    })
    await programs.close()
  })

  it('comes back to planted layers from close by, and undoes them', async () => {
    const many = 60
    const own: Architecture = {
      ...architecture,
      features: 3,
      width: 3,
      outputs: 3,
      activate: keyActivation('tanh').forward,
    }
    const planted = draw(layerSizes(own).reduce((a, b) => a + b, 0)).map((w) => w / 2)
    const inputs = Float64Array.from({ length: many * 3 }, () => random.uniform() - 0.5)
    const top = {
      weights: planted,
      last: Float64Array.from([1, 0.2, 0, 0.1, 0, 1, 0.3, 0, -0.2, 0, 1, 0.5]),
    }
    const program = await inversionProgram(own, top, many)
    const { values } = await program.run(inputs)
    await program.close()
    const fitter = await layerFitter(own, inputs, many)
    const fitted = await fitter.fit(
      planted.map((w) => w + 0.02 * random.normal()),
      values,
      { steps: 100 },
    )
    await fitter.close()
    expect(fitted.left).toBeLessThan(1e-20)
    const { x: back } = await invertLayers(own, fitted, values, {
      error: fitted.left,
      prior: priorOf([0, 1, 2].map((j) => inputs.filter((_, i) => i % 3 === j))),
      start: new Float64Array(many * 3),
      bound: 0.5,
    })
    const straight = undoLayers(own, fitted, values, Math.atanh)
    inputs.forEach((v, i) => {
      expect(Math.abs(straight[i]! - v)).toBeLessThan(1e-6)
    })
    back.forEach((v, i) => {
      expect(Math.abs(v - inputs[i]!)).toBeLessThan(1e-6)
    })
  })
})
