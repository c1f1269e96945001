// The arithmetic of protection: rows in memory through the pane, block by block as files are, against a plain copy.
// Source: docs/results/bench.md: at least 8 million rows a second of 10 columns and 3 layers, at most half of NumPy's time.
// NumPy gets random matrices of the same size: what is in them does not change what they cost.

import { join } from 'node:path'
import { tensor } from '../src/graph/index.ts'
import { openKeyedPane } from '../src/protect/index.ts'
import { blockRows } from '../src/protect/keyed/program.ts'
import { median } from '../src/statistics/median.ts'
import {
  type Contender,
  type Context,
  compare,
  type Measurement,
  type Row,
  race,
  timed,
} from './measurement.ts'
import { numbers } from './numbers.ts'
import { startPeer, withArrays } from './peers.ts'
import { columnCount, keyFor, withFolder, writeRandom } from './tables.ts'

const layers = 3

async function run(context: Context): Promise<Row[]> {
  const rows = blockRows * (context.quick ? 32 : 128)
  const pane = await withFolder(async (folder) => {
    const sample = join(folder, 'sample.parquet')
    await writeRandom(sample, 50_000)
    return openKeyedPane(await keyFor(sample))
  })
  // Values within what the sample surely spans, so that none counts as outside.
  const values = Float64Array.from(numbers(rows * columnCount, 4), (v) => 0.5 + 0.49 * v)
  const columnsOf = (all: Float64Array, from: number, count: number) =>
    Array.from({ length: columnCount }, (_, j) => all.subarray(j * rows + from, j * rows + from + count))
  const copied = new Float64Array(values.length)
  const contenders: Contender[] = [
    {
      name: 'Frostglass',
      sample: () =>
        timed(1, async () => {
          // As protectTable asks: the next block is expanded while the one before is computed.
          let before: Promise<unknown> = Promise.resolve()
          for (let from = 0; from < rows; from += blockRows) {
            const now = pane.encodeBlock(columnsOf(values, from, blockRows), blockRows, from)
            await before
            before = now
          }
          await before
        }),
      close: () => pane.close(),
    },
    {
      name: 'a plain copy',
      sample: () =>
        timed(1, () => {
          for (let from = 0; from < rows; from += blockRows) {
            const into = columnsOf(copied, from, blockRows)
            columnsOf(values, from, blockRows).forEach((column, j) => void into[j]!.set(column))
          }
        }),
      close: async () => {},
    },
  ]
  const measure = async (): Promise<Row[]> => {
    try {
      const samples = await race(contenders, { rounds: context.quick ? 7 : 15 })
      const what = `protect ${(rows / 1e6).toFixed(1)} M rows in memory, ${columnCount} columns, ${layers} layers`
      const rate = rows / median(samples['Frostglass']!) / 1e3
      return [
        { what, unit: 'M rows/s', ours: rate, goal: { of: 'ours', bound: 'at least', value: 8 } },
        ...compare(what, 'ms', samples, { NumPy: { of: 'ratio', bound: 'at most', value: 0.5 } }),
      ]
    } finally {
      for (const contender of contenders) await contender.close()
    }
  }
  if (!context.peers) return measure()
  const random = (shape: readonly number[], seed: number) =>
    tensor(
      Float64Array.from(
        numbers(
          shape.reduce((a, b) => a * b, 1),
          seed,
        ),
      ),
      shape,
      'float64',
    )
  const arrays = {
    columns: tensor(values, [columnCount, rows], 'float64'),
    shift: random([columnCount, 1], 5),
    scale: random([columnCount, 1], 6),
    matrices: random([layers, columnCount, columnCount], 7),
    biases: random([layers, columnCount, 1], 8),
  }
  return withArrays(arrays, async (folder) => {
    contenders.push(await startPeer('numpy', 'NumPy', { job: 'protect', folder, layers, chunk: blockRows }))
    return measure()
  })
}

export const rows: Measurement = {
  name: 'protect',
  about: 'protecting rows in memory, against a plain copy of the same bytes',
  run,
}
