// frostglass query: one SQL query over a table file, answered with differential privacy.
// Source: issue 12, section 3; src/private/query has all of it.
// No logic of its own: options in, a table with error bars out, and what was spent.

import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import {
  type Bounds,
  explainQuery,
  type NoiseLaw,
  type NoisyAnswer,
  privateQuery,
  type QueryAnswer,
  type QueryDescription,
} from '../../private/index.ts'
import { openForSpending } from '../ledgerOption.ts'
import { addBounds, type JsonOption, positiveNumber, wholeNumber, withJson } from '../options.ts'
import { type Copy, print, table, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'

interface Options extends JsonOption {
  readonly epsilon: number
  readonly delta?: number | undefined
  readonly privacyUnit?: string | undefined
  readonly rowsPerUnit?: number | undefined
  readonly groupsPerUnit?: number | undefined
  readonly bounds?: Readonly<Record<string, Bounds>> | undefined
  readonly privateBounds?: number | undefined
  readonly keys?: Readonly<Record<string, string>> | undefined
  readonly noise?: NoiseLaw | undefined
  readonly publicTable?: Readonly<Record<string, string>> | undefined
  readonly privateTable?: Readonly<Record<string, string>> | undefined
  readonly joinRows?: number | undefined
  readonly timeLimit?: number | undefined
  readonly answerAtLimit?: boolean | undefined
  readonly columns?: readonly string[] | undefined
  readonly ledger?: string | undefined
  readonly level?: number | undefined
  readonly nullText?: string[] | undefined
  readonly header?: boolean | undefined
  readonly dryRun?: boolean | undefined
  readonly out?: string | undefined
  readonly force?: boolean | undefined
}

/** The command `frostglass query`. */
export function queryCommand(signal: AbortSignal): Command {
  const command = new Command('query')
    .description(
      'answer one SQL query about a table with differential privacy: answers with error bars, paid for before they are drawn',
    )
    .argument('<table>', 'a table of rows about people: .csv, .json, .parquet and their kin')
    .argument('<sql>', 'SELECT keys, aggregates FROM data WHERE … GROUP BY keys HAVING …')
    .requiredOption('--epsilon <number>', 'ε of the whole query, e.g. 0.5', positiveNumber)
    .option(
      '--delta <number>',
      'δ, where keys are private: well below one over the number of people',
      positiveNumber,
    )
    .option(
      '--privacy-unit <column>',
      'the column that says whose each row is (default: each row is one person)',
    )
    .option(
      '--rows-per-unit <count>',
      'rows of a person that count in each group (default: 1)',
      wholeNumber(1),
    )
    .option('--groups-per-unit <count>', 'groups that a person counts in (default: 1)', wholeNumber(1))
    .option(
      '--bounds <column=low:high>',
      'where a column’s numbers are held to lie; may be repeated',
      addBounds,
    )
    .option(
      '--private-bounds <share>',
      'find the bounds of other columns privately, with this share of ε, e.g. 0.2',
      positiveNumber,
    )
    .option(
      '--keys <column=a,b,…>',
      'keys of GROUP BY that are public: all of these are answered, no others; or =@file, one a line; may be repeated',
      addKeys,
    )
    .addOption(
      new Option(
        '--noise <law>',
        'laplace: pure ε (default). gaussian: needs --delta; smaller where a person moves many answers at once',
      ).choices(['laplace', 'gaussian']),
    )
    .option(
      '--public-table <name=file>',
      'a public table that is joined by a column of distinct values: JOIN name ON data.key = name.key; may be repeated',
      addNamed,
    )
    .option(
      '--private-table <name=file>',
      'another table about the same people, joined by the privacy unit; may be repeated',
      addNamed,
    )
    .option(
      '--join-rows <count>',
      'rows of a person that count in each joined private table (default: 1)',
      wholeNumber(1, 1000),
    )
    .option(
      '--time-limit <seconds>',
      'what is not answered then is refused, and stays paid for (default: 60)',
      positiveNumber,
    )
    .option(
      '--answer-at-limit',
      'answer when the time limit is over and not before, so that time tells nothing',
    )
    .option('--ledger <file>', 'take the price from this ledger (frostglass ledger create)')
    .option('--level <share>', 'how often error bars hold (default: 0.95)', positiveNumber)
    .option('--dry-run', 'say what would be released, at what price and error; read no row, spend nothing')
    .option(
      '--columns <a,b,…>',
      'names of the columns: of JSON, of a CSV without a line of names, of a Parquet file whose types are to be ignored',
      (text: string) => text.split(',').map((name) => name.trim()),
    )
    .option('--out <file>', 'write the answers as CSV as well')
    .option('--force', 'replace an existing file')
    .option('--null-text <text...>', 'cells that count as missing (default: empty, NA, N/A, ?, null, NaN)')
    .option('--header', 'the first line of a CSV holds the column names (default, but for .data and .test)')
    .option('--no-header', 'a CSV without a line of names: columns are named by their place')
  withJson(command)
  command.addHelpText(
    'after',
    `
Aggregates: COUNT(*), COUNT, COUNT(DISTINCT), SUM, AVG, VARIANCE, STDDEV, MIN, MAX, MEDIAN,
QUANTILE_CONT(column, 0.9), HISTOGRAM(column, [20, 40]). What is not understood is refused.

Examples:
  $ frostglass query people.parquet "SELECT COUNT(*), AVG(age) FROM data WHERE income > 50000" \\
      --epsilon 0.5 --privacy-unit person_id --bounds age=0:120 --ledger people.ledger
  $ frostglass query people.parquet "SELECT education, COUNT(*) FROM data GROUP BY education" \\
      --epsilon 0.5 --delta 1e-7 --privacy-unit person_id --ledger people.ledger
  $ frostglass query people.csv \\
      "SELECT region, COUNT(*) FROM data JOIN towns USING (town) GROUP BY region" --epsilon 0.5 \\
      --public-table towns=towns.csv --keys region=north,south --privacy-unit person_id
  $ frostglass query visits.csv "SELECT ward, MEDIAN(hours) FROM data GROUP BY ward" --epsilon 1 \\
      --keys ward=A,B,C --bounds hours=0:72 --privacy-unit patient --dry-run`,
  )
  return command.action((path: string, sql: string, options: Options) => query(path, sql, options, signal))
}

async function query(path: string, sql: string, options: Options, signal: AbortSignal): Promise<void> {
  const { json, out } = options
  const keys = await keyLists(options.keys ?? {})
  const asked = {
    epsilon: options.epsilon,
    delta: options.delta,
    unit: options.privacyUnit,
    rowsPerUnit: options.rowsPerUnit,
    groupsPerUnit: options.groupsPerUnit,
    bounds: options.bounds,
    privateBounds: options.privateBounds,
    keys,
    noise: options.noise,
    publicTables: options.publicTable,
    privateTables: options.privateTable,
    joinRows: options.joinRows,
    columns: options.columns,
    level: options.level,
    nullText: options.nullText,
    header: options.header,
  }
  if (options.dryRun) {
    const plan = await explainQuery(path, sql, asked)
    warn(json, plan.warnings)
    print(json, plan, () => [`would spend ${price(plan)}`, ...details(plan)].join('\n'))
    return
  }
  if (out !== undefined) {
    await requireDistinct(out, [
      path,
      options.ledger,
      ...files(options.publicTable),
      ...files(options.privateTable),
    ])
    await requireFree(out, options.force)
  }
  const ledger = options.ledger === undefined ? undefined : openForSpending(options.ledger)
  let answer: QueryAnswer
  try {
    const { timeLimit, answerAtLimit } = options
    answer = await privateQuery(path, sql, { ...asked, timeLimit, answerAtLimit, ledger, signal })
  } finally {
    ledger?.close()
  }
  const { groups, ...rest } = answer
  const warnings = [
    ...answer.warnings,
    ...(ledger === undefined
      ? ['nothing adds up what is spent: without a ledger every further query weakens the promise (--ledger)']
      : []),
  ]
  warn(json, warnings)
  const rows = groups.map((group) =>
    Object.fromEntries(
      answer.columns.map(({ name, key, answer: place }) => [
        name,
        key === undefined ? group.answers[place!]! : group.keys[key]!,
      ]),
    ),
  )
  // Answers are paid for: a file that cannot be written must not keep them from the screen, nor a screen from the file.
  const written = await fileOf(answer, out, options.force)
  print(
    json,
    { ...rest, rows, warnings },
    () => [shown(answer), spentLine(answer, options.ledger), ...details(answer)].join('\n'),
    (printed) => copyFor(options.ledger, answer.ledger?.entry, printed, json),
  )
  if (written instanceof Error) throw written
}

/** Writes answers where a file is wanted, and hands back what went wrong. */
async function fileOf(answer: QueryAnswer, out: string | undefined, force = false): Promise<unknown> {
  if (out === undefined) return undefined
  return writeFileAtomic(out, csvOf(answer), { mode: 0o600, force }).catch((error: unknown) => error)
}

/**
 * Keeps what was paid for until it is printed: beside the ledger, readable by its owner alone. Where nothing can be written there,
 * the screen is all there is.
 */
function copyFor(
  ledger: string | undefined,
  entry: number | undefined,
  printed: string,
  json: boolean | undefined,
): Copy | undefined {
  if (ledger === undefined || entry === undefined) return undefined
  const path = `${ledger}.answer-${entry}-${randomBytes(4).toString('hex')}.${json ? 'json' : 'txt'}`
  const remove = () => {
    try {
      rmSync(path, { force: true })
    } catch {
      // A copy too many says nothing that the screen did not.
    }
  }
  try {
    writeFileSync(path, printed, { mode: 0o600, flag: 'wx', flush: true })
  } catch {
    remove()
    return undefined
  }
  return { path, remove }
}

/** Reads lists that stand in files. */
async function keyLists(given: Readonly<Record<string, string>>): Promise<Record<string, string[]>> {
  const lists: Record<string, string[]> = {}
  for (const [name, text] of Object.entries(given)) {
    if (!text.startsWith('@')) lists[name] = text.split(',').map((key) => key.trim())
    else {
      const lines = await readFile(text.slice(1), 'utf8').catch((cause) => {
        throw new FrostglassError(
          'input',
          `the keys of ${name} cannot be read from ${text.slice(1)}`,
          'name a text file with one key a line',
          cause,
        )
      })
      lists[name] = lines.split(/\r?\n/).filter((line) => line.trim() !== '')
    }
  }
  return lists
}

function addKeys(text: string, before: Options['keys'] = {}): Readonly<Record<string, string>> {
  const [, name, list] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || list === undefined)
    throw new InvalidArgumentError('Expected column=key,key,… or column=@file.')
  return { ...before, [name]: list }
}

