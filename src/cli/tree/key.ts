// The command line of frostglass key create | show | export: the owner’s secret key.
// Source: ours; what it does stands in ../commands/key.ts.
// It loads nothing that only running needs.

import { Command, Option } from 'commander'
import { keyActivationNames } from '../../protect/keyed/activationNames.ts'
import type { CreateOptions, ExportOptions } from '../commands/key.ts'
import type { JsonOption } from '../options.ts'
import type { PassphraseOptions } from '../passphrase.ts'
import { withColumns } from './columns.ts'
import { previewCommand } from './keyPreview.ts'
import { wholeNumber, withJson, withPassphrase, withReading } from './options.ts'

/** The command tree of `frostglass key`. */
export function keyCommand(signal: AbortSignal): Command {
  const key = new Command('key').description('make, show and export the owner’s secret key')
  key
    .addCommand(previewCommand())
    .addCommand(createCommand(signal))
    .addCommand(showCommand())
    .addCommand(exportCommand())
  return key
}

function createCommand(signal: AbortSignal): Command {
  const command = new Command('create')
    .description('make a key for a table: its columns, ranges and labels belong to the key')
    .argument('<table>', 'CSV, TSV, Parquet or JSON lines')
  withColumns(command)
    .option('--layers <count>', 'layers of matrix, bias and activation', wholeNumber(1, 64), 3)
    .addOption(
      new Option('--activation <name>', `an invertible function: ${keyActivationNames.join(', ')}`).default(
        'tanh',
      ),
    )
    .addOption(
      new Option(
        '--matrix <construction>',
        'bounded: condition number at most 10; blocks: as bounded, but sparse, which wide tables get (beyond 512 features); glorot: the paper’s, without bias',
      ).choices(['bounded', 'glorot', 'blocks']),
    )
    .addOption(
      new Option('--encoding <how>', 'what becomes of categorical columns')
        .choices(['one-hot', 'ordinal'])
        .default('one-hot'),
    )
    .addOption(
      new Option(
        '--audit <effort>',
        'measure what known rows give away under this key; quick takes some seconds, full some minutes',
      )
        .choices(['quick', 'full', 'off'])
        .default('quick'),
    )
    .requiredOption('--out <file>', 'where to write the key')
    .option('--unsealed', 'write the key without a passphrase: anyone who reads the file has it')
    .option('--force', 'replace an existing key: what it protected is then lost')
  withJson(withPassphrase(withReading(command)))
  command.addHelpText(
    'after',
    `
Examples:
  $ frostglass key create wheat.csv --label variety --layers 3 --activation tanh --out owner.key
  $ frostglass key create adult.csv --label income --missing median \\
      --passphrase-file secret.txt --out owner.key
  $ frostglass key create patients.csv --label recovered --label days_in_hospital --out owner.key`,
  )
  return command.action(async (path: string, options: CreateOptions) =>
    (await import('../commands/key.ts')).create(path, options, signal),
  )
}

function showCommand(): Command {
  const command = new Command('show')
    .description('show a key’s parameters and fingerprint, never its secrets')
    .argument('<key>', 'a key file')
  withJson(withPassphrase(command))
  command.addHelpText('after', '\nExample:\n  $ frostglass key show owner.key')
  return command.action(async (path: string, options: PassphraseOptions & JsonOption) =>
    (await import('../commands/key.ts')).show(path, options),
  )
}

function exportCommand(): Command {
  const command = new Command('export')
    .description(
      'write the key as an ONNX model of frozen layers, for the owner’s own use: it is as secret as the key',
    )
    .argument('<key>', 'a key file')
    .requiredOption('--out <file>', 'where to write the .onnx file')
    .option('--force', 'replace an existing file')
  withJson(withPassphrase(command))
  command.addHelpText('after', '\nExample:\n  $ frostglass key export owner.key --out pane.onnx')
  return command.action(async (path: string, options: ExportOptions) =>
    (await import('../commands/key.ts')).exportPane(path, options),
  )
}
