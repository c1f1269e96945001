// The machine's measured peak: a 1024³ matrix product through ONNX Runtime, in float32 and float64.
// Source: docs/results/bench.md, the share of the peak that the large step reaches.
// It is what this library reaches on this machine now, not what the data sheet says.

import { compile, type DType, graph, input, matmul, tensor } from '../src/graph/index.ts'
import { median } from '../src/statistics/median.ts'
import { type Contender, type Context, type Measurement, type Row, race, timed } from './measurement.ts'
import { numbers } from './numbers.ts'

const size = 1024

/** Floating-point operations of the product. */
export const peakFlops = 2 * size ** 3

/** The product as a contender: milliseconds each. */
export async function openPeak(name: string, dtype: DType = 'float32'): Promise<Contender> {
  const a = input('a', [size, size], dtype)
  const b = input('b', [size, size], dtype)
  const g = graph({ inputs: [a, b], outputs: { c: matmul(a, b) } })
  const program = await compile(g, { executor: 'native', spin: true })
  const feeds = {
    a: tensor(numbers(size * size, 1), [size, size], dtype),
    b: tensor(numbers(size * size, 2), [size, size], dtype),
  }
  return { name, sample: () => timed(5, () => program.run(feeds)), close: () => program.close() }
}

async function run({ quick }: Context): Promise<Row[]> {
  const rows: Row[] = []
  for (const dtype of ['float32', 'float64'] as const) {
    const contender = await openPeak(dtype, dtype)
    const samples = await race([contender], { rounds: quick ? 15 : 45, warmUp: 3, pause: 0 })
    await contender.close()
    const each = samples[dtype]!.map((ms) => peakFlops / ms / 1e6)
    rows.push({
      what: `matrix product ${size}³, ${dtype}`,
      unit: 'GFLOP/s',
      ours: median(each),
      samples: { Frostglass: each },
    })
  }
  return rows
}

export const peak: Measurement = { name: 'peak', about: "the machine's peak: a 1024³ matrix product", run }
