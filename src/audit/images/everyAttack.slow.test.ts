import { describe, expect, it } from 'vitest'
import {
  constant,
  found,
  identity,
  noise,
  options,
  originals,
  shape,
  training,
} from '../../../test/attackedImages.ts'
import { colorNames, noisyImages } from '../../data/images/synthetic.ts'
import type { ImageSet } from '../../data/index.ts'
import { tensor } from '../../graph/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { metricOf } from '../finding.ts'
import { attributeServer } from './attacks/attributeServer.ts'
import { blindMap } from './attacks/blindMap.ts'
import { distanceMatching } from './attacks/distanceMatching.ts'
import { membership } from './attacks/membership.ts'
import { noisyNet } from './attacks/outsider.ts'
import { recnet } from './attacks/reconstruction.ts'
import { reidentification } from './attacks/reidentification.ts'
import { trainAttributeNet } from './attributeNet.ts'
import { trainRecNet } from './recNet.ts'
import { barImages, evidenceOf, identityPane, projectionPane, rememberingPane } from './testing.ts'

describe('recnet', () => {
  it('gets the images where the pane is a projection, and shows them', async () => {
    const finding = await found(
      recnet,
      await evidenceOf([projectionPane(shape, 144, 1)], originals, training),
    )
    const ssim = metricOf(finding, 'ssim')
    expect(ssim.value).toBeGreaterThan(0.85)
    expect(ssim.chance).toBeLessThan(0.6)
    const mse = (name: string) => finding.measures.find((m) => m.name === name)!.value
    expect(mse('mse')).toBeLessThan(mse('mse of the mean image') / 5)
    const png = Buffer.from(finding.pictures[0]!.data, 'base64')
    expect(png.subarray(1, 4).toString()).toBe('PNG')
  })

  it.each([
    ['a constant', constant],
    ['noise', noise],
  ])('gets no more than the mean image from %s', async (_, evidence) => {
    const finding = await found(recnet, await evidence())
    const { value, chance } = metricOf(finding, 'ssim')
    expect(value).toBeLessThan(chance + 0.1)
    const [mse, mean] = ['mse', 'mse of the mean image'].map(
      (n) => finding.measures.find((m) => m.name === n)!.value,
    )
    expect(mse).toBeGreaterThan(0.8 * mean!)
  })

  it('says where the training images were missing', async () => {
    const finding = await found(recnet, await evidenceOf([identityPane(shape)], originals))
    expect(finding.notes[0]).toMatch(/The training images were not given: 60 of the audited images/)
    expect(finding.rows).toBe(60)
  })

  it.each(['dense', 'convolutional', 'layout'] as const)('has a %s network that learns', async (kind) => {
    // Sides that no stage divides: what overshoots is cut off.
    const own = barImages(200, 4, [1, 13, 14])
    const { released } = await evidenceOf([identityPane(own.shape)], own)
    const net = await trainRecNet(released, own, {
      shape: kind,
      bottleneck: 64,
      epochs: 16,
      batch: 32,
      seed: 1,
      validation: 0.2,
    })
    expect(net.validationLoss).toBeLessThan(0.02)
    expect((await net.reconstruct(released)).length).toBe(own.pixels.length)
    expect(net.onnx().length).toBeGreaterThan(1000)
  })
})

describe('attribute-server', () => {
  it('takes halves of the audited images for an attribute that the training images lack', async () => {
    const bare: ImageSet = { ...training, attributes: {} }
    const finding = await found(attributeServer, await evidenceOf([identityPane(shape)], originals, bare))
    expect(finding.notes[0]).toMatch(/do not name this attribute/)
    expect(metricOf(finding, 'attribute').value).toBeGreaterThan(0.9)
  })

  it('has a network that takes rows of tables too, and says which rows are amiss', async () => {
    const source = seededStream(4, 'table')
    const of = Int32Array.from({ length: 300 }, (_, i) => i % 3)
    const rows = Float32Array.from(
      { length: 300 * 5 },
      (_, j) => 40 * source.normal() + 90 * of[Math.floor(j / 5)]!,
    )
    const labels = { names: ['a', 'b', 'c'], of }
    const net = await trainAttributeNet(tensor(rows, [300, 5]), labels, { seed: 1, epochs: 20, batch: 32 })
    const { value, chance, interval } = await net.accuracy(tensor(rows, [300, 5]), labels)
    expect(value).toBeGreaterThan(0.9)
    expect(chance).toBeCloseTo(1 / 3, 12)
    expect(interval[1]).toBeGreaterThanOrEqual(value)
    const fewer = tensor(rows.subarray(0, 10), [2, 5])
    await expect(trainAttributeNet(fewer, labels, { seed: 1 })).rejects.toThrow(
      /2 released rows, but 300 labels/,
    )
    rows[7] = Number.NaN
    await expect(trainAttributeNet(tensor(rows, [300, 5]), labels, { seed: 1 })).rejects.toMatchObject({
      code: 'input',
    })
  })

  it('does not apply without an attribute', async () => {
    const { applies } = attributeServer
    expect(applies(await evidenceOf([identityPane(shape)], { ...originals, attributes: {} }))).toBe(false)
  })
})

