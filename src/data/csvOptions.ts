// What may be said about a text file that its bytes do not say: separator, decimal comma, encoding, comments, lines to skip.
// Source: the options of DuckDB's read_csv, of pandas and of csvkit, under the words that they share.
// It judges the options alone: whether they fit a file is seen when that is read.

import { FrostglassError } from '../errors.ts'
import { decoderOf } from './textEncoding.ts'

/** How a text file is to be read, where it is not read as most are. */
export type TextOptions = {
  /** What stands between the cells of a CSV, one character. Default: what its first line has most of. */
  readonly delimiter?: string | undefined
  /** Numbers of a CSV have decimal commas, and no points: `1,5` is 1.5. Default false. */
  readonly decimalComma?: boolean | undefined
  /** A name of the Encoding Standard, such as `windows-1252`. Default UTF-8. */
  readonly textEncoding?: string | undefined
  /** Lines of a CSV that begin so are left out, before the line of names too; inside quotes they are text. */
  readonly comment?: string | undefined
  /** So many lines of a CSV stand before the line of names, and are left out. Default 0. */
  readonly skip?: number | undefined
}

const named: Readonly<Record<keyof TextOptions, string>> = {
  delimiter: '--delimiter',
  decimalComma: '--decimal-comma',
  textEncoding: '--text-encoding',
  comment: '--comment',
  skip: '--skip',
}

/**
 * Refuses options that cannot be meant, and those that a file of this kind has no use for.
 * @throws FrostglassError `usage`
 */
export function checkTextOptions(
  path: string,
  format: 'csv' | 'json' | 'parquet',
  options: TextOptions,
): void {
  const { delimiter, comment, textEncoding, skip = 0 } = options
  const given = (Object.keys(named) as (keyof TextOptions)[]).filter((name) => options[name])
  const idle = given.find((name) => format !== 'csv' && !(format === 'json' && name === 'textEncoding'))
  if (idle !== undefined)
    throw new FrostglassError(
      'usage',
      `${path}: ${named[idle]} is about CSV files, and this is none`,
      'Leave it out.',
    )
  // DuckDB writes no other separator than one of a byte.
  if (delimiter !== undefined && !/^[^\p{L}\p{N}"\r\n\0+\-\x80-\u{10ffff}]$/u.test(delimiter))
    throw new FrostglassError(
      'usage',
      `${JSON.stringify(delimiter)} cannot separate the cells of a CSV`,
      'Name one character of ASCII that is no letter, digit, sign or quote, such as ; or | or tab.',
    )
  if (comment !== undefined && (comment === '' || /^"|[\r\n\0]/.test(comment)))
    throw new FrostglassError(
      'usage',
      `${JSON.stringify(comment)} cannot mark lines as comments`,
      'Name what such lines begin with, e.g. --comment "#".',
    )
  if (!Number.isSafeInteger(skip) || skip < 0)
    throw new FrostglassError('usage', `${skip} lines cannot be skipped`, 'Name a whole number.')
  if (textEncoding !== undefined) decoderOf(textEncoding)
}
