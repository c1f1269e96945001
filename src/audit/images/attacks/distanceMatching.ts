// Whose sample it is, without the pane: an image's distances to all others are a fingerprint that may survive.
// Source: Turgay, Pedersen, Saygın, Savaş and Levi (SSDBM 2008), for tables; here on pixels and released rows.
// It finds what keeps distances. A network that keeps only classes does not.

import { imageSize } from '../../../data/images/imageSet.ts'
import { takeImages } from '../../../data/index.ts'
import { sizeOf } from '../../../graph/index.ts'
import { shuffle, upTo } from '../../../random/order.ts'
import { seededStream } from '../../../random/seeded.ts'
import { rankMetrics } from '../../ranks.ts'
import { imageAttack } from '../frame.ts'
import { takeTensorRows } from '../learning.ts'
import { squaredDistances } from '../neighbours.ts'
import { sampleRows } from '../parts.ts'

const most = { quick: 400, full: 1000 } as const

/** Blind re-identification by distances to all others. */
export const distanceMatching = imageAttack({
  name: 'distance-matching',
  title: 'Source images found by distances alone',
  standpoint: 'blind',
  aim: 'rows',
  needs: 'what left, and the images without knowing whose sample is whose; not the pane',
  source: 'Turgay and others, Disclosure Risks of Distance Preserving Data Transformations (SSDBM 2008)',
  applies: ({ originals }) => originals.count >= 20,
  async run({ originals, released }, { effort, seed, signal }) {
    const width = Math.max(sizeOf(released.shape.slice(1)), imageSize(originals.shape))
    const count = Math.max(50, Math.min(most[effort], Math.floor(Math.sqrt(6e9 / width))))
    const rows = sampleRows(originals.count, count, seed, 'distances')
    const place = shuffle(upTo(rows.length), seededStream(seed, 'candidates'))
    const samples = takeTensorRows(released, rows).data as Float32Array
    const candidates = takeImages(
      originals,
      rows.map((_, c) => rows[place[c]!]!),
    )
    const left = profiles(await squaredDistances(samples, rows.length, signal), rows.length)
    const raw = profiles(await squaredDistances(candidates.pixels, rows.length, signal), rows.length)
    const unlike = new Float64Array(rows.length ** 2)
    for (let i = 0; i < rows.length; i++) {
      for (let c = 0; c < rows.length; c++) {
        let sum = 0
        for (let k = 0; k < left[i]!.length; k++) sum += (left[i]![k]! - raw[c]![k]!) ** 2
        unlike[i * rows.length + c] = sum
      }
    }
    const source = new Int32Array(rows.length)
    place.forEach((row, c) => {
      source[row] = c
    })
    return [
      {
        rows: rows.length,
        metrics: rankMetrics(
          unlike,
          Array.from(source, (candidate, i) => [i, candidate] as const),
          rows.length,
          seed,
        ),
        notes: [
          `Each of ${rows.length} samples is matched with one of as many images by the sorted distances to all others.`,
        ],
      },
    ]
  },
})

/** Each row's sorted distances to the others, all rows scaled alike to mean 1. */
function profiles(squared: Float64Array, rows: number): Float64Array[] {
  let sum = 0
  for (let i = 0; i < squared.length; i++) sum += Math.sqrt(squared[i]!)
  const scale = sum > 0 ? squared.length / sum : 1
  return Array.from({ length: rows }, (_, i) =>
    squared
      .slice(i * rows, (i + 1) * rows)
      .map((d) => scale * Math.sqrt(d))
      .sort(),
  )
}
