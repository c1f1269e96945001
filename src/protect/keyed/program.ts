// Runs a graph over blocks of a table: full blocks by a program of known shape, the rest by one of any shape.
// Source: measured with ONNX Runtime on two cores, 10 columns and 3 tanh layers in float64, million rows a second:
// 10.6 for 16,384 rows of known shape, 5.8 of unknown shape, 7.4 for 4,096 rows, 11.6 for 65,536.

import { compile, graph, input, type Program, tensor, type Value } from '../../graph/index.ts'

/** Rows of a full block of a table that is not wide. */
export const blockRows = 16_384

/** Rows of a full block of so many columns: at most 32 MiB of doubles. */
export function rowsOfBlock(count: number): number {
  return Math.min(blockRows, 2 ** Math.floor(Math.log2(2 ** 22 / count)))
}

/** A graph from `[k, n]` to `[k, n]`. */
export interface BlockProgram {
  /** The result is the program's and valid until the next run. */
  run(values: Float64Array, rows: number): Promise<Float64Array>
  close(): Promise<void>
}

/**
 * Compiled at first use: once for full blocks and once for any other size. Results of full blocks stay in the program's
 * own memory: taking memory for each cost a third of the time.
 * @param build from the input value `[k, 'N']` to the output.
 */
export function blockProgram(count: number, build: (x: Value) => Value): BlockProgram {
  const fullRows = rowsOfBlock(count)
  const compiled = new Map<'full' | 'any', Promise<Program>>()
  const programFor = (rows: number): Promise<Program> => {
    const which = rows === fullRows ? 'full' : 'any'
    let program = compiled.get(which)
    if (!program) {
      const x = input('x', [count, 'N'], 'float64')
      const g = graph({ inputs: [x], outputs: { y: build(x) } })
      program = compile(g, { executor: 'native', dims: which === 'any' ? undefined : { N: fullRows } })
      compiled.set(which, program)
    }
    return program
  }
  return {
    async run(values, rows) {
      const program = await programFor(rows)
      const { y } = await program.run({ x: tensor(values, [count, rows], 'float64') })
      return y!.data as Float64Array
    },
    async close() {
      for (const program of compiled.values()) await (await program).close()
      compiled.clear()
    },
  }
}
