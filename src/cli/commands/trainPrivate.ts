// frostglass train --epsilon: private training of a table, paid for before its first step.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { writeFileAtomic } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import type { Optimizer } from '../../learn/index.ts'
import type { Bounds } from '../../private/index.ts'
import { readSchema, schemaOf } from '../../private/schema/schema.ts'
import { type TrainingRecipe, trainPrivateTable } from '../../serve/index.ts'
import { openForSpending } from '../ledgerOption.ts'
import { addBounds, type JsonOption, positiveNumber, type ReadingOptions, wholeNumber } from '../options.ts'
import { counted, print, warn } from '../output.ts'

/** What only private training is told. */
export interface PrivateOptions {
  readonly epsilon?: number | undefined
  readonly delta?: number | undefined
  readonly clip?: number | undefined
  readonly clipping?: 'flat' | 'per-layer' | 'automatic' | undefined
  readonly bounds?: Readonly<Record<string, Bounds>> | undefined
  readonly schema?: string | undefined
  readonly columns?: string[] | undefined
  readonly categories?: Readonly<Record<string, string[]>> | undefined
  readonly classes?: string[] | undefined
  readonly privacyUnit?: string | undefined
  readonly rowsPerUnit?: number | undefined
  readonly ledger?: string | undefined
  readonly checkpoint?: string | undefined
}

interface TrainOptions extends PrivateOptions, Partial<ReadingOptions>, JsonOption {
  readonly label: string
  readonly out: string
  readonly hidden: number[]
  readonly activation: TrainingRecipe['activation']
  readonly learningRate: number
  readonly batch: number
  readonly epochs: number
  readonly seed: number
  readonly force?: boolean | undefined
}

/** What is left unsaid, where small batches and many epochs, the defaults of other training, would be mostly noise. */
const defaults = { batch: 256, epochs: 20, learningRate: 0.02, clip: 1 }

/** Adds the options of private training. */
export function withPrivate(command: Command): Command {
  return command
    .option(
      '--epsilon <number>',
      'train with differential privacy, for so much ε altogether, e.g. 3',
      positiveNumber,
    )
    .option('--delta <number>', 'with --epsilon: δ, well below one over the number of rows', positiveNumber)
    .option(
      '--clip <norm>',
      `with --epsilon: the most that a row’s gradient counts for (default: ${defaults.clip})`,
      positiveNumber,
    )
    .addOption(
      new Option(
        '--clipping <how>',
        'with --epsilon: over all weights, for each layer, or automatic',
      ).choices(['flat', 'per-layer', 'automatic']),
    )
    .option(
      '--schema <file>',
      'with --epsilon: what the columns may hold, as JSON (docs/private.md), known without the rows',
    )
    .option(
      '--bounds <column=low:high>',
      'the same for a column of numbers: where they are held to lie; may be repeated',
      addBounds,
    )
    .option(
      '--categories <column=a,b,…>',
      'the same for a column of texts: which ones there are; may be repeated',
      addCategories,
    )
    .option('--classes <a,b,…>', 'the same for the label', listOf)
    .option(
      '--columns <a,b,…>',
      'with --epsilon: those of the stated columns to learn from (default: all)',
      listOf,
    )
    .option(
      '--privacy-unit <column>',
      'with --epsilon: the column that says whose each row is; not learned from (default: each row is one person)',
    )
    .option(
      '--rows-per-unit <count>',
      'rows of a person that count in a step, drawn anew each time; more cost time, not privacy (default: 1)',
      wholeNumber(1, 1000),
    )
    .option('--ledger <file>', 'with --epsilon: take the price from this ledger (frostglass ledger create)')
    .option(
      '--checkpoint <file>',
      'with --epsilon: keep each epoch’s state, and go on from it where it is there, without paying again',
    )
}

const listOf = (text: string): string[] => text.split(',').map((one) => one.trim())

/** A parser that gathers `column=a,b,…`, for commander. */
function addCategories(
  text: string,
  before: Readonly<Record<string, string[]>> = {},
): Readonly<Record<string, string[]>> {
  const [, name, list] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || list === undefined)
    throw new InvalidArgumentError('Expected column=a,b,…; values that hold a comma go into a schema file.')
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`The column ${name} is stated twice.`)
  return { ...before, [name]: listOf(list) }
}

/** @throws FrostglassError `usage` for options of private training without `--epsilon` */
export function refuseWithoutBudget(command: Command): void {
  const own = [
    'delta',
    'clip',
    'clipping',
    'schema',
    'bounds',
    'categories',
    'classes',
    'columns',
    'privacyUnit',
    'rowsPerUnit',
    'ledger',
    'checkpoint',
  ] as const
  const given = own.find((name) => command.getOptionValueSource(name) !== undefined)
  if (given === undefined) return
  const name = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new FrostglassError('usage', `--${name} is for private training`, 'say --epsilon as well')
}

