// Images from CIFAR-10's binary version: records of a label byte and 3 × 32 × 32 bytes; plain or gzip.
// Source: Krizhevsky 2009, "The CIFAR-10 dataset", binary version: planes of red, green, blue, row after row.
// CIFAR-100 (two label bytes) is another format and refused by its size or labels.

import { FrostglassError } from '../../errors.ts'
import { openBytes } from './bytes.ts'
import type { ImageSet } from './imageSet.ts'

const size = 3 * 32 * 32
const record = 1 + size

/** The classes of CIFAR-10, in order. */
const names = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const

/**
 * Images of a CIFAR-10 file (`.bin` or `.bin.gz`) with their classes.
 * @throws FrostglassError `input` naming the file: no whole number of records, a label beyond 9; `io`, `aborted`
 */
export async function readCifar(
  path: string,
  options: {
    readonly name?: string | undefined
    readonly limit?: number | undefined
    readonly signal?: AbortSignal | undefined
  } = {},
): Promise<ImageSet> {
  const { limit = Number.POSITIVE_INFINITY, name = path, signal } = options
  const file = await openBytes(path, signal)
  try {
    // A file may be large and wrong: a thousand records at a time.
    const parts: Uint8Array[] = []
    let count = 0
    while (count < limit) {
      const wanted = Math.min(1000, limit - count)
      const bytes = await file.read(wanted * record)
      if (bytes.length % record !== 0)
        throw new FrostglassError(
          'input',
          `${path}: record ${count + Math.floor(bytes.length / record) + 1} is cut short, expected ${record} bytes (a label, 3 × 32 × 32)`,
          'Take the binary version of CIFAR-10.',
        )
      if (bytes.length === 0) break
      parts.push(bytes)
      count += bytes.length / record
      if (bytes.length < wanted * record) break
    }
    await file.check()
    if (count === 0)
      throw new FrostglassError('input', `${path} is empty`, 'Take the binary version of CIFAR-10.')
    const pixels = new Uint8Array(count * size)
    const of = new Int32Array(count)
    let i = 0
    for (const part of parts)
      for (let at = 0; at < part.length; at += record, i++) {
        of[i] = part[at]!
        if (of[i]! >= names.length)
          throw new FrostglassError(
            'input',
            `${path}: record ${i + 1} has label ${of[i]}, expected 0 to 9`,
            'Take the binary version of CIFAR-10.',
          )
        pixels.set(part.subarray(at + 1, at + record), i * size)
      }
    return Object.freeze({
      name,
      shape: [3, 32, 32] as const,
      count,
      pixels,
      labels: { names, of },
      attributes: {},
    })
  } finally {
    file.close()
  }
}
