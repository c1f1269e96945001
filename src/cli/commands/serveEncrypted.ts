// What `frostglass serve` needs for --encrypted: networks read and compiled, and told in words.

import { plansOf } from '../../encrypt/index.ts'
import { answersThatDetermine } from '../../encrypt/inference/determine.ts'
import { countedImages, imagesOf } from '../../serve/encrypted/imageCount.ts'
import type { EncryptedModel, EncryptedOptions } from '../../serve/v2/index.ts'
import { openModel, plansText } from './encryptOptions.ts'

/** The options of --encrypted. */
export interface ServeEncryptedOptions {
  readonly encrypted?: readonly string[] | undefined
  readonly keys: number
  readonly keyMemory: number
  readonly imagesPerKey?: number | null | undefined
  readonly imagesInAll?: number | null | undefined
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
  const shown = ({ name, model }: EncryptedModel) => {
    const { card, plans } = model
    const { perKey, inAll } = imagesOf(model, { imagesPerKey, imagesInAll })
    const leastOf = (packing: 'latency' | 'throughput') =>
      plans[packing] && countedImages(1, packing, model) > perKey
        ? [
            `    ${packing === 'latency' ? 'an image asked singly' : 'a batch'} counts as ${number(countedImages(1, packing, model))} images or more, so that no key is answered one: see --images-per-key`,
          ]
        : []
    const classes = card.classes ? `, ${card.classes.length} classes` : ''
    return [
      `  ${url}/v2/encrypted/models/${name}  encrypted, images of ${card.shape.input.join('×')}${classes}`,
      ...plansText(card)
        .split('\n')
        .map((line) => `    ${line}`),
      `    answers to ${number(answersThatDetermine(model))} images can tell all of its weights, fewer a share of them: a key is answered ${number(perKey)}, all keys together ${number(inAll)}`,
      `    who draws a second key begins anew: only the count of all keys stops that${inAll >= answersThatDetermine(model) ? ', and not before all weights can be told' : ''}`,
      ...leastOf('latency'),
      ...leastOf('throughput'),
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
