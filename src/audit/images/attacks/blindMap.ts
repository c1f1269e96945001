// What somebody sees who has only what left: whether samples of one class lie together.
// Source: Yonan et al. 2025 (t-SNE, perplexity 15, on the raw dimensions of the obfuscated samples).
// No attack on an image by itself: it says that classes can be told apart once a few samples are known.

import { imageSize } from '../../../data/images/imageSet.ts'
import type { ImageSet, Labels } from '../../../data/index.ts'
import { sizeOf } from '../../../graph/index.ts'
import { type ImageFound, imageAttack } from '../frame.ts'
import { mapSvg, perplexity, planeDistances, purityMetric, structureMeasures, umap } from '../maps.ts'
import { squaredDistances } from '../neighbours.ts'
import { sampleRows, takePairs } from '../parts.ts'
import { tsne } from '../tsne.ts'

const points = { quick: 600, full: 2000 } as const

/** Structure that is seen without knowing anything. */
export const blindMap = imageAttack({
  name: 'blind-map',
  title: 'Classes that lie together (t-SNE)',
  standpoint: 'blind',
  aim: 'structure',
  needs: 'what left, and nothing else',
  source: 'Yonan and others, Privacy-Preserving Machine Learning in IoT (SECRYPT 2025), t-SNE',
  applies: ({ originals }) => originals.count >= 20 && columnsOf(originals).length > 0,
  async run(evidence, { effort, seed, signal, onProgress }) {
    const abort = signal ? { signal } : {}
    // Distances of all pairs cost points² · numbers: of photographs fewer are drawn.
    const width = Math.max(sizeOf(evidence.released.shape.slice(1)), imageSize(evidence.originals.shape))
    const most = Math.max(100, Math.min(points[effort], Math.floor(Math.sqrt(1.2e10 / width))))
    const rows = sampleRows(evidence.originals.count, most, seed, 'map')
    const { images, released } = takePairs(evidence, rows)
    const squared = await squaredDistances(released.data as Float32Array, images.count, signal)
    const before = await squaredDistances(images.pixels, images.count, signal)
    onProgress?.(0.2)
    const tsneMap = await tsne(squared, {
      perplexity,
      seed,
      ...abort,
      onProgress: (share) => onProgress?.(0.2 + 0.5 * share),
    })
    const umapMap = await umap(squared, {
      seed,
      ...abort,
      onProgress: (share) => onProgress?.(0.7 + 0.25 * share),
    })
    const [tsneDistances, umapDistances] = [await planeDistances(tsneMap), await planeDistances(umapMap)]
    const findings: ImageFound[] = []
    for (const [name, labels] of columnsOf(images)) {
      const drawn = async (title: string, map: Float64Array) => ({
        title,
        alternative: `Scatter plot of ${images.count} samples, one mark each, coloured by ${name}; the purity and silhouette beside it say how far classes lie apart.`,
        kind: 'svg' as const,
        data: await mapSvg(map, labels),
      })
      findings.push({
        title: `Samples of one ${name} lie together`,
        rows: images.count,
        metrics: [purityMetric(squared, labels, seed)],
        measures: [
          ...structureMeasures(squared, labels, 'of what left', seed).slice(1),
          ...structureMeasures(tsneDistances, labels, 'on the t-SNE map', seed),
          ...structureMeasures(umapDistances, labels, 'on the UMAP map', seed),
          ...structureMeasures(before, labels, 'of the images themselves', seed),
        ],
        pictures: [
          await drawn(`t-SNE of what left, by ${name}`, tsneMap),
          await drawn(`UMAP of what left, by ${name}`, umapMap),
        ],
        notes: [
          `The headline counts the ten nearest neighbours among ${images.count} samples as they left, without a map. Perplexity of the t-SNE ${perplexity}, neighbours of the UMAP ${perplexity}.`,
        ],
      })
    }
    onProgress?.(1)
    return findings
  },
})

/** Labels and attributes that have at least two classes. */
function columnsOf({ labels, attributes }: ImageSet): [string, Labels][] {
  const columns: [string, Labels][] = [
    ...(labels ? [['class', labels] as [string, Labels]] : []),
    ...Object.entries(attributes),
  ]
  return columns.filter(([, { of }]) => of.some((c) => c !== of[0]))
}
