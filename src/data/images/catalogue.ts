// Image sets by name, fetched on demand: MNIST and Fashion-MNIST.
// Source: LeCun, Cortes and Burges (MNIST, CC BY-SA 3.0); Xiao, Rasul and Vollgraf 2017 (Fashion-MNIST, MIT).
// Fetched files are checked against the SHA-256 of the originals, and kept in the user's cache folder.

import { homedir } from 'node:os'
import { join } from 'node:path'
import { FrostglassError } from '../../errors.ts'
import { fetchDataset } from '../fetch.ts'
import { digits } from './digits.ts'
import { readIdx } from './idx.ts'
import type { ImageSet } from './imageSet.ts'

/** A part of a set that has its own: what to learn from and what to be judged by. */
export type Part = 'train' | 'test'

/** Files of one set on the web. */
export interface RemoteSet {
  /** Folder of the files, with `/` at the end. */
  readonly base: string
  readonly classes: readonly string[]
  /** SHA-256 by file name. */
  readonly sha256: Readonly<Record<string, string>>
}

const fileNames = {
  train: ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'],
  test: ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz'],
} as const

/** Image sets that are fetched on demand, by name. */
export const remoteSets = {
  mnist: {
    base: 'https://ossci-datasets.s3.amazonaws.com/mnist/',
    classes: digits,
    sha256: {
      'train-images-idx3-ubyte.gz': '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      'train-labels-idx1-ubyte.gz': '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
      't10k-images-idx3-ubyte.gz': '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
      't10k-labels-idx1-ubyte.gz': 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
    },
  },
  'fashion-mnist': {
    base: 'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
    classes: [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
    sha256: {
      'train-images-idx3-ubyte.gz': '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      'train-labels-idx1-ubyte.gz': 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
      't10k-images-idx3-ubyte.gz': '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
      't10k-labels-idx1-ubyte.gz': '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
    },
  },
} as const satisfies Readonly<Record<string, RemoteSet>>

/** Where fetched sets are kept: `FROSTGLASS_CACHE`, else `frostglass` in the user's cache folder (XDG). */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  if (environment['FROSTGLASS_CACHE']) return environment['FROSTGLASS_CACHE']
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'frostglass')
}

/** How {@link fetchImages} fetches. */
export interface FetchOptions {
  readonly limit?: number | undefined
  /** Folder to keep files in; the user's cache folder if absent. */
  readonly cache?: string | undefined
  /** Another description of the set: a mirror within an organisation, a server of a test. */
  readonly remote?: RemoteSet | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * A part of MNIST (60,000 + 10,000 digits) or Fashion-MNIST (as many garments), 28 × 28 grey; fetched once.
 * @throws FrostglassError `io` without network or when the server refuses, `input` when the bytes are not those of the
 *   original, `aborted`
 */
export async function fetchImages(
  name: keyof typeof remoteSets,
  part: Part,
  options: FetchOptions = {},
): Promise<ImageSet> {
  const { signal, limit, cache = cacheFolder(), remote = remoteSets[name] } = options
  const paths: string[] = []
  for (const file of fileNames[part]) {
    const path = await fetchDataset(
      `${remote.base}${file}`,
      remote.sha256[file]!,
      // Both sets have files of the same names.
      join(cache, name),
      signal ? { signal } : {},
    ).catch((error: FrostglassError) => {
      if (error.code !== 'io') throw error
      throw new FrostglassError(
        'io',
        error.message,
        `Fetch ${file} by other means into ${join(cache, name)}, or name a folder of such files instead of ${name}.`,
        error,
      )
    })
    paths.push(path)
  }
  return readIdx(paths[0]!, paths[1]!, {
    name: `${name} ${part}`,
    names: remote.classes,
    limit,
    signal,
  })
}
