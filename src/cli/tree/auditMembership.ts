// The command line of frostglass audit membership.
// Source: ours; what it does stands in ../commands/auditMembership.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { Options } from '../commands/auditMembership.ts'
import { wholeNumber, withJson, withReading } from './options.ts'
import { withRecipe } from './recipe.ts'

/** The command `frostglass audit membership`. */
export function membershipCommand(signal: AbortSignal): Command {
  const command = new Command('membership')
    .description(
      'attack a classifier as somebody would who has a row and wants to know whether it was trained on',
    )
    .requiredOption('--model <file>', 'a model of frostglass train, or a classifier of images, .onnx')
    .requiredOption(
      '--members <data>',
      'rows that it was trained on: a table, or images (their train part) as --data names them',
    )
    .requiredOption('--others <data>', 'rows like them that it was not: a table, or images (their test part)')
    .option('--limit <rows>', 'images: at most so many of either', wholeNumber(20))
    .option(
      '--shadows <count>',
      'models to train like it, for likelihood ratios: an even number from 4; 0 for none',
      wholeNumber(0, 1024),
      0,
    )
    .option('--policy <file>', 'what you accept, as JSON; docs/reference/policies.md describes it')
    .option('--out <file>', 'where to write a page, .html; the same as .json is written beside it')
    .option('--seed <number>', 'draws halves and intervals', wholeNumber(0), 0)
    .option('--force', 'replace an existing report')
  withJson(
    withReading(
      withRecipe(command, {
        rate: 'halved on a plateau (images: not)',
        batch: 'rows a step',
        epochs: 'at most',
      }),
    ),
  ).addHelpText(
    'after',
    `
The options from --hidden to --epochs are for the shadow models: give those that the model was
trained with. What is not given is as for frostglass train; of images Adam at 0.001, batches of 128
and 14 epochs, and the layers are the model's own.

Examples:
  $ frostglass audit membership --model model.onnx --members train.csv --others rest.csv
  $ frostglass audit membership --model model.onnx --members train.csv --others rest.csv \\
      --shadows 16 --hidden 64 --out report.html
  $ frostglass audit membership --model classifier.onnx --members digits --others digits

Exit code 3 says that the policy is broken, or that it could not be measured; the report is written
all the same.`,
  )
  return command.action(async (options: Options) =>
    (await import('../commands/auditMembership.ts')).membership(options, signal),
  )
}
