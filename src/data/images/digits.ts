// The digits that come with the package: a part of MNIST, in IDX files packed by Brotli, a ninth smaller than by gzip.
// Source: LeCun, Cortes and Burges (MNIST, CC BY-SA 3.0); RFC 7932.
// It reads files of our own and checks nothing; anybody else's go through idx.ts.

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import type { ImageSet } from './imageSet.ts'

/** The names of the classes. */
export const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] as const

const unpack = promisify(brotliDecompress)

/** The elements of an embedded file, behind a header of so many bytes. */
async function elementsOf(file: string, header: number): Promise<Uint8Array> {
  const path = fileURLToPath(new URL(`../embedded/digits-${file}-ubyte.br`, import.meta.url))
  return new Uint8Array(await unpack(await readFile(path))).subarray(header)
}

async function readPart(part: 'train' | 'test'): Promise<ImageSet> {
  const [pixels, labels] = await Promise.all([
    elementsOf(`${part}-images-idx3`, 16),
    elementsOf(`${part}-labels-idx1`, 8),
  ])
  return Object.freeze({
    name: `digits ${part}`,
    shape: [1, 28, 28] as const,
    count: labels.length,
    pixels,
    labels: { names: digits, of: Int32Array.from(labels) },
    attributes: {},
  })
}

/**
 * The digits that come with the package: the first 500 of each class of MNIST's training part and the first 100 of each
 * of its test part, 28 × 28 grey, in MNIST's order.
 */
export async function readDigits(): Promise<Readonly<Record<'train' | 'test', ImageSet>>> {
  const [train, test] = await Promise.all([readPart('train'), readPart('test')])
  return { train, test }
}
