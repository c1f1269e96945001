// Where a trained gallery is kept: a folder for each part, which appears whole or not at all.
// Source: docs/architecture.md#errors-exits-files (atomic writes); the user's cache folder (XDG, FROSTGLASS_CACHE).
// Two that train at once may both do the work; the one that ends first is kept, and both go on with that.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileError } from '../data/files.ts'
import { cacheFolder } from '../data/images/catalogue.ts'
import type { ImageSet } from '../data/index.ts'
import { createWorkspace } from '../data/workspace.ts'
import type { GalleryRecipe } from './galleryTraining.ts'

/** Raise it when training changes so that what is kept is of no use. */
const version = 1

/** Files by name, and what was measured. */
export interface Part<M> {
  readonly files: Readonly<Record<string, Uint8Array>>
  readonly measured: M
}

interface Listing<M> {
  readonly measured: M
  readonly sha256: Readonly<Record<string, string>>
}

/** The folder of the gallery that these digits and this recipe give. */
export function galleryFolder(train: ImageSet, test: ImageSet, recipe: GalleryRecipe): string {
  const hash = createHash('sha256').update(JSON.stringify([version, recipe, train.shape]))
  for (const set of [train, test]) {
    hash.update(set.pixels)
    const labels = set.labels?.of
    if (labels) hash.update(new Uint8Array(labels.buffer, labels.byteOffset, labels.byteLength))
  }
  return join(cacheFolder(), 'gallery', hash.digest('hex').slice(0, 16))
}

/** The panes and attacks of one classifier: with another, none of them is of use. */
export function panesFolder(folder: string, classifier: Part<unknown>): string {
  return join(folder, `before-${sha256(classifier.files['classifier.onnx']!).slice(0, 16)}`)
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** A part that is there and whole; undefined otherwise. A damaged one is removed, so that it is trained anew. */
export function readPart<M>(folder: string, name: string): Part<M> | undefined {
  const place = join(folder, name)
  let listing: Listing<M>
  try {
    listing = JSON.parse(readFileSync(join(place, 'measured.json'), 'utf8')) as Listing<M>
  } catch (error) {
    // Not there: the usual case. There and no JSON: of no use.
    if (error instanceof SyntaxError) rmSync(place, { recursive: true, force: true })
    return undefined
  }
  try {
    const files: Record<string, Uint8Array> = {}
    for (const [file, expected] of Object.entries(listing.sha256)) {
      const bytes = new Uint8Array(readFileSync(join(place, file)))
      if (sha256(bytes) !== expected) throw new TypeError(`${file} is damaged`)
      files[file] = bytes
    }
    return { files, measured: listing.measured }
  } catch {
    rmSync(place, { recursive: true, force: true })
    return undefined
  }
}

/**
 * Keeps a part, unless another process has kept one meanwhile; answers the one that is kept.
 * @throws FrostglassError `io` when the folder cannot be written
 */
export function keepPart<M>(folder: string, name: string, part: Part<M>): Part<M> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const workspace = createWorkspace(folder)
    try {
      const place = workspace.path(name)
      mkdirSync(place)
      const sums: Record<string, string> = {}
      for (const [file, bytes] of Object.entries(part.files)) {
        writeFileSync(join(place, file), bytes)
        sums[file] = sha256(bytes)
      }
      const listing: Listing<M> = { measured: part.measured, sha256: sums }
      writeFileSync(join(place, 'measured.json'), JSON.stringify(listing))
      try {
        renameSync(place, join(folder, name))
        return part
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw error
        // Another was first. If its part is damaged it has been removed by now, and ours takes the place.
        const kept = readPart<M>(folder, name)
        if (kept) return kept
        renameSync(place, join(folder, name))
        return part
      }
    } finally {
      workspace.remove()
    }
  } catch (error) {
    throw fileError(error, folder, 'writing to the cache')
  }
}
