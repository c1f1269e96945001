// What tests of attacks on images share: the images, three panes, and a run whose intervals hold its values.
// Source: src/audit/images/testing.ts for the images and the panes.
// Test code: no product code imports it.

import { expect } from 'vitest'
import type { ImageAttack, ImageEvidence, ImageFinding } from '../src/audit/images/contract.ts'
import { barImages, constantPane, evidenceOf, identityPane, noisePane } from '../src/audit/images/testing.ts'

export const training = barImages(400, 1)
export const originals = barImages(120, 2)
export const { shape } = originals
export const options = { seed: 3, effort: 'quick' as const }
/** The first finding of an attack that applies. */
export const found = async (attack: ImageAttack, evidence: ImageEvidence): Promise<ImageFinding> => {
  expect(attack.applies(evidence)).toBe(true)
  const [finding] = await attack.run(evidence, options)
  for (const { value, interval } of [...finding!.metrics, ...finding!.measures]) {
    expect(interval[0]).toBeLessThanOrEqual(value + 1e-9)
    expect(interval[1]).toBeGreaterThanOrEqual(value - 1e-9)
  }
  return finding!
}
export const identity = () => evidenceOf([identityPane(shape)], originals, training)
export const constant = () => evidenceOf([constantPane(shape)], originals, training)
export const noise = () => evidenceOf([noisePane(shape, 5)], originals, training)
