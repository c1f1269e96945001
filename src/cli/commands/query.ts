// frostglass query: one SQL query over a table file, answered with differential privacy.
// Source: docs/architecture.md#differential-privacy; src/private/query has all of it.
// No logic of its own: options in, a table with error bars out, and what was spent.

import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { csvText } from '../../data/csvRecord.ts'
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
import { digits } from '../../statistics/figures.ts'
import { openForSpending } from '../ledgerOption.ts'
import type { JsonOption } from '../options.ts'
import { type Copy, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { table } from '../textTable.ts'

export interface QueryOptions extends JsonOption {
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
  readonly delimiter?: string | undefined
  readonly dryRun?: boolean | undefined
  readonly out?: string | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass query` does. */
export async function query(
  path: string,
  sql: string,
  options: QueryOptions,
  signal: AbortSignal,
): Promise<void> {
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
    delimiter: options.delimiter,
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
          'Name a text file with one key a line.',
          cause,
        )
      })
      lists[name] = lines.split(/\r?\n/).filter((line) => line.trim() !== '')
    }
  }
  return lists
}

const files = (tables: Readonly<Record<string, string>> = {}): string[] => Object.values(tables)

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
  const bar = `(${digits(100 * level, 4)}% bar)`
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
  return `spent ${price(answer)}; left in ${path}: ε = ${digits(epsilon, 6)}, δ = ${digits(delta, 6)}`
}

/** What each release is, and what was done to the data. */
function details(plan: QueryDescription): string[] {
  return [
    ...plan.releases.map(({ answers, epsilon, rho, noise, error }) => {
      const what = answers.length === 0 ? 'the count that keys are told by' : answers.join(', ')
      const share = rho === undefined ? `ε = ${digits(epsilon!, 4)}` : `ρ = ${digits(rho, 4)}`
      return `  ${what}: ${share}, ${noise}; ${error}`
    }),
    ...plan.rules.map((rule) => `  ${rule}`),
    '  bars speak of the noise alone: not of rows left out, of numbers held to bounds, of groups not told',
  ]
}

function csvOf({ columns, groups }: QueryAnswer): string {
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
  return csvText([head, ...lines])
}
