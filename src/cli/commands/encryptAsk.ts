// frostglass encrypt ask: images encrypted, asked about over HTTP, and their answers decrypted, in one go.

import { takeImages } from '../../data/index.ts'
import { writtenKind } from '../../data/writer.ts'
import { connectEncrypted, type EncryptedAsked, type EncryptedService } from '../../edge/encrypted.ts'
import { FrostglassError } from '../../errors.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { progress } from '../progress.ts'
import { finish, requireShowable, type Shown, type ShowOption } from './encryptDecrypt.ts'
import { type ImagesOptions, imagesFor, openHolder } from './encryptImages.ts'
import { bytesText, pixelsOf, readInput } from './encryptOptions.ts'

export interface AskOptions extends ImagesOptions, ShowOption {
  readonly keys?: string | undefined
}

/** What `frostglass encrypt ask` does. */
export async function ask(url: string, options: AskOptions, signal: AbortSignal): Promise<void> {
  const { out, json, force } = options
  await requireDistinct(out, [options.key, options.keys, options.data])
  writtenKind(out)
  await requireFree(out, force)
  const keys = options.keys === undefined ? undefined : await readInput(options.keys)
  const holder = await openHolder(options)
  try {
    requireShowable(holder, options)
    const set = await imagesFor(holder, options, signal)
    const images = pixelsOf(set, holder.card)
    const service = await connectEncrypted(url, undefined, { holder, signal, keys })
    const { found, bytes, milliseconds, stopped } = await askAll(service, images, signal, json)
    const count = found.exact.length
    await finish(
      found,
      options,
      holder,
      takeImages(
        set,
        Int32Array.from({ length: count }, (_, i) => i),
      ),
      out,
      json,
      [
        `${bytes.keys > 0 ? `keys ${bytesText(bytes.keys)} up, once; ` : ''}question ${bytesText(bytes.question)} up, answer ${bytesText(bytes.answer)} down`,
        `${seconds(milliseconds.encrypt)} to encrypt, ${seconds(milliseconds.service)} at the service, ${seconds(milliseconds.decrypt)} to decrypt`,
      ],
      { bytes, milliseconds },
    )
    if (stopped)
      throw new FrostglassError(
        stopped.code,
        `${stopped.message}: ${out} has ${count} of ${images.length}`,
        stopped.hint ?? 'Ask for the others later.',
        stopped,
      )
  } finally {
    holder.close()
  }
}

/** Images of one question at a time: with three references, what services take unless they say otherwise. */
const imagesAtATime = 12

/**
 * Asks in as many questions as the service takes, and adds up what they took.
 * @returns what came; `stopped` is why no more did, where anything did. An answer is read once by a key: none is thrown away
 */
async function askAll(
  service: EncryptedService,
  images: readonly Float64Array[],
  signal: AbortSignal,
  json: boolean | undefined,
): Promise<
  Pick<EncryptedAsked, 'bytes' | 'milliseconds'> & {
    readonly found: Shown
    readonly stopped: FrostglassError | undefined
  }
> {
  const each = service.holder.packing === 'latency' ? imagesAtATime : images.length
  const bar = progress('asking', json)
  const all: EncryptedAsked[] = []
  let stopped: FrostglassError | undefined
  try {
    for (let start = 0; start < images.length; start += each) {
      all.push(await service.ask(images.slice(start, start + each), { signal }))
      bar.update(start + each, images.length)
    }
  } catch (error) {
    // Of a service that was caught in a lie nothing is kept.
    if (all.length === 0 || !(error instanceof FrostglassError) || error.code === 'key') throw error
    stopped = error
  } finally {
    bar.stop()
  }
  const total = <T extends Readonly<Record<string, number>>>(parts: readonly T[]): T =>
    Object.fromEntries(
      Object.keys(parts[0]!).map((name) => [name, parts.reduce((sum, part) => sum + part[name]!, 0)]),
    ) as T
  const found = all.map(({ answers }) => answers.forOwner())
  return {
    found: {
      exact: found.flatMap(({ exact }) => exact),
      answers: found.every(({ answers }) => answers !== null)
        ? found.flatMap(({ answers }) => answers!)
        : null,
      references: found.reduce((sum, { references }) => sum + references, 0),
    },
    stopped,
    bytes: total(all.map(({ bytes }) => bytes)),
    milliseconds: total(all.map(({ milliseconds }) => milliseconds)),
  }
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`
