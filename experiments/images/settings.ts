// Which images an experiment takes, by what the user chose.
// Source: LeCun, Cortes and Burges for the full sizes (MNIST: 60,000 and 10,000); quick takes a subset.
// `--data DIR`: IDX files of MNIST in it or in its folder mnist; photographs in imagenette-224, their models in models.

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fetchImages } from '../../src/data/index.ts'
import { FrostglassError } from '../../src/errors.ts'
import type { Settings } from '../experiment.ts'

/**
 * MNIST, where the user's folder has it; else the embedded part in a quick run and the fetched whole in a full one.
 * @throws FrostglassError `input` for a folder without it, `io` when it cannot be fetched
 */
export async function digitsOf({ quick, data }: Settings): Promise<string> {
  if (data === undefined && quick) return 'digits'
  if (data === undefined) {
    // Fetched here and once: workers would do so side by side, and fail late.
    for (const part of ['train', 'test'] as const) await fetchImages('mnist', part, { limit: 1 })
    return 'mnist'
  }
  if (!existsSync(data))
    throw new FrostglassError('input', `${data}: there is no such folder`, 'Check --data.')
  for (const folder of [join(data, 'mnist'), data])
    if (existsSync(folder) && readdirSync(folder).some((file) => file.startsWith('train-images')))
      return folder
  if (quick) return 'digits'
  throw new FrostglassError(
    'input',
    `${data} has no MNIST`,
    'Put train-images-idx3-ubyte (also .gz) into it or its folder mnist, or leave out --data: then it is fetched.',
  )
}

/** How many images: a quick run takes as many as the embedded part has. */
export const sizesOf = ({
  quick,
}: Settings): { readonly train?: number | undefined; readonly test?: number | undefined } =>
  quick ? { train: 5000, test: 1000 } : {}

/** What the page says of the images. */
export const imagesText = (settings: Settings): string =>
  settings.quick
    ? 'a part of MNIST (5,000 training images, 1,000 test images: a first look, its accuracies are lower than those of all)'
    : 'MNIST (60,000 training images, of which 5,000 choose the best epoch; 10,000 test images)'

/** Bottlenecks of the papers. */
export const bottlenecks = [8, 16, 32, 64, 128, 256, 512, 1024] as const

/**
 * Epochs of a pane on all of MNIST. Published: 14. With the falling rate the best epoch was the 7th or 8th of 14, for
 * each of ten ObfNet2 before LeNet; the grids' 32 panes are trained for as many as that.
 */
export const paneEpochs = 8
