// Whose sample it is: candidates' images go through the public pane, and the nearest one is the source.
// Source: the dictionary attack on deterministic encodings; nearest neighbours as in record linkage.
// A pane without randomness gives equal images equal samples: whoever has the very image finds it. So a second number
// says what is left when the adversary has another picture of the same thing: the image moved by one pixel.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { type ImageSet, takeImages } from '../../../data/index.ts'
import { throwIfAborted } from '../../../errors.ts'
import { sizeOf, type Tensor } from '../../../graph/index.ts'
import type { ObfuscatorPane } from '../../../protect/index.ts'
import { rankMetrics } from '../../ranks.ts'
import { imageAttack } from '../frame.ts'
import { takeTensorRows } from '../learning.ts'
import { obfuscate, sampleRows } from '../parts.ts'

const sizes = { quick: { candidates: 500, samples: 200 }, full: { candidates: 1000, samples: 500 } } as const

/** Re-identification of the source image among candidates. */
export const reidentification = imageAttack({
  name: 'reidentification',
  title: 'The source image found among candidates',
  standpoint: 'server',
  aim: 'rows',
  needs: 'the public pane, and the candidates’ images, of which one is the source',
  source: 'nearest neighbour after the public pane, as in dictionary attacks; rates as in Winkler (2004)',
  applies: ({ originals }) => originals.count >= 2,
  async run(evidence, { effort, seed, signal, onProgress }) {
    const { originals, released, panes } = evidence
    const width = sizeOf(released.shape.slice(1))
    // Of photographs fewer: every candidate goes through every pane.
    const shrink = Math.min(1, 3e7 / (sizes[effort].candidates * width * panes.length))
    const candidates = Math.max(2, Math.floor(sizes[effort].candidates * shrink))
    const rows = sampleRows(originals.count, candidates, seed, 'candidates')
    const asked = Int32Array.from({ length: Math.min(sizes[effort].samples, rows.length) }, (_, i) => i)
    const samples = takeTensorRows(
      released,
      asked.map((i) => rows[i]!),
    )
    const images = takeImages(originals, rows)
    const compare = async (set: ImageSet, done: number) => {
      const found = await dissimilarities(samples, set, panes, { seed, signal })
      onProgress?.(done)
      return rankMetrics(
        found,
        Array.from(asked, (candidate, i) => [i, candidate] as const),
        rows.length,
        seed,
      )
    }
    const exact = await compare(images, 0.5)
    const [moved] = await compare(shifted(images), 1)
    return [
      {
        rows: asked.length,
        metrics: exact,
        measures: [
          {
            name: 'rank1 when the candidates’ images are moved by one pixel',
            value: moved.value,
            interval: moved.interval,
          },
        ],
        notes: [
          `The source is among ${rows.length} candidates, whose images the adversary puts through ${panes.length === 1 ? 'the pane' : 'every pane'}. A pane that draws nothing at random gives the very image away; the second number is for another picture of the same thing.`,
        ],
      },
    ]
  },
})

/** Squared distance of each sample to each candidate, through the pane under which they are nearest. */
async function dissimilarities(
  samples: Tensor,
  candidates: ImageSet,
  panes: readonly ObfuscatorPane[],
  options: { readonly seed: number; readonly signal?: AbortSignal | undefined },
): Promise<Float64Array> {
  const count = samples.shape[0]!
  const numbers = samples.data as Float32Array
  const width = numbers.length / count
  const every = Math.max(1, Math.floor(3e7 / (candidates.count * width)))
  const out = new Float64Array(count * candidates.count).fill(Number.POSITIVE_INFINITY)
  for (const [p] of panes.entries()) {
    const paneOf = new Int32Array(candidates.count).fill(p)
    const made = (await obfuscate(panes, candidates, { ...options, paneOf })).released.data as Float32Array
    for (let i = 0; i < count; i++) {
      if (i % every === 0) {
        await nextTurn()
        throwIfAborted(options.signal)
      }
      for (let c = 0; c < candidates.count; c++) {
        let sum = 0
        for (let k = 0, a = i * width, b = c * width; k < width; k++) {
          const d = numbers[a + k]! - made[b + k]!
          sum += d * d
        }
        const at = i * candidates.count + c
        if (sum < out[at]!) out[at] = sum
      }
    }
  }
  return out
}

/** Every image moved by one pixel to the right and down; what enters is black. */
function shifted(set: ImageSet): ImageSet {
  const [channels, height, width] = set.shape
  const pixels = new Uint8Array(set.pixels.length)
  for (let plane = 0; plane < set.count * channels; plane++) {
    const from = plane * height * width
    for (let y = 1; y < height; y++) {
      pixels.set(set.pixels.subarray(from + (y - 1) * width, from + y * width - 1), from + y * width + 1)
    }
  }
  return { ...set, pixels }
}
