import { Matrix } from 'ml-matrix'
import { describe, expect, it } from 'vitest'
import { dense, sequential } from '../../learn/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { updateAttacks } from './attacks.ts'
import type { UpdateFacts } from './contract.ts'
import { partOf, planeOf, spanOf, without } from './gradientSpan.ts'
import { separateRows } from './guessedRows.ts'
import { spanLeak } from './spanLeak.ts'
import { basisOf, sparseDirections } from './sparseDirections.ts'
import { drawnRows, evidenceFrom } from './testing.ts'

const [width, units, classes] = [12, 64, 4]
const rows = drawnRows(400, width, classes, 1)
const own = drawnRows(160, width, classes, 2)
const network = (activation: 'relu' | 'tanh' | 'sigmoid') =>
  sequential([dense({ units, activation }), dense({ units: classes })], { input: [width] })
const evidence = (given: Partial<UpdateFacts>, messages: number, activation: 'relu' | 'tanh' | 'sigmoid') =>
  evidenceFrom(network(activation), rows, given, messages, { own })
/** The share of rows that are exact, as a quick audit finds them. */
const exact = async (...given: Parameters<typeof evidence>) =>
  (await spanLeak.run(await evidence(...given), { seed: 1, effort: 'quick' })).measures[0]!.value

describe('rows out of the spans of a gradient', () => {
  it.each([
    ['a batch', { rows: 4 }],
    ['a batch that was cut off', { rows: 4, clip: 0.05 }],
    ['a sum of two nodes, each cut off', { rows: 2, nodes: 2, clip: 0.05 }],
    ['an update of one step', { rows: 4, sends: 'update', rate: 0.3 }],
  ] as const)('are exact behind smooth units: %s', async (_, given) => {
    expect(await exact(given, 1, 'tanh')).toBe(1)
  })

  it('are exact of as many rows as inputs, and behind units of ReLU', async () => {
    expect(await exact({ rows: 12 }, 1, 'sigmoid')).toBeGreaterThan(0.7)
    expect(await exact({ rows: 8 }, 1, 'relu')).toBe(1)
  })

  it('are not found where rows outnumber inputs, nor behind the noise of ε = 8', async () => {
    expect(await exact({ rows: 16 }, 1, 'tanh')).toBe(0)
    expect(await exact({ rows: 4, clip: 0.05, noise: 0.05 * 0.936 }, 2, 'tanh')).toBe(0)
  })

  it('are not claimed of several steps, nor looked for where no dense layer comes first', async () => {
    const steps = await evidence({ rows: 4, sends: 'update', steps: 3, rate: 0.1 }, 1, 'tanh')
    expect(spanLeak.obstacle(steps)).toMatch(/Several steps/)
    expect(spanLeak.obstacle(await evidence({}, 1, 'tanh'))).toMatch(/One row/)
    expect(updateAttacks).toContain(spanLeak)
  })
})

/** A gradient Σ share·[x; 1]δᵀ of chosen rows and slopes. */
function planted(xs: readonly Float64Array[], deltas: readonly Float64Array[], share: number) {
  const kernel = new Float64Array(width * units)
  const bias = new Float64Array(units)
  for (const [i, x] of xs.entries())
    for (let u = 0; u < units; u++) {
      bias[u]! += share * deltas[i]![u]!
      for (let j = 0; j < width; j++) kernel[j * units + u]! += share * x[j]! * deltas[i]![u]!
    }
  return { kernel, bias, width, units, noise: 0 }
}

describe('spans', () => {
  const draw = seededStream(1, 'deltas')
  const xs = separateRows(rows).slice(0, 5)
  const sparse = xs.map(() =>
    Float64Array.from({ length: units }, () => (draw.uniform() < 0.5 ? 0 : draw.normal())),
  )

  it('hold every row, tell its share, and lose it when it is taken off', () => {
    let span = spanOf(planted(xs, sparse, 0.2), 5)
    for (const [i, x] of xs.entries()) {
      expect(span!.sizes).toHaveLength(5 - i)
      const { point, directions } = planeOf(span!)!
      const away = Matrix.columnVector(x.map((v, j) => v - point[j]!))
      const along = directions.mmul(directions.transpose().mmul(away))
      expect(Matrix.sub(along, away).norm()).toBeLessThan(1e-6)
      const part = partOf(span!, x, sparse[i]!)
      expect(part.share).toBeCloseTo(0.2, 6)
      span = without(span!, part)
    }
    expect(span).toBeUndefined()
  })

  it('are not told where rows are more than dimensions, or noise is all there is', () => {
    const many = separateRows(rows).slice(0, 20)
    const deltas = many.map(() => Float64Array.from({ length: units }, () => draw.normal()))
    expect(spanOf(planted(many, deltas, 0.05), 20)).toBeUndefined()
    expect(spanOf({ ...planted(xs, sparse, 0.2), noise: 100 }, 5)).toBeUndefined()
  })

  it('give sparse slopes away, one direction a row', () => {
    const { right } = spanOf(planted(xs, sparse, 0.2), 5)!
    const found = sparseDirections(right, { random: draw, draws: 20_000, doubt: 1e-6 })
    const basis = basisOf(found, 5)!
    for (const slopes of sparse) {
      const at = right.transpose().mmul(Matrix.columnVector(slopes))
      const cosines = basis.transpose().mmul(at).div(at.norm()).to1DArray().map(Math.abs)
      expect(Math.max(...cosines)).toBeCloseTo(1, 6)
    }
    const dull = xs.map(() => Float64Array.from({ length: units }, () => draw.normal()))
    const { right: none } = spanOf(planted(xs, dull, 0.2), 5)!
    expect(sparseDirections(none, { random: draw, draws: 2000, doubt: 1e-6 })).toEqual([])
  })
})
