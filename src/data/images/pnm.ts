// Grey and colour maps of the portable kind (PGM, PPM), binary, eight bits.
// Source: netpbm, pgm(5) and ppm(5): magic P5 or P6, width, height, largest value, one white space, samples.
// Text forms (P2, P3), 16 bits and several images in one file are refused.

import { FrostglassError } from '../../errors.ts'

/** Samples of one image, channels interleaved, 0 … 255. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly samples: Uint8Array
}

/** Whether a file starts as a PGM or PPM. */
export const isPnm = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && [0x32, 0x33, 0x35, 0x36].includes(bytes[1] ?? 0)

/** @throws FrostglassError `input` naming the file */
export function readPnm(bytes: Uint8Array, path: string): Raster {
  const wrong = (found: string) =>
    new FrostglassError('input', `${path}: ${found}`, 'Give a binary PGM (P5) or PPM (P6) of 8 bits.')
  const kind = bytes[1]
  if (kind !== 0x35 && kind !== 0x36) throw wrong('this form of PGM or PPM is not read')
  // Comments run from # to the end of the line.
  const header = /^P[56](?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)(?:\s|#[^\n]*\n)+(\d+)\s/.exec(
    new TextDecoder('latin1').decode(bytes.subarray(0, 4096)),
  )
  if (!header) throw wrong('the header is damaged')
  const [width, height, largest] = header.slice(1, 4).map(Number) as [number, number, number]
  const channels = kind === 0x36 ? 3 : 1
  if (largest === 0 || largest > 255) throw wrong(`the largest value is ${largest}`)
  const count = width * height * channels
  const found = bytes.length - header[0].length
  if (count === 0 || found < count) throw wrong(`cut short: ${count} samples expected, ${found} found`)
  const samples = bytes.subarray(header[0].length, header[0].length + count)
  return {
    width,
    height,
    channels,
    samples: largest === 255 ? samples : samples.map((v) => Math.min(255, Math.round((255 * v) / largest))),
  }
}
