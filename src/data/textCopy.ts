// A private copy of a text file as most readers take one: UTF-8, without comments and what stands before the table. What is read is the copy.
// Source: ours; DuckDB reads three encodings, and has others in an extension alone. Memory does not grow with the file.
// It does not promise to wipe the copy when that is removed.

import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { commentFilter, type Place } from './comments.ts'
import type { TextOptions } from './csvOptions.ts'
import { fileError } from './files.ts'
import { gzipError, unpacked } from './gzip.ts'
import { decoded } from './textEncoding.ts'

/** A copy that stands for a file. */
export type TextCopy = {
  readonly file: string
  /** Lines that were left out as comments, and those before the table. */
  readonly comments: number
  readonly skipped: number
  /** Which line of the file a place in the copy is; reads the file again. */
  lineOf(place: Place): Promise<number>
}

/** Whether a file cannot be read as it lies. */
export const needsCopy = ({ textEncoding, comment, skip = 0 }: TextOptions): boolean =>
  comment !== undefined ||
  // DuckDB skips records, and quotes in such lines make it skip rows.
  skip > 0 ||
  (textEncoding !== undefined && !/^utf-?8$/i.test(textEncoding.trim()))

/**
 * Copies a file.
 * @param path what messages call it
 * @param from where it lies, packed if the name ends in .gz
 * @param to where the copy is made, mode 0600; there is no such file
 * @throws FrostglassError `input` naming the line that is no such text, and for damaged gzip; `io`, `aborted`
 */
export async function copyText(
  path: string,
  from: string,
  to: string,
  options: TextOptions,
  signal?: AbortSignal | undefined,
): Promise<TextCopy> {
  const filter = commentFilter(options)
  await reading(path, from, options, (texts) =>
    pipeline(
      filter.pass(path, texts),
      createWriteStream(to, { flags: 'wx', mode: 0o600 }),
      signal ? { signal } : {},
    ),
  ).catch((error) => {
    throwIfAborted(signal)
    throw error
  })
  return {
    file: to,
    comments: filter.dropped - filter.skipped,
    skipped: filter.skipped,
    async lineOf(place) {
      const again = commentFilter(options, place)
      await reading(path, from, options, async (texts) => {
        for await (const _ of again.pass(path, texts));
      })
      return again.dropped + again.kept
    },
  }
}

/** Runs `use` on the text of a file. */
async function reading(
  path: string,
  from: string,
  { textEncoding = 'utf-8' }: TextOptions,
  use: (texts: AsyncIterable<string>) => Promise<void>,
): Promise<void> {
  try {
    await use(decoded(path, unpacked(from), textEncoding))
  } catch (error) {
    if (error instanceof FrostglassError) throw error
    const { code = '' } = error as NodeJS.ErrnoException
    throw code.startsWith('Z_') ? gzipError(error, path) : fileError(error, path, 'making a copy to read')
  }
}
