// Two nodes' updates read by a server that follows SecAgg+ of Flower: its masks have 2^28 seeds, and one search tries them all.
// Source: secAggPlus/BREAK.md, sections 1 and 2; flwrlabs/flower#7522. The form of before is Flower's, in secAggPlus/ here.
// That the search finds nothing under other masks proves nothing of them: it looks in a space in which their keys are not.

import { randomBytes } from 'node:crypto'
import { addMask, maskSign, pairMaskKey } from '../../fleet/secure/masks.ts'
import { seededStream } from '../../random/seeded.ts'
import { systemRandom } from '../../random/source.ts'
import type { Exhibit } from './exhibit.ts'
import { agreedKey, drawKeyPair } from './secAggPlus/keys.ts'
import { foldedSeed } from './secAggPlus/masks.ts'
import { type MaskedPair, openPair, type SearchOptions, unmaskPair } from './secAggPlus/pairSearch.ts'
import { seenRound } from './secAggPlus/round.ts'
import { placeOf } from './secAggPlus/seedSpace.ts'
import { flowerSettings, valuesOf, weightedGrid } from './secAggPlus/vector.ts'

const settings = { ...flowerSettings, shares: 2, threshold: 2 }
/** How many places a quick look tries: ten bits of the seed are given away. */
const few = 2 ** 18

/** Two nodes' made-up updates. */
const updates = () =>
  [3, 8].map((id) => {
    const random = seededStream(id, 'an update to hide')
    return { id, parameters: Float64Array.from({ length: 16 }, () => random.normal() / 4), examples: 40 * id }
  })

/** Numbers of vectors that a search told, as near as the grid lets them be. */
function right(vectors: readonly Uint32Array[]): number {
  if (vectors.length === 0) return 0
  return updates().reduce((sum, { parameters, examples }, i) => {
    const step = (2 * settings.clipping * settings.heaviest) / (settings.levels * examples)
    const told = valuesOf(vectors[i]!, settings)
    return sum + parameters.filter((value, j) => Math.abs(value - told[j]!) <= step * 1.001).length
  }, 0)
}

/** Flower's own masks. */
async function readBefore(options: SearchOptions, quick: boolean): Promise<number> {
  const keys = [drawKeyPair(), drawKeyPair()]
  const inputs = updates().map((update, i) => ({ ...update, keys: keys[i] }))
  const place = placeOf(foldedSeed(Buffer.from(agreedKey(keys[0]!.secret, keys[1]!.open))))
  const span = quick ? { from: place - (place % few), count: few } : undefined
  const { vectors } = await openPair(seenRound(settings, inputs, systemRandom), { ...options, span })
  return right(vectors)
}

/** Under the masks of our secure aggregation: what is left of both vectors when their own masks are off, as with Flower. */
function maskedByOurs(): MaskedPair {
  const key = pairMaskKey(randomBytes(32), randomBytes(32), 0, 1)
  // The lower node adds the mask there, and takes it off in Flower.
  const [lower, higher] = updates().map(({ parameters, examples }, i) => {
    const vector = weightedGrid(parameters, examples, settings, systemRandom)
    addMask(vector, key, i === 0 ? maskSign(1, 0) : maskSign(0, 1), 32)
    return vector
  })
  return { lower: lower!, higher: higher!, levels: settings.levels }
}

async function readToday(options: SearchOptions, quick: boolean): Promise<number> {
  const span = quick ? { from: 0, count: few } : undefined
  return right((await unmaskPair(maskedByOurs(), { ...options, span })).vectors)
}

export const foldedSeeds: Exhibit = {
  name: 'folded-seeds',
  title: 'Masks of which there are 2^28',
  claim: 'A server that adds up two masked updates, and follows the protocol, reads no number of either.',
  source: 'Flower’s SecAgg+ (flwr 1.42, flwrlabs/flower#7522), before; secAggPlus/BREAK.md',
  mended:
    'Not in Flower, whose scheme this is. Our own aggregation draws its masks by ChaCha20 under 256-bit keys, which nothing folds.',
  async run(form, { quick = false, signal } = {}) {
    const read = form === 'before' ? readBefore : readToday
    return {
      allowed: 0,
      measured: await read({ signal }, quick),
      unit: 'numbers of two updates of 16 that were read',
    }
  },
}
