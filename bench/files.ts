// Protection from file to file, Parquet and CSV, against DuckDB copying the same file; and the memory that it takes.
// Source: docs/results/bench.md: within twice DuckDB's time, at most 1.5 GiB, not growing with rows.
// Ours runs in a process of its own (protectFile.ts), so that its peak memory is its own; its start is not counted.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { writeKeyFile } from '../src/protect/index.ts'
import { median } from '../src/statistics/median.ts'
import { type Context, compare, type Measurement, type Row, race, timed } from './measurement.ts'
import { columnCount, keyFor, runSql, withFolder, writeRandom } from './tables.ts'

/** What protectFile.ts prints. */
interface Protected {
  readonly ms: number
  /** Peak of resident memory, MiB. */
  readonly peak: number
}

const script = fileURLToPath(new URL('./protectFile.ts', import.meta.url))

async function protectFile(input: string, key: string, output: string): Promise<Protected> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, input, key, output])
  return JSON.parse(stdout) as Protected
}

function run(context: Context): Promise<Row[]> {
  const rows = context.quick ? 2_000_000 : 10_000_000
  return withFolder(async (folder) => {
    const at = (name: string) => join(folder, name)
    context.say(`writing ${rows.toLocaleString('en')} rows`)
    await writeRandom(at('in.parquet'), rows)
    await writeRandom(at('few.parquet'), rows / 5)
    await runSql(`COPY (SELECT * FROM read_parquet('${at('in.parquet')}')) TO '${at('in.csv')}' (HEADER)`)
    const key = at('owner.key')
    await writeKeyFile(key, await keyFor(at('in.parquet')), { unsealed: true })
    const few = await protectFile(at('few.parquet'), key, at('few.out.parquet'))
    const found: Row[] = []
    for (const kind of ['parquet', 'csv'] as const) {
      const source = at(`in.${kind}`)
      const peaks: number[] = []
      const samples = await race(
        [
          {
            name: 'Frostglass',
            async sample() {
              const { ms, peak } = await protectFile(source, key, at(`out.${kind}`))
              peaks.push(peak)
              return ms
            },
            close: async () => {},
          },
          {
            name: 'DuckDB COPY',
            sample: () => timed(1, () => runSql(copySql(kind, source, at(`copy.${kind}`)))),
            close: async () => {},
          },
        ],
        { rounds: 3, warmUp: 0 },
      )
      const what = `${kind} to ${kind}, ${rows / 1e6} M rows of ${columnCount}`
      found.push(
        ...compare(what, 'ms', samples, { 'DuckDB COPY': { of: 'ratio', bound: 'at most', value: 2 } }),
      )
      found.push({
        what: `peak memory: ${what}`,
        unit: 'MiB',
        ours: median(peaks),
        goal: { of: 'ours', bound: 'at most', value: 1536 },
        note: kind === 'parquet' ? `${Math.round(few.peak)} MiB for a fifth of the rows` : undefined,
      })
    }
    return found
  })
}

function copySql(kind: 'parquet' | 'csv', from: string, to: string): string {
  const read = kind === 'parquet' ? 'read_parquet' : 'read_csv'
  const how = kind === 'parquet' ? '(FORMAT parquet)' : '(HEADER)'
  return `COPY (SELECT * FROM ${read}('${from}')) TO '${to}' ${how}`
}

export const files: Measurement = {
  name: 'files',
  about: 'protecting a file, Parquet to Parquet and CSV to CSV, against DuckDB copying it',
  run,
}
