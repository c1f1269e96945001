// frostglass encrypt images: images as a question; and what the commands that ask have in common.

import { writeFileAtomic } from '../../data/files.ts'
import type { ImageSet } from '../../data/index.ts'
import { type KeyHolder, openHolderFile, plansOf } from '../../encrypt/index.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { fewImages } from '../encryptCounts.ts'
import type { JsonOption, KeyFileOptions } from '../options.ts'
import { counted, print } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { readPassphrase } from '../passphrase.ts'
import { progress } from '../progress.ts'
import { bytesText, pixelsOf } from './encryptOptions.ts'
import { type ImageOptions, imagesOf } from './obfuscateOptions.ts'

/** What a key without references is worth. */
export const noReferences =
  'no references: a service that lies with care is not noticed (frostglass encrypt keys --references)'

export type Split = 'train' | 'test' | 'all'

export interface ImagesOptions extends ImageOptions, KeyFileOptions, JsonOption {
  readonly split: Split
  readonly out: string
  readonly force?: boolean | undefined
}

export const openHolder = (options: KeyFileOptions): Promise<KeyHolder> =>
  openHolderFile(options.key, () => readPassphrase(options, false))

/** The images of a question: as many as were asked for, or as are sensible for the packing. */
export async function imagesFor(
  { packing, most }: KeyHolder,
  options: ImagesOptions,
  signal: AbortSignal,
): Promise<ImageSet> {
  const limit = options.limit ?? (packing === 'latency' ? fewImages : most)
  if (limit > most)
    throw new FrostglassError(
      'usage',
      `a question has at most ${most.toLocaleString('en')} images`,
      `Say --limit ${most}.`,
    )
  return imagesOf({ ...options, limit }, options.data, options.split, signal)
}

/** What `frostglass encrypt images` does. */
export async function encryptImages(options: ImagesOptions, signal: AbortSignal): Promise<void> {
  const { out, data, json, force = false } = options
  await requireDistinct(out, [options.key, data])
  await requireFree(out, force)
  const holder = await openHolder(options)
  const bar = progress('encrypting', json)
  try {
    const set = await imagesFor(holder, options, signal)
    const images = pixelsOf(set, holder.card)
    const question = await holder.question(images)
    const known = holder.referencesAmong(images.length)
    const total = ciphertextsOf(holder, images.length + known)
    let bytes = 0
    function* pieces() {
      let done = 0
      for (const piece of question) {
        throwIfAborted(signal)
        bytes += piece.length
        // A head, and then two pieces a ciphertext.
        bar.update(Math.min(total, Math.floor(done++ / 2)), total)
        yield piece
      }
    }
    await writeFileAtomic(out, pieces(), { mode: 0o644, force })
    bar.stop()
    print(
      json,
      { out, images: set.count, references: known, ciphertexts: total, bytes, packing: holder.packing },
      () =>
        [
          `wrote ${out} (${bytesText(bytes)}): ${counted(set.count, 'image')} of ${set.name}${known > 0 ? ` and ${counted(known, 'reference')}` : ''} as ${counted(total, 'ciphertext')}`,
          ...(known > 0 ? [] : [noReferences]),
        ].join('\n'),
    )
  } finally {
    bar.stop()
    holder.close()
  }
}

function ciphertextsOf({ card, packing }: KeyHolder, images: number): number {
  const { latency, throughput } = plansOf(card)
  return packing === 'latency'
    ? (latency!.ciphertexts + 1) * images
    : (throughput!.inputs + 1) * throughput!.moduli.length
}
