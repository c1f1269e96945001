// frostglass train: the service's model of a table, protected or not.

import { Command, Option } from 'commander'
import { writeFileAtomic } from '../../data/files.ts'
import { meanAndSpread, paperRecipe, type TrainingRecipe, trainTable } from '../../serve/index.ts'
import {
  type JsonOption,
  positiveNumber,
  type ReadingOptions,
  readingOptions,
  wholeNumber,
  wholeNumbers,
  withJson,
  withReading,
} from '../options.ts'
import { counted, percent, print, progress, warn } from '../output.ts'
import { requireDistinct, requireFree, requireOnnx } from '../outputPath.ts'
import { activations, optimizers } from '../recipe.ts'
import { type PrivateOptions, refuseWithoutBudget, trainOnBudget, withPrivate } from './trainPrivate.ts'

interface Options extends ReadingOptions, JsonOption, PrivateOptions {
  readonly label: string
  readonly task?: 'class' | 'number' | undefined
  readonly out: string
  readonly hidden: number[]
  readonly activation: TrainingRecipe['activation']
  readonly optimizer: keyof typeof optimizers
  readonly learningRate: number
  readonly batch: number
  readonly epochs: number
  readonly folds: number
  readonly seed: number
  readonly force?: boolean | undefined
}

/** The command `frostglass train`. */
export function trainCommand(signal: AbortSignal): Command {
  const command = new Command('train')
    .description('learn a table: cross-validate, then train on all of it and write the model as ONNX')
    .argument('<table>', 'a protected table, or any other')
    .requiredOption(
      '--label <column>',
      'the column to learn; a protected table calls it label, more of them label_2, label_3 …',
    )
    .addOption(
      new Option('--task <kind>', 'what the label is, when its values do not say').choices([
        'class',
        'number',
      ]),
    )
    .requiredOption('--out <file>', 'where to write the model, .onnx')
    .addOption(
      new Option('--hidden <units>', 'units of the hidden layers, e.g. 64,32')
        .argParser(wholeNumbers)
        .default([8], '8'),
    )
    .addOption(new Option('--activation <name>', 'of the hidden layers').choices(activations).default('tanh'))
    .addOption(
      new Option('--optimizer <name>', 'sgd has momentum 0.9')
        .choices(Object.keys(optimizers))
        .default('adam'),
    )
    .option('--learning-rate <rate>', 'halved on a plateau', positiveNumber, 0.1)
    .option('--batch <rows>', 'rows a step', wholeNumber(1, 1_000_000), 10)
    .option(
      '--epochs <count>',
      'at most; training stops when the loss no longer falls',
      wholeNumber(1, 1_000_000),
      500,
    )
    .option('--folds <count>', 'of the cross-validation; 0 for none', wholeNumber(0, 1000), 5)
    .option('--seed <number>', 'for first weights, orders and folds', wholeNumber(0), 0)
    .option('--force', 'replace an existing model')
  withPrivate(command)
  withJson(withReading(command))
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass train protected.csv --label label --out model.onnx
  $ frostglass train protected.csv --label label --out model.onnx --hidden 8 \\
      --activation tanh --optimizer adam --learning-rate 0.1 --batch 10 --folds 5
  $ frostglass train patients.csv --label recovered --out model.onnx --epsilon 3 --delta 1e-5 \\
      --classes yes,no --bounds age=0:100 --bounds weight=30:200 --categories sex=f,m \\
      --ledger patients.ledger

With --epsilon a batch is 256, epochs are 20 and the learning rate is 0.02 unless they are said,
and training is differentially private (DP-SGD): a row is a person, unless
--privacy-unit says whose it is, and nobody changes the odds of any model by more than e^ε
(but for δ). Nothing is measured on the rows, since that would cost, too. Nothing is read
off the rows, either: what the columns may hold is stated, and a cell that does not fit
counts as the nearest bound, as a missing number, or as no category. No cell makes it fail.`,
  )
  return command.action(async (path: string, options: Options) => {
    requireOnnx(options.out, 'model.onnx')
    await requireDistinct(options.out, [path, options.ledger, options.schema, options.checkpoint])
    await requireFree(options.out, options.force)
    const bar = progress('training', options.json)
    const running = { signal, onProgress: bar.update }
    try {
      if (options.epsilon !== undefined) {
        await trainOnBudget(path, running, optimizers[options.optimizer], options, command)
        return
      }
      refuseWithoutBudget(command)
      const trained = await trainTable(path, {
        ...readingOptions(options),
        label: options.label,
        ...(options.task === undefined ? {} : { task: options.task }),
        ...running,
        folds: options.folds,
        recipe: {
          ...paperRecipe,
          hidden: options.hidden,
          activation: options.activation,
          optimizer: optimizers[options.optimizer](options.learningRate),
          batch: options.batch,
          epochs: options.epochs,
          seed: options.seed,
        },
      })
      await writeFileAtomic(options.out, trained.bytes, { mode: 0o644, force: options.force ?? false })
      bar.stop()
      warn(options.json, trained.warnings)
      const { folds, rows, epochs, warnings, card } = trained
      const unit =
        card.keyFingerprint === undefined
          ? `in the unit of '${options.label}'`
          : 'in the protected number’s unit, which only the key knows'
      print(options.json, { out: options.out, rows, epochs, folds, warnings }, () =>
        [
          `wrote ${options.out} (learned from ${counted(rows, 'row')} in ${counted(epochs, 'epoch')})`,
          ...summary(folds, unit),
        ].join('\n'),
      )
    } finally {
      bar.stop()
    }
  })
}

/** @param unit of what is learned, where that is a number */
function summary(folds: Awaited<ReturnType<typeof trainTable>>['folds'], unit: string): string[] {
  if (folds.length === 0) return []
  const accuracies = folds.flatMap((f) => f.accuracy ?? [])
  const errors = folds.flatMap((f) => f.rootMeanSquaredError ?? [])
  const { mean, deviation } = meanAndSpread(accuracies.length ? accuracies : errors)
  const found = accuracies.length
    ? `accuracy ${percent(mean)} ± ${percent(deviation)}`
    : `root mean squared error ${mean.toPrecision(4)} ± ${deviation.toPrecision(2)}, ${unit}`
  return [`${folds.length}-fold cross-validation: ${found}`]
}
