// Making a key for a CSV, against DuckDB summarising the same file; and for a table of thousands of columns.
// Its ceiling: 5,000 columns × 50 rows in 10 s of processor and 1 GB.
// Ours runs in a process of its own (keyForFile.ts); its start is not counted. DuckDB learns no forms and checks nothing.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Context, compare, type Measurement, type Row, race, timed } from './measurement.ts'
import { columnCount, runSql, withFolder } from './tables.ts'

/** What keyForFile.ts prints. */
interface Made {
  readonly ms: number
  /** Of processor time, all threads. */
  readonly seconds: number
  /** Peak of resident memory, MiB. */
  readonly peak: number
}

const script = fileURLToPath(new URL('./keyForFile.ts', import.meta.url))

async function keyForFile(input: string): Promise<Made> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, input])
  return JSON.parse(stdout) as Made
}

/** Decimals as tables have them. */
function writeDecimals(path: string, rows: number, columns: number): Promise<void> {
  const cells = Array.from({ length: columns }, (_, j) => `round(100 * random(), 2) AS x${j}`)
  return runSql(
    'SELECT setseed(0.5)',
    `COPY (SELECT ${cells.join(', ')} FROM range(${rows})) TO '${path}' (HEADER)`,
  )
}

function run({ quick, say }: Context): Promise<Row[]> {
  const rows = quick ? 100_000 : 200_000
  return withFolder(async (folder) => {
    const path = join(folder, 'in.csv')
    await writeDecimals(path, rows, columnCount)
    const samples = await race(
      [
        {
          name: 'Frostglass',
          sample: async () => (await keyForFile(path)).ms,
          close: async () => {},
        },
        {
          name: 'DuckDB SUMMARIZE',
          sample: () => timed(1, () => runSql(`SUMMARIZE SELECT * FROM read_csv('${path}')`)),
          close: async () => {},
        },
      ],
      { rounds: quick ? 3 : 5, warmUp: 0 },
    )
    say('a table of 5,000 columns')
    const wide = join(folder, 'wide.csv')
    await writeDecimals(wide, 50, 5_000)
    const made = await keyForFile(wide)
    return [
      ...compare(`a key for ${rows.toLocaleString('en')} rows of ${columnCount}, CSV`, 'ms', samples),
      {
        what: 'a key for 50 rows of 5,000 columns, CSV: processor',
        unit: 's',
        ours: made.seconds,
        goal: { of: 'ours', bound: 'at most', value: 10 },
      },
      {
        what: 'peak memory of the same',
        unit: 'MiB',
        ours: made.peak,
        goal: { of: 'ours', bound: 'at most', value: 1000 },
      },
    ]
  })
}

export const keys: Measurement = {
  name: 'keys',
  about: 'making a key for a CSV, against DuckDB summarising it; and for 5,000 columns',
  run,
}
