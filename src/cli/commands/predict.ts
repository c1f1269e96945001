// frostglass predict: the service's answers to rows.

import { Command } from 'commander'
import { writtenEndings } from '../../data/writer.ts'
import { manifestPath } from '../../protect/index.ts'
import { predictTable } from '../../serve/index.ts'
import {
  type ForceOption,
  type JsonOption,
  type ReadingOptions,
  readingOptions,
  withForce,
  withJson,
  withReading,
} from '../options.ts'
import { counted, print, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { rowProgress } from '../rowProgress.ts'
import { isStandardOutput, requireTableAlone } from '../standardOutput.ts'

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
  return command.action(
    async (
      model: string,
      path: string,
      options: ReadingOptions & JsonOption & ForceOption & { out: string; id?: string | undefined },
    ) => {
      const { force = false } = options
      if (isStandardOutput(options.out)) requireTableAlone(options.json, 'a manifest')
      for (const file of [options.out, manifestPath(options.out)]) {
        await requireDistinct(file, [path, model])
        await requireFree(file, force)
      }
      const bar = await rowProgress('predicting', options.json, path)
      try {
        const { rows, warnings } = await predictTable(model, path, options.out, {
          signal,
          force,
          onProgress: bar.onProgress,
          ...readingOptions(options),
          ...(options.id === undefined ? {} : { id: options.id }),
        })
        bar.stop()
        warn(options.json, warnings)
        print(
          options.json,
          { out: options.out, rows, warnings },
          () => `wrote ${options.out} (${counted(rows, 'answer')})`,
        )
      } finally {
        bar.stop()
      }
    },
  )
}
