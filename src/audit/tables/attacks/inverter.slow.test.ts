import { describe, expect, it } from 'vitest'
import { readWheat } from '../../../data/index.ts'
import { layered } from '../../../protect/keyed/layered.ts'
import { seededStream } from '../../../random/seeded.ts'
import { metricOf } from '../../finding.ts'
import { type Evidence, numericAttributes } from '../evidence.ts'
import { recoveryAttack } from '../recovery.ts'
import { fitLeastSquares } from '../ridge.ts'
import { learnedInverter } from './inverter.ts'
import { linearInversion } from './linear.ts'

const wheat = (await readWheat()).columns as Float64Array[]

const regression = recoveryAttack({
  name: 'regression',
  title: 'Plain linear regression',
  standpoint: 'leak',
  reads: ['columns'],
  holds: ['pairs'],
  needs: 'some rows in both forms',
  source: 'made up',
  fewest: 2,
  recover: ({ known, unseen }) => ({
    features: fitLeastSquares(known.released, known.original).predict(unseen),
  }),
})

function evidenceOf(
  features: readonly Float64Array[],
  released: readonly Float64Array[],
  layers: number,
): Evidence {
  const names = features.map((_, j) => `c${j}`)
  return {
    attributes: numericAttributes(names, features),
    features,
    released,
    scheme: { name: 'layered', activation: 'tanh', layers },
  }
}

function released(
  features: readonly Float64Array[],
  layers: number,
  matrix: 'bounded' | 'glorot',
  seed: number,
) {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => 11 * seed + i)
  return layered.fit(features, { layers, activation: 'tanh', matrix, secret }).protect(features)
}

/** R², mean over four keys; fitted once for whoever asks. */
const fitted = new Map<string, ReturnType<typeof explain>>()
function explained(...wish: Parameters<typeof explain>): ReturnType<typeof explain> {
  const name = wish.join()
  if (!fitted.has(name)) fitted.set(name, explain(...wish))
  return fitted.get(name)!
}

async function explain(layers: number, matrix: 'bounded' | 'glorot', known: number) {
  const of = { learned: 0, linear: 0, plain: 0 }
  for (let seed = 1; seed <= 4; seed++) {
    const evidence = evidenceOf(wheat, released(wheat, layers, matrix, seed), layers)
    const options = { known, seed, effort: 'quick' } as const
    const r2 = async (attack: typeof learnedInverter) =>
      metricOf(await attack.run(evidence, options), 'explained').value / 4
    of.learned += await r2(learnedInverter)
    of.linear += await r2(linearInversion)
    of.plain += await r2(regression)
  }
  return of
}

describe('against the better of plain regression and linear inversion, on wheat', () => {
  it.each([
    { layers: 1, matrix: 'bounded', known: 10 },
    { layers: 2, matrix: 'bounded', known: 20 },
    { layers: 3, matrix: 'glorot', known: 50 },
    { layers: 10, matrix: 'bounded', known: 10 },
    { layers: 10, matrix: 'bounded', known: 100 },
    { layers: 91, matrix: 'glorot', known: 20 },
  ] as const)(
    'does at least as well: $layers layers, $matrix, $known rows',
    async ({ layers, matrix, known }) => {
      const { learned, linear, plain } = await explained(layers, matrix, known)
      expect(learned).toBeGreaterThan(Math.max(linear, plain) - 1e-9)
    },
  )

  it('bends where lines cannot: ten layers and 100 rows', async () => {
    const { learned, linear, plain } = await explained(10, 'bounded', 100)
    expect(learned - Math.max(linear, plain)).toBeGreaterThan(0.02)
  })
})

it('finds a planted bend that no line can', async () => {
  const random = seededStream(1, 'bend')
  const hidden = Float64Array.from({ length: 300 }, () => 2 * random.uniform() - 1)
  const other = Float64Array.from({ length: 300 }, () => 2 * random.uniform() - 1)
  const evidence = evidenceOf(
    [hidden.map((x, r) => x ** 2 + 0.1 * other[r]!), other],
    [hidden.map((x) => 0.5 * x), other.map((x) => 0.5 * x)],
    3,
  )
  const options = { known: 100, seed: 1, effort: 'quick' } as const
  const [bent, straight] = [
    await learnedInverter.run(evidence, options),
    await linearInversion.run(evidence, options),
  ]
  expect(straight.attributes![0]!.explained).toBeLessThan(0.3)
  expect(bent.attributes![0]!.explained).toBeGreaterThan(0.8)
})

it('stays at chance on noise', async () => {
  for (const known of [2, 10, 50]) {
    const random = seededStream(known, 'noise')
    const noise = wheat.map((column) => column.map(() => 2 * random.uniform() - 1))
    const finding = await learnedInverter.run(evidenceOf(wheat, noise, 3), {
      known,
      seed: 1,
      effort: 'quick',
    })
    const cells = metricOf(finding, 'cells5')
    expect(metricOf(finding, 'explained').value).toBeLessThan(0.05)
    expect(cells.value).toBeLessThan(cells.chance + 0.06)
  }
})

it('does not need an activation, tells progress, and stops when it is told to', async () => {
  const mixed = wheat.map((column, j) => column.map((x, r) => x + 2 * wheat[(j + 1) % 7]![r]!))
  const evidence = { ...evidenceOf(wheat, mixed, 1), scheme: { name: 'rotation', layers: 1 } }
  const shares: number[] = []
  const options = { known: 12, seed: 1, effort: 'quick' } as const
  const finding = await learnedInverter.run(evidence, options)
  expect(metricOf(finding, 'explained').value).toBeCloseTo(1, 8)
  const bent = evidenceOf(wheat, released(wheat, 3, 'bounded', 1), 3)
  await learnedInverter.run(bent, { ...options, onProgress: (share) => shares.push(share) })
  expect(shares.at(-1)).toBe(1)
  expect(shares).toEqual(shares.toSorted((a, b) => a - b))
  const stop = new AbortController()
  const aborted = learnedInverter.run(bent, {
    ...options,
    signal: stop.signal,
    onProgress: () => stop.abort(),
  })
  await expect(aborted).rejects.toMatchObject({ code: 'aborted' })
})