describe('noisynet and pathnet', () => {
  it('apply to the seven colours alone, under whatever numbers', async () => {
    const set = noisyImages(14, { seed: 1, size: [4, 4] })
    const evidence = await evidenceOf([identityPane(set.shape)], set)
    expect(noisyNet.applies(evidence)).toBe(true)
    const named = (names: readonly string[]) => ({
      ...evidence,
      originals: { ...set, attributes: { color: { names, of: set.attributes['color']!.of } } },
    })
    expect(noisyNet.applies(named(colorNames.toReversed()))).toBe(true)
    expect(noisyNet.applies(named(['red', 'green', 'blue', 'aqua', 'magenta', 'yellow', 'mauve']))).toBe(
      false,
    )
    expect(noisyNet.applies(await identity())).toBe(false)
  })
})

describe('blind-map', () => {
  it('sees classes that lie together, and none in noise', async () => {
    const open = await blindMap.run(await identity(), options)
    expect(open.map(({ title }) => title)).toEqual([
      'Samples of one class lie together',
      'Samples of one side lie together',
    ])
    const [rows] = open
    expect(metricOf(rows!, 'purity').value).toBeGreaterThan(0.85)
    const measure = (name: string) => rows!.measures.find((m) => m.name === name)!.value
    expect(measure('purity on the t-SNE map')).toBeGreaterThan(0.85)
    expect(measure('purity on the UMAP map')).toBeGreaterThan(0.85)
    expect(rows!.pictures.map(({ kind }) => kind)).toEqual(['svg', 'svg'])
    expect(rows!.pictures[0]!.data).toMatch(/^<svg/)
    for (const evidence of [await constant(), await noise()]) {
      for (const finding of await blindMap.run(evidence, options)) {
        const { value, chance } = metricOf(finding, 'purity')
        expect(Math.abs(value - chance)).toBeLessThan(0.06)
      }
    }
  })
})

describe('re-identification', () => {
  it('finds the source of every sample of a pane that keeps images apart, and none of a constant', async () => {
    const [rank1] = (await found(reidentification, await identity())).metrics
    expect(rank1!.value).toBeGreaterThan(0.98)
    expect(rank1!.chance).toBeCloseTo(1 / 120, 6)
    for (const evidence of [await constant(), await noise()]) {
      const finding = await found(reidentification, evidence)
      expect(metricOf(finding, 'rank1').value).toBeLessThan(0.05)
    }
  })

  it('by distances alone works on what keeps distances', async () => {
    const rotated = await evidenceOf([projectionPane(shape, 400, 2)], originals)
    expect(metricOf(await found(distanceMatching, rotated), 'rank1').value).toBeGreaterThan(0.1)
    expect(metricOf(await found(distanceMatching, await identity()), 'rank1').value).toBeGreaterThan(0.9)
    expect(metricOf(await found(distanceMatching, await noise()), 'rank1').value).toBeLessThan(0.06)
  })
})

describe('membership', () => {
  it('goes by the loss where the classifier is public', async () => {
    const evidence = await evidenceOf([rememberingPane(training, originals)], originals, training)
    const source = seededStream(1, 'service')
    // It is surer of what it was trained with, by a little, in a noise of its own.
    const service = async (released: { shape: readonly number[]; data: ArrayLike<number | bigint> }) => {
      const rows = released.shape[0]!
      const data = new Float32Array(3 * rows)
      for (let i = 0; i < rows; i++) {
        const sure = 0.2 + 0.2 * Number(released.data[3 * i]) + 0.3 * source.uniform()
        data.fill((1 - sure) / 2, 3 * i, 3 * i + 3)
        data[3 * i + Number(released.data[3 * i + 1])] = sure
      }
      return tensor(data, [rows, 3])
    }
    const finding = await found(membership, { ...evidence, service })
    const { value, baseline } = metricOf(finding, 'member')
    expect(value).toBeGreaterThan(0.85)
    expect(value).toBeLessThan(1)
    expect(baseline).toBeUndefined()
  })

  it('does not apply where the audited images are the training images', async () => {
    expect(membership.applies(await evidenceOf([identityPane(shape)], training, training))).toBe(false)
    expect(membership.applies(await evidenceOf([identityPane(shape)], originals))).toBe(false)
  })
})
