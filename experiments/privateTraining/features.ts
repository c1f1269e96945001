// Scattering features of a set of images, computed once a run and kept for its other tasks.
// Source: Tramèr and Boneh 2021; src/learn/scattering.
// What is kept is not protected: features of images give the images away. The run's folder is removed at its end.

import { readFile } from 'node:fs/promises'
import { imageTensor } from '../../src/data/images/imageSet.ts'
import type { ImageSet } from '../../src/data/index.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import { scatter } from '../../src/learn/index.ts'
import { kept } from '../images/kept.ts'
import type { Workplace } from '../images/training.ts'
import { groups } from './recipes.ts'

/** [images, width] float32, group-normalised: each row is √width long at most. */
export async function featuresOf(set: ImageSet, { shared, signal }: Workplace): Promise<Tensor> {
  const path = await kept(
    shared,
    { scattering: set.name, count: set.count, groups },
    async () => {
      const { data } = await scatter(imageTensor(set), { groups, threads: 1, signal })
      return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    },
    signal,
  )
  const bytes = await readFile(path)
  const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  return tensor(data, [set.count, data.length / set.count])
}
