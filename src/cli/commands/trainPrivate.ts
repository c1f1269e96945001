// frostglass train --epsilon: private training of a table, paid for before its first step.

import { type Command, Option } from 'commander'
import { writeFileAtomic } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { Optimizer } from '../../learn/index.ts'
import type { Bounds } from '../../private/index.ts'
import { type TrainingRecipe, type TrainTableOptions, trainPrivateTable } from '../../serve/index.ts'
import { openForSpending } from '../ledgerOption.ts'
import { addBounds, type JsonOption, positiveNumber } from '../options.ts'
import { counted, print, warn } from '../output.ts'

/** What only private training is told. */
export interface PrivateOptions {
  readonly epsilon?: number
  readonly delta?: number
  readonly clip?: number
  readonly clipping?: 'flat' | 'per-layer' | 'automatic'
  readonly bounds?: Readonly<Record<string, Bounds>>
  readonly publicCategories?: boolean
  readonly ledger?: string
}

interface TrainOptions extends PrivateOptions, JsonOption {
  readonly out: string
  readonly hidden: number[]
  readonly activation: TrainingRecipe['activation']
  readonly learningRate: number
  readonly batch: number
  readonly epochs: number
  readonly seed: number
  readonly force?: boolean
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
      '--bounds <column=low:high>',
      'with --epsilon: where a column’s numbers are held to lie; may be repeated',
      addBounds,
    )
    .option('--public-categories', 'with --epsilon: all categories in columns of text are public knowledge')
    .option('--ledger <file>', 'with --epsilon: take the price from this ledger (frostglass ledger create)')
}

/** @throws FrostglassError `usage` for options of private training without `--epsilon` */
export function refuseWithoutBudget(command: Command): void {
  const own = ['delta', 'clip', 'clipping', 'bounds', 'publicCategories', 'ledger'] as const
  const given = own.find((name) => command.getOptionValueSource(name) !== undefined)
  if (given === undefined) return
  const name = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new FrostglassError('usage', `--${name} is for private training`, { hint: 'say --epsilon as well' })
}

/** Trains within a budget and writes the model. */
export async function trainOnBudget(
  path: string,
  asked: Omit<TrainTableOptions, 'recipe' | 'folds'>,
  optimizer: (learningRate: number) => Optimizer,
  options: TrainOptions,
  command: Command,
): Promise<void> {
  const { epsilon, delta, out, json, clipping, publicCategories } = options
  if (epsilon === undefined || delta === undefined)
    throw new FrostglassError('usage', 'private training needs δ as well as ε', {
      hint: 'say --delta, well below one over the number of rows, e.g. 1e-5',
    })
  if (command.getOptionValueSource('folds') === 'cli' && command.getOptionValue('folds') > 0)
    throw new FrostglassError('usage', 'cross-validation looks at the rows once more for each fold', {
      hint: 'leave --folds out, and measure the model on rows that are not private: frostglass predict',
    })
  const stated = <K extends 'batch' | 'epochs' | 'learningRate'>(name: K): number =>
    command.getOptionValueSource(name) === 'cli' ? options[name] : defaults[name]
  const ledger = options.ledger === undefined ? undefined : openForSpending(options.ledger)
  try {
    const trained = await trainPrivateTable(path, {
      ...asked,
      recipe: {
        hidden: options.hidden,
        activation: options.activation,
        optimizer: optimizer(stated('learningRate')),
        batch: stated('batch'),
        epochs: stated('epochs'),
        seed: options.seed,
      },
      epsilon,
      delta,
      clip: options.clip ?? defaults.clip,
      bounds: options.bounds ?? {},
      ...(clipping ? { clipping } : {}),
      ...(publicCategories ? { publicCategories } : {}),
      ...(ledger ? { ledger } : {}),
    })
    await writeFileAtomic(out, trained.bytes, { mode: 0o644, force: options.force ?? false })
    const left = ledger?.state().left
    const warnings = [
      ...trained.warnings,
      ...(ledger
        ? []
        : [
            'nothing adds up what is spent: without a ledger every further release weakens the promise (--ledger)',
          ]),
    ]
    warn(json, warnings)
    const { spent, epochs } = trained
    print(json, { out, epochs, spent, ...(left ? { left } : {}), warnings }, () =>
      [
        `wrote ${out} (learned privately in ${counted(epochs, 'epoch')})`,
        `spent ε = ${digits(spent.epsilon)}, δ = ${spent.delta} (protects a row); noise multiplier ${digits(spent.noiseMultiplier)}, ${counted(spent.steps, 'step')} at a sampling rate of ${digits(spent.rate)}`,
        ...(left
          ? [`left in ${options.ledger}: ε = ${digits(left.epsilon)}, δ = ${digits(left.delta)}`]
          : []),
      ].join('\n'),
    )
  } finally {
    ledger?.close()
  }
}

const digits = (x: number): string => String(Number(x.toPrecision(4)))
