// What the options that several commands share are once they are parsed; tree/options.ts has their names and help.

import type { Missing, TableReading } from '../data/index.ts'
import { FrostglassError } from '../errors.ts'
import { type Key, readKeyFile } from '../protect/index.ts'
import { type PassphraseOptions, readPassphrase } from './passphrase.ts'

export interface JsonOption {
  readonly json?: boolean | undefined
}

export interface ForceOption {
  readonly force?: boolean | undefined
}

export interface ReadingOptions {
  readonly missing: Missing
  readonly nullText?: string[] | undefined
  readonly header?: boolean | undefined
  readonly format?: NonNullable<TableReading['format']> | undefined
  readonly delimiter?: string | undefined
  readonly decimalComma?: boolean | undefined
  readonly textEncoding?: string | undefined
  readonly comment?: string | undefined
  readonly skip?: number | undefined
}

/** The reading options as the library takes them. */
export function readingOptions(options: Partial<ReadingOptions>): TableReading {
  const { format, delimiter, decimalComma, textEncoding, comment, skip } = options
  return {
    missing: options.missing,
    nullText: options.nullText,
    header: options.header,
    format,
    delimiter,
    decimalComma,
    textEncoding,
    comment,
    skip,
  }
}

export interface KeyFileOptions extends PassphraseOptions {
  readonly key: string
}

/** Opens the key, asking for its passphrase only if it is sealed. @throws FrostglassError `key`, `usage`, `io`. */
export function openKey(path: string, options: PassphraseOptions): Promise<Key> {
  return readKeyFile(path, () => readPassphrase(options, false))
}

/**
 * An option that a command must have and commander must not ask for: it would ask the commands below it for it, too.
 * @throws FrostglassError `usage`
 */
export function required<T>(value: T | undefined, option: string, command: string): T {
  if (value !== undefined) return value
  throw new FrostglassError(
    'usage',
    `required option '${option}' not specified`,
    `See frostglass ${command} --help.`,
  )
}
