// The command line of frostglass encrypt infer: the service’s side, by files.
// Source: ours; what it does stands in ../commands/encryptInfer.ts.
// It loads nothing that only running needs.

import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import type { InferOptions } from '../commands/encryptInfer.ts'
import { wholeNumber, withJson } from './options.ts'

/** The command `frostglass encrypt infer`. */
export function answerCommand(signal: AbortSignal): Command {
  const command = new Command('infer')
    .description('answer an encrypted question: the service’s side, which has no secret')
    .argument('<question>', 'what frostglass encrypt images wrote')
    .requiredOption('--model <file>', 'a network of sums, products and squares, .onnx')
    .requiredOption('--keys <file>', 'the asker’s public keys')
    .requiredOption('--out <file>', 'the answer, encrypted')
    .addOption(
      new Option('--threads <count>', 'of the machine’s cores')
        .argParser(wholeNumber(1, 256))
        .default(availableParallelism(), 'all'),
    )
    .option('--force', 'replace what exists')
  withJson(command).addHelpText(
    'after',
    `
Example:
  $ frostglass encrypt infer question.bin --model digits.onnx --keys public.keys --out answer.bin`,
  )
  return command.action(async (question: string, options: InferOptions) =>
    (await import('../commands/encryptInfer.ts')).infer(question, options, signal),
  )
}
