// Options that the commands of `frostglass obfuscate` share: which images, how they are trained on, what may be replaced.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { type ImageSet, openImages } from '../../data/index.ts'
import type { TrainingOptions } from '../../protect/index.ts'
import { type JsonOption, positiveNumber, wholeNumber, withJson } from '../options.ts'
import { progress } from '../output.ts'

/** Which images. */
export interface ImageOptions {
  readonly data: string
  readonly limit?: number | undefined
  readonly size?: number | readonly [height: number, width: number] | undefined
}

/** Adds `--data`, `--limit` and `--size`. */
export const withImages = (command: Command): Command =>
  command
    .requiredOption(
      '--data <images>',
      'digits, mnist, fashion-mnist, a folder (IDX files, or one folder of pictures a class), or a CIFAR-10 file; colored: before grey ones',
    )
    .option('--limit <count>', 'use so many images of each part', wholeNumber(1))
    .option('--size <pixels>', 'scale and crop pictures to 224 or 240x320 (height x width)', pictureSize)

function pictureSize(text: string): number | readonly [number, number] {
  const [height, width, ...rest] = text.split('x').map(wholeNumber(1, 16_384))
  if (rest.length > 0) throw new InvalidArgumentError('Expected one number, or height x width.')
  return width === undefined ? height! : [height!, width]
}

/** Opens a part of the images. */
export function imagesOf(
  options: Partial<Pick<ImageOptions, 'limit' | 'size'>>,
  spec: string,
  split: 'train' | 'test' | 'all',
  signal: AbortSignal,
  channels?: 1 | 3,
): Promise<ImageSet> {
  return openImages(spec, {
    split,
    signal,
    limit: options.limit,
    size: options.size,
    channels,
  })
}

/** How something is trained. */
export interface TrainOptions extends JsonOption {
  readonly test?: string | undefined
  readonly epochs?: number | undefined
  readonly batch?: number | undefined
  readonly learningRate?: number | undefined
  readonly decay?: number | undefined
  readonly seed: number
  readonly validation: number
  readonly checkpoint?: string | undefined
  readonly out: string
  readonly force?: boolean | undefined
}

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

/** The options of training as the library takes them. */
export function trainingOptions(options: TrainOptions, signal: AbortSignal): TrainingOptions {
  const { epochs, batch, learningRate, decay, seed, validation, checkpoint } = options
  return {
    seed,
    validation,
    signal,
    epochs,
    batch,
    learningRate,
    decay,
    checkpoint,
  }
}

/** Runs work that reports a share of itself done, with a bar on a terminal. */
export async function withBar<T>(
  label: string,
  json: boolean | undefined,
  work: (onProgress: (share: number) => void) => Promise<T>,
): Promise<T> {
  const bar = progress(label, json)
  try {
    return await work((done) => bar.update(Math.round(done * 1000), 1000))
  } finally {
    bar.stop()
  }
}
