// A session of ten queries about Adult: their SQL, what they are asked with, and the same questions for the raw table.
// Source: docs/architecture.md#experiments; UCI data set 2 (Becker and Kohavi 1996), or the 2,000 embedded rows of it.
// Bounds and public keys are what the data's description says, not what was read off the rows.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asItLies } from '../../src/data/duckdb.ts'
import { embeddedPath } from '../../src/data/index.ts'
import { FrostglassError } from '../../src/errors.ts'
import type { QueryOptions } from '../../src/private/index.ts'

/** A query of the session. */
export interface SessionQuery {
  readonly sql: string
  readonly options: Partial<QueryOptions>
  /** The same answers from the raw table, by DuckDB: keys first, sorted. */
  readonly truth: string
}

const numbers = ['age', 'fnlwgt', 'education_num', 'capital_gain', 'capital_loss', 'hours_per_week']

const names =
  'age,workclass,fnlwgt,education,education_num,marital_status,occupation,relationship,race,sex,capital_gain,capital_loss,hours_per_week,native_country,income'

const bounds = {
  age: { lower: 17, upper: 90 },
  hours_per_week: { lower: 0, upper: 100 },
  capital_gain: { lower: 0, upper: 100_000 },
}

/**
 * The ten queries. Of the embedded rows, which are numbers only, groups are by `education_num`.
 * @param whole whether all of Adult's columns are there.
 */
export function sessionOf(whole: boolean): readonly SessionQuery[] {
  const level = whole ? 'education' : 'education_num'
  const same = (sql: string, options: Partial<QueryOptions> = {}): SessionQuery => ({
    sql,
    options,
    truth: sql,
  })
  const rich = { keys: { income: ['<=50K', '>50K'] } }
  return [
    same('SELECT COUNT(*) FROM data'),
    same("SELECT AVG(age), STDDEV(age) FROM data WHERE income = '>50K'"),
    {
      ...same(`SELECT ${level}, COUNT(*), AVG(hours_per_week) FROM data GROUP BY ${level}`, { delta: 1e-7 }),
      truth: `SELECT ${level}, COUNT(*), AVG(hours_per_week) FROM data GROUP BY ${level} ORDER BY 1`,
    },
    {
      ...same('SELECT income, COUNT(*) FROM data GROUP BY income', rich),
      truth: 'SELECT income, COUNT(*) FROM data GROUP BY income ORDER BY 1',
    },
    same('SELECT SUM(capital_gain) FROM data'),
    same('SELECT MEDIAN(age) FROM data'),
    same('SELECT QUANTILE_DISC(hours_per_week, 0.9) AS long_hours FROM data'),
    {
      ...same('SELECT HISTOGRAM(age, [25, 35, 45, 55, 65]) AS age FROM data'),
      truth:
        'SELECT CASE WHEN age <= 25 THEN 0 WHEN age <= 35 THEN 1 WHEN age <= 45 THEN 2 WHEN age <= 55 THEN 3 WHEN age <= 65 THEN 4 ELSE 5 END AS bin, COUNT(*) FROM data GROUP BY 1 ORDER BY 1',
    },
    same('SELECT COUNT(DISTINCT hours_per_week) AS kinds_of_weeks FROM data'),
    {
      ...same(
        'SELECT income, AVG(hours_per_week), VARIANCE(hours_per_week), SUM(hours_per_week) FROM data GROUP BY income',
        rich,
      ),
      truth:
        'SELECT income, AVG(hours_per_week), VARIANCE(hours_per_week), SUM(hours_per_week) FROM data GROUP BY income ORDER BY 1',
    },
  ]
}

/** What a query of the session is asked with, beside its own options: bounds of the columns that it names. */
export function askedWith({ sql, options }: SessionQuery, epsilon: number): QueryOptions {
  const named = Object.entries(bounds).filter(([name]) => sql.includes(name))
  return { epsilon, unit: 'person', bounds: Object.fromEntries(named), ...options }
}

/** SQL of the raw table with its types. */
export const rawTable = (path: string): string =>
  `CREATE VIEW data AS SELECT ${['person', ...numbers].map((name) => `${name}::DOUBLE AS ${name}`).join(', ')}, ` +
  `* EXCLUDE (${['person', ...numbers].join(', ')}) FROM read_csv('${path.replaceAll("'", "''")}', ${asItLies}, header = true, all_varchar = true, nullstr = '?')`

/** Runs `use` with Adult as a CSV with names and a number for each person; the file is removed. */
export async function withAdult<T>(data: string | undefined, use: (path: string) => Promise<T>): Promise<T> {
  const text = await readFile(data ?? embeddedPath('adult-numeric'), 'utf8').catch((cause) => {
    throw new FrostglassError(
      'input',
      `${data}: Adult cannot be read`,
      'Give the folder that has adult.data in it (--data).',
      cause,
    )
  })
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const [header, rows] = data === undefined ? [lines[0]!, lines.slice(1)] : [names, lines]
  const folder = await mkdtemp(join(tmpdir(), 'frostglass-adult-'))
  try {
    const path = join(folder, 'adult.csv')
    const cells = rows.map((row, i) => `${i + 1},${row.replaceAll(', ', ',')}\n`)
    await writeFile(path, `person,${header}\n${cells.join('')}`)
    return await use(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
