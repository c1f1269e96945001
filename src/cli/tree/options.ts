// Options that several commands share: how a table is read, where the key is, JSON output; and how values are parsed.
// Source: ours; ../options.ts has what they are once they are parsed.
// It loads nothing that only running needs.

import { type Command, InvalidArgumentError, Option } from 'commander'
import { tableFormats } from '../../data/formats.ts'
import type { Bounds } from '../../private/index.ts'

/** Adds `--json`. */
export const withJson = (command: Command): Command =>
  command.option('--json', 'print the result as one JSON value')

/** Adds `--force`. */
export const withForce = (command: Command): Command => command.option('--force', 'replace what exists')

/** Adds `--null-text`, `--header` and `--no-header`. */
export const withHeader = (command: Command): Command =>
  command
    .option('--null-text <text...>', 'cells that count as missing (default: empty, NA, N/A, ?, null, NaN)')
    .option('--header', 'the first line of a CSV holds the column names (default, but for .data and .test)')
    .option('--no-header', 'a CSV without a line of names: columns are named by their place')

/** Adds how cells of a table are read. */
export const withReading = (command: Command): Command =>
  withForm(
    command.addOption(
      new Option(
        '--missing <how>',
        'what to do with missing cells: refuse, fill with the column’s mean or median (text: most frequent), or drop the row',
      )
        .choices(['error', 'mean', 'median', 'drop'])
        .default('error'),
    ),
  )

/** Adds `--delimiter`. */
export const withDelimiter = (command: Command): Command =>
  command.option(
    '--delimiter <character>',
    'what separates the cells of a CSV, or tab (default: what its first line has most of)',
    (text) => (/^(tab|\\t)$/i.test(text) ? '\t' : text),
  )

/** Adds how a table is read, but for what becomes of missing cells. */
export function withForm(command: Command): Command {
  const named = withHeader(command).addOption(
    new Option(
      '--format <kind>',
      'of a table whose name does not tell it, or of - (standard input; default: csv, or parquet by its first bytes)',
    ).choices(tableFormats),
  )
  return withDelimiter(named)
    .option('--decimal-comma', 'numbers of a CSV have decimal commas: 1,5 is 1.5')
    .option('--text-encoding <name>', 'such as latin-1, windows-1252, utf-16 (default: utf-8)')
    .option('--comment <prefix>', 'lines of a CSV that begin so are left out')
    .option('--skip <lines>', 'lines of a CSV before its line of names', wholeNumber(0))
}

/** Adds `--key` and `--passphrase-file`. */
export function withKey(command: Command): Command {
  return withPassphrase(command.requiredOption('--key <file>', 'the owner’s key'))
}

/** Adds `--passphrase-file`. */
export function withPassphrase(command: Command): Command {
  return command.option(
    '--passphrase-file <file>',
    'a file whose first line is the key’s passphrase (or set FROSTGLASS_PASSPHRASE)',
  )
}

/** A parser for whole numbers in a range, for commander. */
export function wholeNumber(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < low || value > high) {
      throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`)
    }
    return value
  }
}

/** A parser for positive numbers, for commander. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('Expected a positive number.')
  return value
}

/** A parser for percentages, as shares, for commander. */
export function percentage(text: string): number {
  const value = Number(text.replace(/%$/, ''))
  if (text.trim() === '' || !(value >= 0 && value <= 100))
    throw new InvalidArgumentError('Expected a percentage from 0 to 100, such as 45.5.')
  if (value > 0 && value < 1)
    throw new InvalidArgumentError(
      `Expected a percentage: ${text} is less than one in a hundred. For ${value} of all give ${100 * value}.`,
    )
  return value / 100
}

/** Several whole numbers separated by commas, e.g. `64,32`. */
export function wholeNumbers(text: string): number[] {
  return text.split(',').map(wholeNumber(1, 100_000))
}

/** A parser that gathers `column=low:high`, for commander. */
export function addBounds(
  text: string,
  before: Readonly<Record<string, Bounds>> = {},
): Readonly<Record<string, Bounds>> {
  const [, name, low, high] = /^(.+)=([^=:]+):([^=:]+)$/.exec(text) ?? []
  const [lower, upper] = [Number(low), Number(high)]
  if (name === undefined || !(lower < upper) || !Number.isFinite(upper - lower))
    throw new InvalidArgumentError('Expected column=low:high, two numbers in order.')
  return { ...before, [name]: { lower, upper } }
}

/** Of an option that may be repeated: all of them, in order. */
export const gathered = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]
