// frostglass key create | show | export: the owner's secret key.

import { Command, Option } from 'commander'
import { openTable, writeFileAtomic } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import {
  type ActivationName,
  activation,
  activationNames,
  createKey,
  describeKey,
  type KeyDescription,
  paneOf,
  writeKeyFile,
} from '../../protect/index.ts'
import {
  type JsonOption,
  openKey,
  type ReadingOptions,
  readingOptions,
  wholeNumber,
  withJson,
  withPassphrase,
  withReading,
} from '../options.ts'
import { print, progress, scientific, table, warn } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { type PassphraseOptions, readPassphrase } from '../passphrase.ts'

interface CreateOptions extends ReadingOptions, PassphraseOptions, JsonOption {
  readonly label?: string
  readonly task?: 'class' | 'number'
  readonly categorical?: string[]
  readonly ignore?: string[]
  readonly layers: number
  readonly activation: ActivationName
  readonly matrix: 'bounded' | 'glorot'
  readonly encoding: 'one-hot' | 'ordinal'
  readonly out: string
  readonly unsealed?: boolean
  readonly force?: boolean
}

/** The command tree of `frostglass key`. */
export function keyCommand(signal: AbortSignal): Command {
  const key = new Command('key').description('make, show and export the owner’s secret key')
  key.addCommand(createCommand(signal)).addCommand(showCommand()).addCommand(exportCommand())
  return key
}

function createCommand(signal: AbortSignal): Command {
  const command = new Command('create')
    .description('make a key for a table: its columns, ranges and label belong to the key')
    .argument('<table>', 'CSV, TSV, Parquet or JSON lines')
    .option('--label <column>', 'the column to be learned; none if absent')
    .addOption(
      new Option('--task <kind>', 'what the label is, when its values do not say').choices([
        'class',
        'number',
      ]),
    )
    .option('--categorical <column...>', 'columns of numbers that are categories')
    .option('--ignore <column...>', 'columns to leave out')
    .option('--layers <count>', 'layers of matrix, bias and activation', wholeNumber(1, 64), 3)
    .addOption(
      new Option('--activation <name>', `an invertible function: ${activationNames.join(', ')}`)
        .argParser((name) => activation(name).name)
        .default('tanh'),
    )
    .addOption(
      new Option(
        '--matrix <construction>',
        'bounded: condition number at most 10; glorot: the paper’s, without bias',
      )
        .choices(['bounded', 'glorot'])
        .default('bounded'),
    )
    .addOption(
      new Option('--encoding <how>', 'what becomes of categorical columns')
        .choices(['one-hot', 'ordinal'])
        .default('one-hot'),
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
      --passphrase-file secret.txt --out owner.key`,
  )
  return command.action(async (path: string, options: CreateOptions) => {
    await requireDistinct(options.out, [path, options.passphraseFile])
    await requireFree(options.out, options.force)
    const source = await openTable(path, {
      ...readingOptions(options),
      ...(options.label === undefined ? {} : { label: options.label }),
      ...(options.task === undefined ? {} : { task: options.task }),
      columns: {
        ...Object.fromEntries((options.categorical ?? []).map((c) => [c, 'categorical' as const])),
        ...Object.fromEntries((options.ignore ?? []).map((c) => [c, 'ignore' as const])),
      },
    })
    try {
      const seal = options.unsealed
        ? { unsealed: true as const }
        : { passphrase: await readPassphrase(options, true) }
      const bar = progress('fitting the layers', options.json)
      const { key, warnings } = await createKey(source, {
        layers: options.layers,
        activation: options.activation,
        matrix: options.matrix,
        encoding: options.encoding,
        signal,
        onProgress: ({ rows, total }) => bar.update(rows, total ?? 0),
      }).finally(bar.stop)
      await writeKeyFile(options.out, key, { ...seal, force: options.force ?? false })
      const all = [...source.warnings, ...warnings]
      if (options.unsealed) all.push(`${options.out} is not sealed: whoever reads it can undo the protection`)
      warn(options.json, all)
      const description = describeKey(key)
      print(
        options.json,
        { key: options.out, ...description, warnings: all },
        () => `wrote ${options.out}\n${shown(description)}`,
      )
    } finally {
      source.close()
    }
  })
}

function showCommand(): Command {
  const command = new Command('show')
    .description('show a key’s parameters and fingerprint, never its secrets')
    .argument('<key>', 'a key file')
  withJson(withPassphrase(command))
  command.addHelpText('after', '\nExample:\n  $ frostglass key show owner.key')
  return command.action(async (path: string, options: PassphraseOptions & JsonOption) => {
    const description = describeKey(await openKey(path, options))
    print(options.json, description, () => shown(description))
  })
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
  return command.action(
    async (path: string, options: PassphraseOptions & JsonOption & { out: string; force?: boolean }) => {
      if (!options.out.endsWith('.onnx')) {
        throw new FrostglassError('usage', `${options.out} does not end in .onnx`, {
          hint: 'name it pane.onnx',
        })
      }
      await requireDistinct(options.out, [path, options.passphraseFile])
      await requireFree(options.out, options.force)
      const pane = paneOf(await openKey(path, options))
      try {
        await writeFileAtomic(options.out, pane.toOnnx(), { mode: 0o600, force: options.force ?? false })
      } finally {
        await pane.close()
      }
      warn(options.json, [`${options.out} holds the key’s matrices: it is as secret as the key`])
      print(
        options.json,
        { pane: options.out, fingerprint: pane.fingerprint, secret: true },
        () => `wrote ${options.out}`,
      )
    },
  )
}

function shown(d: KeyDescription): string {
  const { parameters: p } = d
  return table(
    ['key', d.fingerprint],
    [
      ['made', d.created],
      ['layers', `${p.layers} × ${p.activation}, ${p.matrix} matrices`],
      ['columns', `${d.numericColumns} numeric, ${d.categoricalColumns} categorical (${p.encoding})`],
      ['label', d.label === 'class' ? `class, ${d.classes} of them` : d.label],
      ['round-trip error', `${scientific(d.roundTripError)} of a column’s range`],
    ],
  )
}
