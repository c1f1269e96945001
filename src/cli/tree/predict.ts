// The command line of frostglass predict: the service’s answers to rows.
// Source: ours; what it does stands in ../commands/predict.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import { writtenEndings } from '../../data/formats.ts'
import type { PredictOptions } from '../commands/predict.ts'
import { withForce, withJson, withReading } from './options.ts'

/** The command `frostglass predict`. */
export function predictCommand(signal: AbortSignal): Command {
  const command = new Command('predict')
    .description('answer every row of a table with a model: a label, and the probability of each class')
    .argument('<model>', 'an .onnx file that frostglass train wrote')
    .argument('<table>', 'rows with the columns that the model learned from')
    .requiredOption('--out <file>', `where to write the answers, ${writtenEndings}`)
    .option(
      '--id <column>',
      'a column that comes along as it is, to tell whose answer is whose; of encoded queries their manifest tells it',
    )
  withJson(withReading(withForce(command)))
  command.addHelpText('after', '\nExample:\n  $ frostglass predict model.onnx encoded.csv --out answers.csv')
  return command.action(async (model: string, path: string, options: PredictOptions) =>
    (await import('../commands/predict.ts')).predict(model, path, options, signal),
  )
}
