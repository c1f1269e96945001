// Options that several commands share: which images, and how something is trained on them.
// Source: ours; ../commands/obfuscateOptions.ts has what they are once they are parsed.
// It loads nothing that only running needs.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { positiveNumber, wholeNumber, withJson } from './options.ts'

/** Adds `--data`, `--limit` and `--size`. */
export const withImages = (command: Command): Command =>
  command
    .requiredOption(
      '--data <images>',
      'digits, mnist, fashion-mnist, a folder (IDX files, or one folder of pictures a class), or a CIFAR-10 file; colored: before grey ones',
    )
    .option('--limit <count>', 'use so many images of each part', wholeNumber(1))
    .option('--size <pixels>', 'scale and crop pictures to 224 or 240x320 (height x width)', pictureSize)

/** Parses a size of pictures, `224` or `240x320`, for commander. */
export function pictureSize(text: string): number | readonly [number, number] {
  const [height, width, ...rest] = text.split('x').map(wholeNumber(1, 16_384))
  if (rest.length > 0) throw new InvalidArgumentError('Expected one number, or height x width.')
  return width === undefined ? height! : [height!, width]
}

/** Adds `--split`. */
export const withSplit = (command: Command): Command =>
  command.addOption(
    new Option('--split <part>', 'of the images').choices(['train', 'test', 'all']).default('test'),
  )

/** Adds the options of training, `--out`, `--force` and `--json`. */
export const withTraining = (command: Command, recipe: string): Command =>
  withJson(
    command
      .option('--test <images>', 'measure on these at the end (default: the test part of --data)')
      .option('--epochs <count>', `default: ${recipe}`, wholeNumber(1, 100_000))
      .option('--batch <images>', 'images a step', wholeNumber(1, 100_000))
      .option('--learning-rate <rate>', 'of Adam', positiveNumber)
      .option(
        '--decay <factor>',
        'of the rate, after an epoch that is not better on the validation part; 1: never',
        factor,
      )
      .addOption(
        new Option('--validation <share>', 'of the images, to pick the best epoch by')
          .argParser(share)
          .default(1 / 12, '1/12'),
      )
      .option('--seed <number>', 'for first weights, orders, noise and the split', wholeNumber(0), 0)
      .option('--checkpoint <file>', 'keep the state after each epoch: after Ctrl-C the same command goes on')
      .option('--force', 'replace what exists'),
  )

function factor(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= 1) return value
  throw new InvalidArgumentError('Expected a number above 0, at most 1.')
}

function share(text: string): number {
  const value = Number(text)
  if (value > 0 && value < 1) return value
  throw new InvalidArgumentError('Expected a share above 0 and below 1.')
}
