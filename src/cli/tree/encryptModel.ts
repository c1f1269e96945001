// The command line of frostglass encrypt model: a network that can be computed on ciphertexts.
// Source: ours; what it does stands in ../commands/encryptModel.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import type { ModelOptions } from '../commands/encryptModel.ts'
import { withImages } from './images.ts'
import { wholeNumber, withJson } from './options.ts'

/** The command `frostglass encrypt model`. */
export function modelCommand(signal: AbortSignal): Command {
  const command = new Command('model')
    .description(
      'train a network of sums, products and squares; or replace what ciphertexts cannot compute in yours',
    )
    .argument('[network]', 'an ONNX classifier of images, pixels of 0 to 1; CryptoNets’ network if absent')
    .requiredOption('--out <file>', 'where to write it, .onnx')
    .option('--test <images>', 'measure on these at the end (default: the test part of --data)')
    .option('--no-shift', 'do not learn from images moved by a pixel as well')
    .option(
      '--epochs <count>',
      'at most; training stops where the validation part gets no better',
      wholeNumber(1, 100_000),
      40,
    )
    .option('--seed <number>', 'for first weights, orders and the split', wholeNumber(0), 0)
    .option('--force', 'replace what exists')
  withJson(withImages(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass encrypt model --data digits --out digits.onnx
  $ frostglass encrypt model classifier.onnx --data digits --out encrypted.onnx

Squares stand for activations, fitted where the data lies; average pooling for the largest of a
window; batch norm is folded; then all is trained on. The file is plain ONNX with the weights in
the clear: it is the service's.`,
  )
  return command.action(async (given: string | undefined, options: ModelOptions) =>
    (await import('../commands/encryptModel.ts')).model(given, options, signal),
  )
}
