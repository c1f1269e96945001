// What `frostglass serve` needs for --encrypted: networks read and compiled, and told in words.

import { answersThatDetermine, plansOf } from '../../encrypt/index.ts'
import { imagesOf } from '../../serve/encrypted/imageCount.ts'
import type { EncryptedModel, EncryptedOptions } from '../../serve/v2/index.ts'
import { openModel, plansText } from './encryptOptions.ts'

/** The options of --encrypted. */
export interface ServeEncryptedOptions {
  readonly encrypted?: readonly string[]
  readonly keys: number
  readonly keyMemory: number
  readonly imagesPerKey?: number | null
  readonly imagesInAll?: number | null
}

/** A model that a user named, or that its file names. */
export interface NamedFile {
  readonly name: string
  readonly path: string
}

/**
 * Reads the networks; undefined where there are none.
 * @throws FrostglassError `input` for files that cannot be read, `unsupported` for networks that do not fit
 */
export async function readEncrypted(
  files: readonly NamedFile[],
  { keys, keyMemory, imagesPerKey = null, imagesInAll = null }: ServeEncryptedOptions,
): Promise<EncryptedOptions | undefined> {
  if (files.length === 0) return undefined
  const models: EncryptedModel[] = []
  for (const { name, path } of files) models.push({ name, model: await openModel(path) })
  return { models, limits: { keys, keyBytes: keyMemory, imagesPerKey, imagesInAll } }
}

/** Lines of the listing. */
export function encryptedListing(url: string, { models, limits }: EncryptedOptions): string[] {
  const { imagesPerKey = null, imagesInAll = null } = limits ?? {}
  const number = (count: number) => count.toLocaleString('en')
  const shown = ({ name, model: { card, network } }: EncryptedModel) => {
    const { perKey, inAll } = imagesOf({ network }, { imagesPerKey, imagesInAll })
    const classes = card.classes ? `, ${card.classes.length} classes` : ''
    return [
      `  ${url}/v2/encrypted/models/${name}  encrypted, images of ${card.shape.input.join('×')}${classes}`,
      ...plansText(card)
        .split('\n')
        .map((line) => `    ${line}`),
      `    after about ${number(answersThatDetermine(network))} images an asker can compute this network: a key is answered ${number(perKey)}, all keys together ${number(inAll)}`,
    ]
  }
  const memory = ((limits?.keyBytes ?? 0) / 2 ** 20).toLocaleString('en', { maximumFractionDigits: 0 })
  return [...models.flatMap(shown), `  keys of at most ${limits?.keys} clients are held, ${memory} MB in all`]
}

/** What JSON tells of them. */
export const encryptedJson = ({ models }: EncryptedOptions) =>
  models.map(({ name, model: { card } }) => {
    const { latency, throughput } = plansOf(card)
    return {
      name,
      input: card.shape.input,
      classes: card.classes,
      latency: latency !== null,
      throughput: throughput !== null,
    }
  })
