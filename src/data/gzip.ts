// Files that may be gzip: reading one as if it were not packed, whether one is whole to its last checksum, and packing one.
// Source: RFC 1952. DuckDB reads what it finds and asks for no trailer: a file cut anywhere may give fewer rows, and no error.
// It reads the file once more; it does not promise that the file is the same when it is read for its rows.

import { constants, createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { fileError, writeParts } from './files.ts'

/**
 * The bytes of a file, unpacked where its name ends in .gz, some at a time; the file is closed when one stops asking.
 * @throws what the file system and zlib throw: {@link gzipError} puts both into words
 */
export async function* unpacked(file: string): AsyncGenerator<Buffer> {
  const source = createReadStream(file, { highWaterMark: 1 << 18 })
  const stream = /\.gz$/i.test(file) ? source.pipe(createGunzip({ chunkSize: 1 << 18 })) : source
  source.on('error', (error) => stream.destroy(error))
  try {
    yield* stream as AsyncIterable<Buffer>
  } finally {
    source.destroy()
  }
}

/**
 * Unpacks a file and throws the contents away.
 * @param path what messages call it
 * @throws FrostglassError `input` for one that is cut short, damaged, or no gzip; `io`, `aborted`
 */
export async function requireWholeGzip(
  file: string,
  path = file,
  signal?: AbortSignal | undefined,
): Promise<void> {
  throwIfAborted(signal)
  const nowhere = new Writable({ write: (_bytes, _encoding, done) => done() })
  try {
    await pipeline(
      createReadStream(file, { highWaterMark: 1 << 18 }),
      createGunzip({ chunkSize: 1 << 18 }),
      nowhere,
      signal ? { signal } : {},
    )
  } catch (error) {
    throwIfAborted(signal)
    throw gzipError(error, path)
  }
}

/**
 * Packs a file into a new one of mode 0600, durably. Neither name nor time is in it: the same contents give the same bytes.
 * @throws an error of the file system, `aborted`
 */
export async function packGzip(from: string, to: string, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal)
  const file = await open(to, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    await pipeline(
      createReadStream(from, { highWaterMark: 1 << 18 }),
      createGzip({ chunkSize: 1 << 18 }),
      async (packed: AsyncIterable<Buffer>) => {
        let position = 0
        for await (const bytes of packed) {
          await writeParts(file, [bytes], position)
          position += bytes.length
        }
      },
      signal ? { signal } : {},
    )
    await file.sync()
  } catch (error) {
    throwIfAborted(signal)
    throw error
  } finally {
    await file.close()
  }
}

/** An error of unpacking in words. */
export function gzipError(error: unknown, path: string): FrostglassError {
  const { code = '', message = '' } = error as NodeJS.ErrnoException
  if (!code.startsWith('Z_')) return fileError(error, path, 'reading')
  const why =
    code === 'Z_BUF_ERROR'
      ? 'it is cut short'
      : message === 'incorrect header check'
        ? 'it is no gzip, or what follows its end is none'
        : `its contents are not those that were packed (${message})`
  return new FrostglassError(
    'input',
    `${path}: damaged gzip file: ${why}`,
    'Copy or pack it again, or unpack what there is and look at its end (gzip -t tells whether one is whole).',
    error,
  )
}

const beginnings: readonly (readonly [kind: string, bytes: readonly number[]])[] = [
  ['a gzip file', [0x1f, 0x8b]],
  ['a Zstandard file', [0x28, 0xb5, 0x2f, 0xfd]],
  ['a bzip2 file', [0x42, 0x5a, 0x68]],
  ['an xz file', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['a zip file, such as an Excel workbook', [0x50, 0x4b, 3, 4]],
  ['a Parquet file', [0x50, 0x41, 0x52, 0x31]],
]

/**
 * Refuses a text file that is another kind of file by its first bytes.
 * @param path what messages call it
 * @throws FrostglassError `input`, `io`
 */
export async function requireText(file: string, path = file): Promise<void> {
  const first = await firstBytes(file, path)
  const kind = beginnings.find(([, bytes]) => bytes.every((byte, i) => first[i] === byte))?.[0]
  if (kind === undefined) return
  throw new FrostglassError(
    'input',
    `${path} is ${kind} by its first bytes, and no text`,
    kind.includes('gzip')
      ? 'Name it .gz at the end.'
      : 'Give it its own ending, or unpack or export it as .csv.',
  )
}

async function firstBytes(from: string, path: string): Promise<Uint8Array> {
  try {
    const file = await open(from)
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(8), 0, 8, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw fileError(error, path, 'reading')
  }
}
