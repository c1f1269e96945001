// What k-same promises and what breaks it, on the ORL faces (AT&T Laboratories Cambridge), where they are there.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { concatenateImages } from '../../data/images/imageSet.ts'
import { type ImageSet, openImages, takeImages } from '../../data/index.ts'
import { blur } from '../../protect/faces/blur.ts'
import { kSame } from '../../protect/faces/kSame.ts'
import { pixelate } from '../../protect/faces/pixelate.ts'
import { albumDissimilarities, candidatesLeft } from './albums.ts'
import { eigenfaceRecogniser } from './eigenfaceRecogniser.ts'
import { networkRecogniser } from './networkRecogniser.ts'
import { type FaceRecogniser, namedPeople } from './recogniser.ts'

const folder = fileURLToPath(new URL('../../../../shared/data/orl-faces', import.meta.url))
const people = 40

describe.skipIf(!existsSync(folder))('ORL (../shared/data)', async () => {
  const whole = existsSync(folder)
    ? await openImages(folder, { split: 'all', attributes: `${folder}/attributes.csv` })
    : undefined
  const session = (number: number): ImageSet => {
    const { subject, image } = whole!.attributes as Record<
      'subject' | 'image',
      NonNullable<ImageSet['labels']>
    >
    const rows = [...Array(whole!.count).keys()].filter((i) => image.names[image.of[i]!] === `${number}`)
    const {
      labels: _,
      files: __,
      ...rest
    } = takeImages(whole!, Int32Array.from(rows.toSorted((a, b) => subject.of[a]! - subject.of[b]!)))
    return { ...rest, attributes: {} }
  }
  const all = whole ? Array.from({ length: 10 }, (_, i) => session(i + 1)) : []
  const [asked, ...others] = all as [ImageSet, ...ImageSet[]]
  const join = (some: readonly ImageSet[]) => some.reduce((a, b) => concatenateImages(a, b))
  const known = (some: readonly ImageSet[]) => {
    const faces = join(some)
    return { faces, of: Int32Array.from({ length: faces.count }, (_, i) => i % people), people }
  }
  const rightly = (named: Int32Array) => named.filter((p, i) => p === i % people).length
  const recognised = async (recogniser: FaceRecogniser, some: readonly ImageSet[], faces: ImageSet) =>
    rightly(namedPeople(await (await recogniser.teach(known(some), { seed: 1 }))(faces), people))

  test('pixelated and blurred faces are recognised by who trained on such', async () => {
    expect(await recognised(eigenfaceRecogniser, others, asked)).toBeGreaterThanOrEqual(36)
    for (const change of [(set: ImageSet) => pixelate(set, 16), (set: ImageSet) => blur(set, 8)])
      expect(await recognised(eigenfaceRecogniser, others.map(change), change(asked))).toBeGreaterThanOrEqual(
        34,
      )
  })

  test.each([2, 5, 10])(
    'at most one in %i is recognised of averages, whatever the recogniser was taught',
    async (k) => {
      for (const make of [
        (set: ImageSet) => kSame(set, { k }).faces,
        (set: ImageSet) => kSame(set, { k, space: 'eigenfaces' }).faces,
      ]) {
        const made = make(asked)
        const alike = others.map(make)
        for (const taught of [others, alike, [...others, ...alike], [asked]])
          expect(await recognised(eigenfaceRecogniser, taught, made)).toBeLessThanOrEqual(people / k)
      }
      const { faces } = kSame(asked, { k })
      expect(await recognised(networkRecogniser(10), others, faces)).toBeLessThanOrEqual(people / k)
    },
  )

  test('several images of a person break it one by one, and not by one grouping', async () => {
    const [k, published] = [5, all.slice(0, 5)]
    const judge = await eigenfaceRecogniser.teach(known(all.slice(5)), { seed: 1 })
    const albums = async (faces: ImageSet, albumOf: Int32Array) =>
      rightly(namedPeople(albumDissimilarities(await judge(faces), people, albumOf, people), people))
    const turns = known(published).of
    const apart = published.map((set) => kSame(set, { k }))
    expect(await albums(join(apart.map(({ faces }) => faces)), turns)).toBeGreaterThan(people / k)
    expect(candidatesLeft(apart.map(({ groupOf }) => groupOf)).filter((n) => n === 1).length).toBeGreaterThan(
      30,
    )
    // The nearest faces of a face are the same person's.
    expect(await albums(kSame(join(published), { k }).faces, turns)).toBeGreaterThan(people / 2)
    const names = Array.from({ length: people }, (_, p) => `${p}`)
    const grouped = kSame(join(published), { k, person: { names, of: turns } })
    expect(await albums(grouped.faces, grouped.albumOf)).toBeLessThanOrEqual(people / k)
  })
})
