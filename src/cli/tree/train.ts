// The command line of frostglass train: the service's model of a table, protected or not.
// Source: ours; what it does stands in ../commands/train.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { TrainOptions } from '../commands/train.ts'
import { wholeNumber, withForce, withJson, withReading } from './options.ts'
import { withRecipe } from './recipe.ts'

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
  withRecipe(command, {
    rate: 'halved on a plateau',
    batch: 'rows a step',
    epochs: 'at most; training stops when the loss no longer falls',
    defaults: { rate: 0.1, batch: 10, epochs: 500 },
  })
    .option('--folds <count>', 'of the cross-validation; 0 for none', wholeNumber(0, 1000), 5)
    .option('--seed <number>', 'for first weights, orders and folds', wholeNumber(0), 0)
  withJson(withReading(withForce(command))).addHelpText(
    'after',
    `
Examples:
  $ frostglass train protected.csv --label label --out model.onnx
  $ frostglass train protected.csv --label label --out model.onnx --hidden 8 \\
      --activation tanh --optimizer adam --learning-rate 0.1 --batch 10 --folds 5

What a model tells of its rows is not bounded here: frostglass private train does that.`,
  )
  return command.action(async (path: string, options: TrainOptions) =>
    (await import('../commands/train.ts')).train(path, options, signal),
  )
}
