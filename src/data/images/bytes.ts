// A file's bytes from its beginning, unpacked when it is gzip, or Brotli as the embedded digits; as many as are asked for.
// Source: RFC 1952 and 1951 (a byte of deflate becomes at most 1032); RFC 7932, held to the same ratio.
// It trusts nothing that a header says: `most` bounds what can come before anything is allocated.

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createBrotliDecompress } from 'node:zlib'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { fileError } from '../files.ts'
import { gzipError, unpacked } from '../gzip.ts'

const largestRatio = 1032

/** An opened file. */
export interface Bytes {
  /** It has no more bytes than this, unpacked. */
  readonly most: number
  /** The next `count` bytes, fewer at the end. @throws FrostglassError `io`, `input` (damaged gzip), `aborted` */
  read(count: number): Promise<Uint8Array>
  /** Reads a gzip to its end, where its checksum stands: only then is what was read known to be whole. */
  check(): Promise<void>
  /** Whether nothing is left. */
  ended(): Promise<boolean>
  close(): void
}

/** What gzip makes of the embedded digits is an eighth larger. */
async function* unpackedBrotli(path: string): AsyncGenerator<Buffer> {
  const source = createReadStream(path)
  const stream = source.pipe(createBrotliDecompress())
  source.on('error', (error) => stream.destroy(error))
  try {
    yield* stream as AsyncIterable<Buffer>
  } finally {
    source.destroy()
  }
}

/** @throws FrostglassError `input` when there is no such file or it is a folder */
export async function openBytes(path: string, signal?: AbortSignal): Promise<Bytes> {
  const status = await stat(path).catch((error) => {
    throw fileError(error, path, 'reading')
  })
  if (status.isDirectory())
    throw new FrostglassError('input', `${path} is a folder, expected a file`, 'Name a file in it.')
  const packed = /\.gz$/i.test(path) || path.endsWith('.br')
  const chunks = path.endsWith('.br') ? unpackedBrotli(path) : unpacked(path)
  let rest: Uint8Array = new Uint8Array(0)
  const more = async (): Promise<boolean> => {
    throwIfAborted(signal)
    try {
      const { done, value } = await chunks.next()
      if (done) return false
      rest = value
      return true
    } catch (error) {
      throw gzipError(error, path)
    }
  }
  return {
    most: packed ? status.size * largestRatio : status.size,
    async read(count) {
      const result = new Uint8Array(Math.min(count, packed ? status.size * largestRatio : status.size))
      let filled = 0
      while (filled < result.length) {
        if (rest.length === 0 && !(await more())) break
        const part = rest.subarray(0, result.length - filled)
        result.set(part, filled)
        filled += part.length
        rest = rest.subarray(part.length)
      }
      return filled === result.length ? result : result.subarray(0, filled)
    },
    async check() {
      if (packed) while (await more());
    },
    async ended() {
      while (rest.length === 0) if (!(await more())) return true
      return false
    },
    close() {
      void chunks.return(undefined)
    },
  }
}
