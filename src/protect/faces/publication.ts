// Averaged faces as a folder that may leave: pictures under new names in a new order, their attributes, a manifest.
// Source: docs/how-to/anonymize-faces.md.
// Names and order say nothing of whose a face is. That somebody is among the people is not hidden.

import { encode } from 'fast-png'
import { z } from 'zod'
import { csvText } from '../../data/csvRecord.ts'
import type { ImageSet } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { readJsonFile } from '../../json.ts'
import { drawBelow } from '../../random/integers.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { type RandomSource, systemRandom } from '../../random/source.ts'
import { placeFiles } from '../certified/codeBundle.ts'
import { requireReplaceable } from '../learned/bundle.ts'
import { sha256Of } from '../learned/classifier.ts'
import { type AveragedFaces, faceSpaces } from './averaged.ts'

const counted = z.int().min(0)

const manifestSchema = z.strictObject({
  format: z.literal('frostglass-faces'),
  version: z.literal(1),
  /** Least number of people whose albums are equal. */
  k: z.int().min(2),
  space: z.enum(faceSpaces),
  /** Attributes that were kept. */
  select: z.array(z.string()),
  people: counted,
  groups: counted,
  faces: counted,
  /** Images that no face takes the place of. */
  leftOut: counted,
  parts: z.array(z.strictObject({ file: z.string(), bytes: counted, sha256: z.string() })).min(2),
})

/** What published faces say of themselves. Public. */
export type FacesManifest = z.infer<typeof manifestSchema>

const manifestName = 'manifest.json'
const attributesName = 'attributes.csv'

/** How faces were made, and how they are written. */
export interface PublishFacesOptions {
  readonly k: number
  readonly space: FacesManifest['space']
  readonly force?: boolean | undefined
  /** Of the order; the system's unless a test gives one. */
  readonly random?: RandomSource | undefined
  readonly signal?: AbortSignal | undefined
}

/** @throws FrostglassError `usage` for a folder that may not be replaced */
export const requireFreeFacesFolder = (folder: string, force: boolean): Promise<void> =>
  requireReplaceable(folder, force, {
    what: 'folder of published faces',
    files: async () => {
      const { parts } = await readJsonFile(`${folder}/${manifestName}`, manifestSchema, {
        what: 'the manifest',
        hint: 'Name a folder that `frostglass anonymize faces` wrote.',
      })
      return [manifestName, ...parts.map(({ file }) => file)]
    },
  })

/**
 * Writes averaged faces, whole or not at all. Before that it holds them to their promise: every album is there k times.
 * @throws FrostglassError `policy` where an album is not, `usage` when the folder exists, `io`, `aborted`
 */
export async function publishFaces(
  folder: string,
  averaged: AveragedFaces,
  { k, space, force = false, random = systemRandom, signal }: PublishFacesOptions,
): Promise<FacesManifest> {
  const { faces, groupOf, leftOut } = averaged
  const albums = albumsOf(averaged)
  requireAlike(albums, faces, k)
  const files: Record<string, Uint8Array> = {}
  const names = Object.keys(faces.attributes)
  const lines = [['file', 'person', ...names]]
  const order = shuffle(upTo(albums.length), { below: (n) => drawBelow(n, random) })
  const padded = (n: number, of: number) => String(n).padStart(String(of).length, '0')
  order.forEach((album, place) => {
    const person = padded(place + 1, albums.length)
    albums[album]!.forEach((face, i, { length }) => {
      const file = `${person}${length === 1 ? '' : `-${padded(i + 1, length)}`}.png`
      files[file] = pngOf(faces, face)
      const values = names.map((name) => {
        const { names: classes, of } = faces.attributes[name]!
        return classes[of[face]!]!
      })
      lines.push([file, person, ...values])
    })
  })
  files[attributesName] = new TextEncoder().encode(csvText(lines))
  const manifest = manifestSchema.parse({
    format: 'frostglass-faces',
    version: 1,
    k,
    space,
    select: names,
    people: albums.length,
    groups: new Set(groupOf).size,
    faces: faces.count,
    leftOut,
    parts: Object.entries(files).map(([file, bytes]) => ({
      file,
      bytes: bytes.length,
      sha256: sha256Of(bytes),
    })),
  } satisfies FacesManifest)
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`)
  await placeFiles(folder, { ...files, [manifestName]: text }, requireFreeFacesFolder, { force, signal })
  return manifest
}

/** Of each person the places of the faces. */
function albumsOf({ albumOf, groupOf }: AveragedFaces): readonly (readonly number[])[] {
  const albums: number[][] = Array.from(groupOf, () => [])
  albumOf.forEach((who, face) => void albums[who]!.push(face))
  return albums
}

// What is promised is held here once more, of the very bytes that leave.
function requireAlike(albums: readonly (readonly number[])[], faces: ImageSet, k: number): void {
  const size = faces.pixels.length / faces.count
  const counts = new Map<string, number>()
  for (const album of albums) {
    const parts = album.flatMap((face) => [
      Buffer.from(faces.pixels.subarray(face * size, (face + 1) * size)),
      Buffer.from(` ${Object.values(faces.attributes).map(({ of }) => of[face]!)} `),
    ])
    const key = sha256Of(Buffer.concat(parts))
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const fewest = Math.min(...counts.values())
  if (fewest < k)
    throw new FrostglassError(
      'policy',
      `an album is there ${fewest} times, not ${k} times: nothing was written`,
    )
}

function pngOf({ pixels, count, shape }: ImageSet, face: number): Uint8Array {
  const [channels, height, width] = shape
  const area = height * width
  const from = (face * pixels.length) / count
  const data = new Uint8Array(channels * area)
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < area; i++) data[i * channels + c] = pixels[from + c * area + i]!
  return encode({ width, height, channels, depth: 8, data })
}
