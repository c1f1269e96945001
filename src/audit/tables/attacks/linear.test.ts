import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryTable } from '../../../../test/memoryTable.ts'
import { readWheat } from '../../../data/index.ts'
import { type KeyActivationName, keyActivationNames } from '../../../protect/keyed/activationNames.ts'
import { createKey } from '../../../protect/keyed/create.ts'
import { layered } from '../../../protect/keyed/layered.ts'
import { openKeyedPane } from '../../../protect/keyed/pane.ts'
import { seededStream as randomOf } from '../../../random/seeded.ts'
import { stream } from '../../../secret/index.ts'
import { metricOf } from '../../finding.ts'
import { type Evidence, numericAttributes } from '../evidence.ts'
import { linearInversion, rowsThatBreak } from './linear.ts'

const wheat = await readWheat()
const columns = wheat.columns as Float64Array[]

function evidenceOf(
  features: readonly Float64Array[],
  released: readonly Float64Array[],
  scheme: { activation?: KeyActivationName | undefined; layers: number },
): Evidence {
  const names = features.map((_, j) => `c${j}`)
  const attributes = numericAttributes(names, features)
  return { attributes, features, released, scheme: { name: 'layered', ...scheme } }
}

/** A table of Gaussian columns at different scales, and what a key releases of it. */
async function keyed(seed: Uint8Array, k: number, rows: number, layers: number): Promise<Evidence> {
  const random = stream(seed, 'rows')
  const table = memoryTable(
    Object.fromEntries(
      Array.from({ length: k }, (_, j) => [
        `c${j}`,
        Array.from({ length: rows }, () => 100 * j + 10 ** j * random.gaussian()),
      ]),
    ),
  )
  const pane = openKeyedPane((await createKey(table, { layers, activation: 'tanh', secret: seed })).key)
  const encoded = await pane.encode(table.columns, rows)
  await pane.close()
  return evidenceOf(table.columns as Float64Array[], encoded.columns, { activation: 'tanh', layers })
}

describe('one layer with a public activation', () => {
  it('falls to exactly k + 1 known rows, for every k', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.integer({ min: 2, max: 6 }),
        async (seed, k) => {
          const evidence = await keyed(seed, k, 60, 1)
          expect(rowsThatBreak(evidence, { most: 30, seed: 1 })).toBe(k + 1)
        },
      ),
      { numRuns: 10 },
    )
  })

  it.each(
    keyActivationNames.flatMap((name) =>
      (['bounded', 'glorot'] as const).map((matrix) => ({ name, matrix })),
    ),
  )('gives every other cell of wheat to k + 1 rows: $name, $matrix', async ({ name, matrix }) => {
    const secret = new Uint8Array(32).fill(3)
    const released = layered.fit(columns, { layers: 1, activation: name, matrix, secret }).protect(columns)
    const evidence = evidenceOf(columns, released, { activation: name, layers: 1 })
    for (let seed = 1; seed <= 3; seed++) {
      const finding = await linearInversion.run(evidence, { known: 8, seed, effort: 'quick' })
      const errors = finding.attributes!.map((a) => a.largestError)
      expect(errors).toHaveLength(7)
      expect(Math.max(...errors)).toBeLessThanOrEqual(1e-8)
      expect(metricOf(finding, 'cells1').value).toBe(1)
    }
  })
})

describe('three layers', () => {
  it('do not fall to k + 1 rows, nor exactly to any number; a line still recovers much of the variance', async () => {
    const evidence = await keyed(new Uint8Array(32).fill(5), 5, 300, 3)
    expect(rowsThatBreak(evidence, { most: 100, seed: 1 })).toBeUndefined()
    const { attributes } = await linearInversion.run(evidence, { known: 200, seed: 1, effort: 'quick' })
    expect(Math.min(...attributes!.map((a) => a.explained))).toBeGreaterThan(0.5)
    expect(Math.max(...attributes!.map((a) => a.largestError))).toBeGreaterThan(1e-3)
  })
})

it('survives values that were rounded to the end of the range, where the inverse is infinite', async () => {
  const released = layered
    .fit(columns, { layers: 1, activation: 'tanh', matrix: 'bounded', secret: new Uint8Array(32) })
    .protect(columns)
  // One cell of a hundred is moved to the end of the range: what saturates in a coarse format.
  const cut = released.map((column) => column.map((y, r) => (r % 100 === 7 ? Math.sign(y) : y)))
  const evidence = evidenceOf(columns, cut, { activation: 'tanh', layers: 1 })
  const finding = await linearInversion.run(evidence, { known: 100, seed: 1, effort: 'quick' })
  expect(metricOf(finding, 'explained').value).toBeGreaterThan(0.8)
  expect(metricOf(finding, 'explained').value).toBeLessThan(1)
})

it('stays at chance on noise', async () => {
  const random = randomOf(1, 'noise')
  const noise = columns.map((column) => column.map(() => 2 * random.uniform() - 1))
  const evidence = evidenceOf(columns, noise, { activation: 'tanh', layers: 3 })
  const finding = await linearInversion.run(evidence, { known: 50, seed: 1, effort: 'quick' })
  const cells = metricOf(finding, 'cells5')
  expect(metricOf(finding, 'explained').value).toBeLessThan(0.02)
  expect(cells.value).toBeLessThan(cells.chance + 0.05)
})

it('does not use the unseen rows', async () => {
  const x = Float64Array.of(0, 1, 2, 3)
  const known = (at: number) =>
    linearInversion.run(
      evidenceOf([x.map((v, i) => (i === at ? 100 : 2 * v))], [x], { activation: 'identity', layers: 1 }),
      { known: 3, seed: 1, effort: 'quick' },
    )
  // Whichever row is the odd one: unseen, the line misses it; known, the line misses the unseen one.
  for (let at = 0; at < 4; at++) expect((await known(at)).attributes![0]!.largestError).toBeGreaterThan(0.1)
})

it('refuses counts that leave nothing to learn from or to judge', async () => {
  const x = Float64Array.of(1, 2, 3)
  const evidence = evidenceOf([x], [x], { layers: 1 })
  const options = { seed: 1, effort: 'quick' } as const
  await expect(linearInversion.run(evidence, { known: 1, ...options })).rejects.toThrow('needs 2 known rows')
  await expect(linearInversion.run(evidence, { known: 3, ...options })).rejects.toThrow('0 to 2 can be known')
  const bent = evidenceOf([Float64Array.of(1, 5, 2)], [x], { layers: 1 })
  expect(() => rowsThatBreak(bent, { most: 3, seed: 1 })).toThrow('0 to 2 can be known, but 3 came')
})
