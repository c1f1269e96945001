// Opens a set of images by what a user calls it: a name, a folder or a file.
// Source: docs/reference/files.md for the formats.
// What has no test part of its own gets one by a rule, not by lot: every fifth image of each class.

import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { FrostglassError } from '../../errors.ts'
import { withAttributes } from './attributeTable.ts'
import { fetchImages, type Part, remoteSets } from './catalogue.ts'
import { readCifar } from './cifar.ts'
import { readDigits } from './digits.ts'
import { type FolderOptions, hasPictures, readImageFolder } from './folder.ts'
import { readIdx } from './idx.ts'
import { concatenateImages, type ImageSet, takeImages } from './imageSet.ts'
import { colored } from './synthetic.ts'

/** Which images {@link openImages} opens, and how. */
export interface OpenImagesOptions {
  /** Which part; `all` is both, train first. */
  readonly split: Part | 'all'
  /** At most so many images of the part: the first, of class folders evenly over the classes. */
  readonly limit?: number | undefined
  /** Pictures only: scale and crop to this size, square if one number. */
  readonly size?: FolderOptions['size'] | undefined
  /** Pictures only: 1 grey, 3 RGB. */
  readonly channels?: 1 | 3 | undefined
  /** A CSV file with a column `file`, and an attribute in every other. */
  readonly attributes?: string | undefined
  /** Colours of a `colored:` set. */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const colorPrefix = 'colored:'
const known = ['digits', ...Object.keys(remoteSets)]
const cifarName = /\.bin(\.gz)?$/i

/** Whether image `place` of its class is of the test part where nothing else says so. */
const isHeldOut = (place: number) => place % 5 === 4

/**
 * Opens images:
 * - `digits` (5,000 + 1,000, in the package), `mnist`, `fashion-mnist` (fetched once);
 * - a folder with IDX files (`train-images…`, `t10k-images…`), or of CIFAR-10 files (`data_batch_…`, `test_batch…`);
 * - a folder with `train` and `val` or `test`, each of class folders;
 * - a folder of class folders, or of pictures; a CIFAR-10 file (`.bin`, `.bin.gz`): these have no parts of their own,
 *   every fifth image of each class is the test part;
 * - `colored:` before any grey one: each image in one of seven colours, attribute `color`.
 * @throws FrostglassError `input` saying what was looked for, and those of the readers
 * @example
 * const test = await openImages('digits', { split: 'test', limit: 100 })
 */
export async function openImages(spec: string, options: OpenImagesOptions): Promise<ImageSet> {
  const { split, limit } = options
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw new FrostglassError('usage', `a limit of ${limit} images`, 'Give a whole number from 1.')
  if (spec.startsWith(colorPrefix)) {
    const grey = await openImages(spec.slice(colorPrefix.length), { ...options, channels: 1 })
    // Parts are coloured apart: equal numbers of each colour in both.
    return colored(grey, { seed: 3 * (options.seed ?? 0) + ['train', 'test', 'all'].indexOf(split) })
  }
  const found = await opened(spec, options)
  // The name goes into cards and reports that leave: the last part of the path is enough.
  const set = Object.freeze({
    ...found,
    name: `${basename(resolve(spec))}${split === 'all' ? '' : ` ${split}`}`,
  })
  return options.attributes === undefined ? set : withAttributes(set, options.attributes)
}

async function opened(spec: string, options: OpenImagesOptions): Promise<ImageSet> {
  const { limit, signal } = options
  const given = { limit, signal }
  if (spec === 'digits') {
    const { train, test } = await readDigits()
    return byPart(options, (part) => Promise.resolve(part === 'train' ? train : test))
  }
  if (spec in remoteSets)
    return byPart(options, (part) => fetchImages(spec as keyof typeof remoteSets, part, given))
  const status = await stat(spec).catch(() => undefined)
  if (!status)
    throw new FrostglassError(
      'input',
      `there are no images '${spec}'`,
      `Name a file, a folder or one of ${known.join(', ')} (each also as ${colorPrefix}…).`,
    )
  if (status.isDirectory()) return openFolder(spec, options)
  if (cifarName.test(spec)) return heldOut(await readCifar(spec, signal ? { signal } : {}), options)
  throw new FrostglassError(
    'input',
    `${spec}: cannot tell images from the name`,
    'Give a folder (IDX files, class folders of pictures) or a CIFAR-10 file (.bin, .bin.gz).',
  )
}

async function openFolder(folder: string, options: OpenImagesOptions): Promise<ImageSet> {
  const { limit, signal } = options
  const files = await readdir(folder).catch((cause) => {
    throw new FrostglassError('io', `${folder}: the folder cannot be read`, 'Check permissions.', cause)
  })
  const given = { limit, signal }
  if (files.some((file) => /images[-.]idx3/.test(file)))
    return byPart(options, (part) => {
      const [images, labels] = (['images', 'labels'] as const).map((what) =>
        files.find((file) =>
          new RegExp(`^(${part === 'train' ? 'train' : 't10k|test'})-${what}[-.]idx[13]-ubyte(\\.gz)?$`).test(
            file,
          ),
        ),
      )
      if (!images)
        throw missingPart(
          folder,
          part,
          part === 'train' ? 'train-images-idx3-ubyte' : 't10k-images-idx3-ubyte',
        )
      return readIdx(join(folder, images), labels && join(folder, labels), given)
    })
  const cifar = (part: Part) =>
    files.filter(
      (file) => file.startsWith(part === 'train' ? 'data_batch' : 'test_batch') && cifarName.test(file),
    )
  if (cifar('train').length + cifar('test').length > 0)
    return byPart(options, async (part) => {
      const sets: ImageSet[] = []
      for (const file of cifar(part).sort()) {
        const rest = limit === undefined ? {} : { limit: limit - sets.reduce((n, s) => n + s.count, 0) }
        if (rest.limit !== 0) sets.push(await readCifar(join(folder, file), { ...given, ...rest }))
      }
      if (sets.length === 0)
        throw missingPart(folder, part, part === 'train' ? 'data_batch_1.bin' : 'test_batch.bin')
      return sets.slice(1).reduce((all, set) => concatenateImages(all, set, folder), sets[0]!)
    })
  const picture = {
    ...given,
    ...(options.size === undefined ? {} : { size: options.size }),
    ...(options.channels === undefined ? {} : { channels: options.channels }),
  }
  if (await hasPictures(join(folder, 'train')))
    return byPart(options, async (part) => {
      if (part === 'train') return named(await readImageFolder(join(folder, 'train'), picture), 'train')
      for (const inner of ['val', 'test'])
        if (await hasPictures(join(folder, inner)))
          return named(await readImageFolder(join(folder, inner), picture), inner)
      throw missingPart(folder, part, 'val or test')
    })
  if (await hasPictures(folder))
    return readImageFolder(folder, {
      ...picture,
      ...(options.split === 'all'
        ? {}
        : { keep: (place: number) => isHeldOut(place) === (options.split === 'test') }),
    })
  throw new FrostglassError(
    'input',
    `${folder}: no images found`,
    'Put IDX files (train-images-idx3-ubyte, also .gz), CIFAR-10 files (data_batch_1.bin), folders train and ' +
      'val or test, class folders of pictures, or pictures (PNG, JPEG, WebP, TIFF, GIF, PGM, PPM) into it.',
  )
}

/** File names from the folder that the user named, so that attributes are matched the same for every part. */
function named(set: ImageSet, inner: string): ImageSet {
  return Object.freeze({
    ...set,
    ...(set.files ? { files: set.files.map((file) => `${inner}/${file}`) } : {}),
  })
}

function missingPart(folder: string, part: Part, looked: string): FrostglassError {
  return new FrostglassError(
    'input',
    `${folder} has no ${part} part`,
    `Put it there; looked for was ${looked}.`,
  )
}

/** One part or both, cut to the limit. */
async function byPart(
  { split, limit }: OpenImagesOptions,
  read: (part: Part) => Promise<ImageSet>,
): Promise<ImageSet> {
  const set = split === 'all' ? concatenateImages(await read('train'), await read('test')) : await read(split)
  return first(set, limit)
}

/** Every fifth of each class, or the others. */
function heldOut(set: ImageSet, { split, limit }: OpenImagesOptions): ImageSet {
  if (split === 'all') return first(set, limit)
  const seen = new Map<number, number>()
  const rows: number[] = []
  for (let i = 0; i < set.count; i++) {
    const label = set.labels?.of[i] ?? -1
    const place = seen.get(label) ?? 0
    seen.set(label, place + 1)
    if (isHeldOut(place) === (split === 'test')) rows.push(i)
  }
  return takeImages(set, Int32Array.from(limit === undefined ? rows : rows.slice(0, limit)))
}

function first(set: ImageSet, limit: number | undefined): ImageSet {
  if (limit === undefined || limit >= set.count) return set
  return takeImages(
    set,
    Int32Array.from({ length: limit }, (_, i) => i),
  )
}
