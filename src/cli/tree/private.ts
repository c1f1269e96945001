// The command line of frostglass private train: a model of a table within a privacy budget.
// Source: ours; what it does stands in ../commands/privateTrain.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { PrivateTrainOptions } from '../commands/privateTrain.ts'
import { positiveNumber, wholeNumber, withDelimiter, withForce, withHeader, withJson } from './options.ts'
import { withRecipe } from './recipe.ts'
import { withStatement } from './statement.ts'

/** The command tree of `frostglass private`. */
export function privateCommand(signal: AbortSignal): Command {
  return new Command('private')
    .description('train with differential privacy, paid for from a ledger')
    .addCommand(trainCommand(signal))
}

function trainCommand(signal: AbortSignal): Command {
  const command = new Command('train')
    .description('learn a table with differential privacy (DP-SGD), for so much ε and δ altogether')
    .argument('<table>', 'a table of rows about people: .csv, .json, .parquet and their kin')
    .requiredOption('--label <column>', 'the column to learn')
    .requiredOption('--out <file>', 'where to write the model, .onnx')
    .requiredOption('--epsilon <number>', 'ε of the whole training, e.g. 3', positiveNumber)
    .requiredOption('--delta <number>', 'δ, well below one over the number of rows', positiveNumber)
    .option('--clip <norm>', 'the most that a row’s gradient counts for', positiveNumber, 1)
    .addOption(
      new Option('--clipping <how>', 'over all weights, for each layer, or automatic')
        .choices(['flat', 'per-layer', 'automatic'])
        .default('flat'),
    )
  // Small batches and many epochs, the defaults of other training, would be mostly noise.
  withRecipe(command, {
    rate: 'the same in every step',
    batch: 'rows a step, on average',
    epochs: 'each takes as many steps as the batch goes into the rows',
    defaults: { rate: 0.02, batch: 256, epochs: 20 },
  }).option('--seed <number>', 'for first weights; never for noise or samples', wholeNumber(0), 0)
  withStatement(command)
    .option(
      '--privacy-unit <column>',
      'the column that says whose each row is; not learned from (default: each row is one person)',
    )
    .option(
      '--rows-per-unit <count>',
      'rows of a person that count in a step, drawn anew each time; more cost time, not privacy (default: 1)',
      wholeNumber(1, 1000),
    )
    .option('--ledger <file>', 'take the price from this ledger (frostglass ledger create)')
    .option(
      '--checkpoint <file>',
      'keep each epoch’s state, and go on from it where it is there, without paying again',
    )
  withJson(withForce(withDelimiter(withHeader(command)))).addHelpText(
    'after',
    `
Examples:
  $ frostglass private train patients.csv --label recovered --out model.onnx \\
      --epsilon 3 --delta 1e-5 --classes yes,no --bounds age=0:100 --bounds weight=30:200 \\
      --categories sex=f,m --ledger patients.ledger
  $ frostglass private train people.csv --label income --schema people.schema.json \\
      --out private.onnx --epsilon 2 --delta 1e-5 --ledger people.ledger

A row is a person, unless --privacy-unit says whose it is, and nobody changes the odds of any
model by more than e^ε (but for δ). Nothing is measured on the rows, since that would cost, too:
there is no cross-validation; measure on rows that are not private (frostglass predict). Nothing
is read off the rows, either: what the columns may hold is stated, and a cell that does not fit
counts as the nearest bound, as a missing number, or as no category. No cell makes it fail.`,
  )
  return command.action(async (path: string, options: PrivateTrainOptions) =>
    (await import('../commands/privateTrain.ts')).privateTrain(path, options, signal),
  )
}
