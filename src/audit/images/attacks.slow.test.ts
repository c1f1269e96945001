import { describe, expect, it } from 'vitest'
import { constant, found, identity, noise, originals, shape, training } from '../../../test/attackedImages.ts'
import { colored } from '../../data/images/synthetic.ts'
import { metricOf } from '../finding.ts'
import { attributeServer } from './attacks/attributeServer.ts'
import { membership } from './attacks/membership.ts'
import { noisyNet, pathNet } from './attacks/outsider.ts'
import { paneIdentity } from './attacks/paneIdentity.ts'
import { barImages, constantPane, evidenceOf, paneOf, projectionPane, rememberingPane } from './testing.ts'

describe('attribute-server', () => {
  it('names the attribute where it is in what left, and not where nothing is', async () => {
    const open = metricOf(await found(attributeServer, await identity()), 'attribute')
    expect(open.value).toBeGreaterThan(0.97)
    const closed = metricOf(await found(attributeServer, await noise()), 'attribute')
    expect(closed.interval[0]).toBeLessThan(closed.chance + 0.02)
    expect(closed.value).toBeLessThan(0.68)
  })
})

describe('noisynet and pathnet', () => {
  const grey = barImages(84, 6)
  const digits = colored({ ...grey, attributes: {} }, { seed: 1 })

  it('tell colours from images of their own making, where the pane keeps colours', async () => {
    const [, height, width] = digits.shape
    const means = paneOf('colours', digits.shape, [3], (pixels, into) => {
      const all = pixels.reduce((a, b) => a + b) || 1
      for (let j = 0; j < pixels.length; j++) into[Math.floor(j / (height * width))]! += pixels[j]! / all
    })
    const evidence = await evidenceOf([means], digits)
    for (const attack of [noisyNet, pathNet]) {
      const { value, chance } = metricOf(await found(attack, evidence), 'attribute')
      expect(chance).toBeCloseTo(1 / 7, 5)
      expect(value).toBeGreaterThan(0.6)
    }
  })

  it('tell nothing where the pane loses colours', async () => {
    const evidence = await evidenceOf([constantPane(digits.shape)], digits)
    expect(metricOf(await found(noisyNet, evidence), 'attribute').value).toBeLessThan(0.3)
  })
})

describe('pane-identity', () => {
  it('tells panes apart that differ, and not equal ones', async () => {
    const panes = [1, 2, 3].map((seed) => projectionPane(shape, 40, seed))
    const apart = metricOf(await found(paneIdentity, await evidenceOf(panes, originals, training)), 'pane')
    expect(apart.value).toBeGreaterThan(0.9)
    expect(apart.chance).toBeCloseTo(1 / 3, 2)
    const same = [1, 1, 1].map((seed) => projectionPane(shape, 40, seed))
    const alike = metricOf(await found(paneIdentity, await evidenceOf(same, originals, training)), 'pane')
    expect(alike.value).toBeLessThan(0.47)
    expect(paneIdentity.applies(await identity())).toBe(false)
  })
})

describe('membership', () => {
  it('finds the members of a pane that remembers, and none of one that does not', async () => {
    const finding = await found(
      membership,
      await evidenceOf([rememberingPane(training, originals)], originals, training),
    )
    expect(metricOf(finding, 'member').value).toBeGreaterThan(0.99)
    expect(finding.measures[0]!.value).toBeGreaterThan(0.95)
    const blank = metricOf(await found(membership, await constant()), 'member')
    expect(blank.value).toBeCloseTo(0.5, 6)
    const open = metricOf(await found(membership, await identity()), 'member')
    expect(open.value).toBeLessThan(0.64)
  })
})
