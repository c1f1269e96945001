// The command line of frostglass obfuscate release.
// Source: ours; what it does stands in ../commands/obfuscateRelease.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import type { ReleaseCommandOptions } from '../commands/obfuscateRelease.ts'
import { withService } from './obfuscateTrain.ts'
import { wholeNumber, withJson } from './options.ts'

/** The command `frostglass obfuscate release`. */
export function releaseCommand(signal: AbortSignal): Command {
  const command = new Command('release')
    .description(
      'make what a device loads of a code bundle: the release that a service takes, with its certificates',
    )
    .requiredOption('--bundle <folder>', 'of obfuscate train --kind code')
    .requiredOption('--out <folder>', 'what the device loads; all of it is public')
    .addOption(
      new Option('--form <form>', 'what is sent: the number, a one-hot row, or a public picture of the code')
        .choices(['code', 'one-hot', 'picture'])
        .default('code'),
    )
    .option('--classifier <file>', 'picture: the service’s model, .onnx, which stays as it is')
    .option('--data <images>', 'picture: what pictures are made of: images that the pane was trained on')
    .option('--limit <count>', 'picture: at most so many of them', wholeNumber(1, 100_000_000))
    .addOption(
      new Option('--dictionary <kind>', 'picture: blends that are tuned, or one of --data for each code')
        .choices(['tuned', 'checked-medoid'])
        .default('tuned'),
    )
    .option('--public', 'picture: the images of --data may be shown to anybody')
  withJson(withService(command).option('--force', 'replace a release that is there')).addHelpText(
    'after',
    `
Examples:
  $ frostglass obfuscate release --bundle bundle --form one-hot --out release
  $ frostglass obfuscate release --bundle bundle --form picture --classifier lenet.onnx \\
      --data digits --out release

A picture is sent where the service’s model is not to change: each is checked on that model, and
one that it reads as another label is an error. @frostglass/edge/certified loads the folder.`,
  )
  return command.action(async (options: ReleaseCommandOptions) =>
    (await import('../commands/obfuscateRelease.ts')).release(options, signal),
  )
}
