// The command line of frostglass protect | encode | decode | restore: one table becomes another with the owner's key.
// Source: ours; what they do stands in ../commands/tables.ts.
// It loads nothing that only running needs.

import { Command } from 'commander'
import { writtenEndings } from '../../data/formats.ts'
import type { DecodeOptions, EncodeOptions, TableOptions } from '../commands/tables.ts'
import type { ReadingOptions } from '../options.ts'
import { withForce, withJson, withKey, withReading } from './options.ts'

const load = () => import('../commands/tables.ts')

/** A command that takes a table and a key and writes a table. */
function tableCommand(
  name: string,
  texts: { description: string; input: string; out: string; example: string },
): Command {
  const command = new Command(name)
    .description(texts.description)
    .argument('<table>', texts.input)
    .requiredOption('--out <file>', texts.out)
  return withForce(withKey(command)).addHelpText('after', `\nExample:\n  $ ${texts.example}`)
}

/** The command `frostglass protect`. */
export function protectCommand(signal: AbortSignal): Command {
  const command = tableCommand('protect', {
    description:
      'protect a table with a key: rows in a secret order, columns mixed and renamed, labels hidden',
    input: 'the table that the key was made for, or one with the same columns',
    out: `where to write it, ${writtenEndings}; a manifest is written beside it`,
    example: 'frostglass protect wheat.csv --key owner.key --out protected.csv',
  })
  return withJson(withReading(command)).action(async (path: string, options: TableOptions & ReadingOptions) =>
    (await load()).protect(path, options, signal),
  )
}

/** The command `frostglass encode`. */
export function encodeCommand(signal: AbortSignal): Command {
  const command = tableCommand('encode', {
    description: 'encode queries with a key: as protect, but unlabelled and in the order given',
    input: 'rows to ask about',
    out: `where to write them, ${writtenEndings}; a manifest is written beside them`,
    example: 'frostglass encode queries.csv --key owner.key --out encoded.csv',
  })
    .option(
      '--id <column>',
      'a column that comes along as it is, through predict and decode, to tell whose answer is whose; the service reads it (default: the key’s, where it has one)',
    )
    .option('--no-id', 'bring no column along')
  return withJson(withReading(command)).action(async (path: string, options: EncodeOptions) =>
    (await load()).encode(path, options, signal),
  )
}

/** The command `frostglass decode`. */
export function decodeCommand(signal: AbortSignal): Command {
  const command = tableCommand('decode', {
    description: 'decode answers with a key: hidden classes and numbers become the original ones',
    input: 'what frostglass predict wrote, its manifest beside it',
    out: `where to write the labels, ${writtenEndings}; - prints it as CSV`,
    example: 'frostglass decode answers.csv --key owner.key --out labels.csv',
  }).option(
    '--queries <file>',
    'the encoded queries that were asked, to hold the answers to: their key, their number, and ids where they came along',
  )
  return withJson(command).action(async (path: string, options: DecodeOptions) =>
    (await load()).decode(path, options, signal),
  )
}

/** The command `frostglass restore`. */
export function restoreCommand(signal: AbortSignal): Command {
  const command = tableCommand('restore', {
    description: 'undo protect or encode with the key: values, names, labels and the order of rows come back',
    input: 'what frostglass protect or encode wrote, its manifest beside it',
    out: `where to write the table, ${writtenEndings}; - prints it as CSV`,
    example: 'frostglass restore protected.csv --key owner.key --out back.csv',
  })
  return withJson(command).action(async (path: string, options: TableOptions) =>
    (await load()).restore(path, options, signal),
  )
}
