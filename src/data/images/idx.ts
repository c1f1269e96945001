// Images and labels from IDX files, the format of MNIST and Fashion-MNIST; plain or gzip.
// Source: LeCun, Cortes and Burges, "The MNIST database": magic number, sizes (big-endian, 32 bits each), bytes.
// Unsigned bytes only, one image grey; other element types of IDX are refused.

import { FrostglassError } from '../../errors.ts'
import { openBytes } from './bytes.ts'
import { checkMemory, type ImageSet, type ImageShape, type Labels } from './imageSet.ts'

const imagesMagic = 0x00000803
const labelsMagic = 0x00000801
/** No image format of use is larger; a header that says so is wrong. */
const largestSide = 65_535

/** How {@link readIdx} reads. */
export interface IdxOptions {
  /** Name of the set; the file's path if absent. */
  readonly name?: string | undefined
  /** Names of the classes; `0`, `1`, … up to the largest label if absent. */
  readonly names?: readonly string[] | undefined
  /** The first so many images, where there are more. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Images of an IDX file, with labels where their file is given.
 * @param imagesPath e.g. `train-images-idx3-ubyte.gz`
 * @param labelsPath e.g. `train-labels-idx1-ubyte.gz`
 * @throws FrostglassError `input` naming the file: no such file, another magic number, sizes that the file cannot have,
 *   a file that ends early, counts that differ, a label beyond `names`; `io`, `aborted`
 */
export async function readIdx(
  imagesPath: string,
  labelsPath?: string,
  options: IdxOptions = {},
): Promise<ImageSet> {
  const { name = imagesPath, signal, limit = Number.POSITIVE_INFINITY } = options
  const images = await readArray(imagesPath, imagesMagic, 'images', limit, signal)
  const [height, width] = images.sizes as [number, number]
  let labels: Labels | undefined
  if (labelsPath !== undefined) {
    // All of them, whatever the limit: how many classes there are is told by all.
    const found = await readArray(labelsPath, labelsMagic, 'labels', Number.POSITIVE_INFINITY, signal)
    if (found.total !== images.total)
      throw new FrostglassError(
        'input',
        `${labelsPath} has ${found.total} labels, ${imagesPath} ${images.total} images`,
        'Take the two files of one part, both train or both t10k.',
      )
    const { names, of } = labelsOf(found.bytes, options.names, labelsPath)
    labels = { names, of: of.subarray(0, images.count) }
  }
  const shape: ImageShape = [1, height, width]
  return Object.freeze({
    name,
    shape,
    count: images.count,
    pixels: images.bytes,
    labels,
    attributes: {},
  })
}

function labelsOf(bytes: Uint8Array, names: readonly string[] | undefined, path: string): Labels {
  const of = Int32Array.from(bytes)
  const largest = of.reduce((a, b) => Math.max(a, b), -1)
  const wrong = names ? of.findIndex((label) => label >= names.length) : -1
  if (names && wrong >= 0)
    throw new FrostglassError(
      'input',
      `${path}: label ${wrong + 1} is ${of[wrong]}, expected 0 to ${names.length - 1}`,
      `Number the classes from 0: there are ${names.length}.`,
    )
  if (!names) requireClasses(of, largest, path)
  return { names: names ?? Array.from({ length: largest + 1 }, (_, i) => `${i}`), of }
}

/** More classes than this, of which fewer than half occur, are no numbering of classes. */
const mostUnseen = 64

/**
 * Labels count from 0 on, so that one damaged byte makes a hundred classes: refused are rare labels above a gap, and many
 * classes of which few occur.
 */
function requireClasses(of: Int32Array, largest: number, path: string): void {
  const counts = new Uint32Array(largest + 1)
  for (const label of of) counts[label]!++
  const seen = counts.filter((n) => n > 0).length
  const gap = counts.lastIndexOf(0)
  const above = counts.subarray(gap + 1).reduce((sum, n) => sum + n, 0)
  const below = counts.subarray(0, Math.max(0, gap)).some((n) => n > 0)
  const rare = below && above * 100 < of.length / seen
  if (!rare && (largest < mostUnseen || 2 * seen > largest)) return
  const first = of.findIndex((label) => label > gap)
  throw new FrostglassError(
    'input',
    `${path}: label ${first + 1} is ${of[first]}: ${largest + 1} classes, of which ${seen} occur`,
    'Fetch it again: the file is damaged, or its labels are no numbers of classes, from 0 on.',
  )
}

/** The elements of one file; `sizes` are those behind the first. */
async function readArray(
  path: string,
  magic: number,
  what: 'images' | 'labels',
  limit: number,
  signal: AbortSignal | undefined,
): Promise<{ bytes: Uint8Array; count: number; total: number; sizes: readonly number[] }> {
  const file = await openBytes(path, signal)
  try {
    const dimensions = magic & 255
    const header = await file.read(4 + 4 * dimensions)
    const view = new DataView(header.buffer, header.byteOffset, header.length)
    const found = header.length >= 4 ? view.getUint32(0) : undefined
    if (found !== undefined && found !== magic)
      throw new FrostglassError(
        'input',
        `${path}: expected an IDX file of ${what} (magic number ${hex(magic)}), found ${hex(found)}`,
        found === (imagesMagic ^ labelsMagic ^ magic)
          ? `Swap the two: this is the file of the ${what === 'images' ? 'labels' : 'images'}.`
          : `Name it as an IDX file of ${what}, train-${what}-idx${dimensions}-ubyte.`,
      )
    if (found === undefined || header.length < 4 + 4 * dimensions)
      throw short(path, header.length, `a header of ${4 + 4 * dimensions}`)
    const [total, ...sizes] = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i)) as [
      number,
      ...number[],
    ]
    if (sizes.some((side) => side === 0 || side > largestSide) || total === 0)
      throw new FrostglassError(
        'input',
        `${path}: the header says ${[total, ...sizes].join(' × ')}`,
        total === 0
          ? 'Give another file: there is nothing in this one.'
          : `Give sides of 1 to ${largestSide}.`,
      )
    const each = sizes.reduce((a, b) => a * b, 1)
    // Before anything is allocated: what the header says against what the file can hold.
    if (total * each + header.length > file.most)
      throw short(path, file.most, `${total * each + header.length}`)
    const count = Math.min(total, limit)
    checkMemory(path, count, each)
    const bytes = await file.read(count * each)
    if (bytes.length < count * each)
      throw short(path, bytes.length + header.length, `${total * each + header.length}`)
    if (count === total && !(await file.ended()))
      throw new FrostglassError(
        'input',
        `${path}: more bytes than the ${total} ${what} of its header`,
        'Fetch it again: the file is damaged.',
      )
    await file.check()
    return { bytes, count, total, sizes }
  } finally {
    file.close()
  }
}

function short(path: string, found: number, expected: string): FrostglassError {
  return new FrostglassError(
    'input',
    `${path} is cut short: expected ${expected} bytes, it has at most ${found}`,
    'Fetch it again: the file is damaged.',
  )
}

const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`
