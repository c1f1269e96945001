// One picture file decoded: PNG, JPEG, WebP, TIFF and GIF by sharp, PGM and PPM by us; resized and cropped if asked.
// Source: sharp (libvips), an optional dependency that is loaded at the first picture.
// Colour profiles are turned into sRGB, transparency is put on white, of a moving picture the first frame is taken.

import { readFile } from 'node:fs/promises'
import type { Sharp, SharpOptions } from 'sharp'
import { FrostglassError } from '../../errors.ts'
import { fileError } from '../files.ts'
import { isPnm, type Raster, readPnm } from './pnm.ts'

/** Height and width. */
export type PictureSize = readonly [height: number, width: number]

/** Pixels of a picture before it is refused: beyond is no picture for a classifier, but may be an attack on memory. */
const largestPicture = 100_000_000

type Load = (input: Uint8Array, options?: SharpOptions) => Sharp

let loaded: Promise<Load> | undefined

/** @throws FrostglassError `unsupported` where sharp is not installed or has no build for this machine */
function loadSharp(): Promise<Load> {
  loaded ??= import('sharp').then(
    (module) => module.default as unknown as Load,
    (cause) => {
      throw new FrostglassError(
        'unsupported',
        'pictures are read by sharp, which cannot be loaded here',
        'Run npm install sharp (an optional dependency); IDX and CIFAR files need it not.',
        cause,
      )
    },
  )
  return loaded
}

/** What a file says of itself. @throws FrostglassError `input` for what is no picture, `io`, `unsupported` */
export async function pictureInfo(
  path: string,
): Promise<{ readonly size: PictureSize; readonly channels: 1 | 3 }> {
  const bytes = await bytesOf(path)
  if (isPnm(bytes)) {
    const { height, width, channels } = readPnm(bytes, path)
    return { size: [height, width], channels }
  }
  const sharp = await loadSharp()
  try {
    const { autoOrient, space } = await sharp(bytes, { limitInputPixels: largestPicture }).metadata()
    return {
      size: [autoOrient.height, autoOrient.width],
      channels: space === 'b-w' || space === 'grey16' ? 1 : 3,
    }
  } catch (cause) {
    throw damaged(path, cause)
  }
}

/**
 * A picture as planar bytes of the given size and channels. A picture of another size is scaled until it covers the
 * size, and what stands over is cropped evenly.
 * @throws FrostglassError `input` naming the file when it is damaged, `io`, `unsupported`
 */
export async function readPicture(path: string, size: PictureSize, channels: 1 | 3): Promise<Uint8Array> {
  const bytes = await bytesOf(path)
  const [height, width] = size
  let input: Raster | undefined
  if (isPnm(bytes)) {
    input = readPnm(bytes, path)
    if (input.height === height && input.width === width && input.channels === channels) return planar(input)
  }
  const sharp = await loadSharp()
  try {
    const opened = input
      ? sharp(input.samples, { raw: { width: input.width, height: input.height, channels: input.channels } })
      : // `warning`: a JPEG that ends early is an error, not half a picture on grey.
        sharp(bytes, { limitInputPixels: largestPicture, failOn: 'warning' }).autoOrient()
    const { data, info } = await opened
      .flatten({ background: 'white' })
      .resize(width, height, { fit: 'cover' })
      .toColourspace(channels === 1 ? 'b-w' : 'srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    return planar({ height, width, channels, samples: data }, info.channels)
  } catch (cause) {
    throw damaged(path, cause)
  }
}

/** Planes of interleaved samples; a grey picture asked for as RGB gives each channel the same. */
function planar({ height, width, channels, samples }: Raster, from: number = channels): Uint8Array {
  const area = height * width
  const planes = new Uint8Array(area * channels)
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < area; i++) planes[c * area + i] = samples[i * from + Math.min(c, from - 1)]!
  return planes
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((error) => {
    throw fileError(error, path, 'reading')
  })
  if (bytes.length === 0)
    throw new FrostglassError('input', `${path} is empty`, 'Remove it: only pictures are expected there.')
  return bytes
}

function damaged(path: string, cause: unknown): FrostglassError {
  if (cause instanceof FrostglassError) return cause
  const reason = (cause as Error).message?.split('\n')[0] ?? String(cause)
  return new FrostglassError(
    'input',
    `${path}: not a picture that can be read (${reason})`,
    'Repair or remove it: what is expected is PNG, JPEG, WebP, TIFF, GIF, PGM or PPM, undamaged.',
    cause,
  )
}
