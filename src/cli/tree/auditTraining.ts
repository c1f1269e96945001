// The command line of frostglass audit canaries | training.
// Source: ours; what it does stands in ../commands/auditTraining.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { CanariesOptions, TrainingOptions } from '../commands/auditTraining.ts'
import { positiveNumber, wholeNumber, withJson, withReading } from './options.ts'

/** The command `frostglass audit canaries`. */
export function canariesCommand(signal: AbortSignal): Command {
  const command = new Command('canaries')
    .description('put made-up rows into a table by coins, so that private training on it can be audited')
    .argument('<table>', 'what will be trained on')
    .requiredOption('--label <column>', 'the column to learn; its classes')
    .option('--count <rows>', 'canaries: the more, the sharper the audit', wholeNumber(8, 1_000_000), 500)
    .addOption(
      new Option(
        '--kind <kind>',
        'extreme: each cell the least or largest of its column; mislabelled: rows of the table with another class',
      )
        .choices(['extreme', 'mislabelled'])
        .default('extreme'),
    )
    .requiredOption('--out <file>', 'the table with the canaries that are in: train on it')
    .requiredOption('--canaries <file>', 'all canaries and their coins: keep it from who trains')
    .option('--force', 'replace existing files')
  withJson(withReading(command)).addHelpText(
    'after',
    `
Example:
  $ frostglass audit canaries people.csv --label income --out salted.csv --canaries canaries.csv

Train on salted.csv as you would on people.csv, privately, by any program; then:
  $ frostglass audit training --canaries canaries.csv --model model.onnx`,
  )
  return command.action(async (path: string, options: CanariesOptions) =>
    (await import('../commands/auditTraining.ts')).canaries(path, options, signal),
  )
}

/** The command `frostglass audit training`. */
export function trainingCommand(): Command {
  const command = new Command('training')
    .description(
      'hold private training against its claim: a lower bound on ε by canaries, beside the ε that is claimed',
    )
    .requiredOption('--canaries <file>', 'all canaries and their coins, as audit canaries wrote them')
    .option('--model <file>', 'the trained model, of frostglass train, .onnx')
    .option(
      '--scores <file>',
      'instead of a model: a table with a column “score”, a row for each canary, the higher the likelier in',
    )
    .option(
      '--epsilon <number>',
      'the ε that the training claims (default: what the model says that it spent)',
      positiveNumber,
    )
    .option(
      '--delta <number>',
      'the δ that it is claimed at (default: the model’s, else 0.00001)',
      positiveNumber,
    )
    .option('--out <file>', 'where to write a page, .html; the same as .json is written beside it')
    .option('--force', 'replace an existing report')
  withJson(withReading(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass audit training --canaries canaries.csv --model model.onnx --out report.html
  $ frostglass audit training --canaries canaries.csv --scores scores.csv --epsilon 3 --delta 1e-6

Exit code 3 says that the training is caught: it gives away more than it claims. That it is not
caught proves nothing. Train the model that you publish without canaries.`,
  )
  return command.action(async (options: TrainingOptions) =>
    (await import('../commands/auditTraining.ts')).training(options),
  )
}
