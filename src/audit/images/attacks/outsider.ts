// NoisyNet and PathNet: an outsider without any of the owner's images learns to tell colours from images of its own.
// Source: Yonan et al. 2025: 30,000 noise images, or random walks, in seven colours, through the public obfuscator.
// For the attribute `color` alone, which one can make at will; other attributes need pictures of the like.

import { colorNames, noisyImages, pathImages } from '../../../data/images/synthetic.ts'
import type { ImageSet } from '../../../data/index.ts'
import { sizeOf } from '../../../graph/index.ts'
import { trainAttributeNet } from '../attributeNet.ts'
import type { ImageAttack, ImageEvidence } from '../contract.ts'
import { imageAttack } from '../frame.ts'
import { affordable, epochsFor, obfuscate, sampleRows, sizes, takePairs } from '../parts.ts'

const images = { quick: 4000, full: 30_000 } as const

const outsider = (
  name: 'noisynet' | 'pathnet',
  made: string,
  make: (count: number, options: { seed: number; size: readonly [number, number] }) => ImageSet,
): ImageAttack =>
  imageAttack({
    name,
    title: `Colours, told by an outsider from ${made} (${name === 'noisynet' ? 'NoisyNet' : 'PathNet'})`,
    standpoint: 'outsider',
    aim: 'attribute',
    needs: `the public pane, and ${made} of the adversary’s own making; none of the owner’s images`,
    source: `Yonan and others, Privacy-Preserving Machine Learning in IoT (SECRYPT 2025), ${name === 'noisynet' ? 'NoisyNet' : 'PathNet'}`,
    applies: ({ originals }) => originals.shape[0] === 3 && colorsOf(originals) !== undefined,
    async run(evidence, { effort, seed, signal, onProgress }) {
      const [, height, width] = evidence.originals.shape
      const count = affordable(images[effort], sizeOf(evidence.released.shape.slice(1)))
      const ownImages = make(count, { seed: seed + 1, size: [height, width] })
      const abort = signal ? { signal } : {}
      const { released } = await obfuscate(evidence.panes, ownImages, { seed: seed + 1, ...abort })
      const net = await trainAttributeNet(released, ownImages.attributes['color']!, {
        epochs: epochsFor(count, effort),
        seed,
        validation: 0.1,
        ...abort,
        onProgress,
      })
      const judged = takePairs(
        evidence,
        sampleRows(evidence.originals.count, sizes[effort].judged, seed, 'judged'),
      )
      return [
        {
          rows: judged.images.count,
          about: 'color',
          metrics: [await net.accuracy(judged.released, colorsOf(judged.images)!)],
          notes: [
            `Trained on ${count} ${made} in seven colours, obfuscated by the public pane; judged on ${judged.images.count} of the owner’s samples.`,
          ],
        },
      ]
    },
  })

/** The colours of a set by our numbers; undefined unless all its colour names are among the seven. */
function colorsOf({ attributes }: Pick<ImageEvidence['originals'], 'attributes'>) {
  const color = attributes['color']
  const numbers = color?.names.map((name) => (colorNames as readonly string[]).indexOf(name))
  if (!color || !numbers || numbers.includes(-1)) return undefined
  return { names: colorNames, of: color.of.map((c) => numbers[c]!) }
}

/** Images of noise. */
export const noisyNet = outsider('noisynet', 'images of noise', noisyImages)

/** Images of random walks. */
export const pathNet = outsider('pathnet', 'images of random walks', pathImages)
