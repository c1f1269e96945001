// The ORL faces as ten sessions of forty people, one image of each in a session.
// Source: AT&T (Olivetti) Laboratories Cambridge, Samaria and Harter 1994; sex and glasses were told by eye.
// Faces are taken as they lie: upright and about centred, not aligned by eyes.

import { join } from 'node:path'
import type { KnownFaces } from '../../src/audit/faces/recogniser.ts'
import { concatenateImages } from '../../src/data/images/imageSet.ts'
import { type ImageSet, openImages, takeImages } from '../../src/data/index.ts'
import { FrostglassError } from '../../src/errors.ts'

export const people = 40
export const sessions = 10

/** @param data the folder that holds orl-faces @returns ten sets; face i of each is person i's @throws FrostglassError `usage` without it */
export async function readSessions(data: string | undefined): Promise<readonly ImageSet[]> {
  if (data === undefined)
    throw new FrostglassError(
      'usage',
      'the experiment faces needs the ORL faces',
      'Say --data and the folder that holds orl-faces.',
    )
  const folder = join(data, 'orl-faces')
  const set = await openImages(folder, { split: 'all', attributes: join(folder, 'attributes.csv') })
  const { subject, image } = set.attributes as Record<'subject' | 'image', NonNullable<ImageSet['labels']>>
  return Array.from({ length: sessions }, (_, s) => {
    const rows = Array.from({ length: people }, (_, p) =>
      [...Array(set.count).keys()].find(
        (i) => subject.of[i] === p && image.names[image.of[i]!] === `${s + 1}`,
      ),
    )
    // No files and no folder names: nothing but pixels and the two attributes goes on.
    const { name, shape, pixels, attributes } = takeImages(
      set,
      Int32Array.from(rows, (row) => row!),
    )
    const { glasses, sex } = attributes
    return { name, shape, pixels, count: people, attributes: { glasses: glasses!, sex: sex! } }
  })
}

/** Faces of several sessions as what somebody knows. */
export function knownFaces(some: readonly ImageSet[]): KnownFaces {
  const faces = some
    .map((session) => ({ ...session, attributes: {} }))
    .reduce((a, b) => concatenateImages(a, b))
  return { faces, of: Int32Array.from({ length: faces.count }, (_, i) => i % people), people }
}

/** How many of the faces are named as the person of their place. */
export const rightly = (named: Int32Array): number =>
  named.reduce((n, p, i) => n + (p === i % people ? 1 : 0), 0)