const files = (tables: Readonly<Record<string, string>> = {}): string[] => Object.values(tables)

function addNamed(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || file === undefined) throw new InvalidArgumentError('Expected name=file.')
  return { ...before, [name]: file }
}

/** As many digits as the bar has use for. */
function figures({ value, low, high }: NoisyAnswer): string {
  const whole = [value, low, high].every(Number.isInteger)
  const width = (high - low) / 2
  const places = whole ? 0 : width > 0 ? Math.min(12, Math.max(0, 1 - Math.floor(Math.log10(width)))) : 6
  const figure = (x: number): string => (Math.abs(x) >= 1e15 ? x.toPrecision(6) : x.toFixed(places))
  return `${figure(value)}  (${figure(low)} … ${figure(high)})`
}

const keyText = (key: string | number | null): string => (key === null ? '(missing)' : String(key))

function shown({ columns, groups, level }: QueryAnswer): string {
  if (groups.length === 0) return 'no group is large enough to be told'
  const bar = `(${Number((100 * level).toPrecision(4))}% bar)`
  return table(
    columns.map(({ name, key }) => (key === undefined ? `${name} ${bar}` : name)),
    groups.map((group) =>
      columns.map(({ key, answer }) =>
        key === undefined ? figures(group.answers[answer!]!) : keyText(group.keys[key]!),
      ),
    ),
  )
}

