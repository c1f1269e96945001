// Arrays of float32 in files: NPY version 1, written in pieces and read whole.
// Source: NumPy enhancement proposal 1 (the npy format).
// Little-endian, row-major float32 alone: what NumPy writes of anything else is refused with its name.

import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { fileError, writeParts } from '../../data/files.ts'
import { npyHeader, npyMagic, parseNpyHeader } from '../../data/npyHeader.ts'
import { FrostglassError } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'

/** A file that is being written. */
export interface NpyWriter {
  /** Appends numbers, row after row. */
  write(numbers: Float32Array): Promise<void>
  /** Closes the file. @throws RangeError when there are not as many numbers as the shape says */
  end(): Promise<{ readonly bytes: number; readonly sha256: string }>
  /** Closes the file as it is. */
  abandon(): Promise<void>
}

/** Starts a file of a known shape. @throws FrostglassError `io`. */
export async function writeNpy(path: string, shape: readonly number[]): Promise<NpyWriter> {
  const head = npyHeader('<f4', shape)
  const hash = createHash('sha256').update(head)
  const whole = head.length + 4 * shape.reduce((a, d) => a * d, 1)
  let file: FileHandle
  let at = head.length
  try {
    file = await open(path, 'wx', 0o644)
    await writeParts(file, [head], 0)
  } catch (error) {
    throw fileError(error, path, 'writing')
  }
  return {
    async write(numbers) {
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
      hash.update(bytes)
      try {
        await writeParts(file, [bytes], at)
      } catch (error) {
        throw fileError(error, path, 'writing')
      }
      at += bytes.length
    },
    async end() {
      try {
        if (at !== whole) throw new RangeError(`${path} has ${at} bytes, expected ${whole}`)
        await file.sync()
      } finally {
        await file.close()
      }
      return { bytes: whole, sha256: hash.digest('hex') }
    },
    abandon: () => file.close(),
  }
}

/**
 * Reads a file whole. Nothing is allocated before the header's shape is held against the file's size.
 * @throws FrostglassError `input` for another format, dtype or order, and for a file that is cut short or too long
 */
export async function readNpy(path: string): Promise<Tensor> {
  let file: FileHandle | undefined
  try {
    file = await open(path)
    const { size } = await file.stat()
    const start = Buffer.alloc(Math.min(size, 12))
    await file.read(start, 0, start.length, 0)
    if (start.length < 12 || npyMagic.some((byte, i) => start[i] !== byte)) {
      throw wrong(path, 'it is not an array of NumPy (NPY)')
    }
    const wide = start[6]! > 1
    const begin = wide ? 12 : 10
    const length = wide ? start.readUInt32LE(8) : start.readUInt16LE(8)
    if (start[6]! > 3 || length > 2 ** 16 || begin + length > size) throw wrong(path, 'its header is damaged')
    const header = Buffer.alloc(length)
    await file.read(header, 0, length, begin)
    const shape = parseHeader(header.toString('latin1'), path)
    const count = shape.reduce((a, d) => a * d, 1)
    const wanted = begin + length + 4 * count
    if (!Number.isSafeInteger(count) || size !== wanted) {
      throw wrong(path, `its header says [${shape}], ${wanted} bytes, but the file has ${size}`)
    }
    const data = new Float32Array(count)
    const bytes = new Uint8Array(data.buffer)
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(
        bytes,
        at,
        Math.min(2 ** 26, bytes.length - at),
        begin + length + at,
      )
      if (bytesRead === 0) throw wrong(path, 'it is cut short')
      at += bytesRead
    }
    return { dtype: 'float32', shape, data }
  } catch (error) {
    throw fileError(error, path, 'reading')
  } finally {
    await file?.close()
  }
}

function parseHeader(text: string, path: string): readonly number[] {
  const header = parseNpyHeader(text)
  if (header === undefined) throw wrong(path, 'its header is damaged')
  if (header.descr !== '<f4')
    throw wrong(path, `its numbers are '${header.descr}', expected '<f4' (float32, little-endian)`)
  if (header.columnMajor) throw wrong(path, 'it is column-major, expected row-major')
  return header.shape
}

const wrong = (path: string, why: string): FrostglassError =>
  new FrostglassError('input', `${path}: ${why}`, 'Take the file as `frostglass obfuscate protect` wrote it.')
