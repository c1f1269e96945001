// The command line of frostglass encrypt train: a model that learns while its weights are ciphertexts.
// Source: ours; what it does stands in ../commands/encryptTrain.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { Options } from '../commands/encryptTrain.ts'
import { positiveNumber, wholeNumber, withJson, withReading } from './options.ts'

/** The command `frostglass encrypt train`. */
export function trainCommand(signal: AbortSignal): Command {
  const command = new Command('train')
    .description(
      'learn two classes of a table in a process that has no secret: it cannot read the weights it computes',
    )
    .argument('<table>', 'CSV, TSV, Parquet or JSON lines; a folder of Parquet; - for standard input')
    .requiredOption('--label <column>', 'the column to learn')
    .option('--class <name>', 'the class that is told from all others, where there are more than two')
    .addOption(
      new Option('--model <kind>', 'what is learnt').choices(['logistic', 'network']).default('logistic'),
    )
    .option('--units <count>', 'hidden units of a network', wholeNumber(1, 64), 4)
    .option('--encrypt-rows', 'the process is to read no row either (logistic)')
    .option('--steps <count>', 'of gradient descent', wholeNumber(1, 10_000), 20)
    .option(
      '--learning-rate <rate>',
      'default: the largest of 1 (of a network 0.1), a half, a quarter … that stays in range',
      positiveNumber,
    )
    .option(
      '--levels <count>',
      'of the modulus: a step takes 4, of a network 5; twice as many take two steps a round trip',
      wholeNumber(1, 64),
    )
    .option('--seed <number>', 'for first weights and the part that is held out', wholeNumber(0), 0)
    .option('--plan', 'say what it will take, and end')
    .option('--out <file>', 'where to write the model, in the plain, .onnx')
    .option('--force', 'replace what exists')
  withJson(withReading(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt train patients.csv --label ill --plan
  $ frostglass encrypt train patients.csv --label ill --out model.onnx
  $ frostglass encrypt train patients.csv --label ill --encrypt-rows --out model.onnx
  $ frostglass encrypt train patients.csv --label ill --levels 8 --plan
  $ frostglass predict model.onnx queries.csv --out answers.csv

A fifth of the rows is held out. The same steps are taken on plain numbers first: they choose the
learning rate, and refuse one that leaves the range before there are keys. --levels 8 halves the
round trips, and takes a larger ring, at some six times the time a step; for more there is no room.

The process is not believed. At each round trip all that comes back must agree with the same steps
on plain numbers; if not, the training ends, and its keys are not used again. Written are those
plain steps: numbers that were decrypted hold noise that depends on the key. So the model is the one
that you would have without encryption, which is for a process that must not see the weights, or
the rows. With --encrypt-rows it is not told the learning rate either, which rows chose.`,
  )
  return command.action(async (path: string, options: Options) =>
    (await import('../commands/encryptTrain.ts')).train(path, options, signal),
  )
}