/** What other training decides by looking at the rows. */
function refuseLooking(command: Command): void {
  const said = (name: string) => command.getOptionValueSource(name) === 'cli'
  if (said('folds') && command.getOptionValue('folds') > 0)
    throw new FrostglassError(
      'usage',
      'cross-validation looks at the rows once more for each fold',
      'leave --folds out, and measure the model on rows that are not private: frostglass predict',
    )
  if (said('missing'))
    throw new FrostglassError(
      'usage',
      '--missing decides by the rows: what it fills in, or how many are left',
      'leave it out: a missing number counts as the middle of its bounds, or as what the schema file says ("missing")',
    )
  if (command.args[0] === '-')
    throw new FrostglassError(
      'usage',
      'private training reads no standard input',
      'save the table as a file first',
    )
  const option = ['format', 'delimiter', 'decimalComma', 'textEncoding', 'comment', 'skip'].find(said)
  if (option !== undefined)
    throw new FrostglassError(
      'usage',
      `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is not known to private training, which reads CSV as it is written by most`,
      'save the table as UTF-8 with commas and points first',
    )
  if (said('task'))
    throw new FrostglassError(
      'usage',
      '--task is not asked where the label is stated',
      'say --classes for classes, or --bounds for a number',
    )
}

/**
 * Trains within a budget and writes the model.
 * @param running the signal that stops it, and who is told of epochs
 */
export async function trainOnBudget(
  path: string,
  running: { readonly signal: AbortSignal; readonly onProgress: (done: number, of: number) => void },
  optimizer: (learningRate: number) => Optimizer,
  options: TrainOptions,
  command: Command,
): Promise<void> {
  const { epsilon, delta, out, json, clipping, label, columns, header, nullText, privacyUnit } = options
  if (epsilon === undefined || delta === undefined)
    throw new FrostglassError(
      'usage',
      'private training needs δ as well as ε',
      'say --delta, well below one over the number of rows, e.g. 1e-5',
    )
  refuseLooking(command)
  if (options.rowsPerUnit !== undefined && privacyUnit === undefined)
    throw new FrostglassError(
      'usage',
      '--rows-per-unit is about people, and nothing says whose each row is',
      'say --privacy-unit, the column that does',
    )
  const schema = schemaOf(
    { ...options, schema: options.schema === undefined ? undefined : await readSchema(options.schema) },
    label,
  )
  const stated = <K extends 'batch' | 'epochs' | 'learningRate'>(name: K): number =>
    command.getOptionValueSource(name) === 'cli' ? options[name] : defaults[name]
  const ledger = options.ledger === undefined ? undefined : openForSpending(options.ledger)
  try {
    const trained = await trainPrivateTable(path, {
      ...running,
      recipe: {
        hidden: options.hidden,
        activation: options.activation,
        optimizer: optimizer(stated('learningRate')),
        batch: stated('batch'),
        epochs: stated('epochs'),
        seed: options.seed,
      },
      schema,
      label,
      columns,
      unit: privacyUnit,
      rowsPerUnit: options.rowsPerUnit,
      epsilon,
      delta,
      clip: options.clip ?? defaults.clip,
      ...(header === undefined ? {} : { header }),
      ...(nullText ? { nullText } : {}),
      ...(clipping ? { clipping } : {}),
      ...(ledger ? { ledger } : {}),
      checkpoint: options.checkpoint,
    }).catch(stoppedWith(options.checkpoint))
    await writeFileAtomic(out, trained.bytes, { mode: 0o644, force: options.force ?? false })
    const left = ledger?.state().left
    const warnings = [
      ...trained.warnings,
      ...(privacyUnit === undefined
        ? [
            'each row is protected, not each person: where a person may have several rows, name the column that says whose they are (--privacy-unit)',
          ]
        : []),
      ...(ledger
        ? []
        : [
            'nothing adds up what is spent: without a ledger every further release weakens the promise (--ledger)',
          ]),
    ]
    warn(json, warnings)
    const { spent, epochs, epochsBefore } = trained
    const before =
      epochsBefore > 0 ? `, ${epochsBefore} of them before, as ${options.checkpoint} has them` : ''
    print(
      json,
      {
        out,
        epochs,
        epochsBefore: options.checkpoint ? epochsBefore : undefined,
        spent,
        left,
        warnings,
      },
      () =>
        [
          `wrote ${out} (learned privately in ${counted(epochs, 'epoch')}${before})`,
          `spent ε = ${digits(spent.epsilon)}, δ = ${spent.delta} (protects ${privacyUnit === undefined ? 'a row' : `all rows of one ${privacyUnit}`}); noise multiplier ${digits(spent.noiseMultiplier)}, ${counted(spent.steps, 'step')} at a sampling rate of ${digits(spent.rate)}`,
          ...(left
            ? [`left in ${options.ledger}: ε = ${digits(left.epsilon)}, δ = ${digits(left.delta)}`]
            : []),
        ].join('\n'),
    )
  } finally {
    ledger?.close()
  }
}

/** Where somebody stops it: what becomes of what was paid. */
const stoppedWith =
  (checkpoint: string | undefined) =>
  (error: unknown): never => {
    if (!(error instanceof FrostglassError) || error.code !== 'aborted') throw error
    throw new FrostglassError(
      'aborted',
      error.message,
      checkpoint === undefined
        ? 'what was paid stays spent; with --checkpoint a training goes on where it was'
        : `the same command again: it goes on from ${checkpoint}, and is not paid twice`,
      error,
    )
  }

const digits = (x: number): string => String(Number(x.toPrecision(4)))
