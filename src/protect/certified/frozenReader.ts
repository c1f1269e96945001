// What a frozen net reads in pictures: the label that its largest output stands for, and how sure it is among the labels.
// Source: CERTIFIED obfuscation, section 5b: the dictionary has few pictures, so each is checked, once.
// It asks the file here, with the preprocessing that it was opened with; a service that treats pictures otherwise reads otherwise.

import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageShape } from '../../data/index.ts'
import type { Classifier } from '../learned/classifier.ts'
import { openClassifierService } from '../learned/measure.ts'
import { preprocessImageSet } from '../learned/preprocessing.ts'

/** What was read in a picture. */
export interface Reading {
  /** The label that the net's largest output stands for; −1 where it stands for none of the data's. */
  readonly label: number
  /** The net's largest output, of all. */
  readonly output: number
  /** Its probability among the labels' outputs, 0 … 1; among all where it stands for no label. */
  readonly share: number
}

/** A frozen net, ready to read. */
export interface FrozenReader {
  readonly name: string
  /** One reading a picture of planar bytes. */
  read(pixels: Uint8Array): Promise<readonly Reading[]>
  /** A label in words. */
  nameOf(label: number): string
  /** A reading in words. */
  say(reading: Reading): string
  /** Frees the net's program. */
  close(): Promise<void>
}

/**
 * Opens a net for reading.
 * @param shape of the pictures @param labels their names @param classMap the output of each label
 */
export async function openFrozenReader(
  classifier: Classifier,
  shape: ImageShape,
  labels: readonly string[],
  classMap: Int32Array,
  options: { readonly threads?: number | undefined } = {},
): Promise<FrozenReader> {
  const service = await openClassifierService(classifier, options)
  const nameOf = (label: number) => `‘${labels[label]}’`
  return {
    name: classifier.name,
    nameOf,
    say: ({ label, output, share }) =>
      `${label < 0 ? `output ${output}, which is no label` : nameOf(label)} with a share of ${share.toFixed(3)}`,
    async read(pixels) {
      const count = pixels.length / imageSize(shape)
      const samples = preprocessImageSet(
        { pixels, shape, count, name: 'the dictionary' },
        classifier.preprocessing,
      )
      const { data } = await service.probabilities(samples)
      return Array.from({ length: count }, (_, i) => {
        const row = (data as Float32Array).subarray(i * classifier.outputs, (i + 1) * classifier.outputs)
        const output = row.indexOf(Math.max(...row))
        const label = classMap.indexOf(output)
        const known = label < 0 ? 1 : classMap.reduce((sum, of) => sum + row[of]!, 0)
        return { label, output, share: row[output]! / known }
      })
    },
    close: () => service.close(),
  }
}
