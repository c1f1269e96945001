// The command line of frostglass obfuscate: learned obfuscators before anybody’s classifier of images.
// Source: ours; what it does stands in ../commands/obfuscate.ts.
// It loads nothing that only running needs.

import { Command, InvalidArgumentError, Option } from 'commander'
import type { ImageShape } from '../../data/index.ts'
import { obfuscatorKinds } from '../../protect/learned/names.ts'
import type { CountOptions, ProtectOptions } from '../commands/obfuscate.ts'
import type { JsonOption } from '../options.ts'
import { addGroups } from './groups.ts'
import { withImages } from './images.ts'
import { releaseCommand } from './obfuscateRelease.ts'
import { classifierCommand, trainPaneCommand } from './obfuscateTrain.ts'
import { wholeNumber, wholeNumbers, withJson } from './options.ts'

/** The command tree of `frostglass obfuscate`. */
export function obfuscateCommand(signal: AbortSignal): Command {
  const command = new Command('obfuscate').description(
    'train a small public network that changes images so that a frozen classifier still knows them',
  )
  return addGroups(command, {
    'The owner': [trainPaneCommand(signal), releaseCommand(signal), protectImagesCommand(signal)],
    'The service': [classifierCommand(signal)],
    Anybody: [showPaneCommand(), countCommand()],
  })
}

function protectImagesCommand(signal: AbortSignal): Command {
  const command = new Command('protect')
    .description('obfuscate images and write them as a bundle: a folder that may leave')
    .requiredOption(
      '--pane <files...>',
      'one pane, or several of which one is drawn at random for each image',
    )
    .requiredOption('--out <folder>', 'the bundle')
    .addOption(
      new Option('--split <part>', 'of the images').choices(['train', 'test', 'all']).default('test'),
    )
    .option('--force', 'replace an existing bundle')
  withJson(withImages(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass obfuscate protect --pane pane.onnx --data digits --out bundle
  $ frostglass obfuscate protect --pane pane-0.onnx pane-1.onnx --data digits --out bundle

The bundle has manifest.json, images.npy (float32), and the public panes. It does not say which
pane made an image. What it gives away: frostglass audit bundle --original digits`,
  )
  return command.action(async (options: ProtectOptions) =>
    (await import('../commands/obfuscate.ts')).protectImages(options, signal),
  )
}

function countCommand(): Command {
  const command = new Command('count')
    .description('what obfuscators cost: parameters, operations of one image, bytes')
    .addOption(
      new Option('--kind <kinds...>', `${obfuscatorKinds.join(', ')}, or a JSON file of layers`).default(
        ['mlp', 'cnn', 'lightnet', 'densenet'],
        'mlp cnn lightnet densenet',
      ),
    )
    .addOption(
      new Option('--bottleneck <units>', 'of mlp and cnn, e.g. 64,512')
        .argParser(wholeNumbers)
        .default([512], '512'),
    )
    .addOption(
      new Option('--shape <size>', 'of an image: channels x height x width')
        .argParser(imageShape)
        .default([3, 224, 224], '3x224x224'),
    )
  withJson(command).addHelpText(
    'after',
    `
Example:
  $ frostglass obfuscate count --kind mlp cnn --bottleneck 8,64,512 --shape 1x28x28

Two operations a multiply-add, one a bias, a pooling window as many as its elements; activations
none. Bytes are those of float32.`,
  )
  return command.action(async (options: CountOptions) =>
    (await import('../commands/obfuscate.ts')).count(options),
  )
}

function showPaneCommand(): Command {
  const command = new Command('show')
    .description('what a pane says of itself')
    .argument('<pane>', 'what frostglass obfuscate train wrote')
  withJson(command).addHelpText('after', '\nExample:\n  $ frostglass obfuscate show pane.onnx')
  return command.action(async (path: string, options: JsonOption) =>
    (await import('../commands/obfuscate.ts')).showPane(path, options),
  )
}

function imageShape(text: string): ImageShape {
  const sizes = text.split('x').map(wholeNumber(1, 65_536))
  if (sizes.length !== 3)
    throw new InvalidArgumentError('Expected channels x height x width, e.g. 3x224x224.')
  return sizes as unknown as ImageShape
}
