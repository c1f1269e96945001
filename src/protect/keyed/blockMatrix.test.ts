import fc from 'fast-check'
import { Matrix, SingularValueDecomposition } from 'ml-matrix'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { memoryTable } from '../../../test/memoryTable.ts'
import { compile, graph, input, tensor, type Value } from '../../graph/index.ts'
import { stream } from '../../secret/index.ts'
import {
  applyBlocks,
  type BlockMatrix,
  blockMatrix,
  blocksTimes,
  denseLimit,
  undoBlocks,
} from './blockMatrix.ts'
import { createKey } from './create.ts'
import { recordOf } from './key.ts'
import { conditionBound } from './matrix.ts'
import { openKeyedPane } from './pane.ts'

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 })
const sizes = fc.integer({ min: 1, max: 60 })

/** The matrix as rows, by its columns. */
function dense(matrix: BlockMatrix): Matrix {
  const { size } = matrix
  const columns = Array.from({ length: size }, (_, j) =>
    blocksTimes(
      matrix,
      Float64Array.from({ length: size }, (_, i) => Number(i === j)),
    ),
  )
  return new Matrix(columns.map((column) => [...column])).transpose()
}

async function run(size: number, build: (x: Value) => Value, columns: Float64Array): Promise<Float64Array> {
  const x = input('x', [size, 'N'], 'float64')
  const program = await compile(graph({ inputs: [x], outputs: { y: build(x) } }), { executor: 'native' })
  try {
    const { y } = await program.run({ x: tensor(columns, [size, columns.length / size], 'float64') })
    return Float64Array.from(y!.data as Float64Array)
  } finally {
    await program.close()
  }
}

describe('a matrix of blocks', () => {
  it('has a condition number within the bound, and is no rotation, at every size', () => {
    fc.assert(
      fc.property(sizes, secrets, (size, secret) => {
        const matrix = blockMatrix(size, stream(secret, 'matrix', 1))
        const { diagonal } = new SingularValueDecomposition(dense(matrix))
        const scale = [...matrix.scale].sort((a, b) => b - a)
        diagonal.forEach((value, i) => {
          expect(value).toBeCloseTo(scale[i]!, 10)
        })
        expect(diagonal[0]! / diagonal.at(-1)!).toBeLessThanOrEqual(conditionBound * (1 + 1e-12))
      }),
      { numRuns: 40 },
    )
  })

  it('reaches every component from every other', () => {
    for (const size of [5, 16, 50, 200]) {
      const rows = dense(blockMatrix(size, stream(new Uint8Array(32), 'matrix', 1)))
      expect(rows.to1DArray().filter((x) => x === 0)).toEqual([])
    }
  })

  it('is undone by its inverse, as a graph, and is the same as by hand', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, secrets, async (size, secret) => {
        const matrix = blockMatrix(size, stream(secret, 'matrix', 1))
        const random = stream(secret, 'bias', 1)
        const x = Float64Array.from({ length: 3 * size }, () => random.gaussian())
        const y = await run(size, (h) => applyBlocks(matrix, h), x)
        const back = await run(size, (z) => undoBlocks(matrix, z), y)
        for (let n = 0; n < 3; n++) {
          const own = blocksTimes(
            matrix,
            Float64Array.from({ length: size }, (_, i) => x[3 * i + n]!),
          )
          own.forEach((value, i) => {
            expect(Math.abs(y[3 * i + n]! - value)).toBeLessThan(1e-13 * size)
          })
        }
        back.forEach((value, i) => {
          expect(Math.abs(value - x[i]!)).toBeLessThan(1e-13 * size)
        })
      }),
      { numRuns: 12 },
    )
  })
})

describe('a key of such matrices', () => {
  const secret = Uint8Array.from({ length: 32 }, (_, i) => 5 * i)
  const wide = (columns: number, rows: number) => {
    const random = stream(secret, 'bias', 9)
    const named = Array.from({ length: columns }, (_, j) => [
      `x${j}`,
      Array.from({ length: rows }, () => (j === 3 ? 7 : 100 * j + random.gaussian())),
    ])
    return memoryTable({
      ...Object.fromEntries(named),
      kind: Array.from({ length: rows }, (_, i) => 'uvw'[i % 3]!),
    })
  }

  it('restores what it protects, and exports itself', async () => {
    const table = wide(23, 40)
    const { key } = await createKey(table, { secret, matrix: 'blocks' })
    const pane = openKeyedPane(key)
    const { columns } = await pane.encode(table.columns, 40)
    const back = await pane.restore(columns, 40)
    table.columns.forEach((column, j) => {
      column.forEach((value, r) => {
        expect(Math.abs(back[j]![r]! - value)).toBeLessThan(1e-9)
      })
    })
    const session = await InferenceSession.create(pane.toOnnx())
    const features = new Tensor('float64', pane.features(table.columns, 40), [40, columns.length])
    const exported = (await session.run({ features })).protected!.data as Float64Array
    columns.forEach((column, j) => {
      column.forEach((value, r) => {
        expect(Math.abs(exported[r * columns.length + j]! - value)).toBeLessThan(1e-12)
      })
    })
    await pane.close()
  })

  it('is what a wide table gets, with a word about it, and a narrow one does not', async () => {
    const made = await createKey(wide(denseLimit, 8), { secret, layers: 1 })
    expect(recordOf(made.key).parameters.matrix).toBe('blocks')
    expect(made.warnings.at(-1)).toContain('fall to fewer known rows than dense ones')
    const narrow = await createKey(wide(20, 8), { secret, layers: 1 })
    expect(recordOf(narrow.key).parameters.matrix).toBe('bounded')
    expect(narrow.warnings.join()).not.toContain('sparse')
  })
})
