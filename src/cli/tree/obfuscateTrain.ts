// The command line of frostglass obfuscate classifier | train.
// Source: ours; what it does stands in ../commands/obfuscateTrain.ts.
// It loads nothing that only running needs.

import { Command, InvalidArgumentError, Option } from 'commander'
import { FrostglassError } from '../../errors.ts'
import { classifierArchitectures, obfuscatorKinds, preprocessingNames } from '../../protect/learned/names.ts'
import type { CodeCommandOptions } from '../commands/obfuscateCode.ts'
import type { ClassifierCommandOptions, TrainCommandOptions } from '../commands/obfuscateTrain.ts'
import { withImages, withTraining } from './images.ts'
import { codeExamples, codeOptions, withCodes } from './obfuscateCode.ts'
import { wholeNumber } from './options.ts'

/** The command `frostglass obfuscate classifier`. */
export function classifierCommand(signal: AbortSignal): Command {
  const command = new Command('classifier')
    .description('train a classifier of images: the service, where you have none')
    .addOption(
      new Option('--architecture <name>', 'a network of the papers')
        .choices(classifierArchitectures)
        .default('infnet-cnn'),
    )
    .requiredOption('--out <file>', 'where to write the classifier, .onnx')
  withTraining(withImages(command), '14 epochs, batch 128, rate 0.001, as published').addHelpText(
    'after',
    `
Example:
  $ frostglass obfuscate classifier --data digits --architecture lenet --out classifier.onnx`,
  )
  return command.action(async (options: ClassifierCommandOptions) =>
    (await import('../commands/obfuscateTrain.ts')).classifier(options, signal),
  )
}

/** Adds what the file of a service's model does not say. */
export function withService(command: Command): Command {
  return command
    .option(
      '--preprocessing <name>',
      `what the service does to a picture: ${preprocessingNames.join(', ')}, or a JSON file`,
    )
    .option('--mean <numbers>', 'of pixel / 255, one or one a channel, e.g. 0.485,0.456,0.406', decimals)
    .option('--std <numbers>', 'likewise', decimals)
    .addOption(new Option('--layout <axes>', 'of the service’s input').choices(['NCHW', 'NHWC', 'flat']))
    .addOption(new Option('--order <channels>', 'of the service’s input').choices(['grey', 'RGB', 'BGR']))
    .option('--classes <file>', 'JSON of which output, from 0, each class of the data is')
}

/** The command `frostglass obfuscate train`. */
export function trainPaneCommand(signal: AbortSignal): Command {
  const command = withService(
    new Command('train')
      .description(
        'train an obfuscator before a classifier that stays as it is, anybody’s ONNX model; or a code pane, which needs none and comes with a certificate',
      )
      .option('--classifier <file>', 'the service’s model, .onnx')
      .addOption(
        new Option(
          '--kind <kind>',
          `${obfuscatorKinds.join(', ')}, a JSON file of layers, or code: one of few codes leaves`,
        ).default('mlp'),
      )
      .option('--bottleneck <units>', 'of mlp and cnn', wholeNumber(1, 1_000_000), 64)
      .requiredOption('--out <file>', 'where to write the pane, .onnx; of a code pane, a folder')
      .option(
        '--panes <count>',
        'train several by other seeds: pane-0.onnx, pane-1.onnx, …',
        wholeNumber(1, 1000),
        1,
      ),
  )
    .addOption(
      new Option('--outputs <which>', 'learn to be right among all outputs, or among those of --classes')
        .choices(['all', 'own'])
        .default('own'),
    )
    .option(
      '--warm-up <epochs>',
      'first learn to reproduce the image; hides less (default: of the kind)',
      wholeNumber(0, 100_000),
    )
    .option('--no-classifier-dropout', 'keep the classifier’s own dropout still (published: it acts)')
  withCodes(withTraining(withImages(command), 'of the kind; 14, 128, 0.001 for mlp and cnn, as published'))
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass obfuscate train --classifier classifier.onnx --data digits \\
      --kind mlp --bottleneck 64 --out pane.onnx
  $ frostglass obfuscate train --classifier squeezenet.onnx --preprocessing imagenet \\
      --data photos --size 224 --classes map.json --kind lightnet --out pane.onnx
${codeExamples}`,
  )
  return command.action(async (options: TrainCommandOptions & CodeCommandOptions) => {
    const given = (name: string) => command.getOptionValueSource(name) === 'cli'
    if (options.kind === 'code') {
      refuseOptions(command, given, obfuscatorOptions, 'a code pane has no classifier behind it')
      return (await import('../commands/obfuscateCode.ts')).trainCode(options, signal)
    }
    refuseOptions(command, given, codeOptions, 'it is of --kind code')
    return (await import('../commands/obfuscateTrain.ts')).trainPane(options, signal)
  })
}

/** Options that only obfuscators before a classifier have. */
const obfuscatorOptions = [
  'classifier',
  'bottleneck',
  'panes',
  'preprocessing',
  'mean',
  'std',
  'layout',
  'order',
  'classes',
  'outputs',
  'warmUp',
  'classifierDropout',
  'decay',
  'validation',
]

/** @throws FrostglassError `usage` for an option that would do nothing */
function refuseOptions(
  command: Command,
  given: (name: string) => boolean,
  names: readonly string[],
  why: string,
): void {
  const option = command.options.find((o) => names.includes(o.attributeName()) && given(o.attributeName()))
  if (option) throw new FrostglassError('usage', `${option.long} does nothing here: ${why}`, 'Leave it out.')
}

function decimals(text: string): number[] {
  const values = text.split(',').map(Number)
  if (values.every((v) => Number.isFinite(v)) && text !== '') return values
  throw new InvalidArgumentError('Expected numbers separated by commas.')
}
