// What the options that several commands share are once they are parsed; tree/options.ts has their names and help.

import type { Missing, TableReading } from '../data/index.ts'
import { type Key, readKeyFile } from '../protect/index.ts'
import { type PassphraseOptions, readPassphrase } from './passphrase.ts'

export interface JsonOption {
  readonly json?: boolean
}

export interface ForceOption {
  readonly force?: boolean
}

export interface ReadingOptions {
  readonly missing: Missing
  readonly nullText?: string[]
  readonly header?: boolean
  readonly format?: NonNullable<TableReading['format']>
  readonly delimiter?: string
  readonly decimalComma?: boolean
  readonly textEncoding?: string
  readonly comment?: string
  readonly skip?: number
}

/** The reading options as the library takes them. */
export function readingOptions(options: Partial<ReadingOptions>): TableReading {
  const { format, delimiter, decimalComma, textEncoding, comment, skip } = options
  return {
    ...(options.missing ? { missing: options.missing } : {}),
    ...(options.nullText ? { nullText: options.nullText } : {}),
    ...(options.header === undefined ? {} : { header: options.header }),
    ...(format === undefined ? {} : { format }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(decimalComma === undefined ? {} : { decimalComma }),
    ...(textEncoding === undefined ? {} : { textEncoding }),
    ...(comment === undefined ? {} : { comment }),
    ...(skip === undefined ? {} : { skip }),
  }
}

export interface KeyFileOptions extends PassphraseOptions {
  readonly key: string
}

/** Opens the key, asking for its passphrase only if it is sealed. @throws FrostglassError `key`, `usage`, `io`. */
export function openKey(path: string, options: PassphraseOptions): Promise<Key> {
  return readKeyFile(path, () => readPassphrase(options, false))
}
