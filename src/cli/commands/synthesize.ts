// frostglass synthesize: a private synthetic table, paid for before a row is read; or more rows of one that was paid for.
// Source: docs/synthesis.md; src/private/synthesis has the mechanism.
// It measures nothing on the rows: how good the synthetic ones are is to be measured on rows that are not private.

import { writtenKind } from '../../data/writer.ts'
import { FrostglassError } from '../../errors.ts'
import { turnsFor } from '../../learn/pauses.ts'
import { type Bounds, systemRandom } from '../../private/index.ts'
import {
  readSynthesisSchema,
  requireSynthesisSchema,
  type SynthesisSchema,
} from '../../private/synthesis/domain.ts'
import { drawRows, readModel } from '../../private/synthesis/model.ts'
import { mostRows, synthesize } from '../../private/synthesis/synthesize.ts'
import { modelPathOf, writeSynthesis } from '../../private/synthesis/writeTable.ts'
import { digits } from '../../statistics/figures.ts'
import { openForSpending } from '../ledgerOption.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { progress } from '../progress.ts'

export interface SynthesizeOptions extends JsonOption, Partial<ReadingOptions> {
  readonly out: string
  readonly epsilon?: number | undefined
  readonly delta?: number | undefined
  readonly columns?: string | undefined
  readonly bounds?: Readonly<Record<string, Bounds>> | undefined
  readonly categories?: Readonly<Record<string, string[]>> | undefined
  readonly method?: 'tree' | 'adaptive' | undefined
  readonly rows?: number | undefined
  readonly ledger?: string | undefined
  readonly from?: string | undefined
  readonly force?: boolean | undefined
}

/** What `frostglass synthesize` does. */
export async function synthesizeTable(
  path: string | undefined,
  options: SynthesizeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { out, from } = options
  writtenKind(out)
  await requireDistinct(out, [path, options.ledger, options.columns, from])
  await requireFree(out, options.force)
  if ((path === undefined) === (from === undefined))
    throw usage(
      'give either a table, or a model that was made of one',
      'Name the table first, or say --from and the .synthesis.json.',
    )
  if (path === undefined) await again(from!, options, signal)
  else await anew(path, options, signal)
}

/** Rows of a model that was paid for. */
async function again(from: string, options: SynthesizeOptions, signal: AbortSignal): Promise<void> {
  const { out, json, force = false } = options
  const odd = (['epsilon', 'delta', 'columns', 'bounds', 'categories', 'method', 'ledger'] as const).find(
    (name) => options[name] !== undefined,
  )
  if (odd !== undefined)
    throw usage(`--${odd} is about a table, and rows are drawn of a model`, `Leave --${odd} out.`)
  const model = await readModel(from)
  if (options.rows === undefined && model.rows > mostRows)
    throw new FrostglassError(
      'input',
      `${from} is of a table of about ${model.rows.toLocaleString('en')} rows, and ${mostRows.toLocaleString('en')} are drawn at once`,
      'Say how many rows to draw (--rows), or take a model that was written so.',
    )
  const table = await drawRows(model, options.rows ?? model.rows, systemRandom, turnsFor(signal))
  const rows = await writeSynthesis(out, model, table, { force, beside: false, signal })
  print(json, { out, rows, spent: { epsilon: 0, delta: 0 } }, () =>
    [`wrote ${out} (${counted(rows, 'row')} of ${from})`, 'spent nothing: the model was paid for'].join('\n'),
  )
}

async function anew(path: string, options: SynthesizeOptions, signal: AbortSignal): Promise<void> {
  const { out, json, epsilon, delta, force = false } = options
  if (path === '-') throw usage('synthesis reads no standard input', 'Save the table as a file first.')
  if (epsilon === undefined || delta === undefined)
    throw usage(
      'what may be spent is not said',
      'Say --epsilon, such as 1, and --delta, well below one over the number of rows, such as 1e-9.',
    )
  const model = modelPathOf(out)
  await requireDistinct(model, [path, options.ledger, options.columns])
  await requireFree(model, force)
  const columns = await columnsOf(options)
  const ledger = options.ledger === undefined ? undefined : openForSpending(options.ledger)
  const { missing: _, ...reading } = readingOptions(options)
  const bar = progress('synthesising', json)
  try {
    const made = await synthesize(path, {
      epsilon,
      delta,
      columns,
      ledger,
      method: options.method,
      rows: options.rows,
      ...reading,
      signal,
      onProgress: (share) => bar.update(share, 1),
    })
    const rows = await writeSynthesis(out, made.model, made.table, { force, beside: true, signal })
    bar.stop()
    const left = ledger?.state().left
    const warnings = [
      ...made.warnings,
      ...(ledger
        ? []
        : [
            'nothing adds up what is spent: without a ledger every further release weakens the promise (--ledger)',
          ]),
    ]
    warn(json, warnings)
    const { spent, releases, method } = made.model
    print(json, { out, model, rows, method, about: made.model.rows, spent, left, releases, warnings }, () =>
      [
        `wrote ${out} (${counted(rows, 'synthetic row')}) and ${model}, its model`,
        `spent ε = ${digits(spent.epsilon, 4)}, δ = ${spent.delta} (protects a row) on ${counted(releases.length, 'release')}`,
        ...(left
          ? [`left in ${options.ledger}: ε = ${digits(left.epsilon, 4)}, δ = ${digits(left.delta, 4)}`]
          : []),
      ].join('\n'),
    )
  } finally {
    bar.stop()
    ledger?.close()
  }
}

/** What was stated, in a file and besides. */
async function columnsOf({
  columns,
  bounds = {},
  categories = {},
}: SynthesizeOptions): Promise<SynthesisSchema> {
  const file = columns === undefined ? undefined : await readSynthesisSchema(columns)
  const all = [
    ...(file?.columns ?? []),
    ...Object.entries(bounds).map(([name, { lower, upper }]) => ({
      name,
      kind: 'number',
      bounds: [lower, upper],
    })),
    ...Object.entries(categories).map(([name, values]) => ({ name, kind: 'category', values })),
  ]
  if (all.length === 0)
    throw usage(
      'nothing is stated of the columns, and what was read off the rows would tell of them',
      'Write a file of columns (docs/synthesis.md; frostglass schema draft makes one of a public table) and name it by --columns, or say --bounds age=0:100 and --categories sex=f,m.',
    )
  return requireSynthesisSchema({ ...file, columns: all }, 'what is stated')
}

const usage = (what: string, hint: string): FrostglassError => new FrostglassError('usage', what, hint)
