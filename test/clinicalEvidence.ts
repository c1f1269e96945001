// What leaves of a made-up clinical table behind layers, with the truth: as an owner's key would release it.
// Source: protect/keyed (stages 1 and 4 to 7 by `layered`, stage 2 here); clinicalTables.ts.
// The order of rows is kept: attacks are not given it.

import { type Evidence, numericAttributes } from '../src/audit/tables/evidence.ts'
import { layered } from '../src/protect/index.ts'
import { shuffle, upTo } from '../src/random/order.ts'
import { seededStream } from '../src/random/seeded.ts'
import type { ClinicalTable } from './clinicalTables.ts'

/** @param label whether the label is a class or a number to be predicted. */
export function clinicalEvidence(
  { features, label }: ClinicalTable,
  kind: 'class' | 'number',
  layers: number,
  seed: number,
): Evidence {
  const secret = new Uint8Array(32).fill(seed + 1)
  const pane = layered.fit(features, { layers, activation: 'tanh', matrix: 'bounded', secret })
  const random = seededStream(seed, 'hidden label')
  const classes = Math.max(...label) + 1
  const codes = kind === 'class' ? shuffle(upTo(classes), random) : undefined
  const original = Int32Array.from(label)
  const slope = (random.uniform() < 0.5 ? -1 : 1) * 4 ** (random.uniform() - 0.5)
  const offset = 2 * random.uniform() - 1
  const width = Math.max(...label) - Math.min(...label)
  const names = features.map((_, j) => `c${j}`)
  return {
    attributes: numericAttributes(names, features),
    features,
    released: pane.protect(features),
    scheme: pane.about,
    ...(codes
      ? { labels: { classes, original, released: original.map((c) => codes[c]!) } }
      : { target: { original: label, released: label.map((t) => (slope * t) / width + offset) } }),
  }
}
