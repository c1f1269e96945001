// Small images that are quick to learn, in a folder as MNIST's files hold theirs.
// Source: LeCun et al. for the format (IDX). What is in them: src/audit/images/testing.ts.
// For tests alone.

import { writeFileSync } from 'node:fs'
import { barImages } from '../../src/audit/images/testing.ts'
import type { Workplace } from './harness.ts'

/** Puts 400 images to train on and 60 to test on into a new folder. */
export function putBars(place: Workplace, folder: string): void {
  place.make(folder)
  for (const [name, count] of [
    ['train', 400],
    ['t10k', 60],
  ] as const) {
    const { pixels, labels } = barImages(count, count)
    const header = (magic: number, ...sizes: number[]) =>
      new Uint8Array(Buffer.from(Int32Array.of(magic, ...sizes).buffer).swap32())
    const [images, classes] = [header(2051, count, 12, 12), header(2049, count)]
    writeFileSync(place.at(`${folder}/${name}-images-idx3-ubyte`), Buffer.concat([images, pixels]))
    writeFileSync(
      place.at(`${folder}/${name}-labels-idx1-ubyte`),
      Buffer.concat([classes, Uint8Array.from(labels!.of)]),
    )
  }
}