function price({ epsilon, delta, unit }: QueryDescription): string {
  return `ε = ${epsilon}${delta > 0 ? `, δ = ${delta}` : ''} (protects ${unit})`
}

function spentLine(answer: QueryAnswer, path: string | undefined): string {
  if (answer.ledger === undefined) return `spent ${price(answer)}`
  const { epsilon, delta } = answer.ledger.left
  const digits = (x: number) => String(Number(x.toPrecision(6)))
  return `spent ${price(answer)}; left in ${path}: ε = ${digits(epsilon)}, δ = ${digits(delta)}`
}

/** What each release is, and what was done to the data. */
function details(plan: QueryDescription): string[] {
  return [
    ...plan.releases.map(({ answers, epsilon, rho, noise, error }) => {
      const what = answers.length === 0 ? 'the count that keys are told by' : answers.join(', ')
      const share =
        rho === undefined ? `ε = ${Number(epsilon!.toPrecision(4))}` : `ρ = ${Number(rho.toPrecision(4))}`
      return `  ${what}: ${share}, ${noise}; ${error}`
    }),
    ...plan.rules.map((rule) => `  ${rule}`),
    '  bars speak of the noise alone: not of rows left out, of numbers held to bounds, of groups not told',
  ]
}

function csvOf({ columns, groups }: QueryAnswer): string {
  const cell = (value: string | number | null): string => {
    const text = value === null ? '' : String(value)
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  const head = columns.flatMap(({ name, key }) =>
    key === undefined ? [name, `${name}_low`, `${name}_high`] : [name],
  )
  const lines = groups.map((group) =>
    columns.flatMap(({ key, answer }) => {
      if (key !== undefined) return [group.keys[key]!]
      const { value, low, high } = group.answers[answer!]!
      return [value, low, high]
    }),
  )
  return [head, ...lines].map((line) => `${line.map(cell).join(',')}\n`).join('')
}
