// A folder of pictures as a set: one folder a class, or pictures alone without labels.
// Source: the layout of ImageNet and of most others: class folders by name, files in them.
// Order is by class, then file name, code unit by code unit: the same on every machine.

import { type Dirent, existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { fileError } from '../files.ts'
import { checkMemory, type ImageSet, type ImageShape, imageSize } from './imageSet.ts'
import { type PictureSize, pictureInfo, readPicture } from './picture.ts'

/** How pictures are read. */
export interface FolderOptions {
  /** Name of the set; the folder's path if absent. */
  readonly name?: string | undefined
  /** Scale and crop every picture to this, one number for a square; if absent all must be of one size. */
  readonly size?: number | PictureSize | undefined
  /** 1 grey, 3 RGB; if absent 3 when any picture has colour. */
  readonly channels?: 1 | 3 | undefined
  /** At most so many pictures, as evenly over the classes as they allow. */
  readonly limit?: number | undefined
  /** Which pictures of a class to take, by their place in it; all if absent. */
  readonly keep?: ((place: number) => boolean) | undefined
  readonly signal?: AbortSignal | undefined
}

/** A picture and its class; `label` −1 where there are no class folders. */
interface Entry {
  readonly file: string
  readonly label: number
}

const pictureName = /\.(png|jpe?g|webp|tiff?|gif|pgm|ppm)$/i
const besidesPictures = 'PNG, JPEG, WebP, TIFF, GIF, PGM or PPM'

/**
 * Reads `folder/class/picture`, or `folder/picture` without labels. Files that are no pictures by their names are left
 * alone; one that is by its name and cannot be read is an error.
 * @throws FrostglassError `input`: no such folder, no pictures, pictures beside class folders, different sizes, a
 *   damaged picture (each names the file); more than 4 GiB in all; `unsupported` without sharp; `io`, `aborted`
 */
export async function readImageFolder(folder: string, options: FolderOptions = {}): Promise<ImageSet> {
  const { signal, name = folder } = options
  const { classes, entries: all } = await listed(folder, options.keep ?? (() => true))
  const entries = limited(all, options.limit)
  const shape = await shapeOf(folder, entries, options)
  const size = imageSize(shape)
  checkMemory(folder, entries.length, size)
  const pixels = new Uint8Array(entries.length * size)
  await eachOf(entries, signal, async ({ file }, i) => {
    pixels.set(await readPicture(join(folder, file), [shape[1], shape[2]], shape[0] as 1 | 3), i * size)
  })
  return Object.freeze({
    name,
    shape,
    count: entries.length,
    pixels,
    labels:
      classes.length > 0 ? { names: classes, of: Int32Array.from(entries, ({ label }) => label) } : undefined,
    attributes: {},
    files: entries.map(({ file }) => file),
  })
}

/** Whether a folder holds pictures or folders of pictures. */
export async function hasPictures(folder: string): Promise<boolean> {
  if (!existsSync(folder)) return false
  const { folders, files } = await contents(folder)
  if (files.length > 0) return true
  for (const inner of folders) if ((await contents(join(folder, inner))).files.length > 0) return true
  return false
}

async function contents(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const found: Dirent[] = await readdir(folder, { withFileTypes: true }).catch((error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new FrostglassError('input', `${folder}: there is no such folder`, 'Check the path.')
    throw fileError(error, folder, 'reading')
  })
  const visible = found.filter((entry) => !entry.name.startsWith('.'))
  const names = (of: readonly Dirent[]) => of.map((entry) => entry.name).sort(byCode)
  return {
    folders: names(visible.filter((entry) => entry.isDirectory())),
    // A link counts as what its name says; reading tells.
    files: names(visible.filter((entry) => !entry.isDirectory() && pictureName.test(entry.name))),
  }
}

const byCode = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

async function listed(
  folder: string,
  keep: (place: number) => boolean,
): Promise<{ classes: readonly string[]; entries: readonly Entry[] }> {
  const { folders, files } = await contents(folder)
  const classes: string[] = []
  const entries: Entry[] = []
  for (const inner of folders) {
    const files = (await contents(join(folder, inner))).files
    if (files.length === 0) continue
    const label = classes.push(inner) - 1
    files.forEach((file, place) => {
      if (keep(place)) entries.push({ file: `${inner}/${file}`, label })
    })
  }
  if (classes.length > 0 && files.length > 0)
    throw new FrostglassError(
      'input',
      `${folder} holds pictures (${files[0]} …) beside folders of pictures`,
      'Move them into the folder of a class, or elsewhere: a class is told by its folder.',
    )
  if (classes.length === 0)
    files.forEach((file, place) => {
      if (keep(place)) entries.push({ file, label: -1 })
    })
  if (entries.length === 0)
    throw new FrostglassError(
      'input',
      `${folder}: no pictures found`,
      `Give one folder a class with ${besidesPictures} in it, or such files alone.`,
    )
  return { classes, entries }
}

/** The first of every class, the second of every class, … until there are enough; then in their old order. */
function limited(entries: readonly Entry[], limit: number | undefined): readonly Entry[] {
  if (limit === undefined || limit >= entries.length) return entries
  const seen = new Map<number, number>()
  return entries
    .map((entry, i) => {
      const place = seen.get(entry.label) ?? 0
      seen.set(entry.label, place + 1)
      return { entry, i, place }
    })
    .sort((a, b) => a.place - b.place || a.i - b.i)
    .slice(0, limit)
    .sort((a, b) => a.i - b.i)
    .map(({ entry }) => entry)
}

async function shapeOf(
  folder: string,
  entries: readonly Entry[],
  { size, channels, signal }: FolderOptions,
): Promise<ImageShape> {
  if (size !== undefined && channels !== undefined) {
    const [height, width] = typeof size === 'number' ? [size, size] : size
    return [channels, height, width]
  }
  const infos: { size: PictureSize; channels: 1 | 3 }[] = []
  await eachOf(entries, signal, async ({ file }, i) => {
    infos[i] = await pictureInfo(join(folder, file))
  })
  const first = infos[0]!
  const other = infos.findIndex((info) => info.size.join() !== first.size.join())
  if (size === undefined && other >= 0)
    throw new FrostglassError(
      'input',
      `${join(folder, entries[other]!.file)} is of ${infos[other]!.size.join('×')} pixels, ${entries[0]!.file} of ${first.size.join('×')} (height × width)`,
      'Give one size (such as 224) to scale and crop them to: pictures must be of one size.',
    )
  const [height, width] = size === undefined ? first.size : typeof size === 'number' ? [size, size] : size
  return [channels ?? (infos.some((info) => info.channels === 3) ? 3 : 1), height, width]
}

/** Eight at a time: decoding runs in the runtime's own threads. */
async function eachOf(
  entries: readonly Entry[],
  signal: AbortSignal | undefined,
  read: (entry: Entry, i: number) => Promise<void>,
): Promise<void> {
  let next = 0
  let failed = false
  const lane = async () => {
    while (next < entries.length && !failed) {
      throwIfAborted(signal)
      const i = next++
      await read(entries[i]!, i).catch((error) => {
        failed = true
        throw error
      })
    }
  }
  await Promise.all(Array.from({ length: 8 }, lane))
}
