// An image bundle: what leaves, as a folder with a manifest, the obfuscated images, and the public panes.
// Source: docs/architecture.md#the-learned-protection (Bundle). A pane is public, so it may leave with what it made.
// Which of several panes made a sample is not in it. Nobody signs it: checksums find damage, not malice.

import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { fileError, openWorkspace, sha256File, syncFolder, writeFileAtomic } from '../../data/files.ts'
import { imageSize } from '../../data/images/imageSet.ts'
import type { ImageSet } from '../../data/index.ts'
import { placeTogether } from '../../data/together.ts'
import { settleIn } from '../../data/workspace.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'
import { readJson } from '../../json.ts'
import { type LeakSummary, leakSummarySchema } from '../keyed/manifest.ts'
import { assertPublic } from '../standing.ts'
import { cardSchema } from './card.ts'
import type { ObfuscatorPane } from './contract.ts'
import { protectWithMany, requireAlike } from './manyPanes.ts'
import { readNpy, writeNpy } from './npy.ts'
import { openPane } from './pane.ts'

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`))
const partName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)

const manifestSchema = z.strictObject({
  format: z.literal('frostglass-image-bundle'),
  version: z.literal(1),
  /** The obfuscators of which one made each sample. */
  panes: z.array(z.strictObject({ file: partName, fingerprint: hex(32), card: cardSchema })).min(1),
  count: z.int().min(0),
  /** Of one sample. */
  shape: z.array(z.int().min(1)).min(1).max(3),
  dtype: z.literal('float32'),
  parts: z.array(z.strictObject({ file: partName, bytes: z.int().min(0), sha256: hex(64) })).min(2),
  /** Null until `frostglass audit`. */
  leak: leakSummarySchema.nullable(),
})

/** What a bundle says of itself. Public. */
export type BundleManifest = z.infer<typeof manifestSchema>

const manifestName = 'manifest.json'
const imagesName = 'images.npy'

/** A bundle, opened and checked. */
export interface Bundle {
  readonly folder: string
  readonly manifest: BundleManifest
  /** Close them. */
  readonly panes: readonly ObfuscatorPane[]
  /** float32 [count, …shape]. */
  readonly released: Tensor
}

/** Options of {@link writeBundle}. */
export interface BundleOptions {
  /** Replaces a bundle that is there. */
  readonly force?: boolean | undefined
  /** Draws panes repeatably: for experiments alone. */
  readonly seed?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with the share that is done, 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined
}

/**
 * Obfuscates images and writes the bundle, whole or not at all. Memory does not grow with the images.
 * @returns the manifest, and which pane made each sample (which stays with the owner)
 * @throws FrostglassError `usage` when the folder exists, `key` for a pane that is not public, `shape` for images that
 * the panes do not take, `io`, `aborted`
 */
export async function writeBundle(
  folder: string,
  panes: readonly ObfuscatorPane[],
  set: ImageSet,
  options: BundleOptions = {},
): Promise<{ readonly manifest: BundleManifest; readonly paneOf: Int32Array }> {
  for (const pane of panes) assertPublic(pane)
  const { input, output } = requireAlike(panes)
  if (`${set.shape}` !== `${input}`) {
    throw new FrostglassError(
      'shape',
      `the images of ${set.name} are ${set.shape.join('×')}, but the pane takes ${input.join('×')} (channels×height×width)`,
      'Give images as the pane was trained on; --size resizes a folder.',
    )
  }
  const target = resolve(folder)
  await requireFreeFolder(folder, options.force ?? false)
  const workspace = openWorkspace(target)
  try {
    const staged = workspace.path('bundle')
    await mkdir(staged, { mode: 0o755 })
    const files = panes.map((_, i) => (panes.length === 1 ? 'pane.onnx' : `pane-${i}.onnx`))
    const { paneOf, ...images } = await writeImages(join(staged, imagesName), panes, set, options)
    const parts = [{ file: imagesName, ...images }]
    for (const [i, { onnx }] of panes.entries()) {
      await writeFile(join(staged, files[i]!), onnx, { mode: 0o644, flush: true })
      parts.push({
        file: files[i]!,
        bytes: onnx.length,
        sha256: createHash('sha256').update(onnx).digest('hex'),
      })
    }
    const manifest = manifestSchema.parse({
      format: 'frostglass-image-bundle',
      version: 1,
      panes: panes.map(({ fingerprint, card }, i) => ({ file: files[i], fingerprint, card })),
      count: set.count,
      shape: output,
      dtype: 'float32',
      parts,
      leak: null,
    } satisfies Record<keyof BundleManifest, unknown>)
    await writeFile(join(staged, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, {
      mode: 0o644,
      flush: true,
    })
    await syncFolder(staged)
    throwIfAborted(options.signal)
    // Once more: what was a bundle when this began may have become somebody's.
    await requireFreeFolder(folder, options.force ?? false)
    await placeTogether([{ staged, target, force: options.force ?? false }])
    return { manifest, paneOf }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === undefined || error instanceof FrostglassError
      ? error
      : fileError(error, folder, 'writing')
  } finally {
    workspace.remove()
  }
}

/** Refuses a folder that may not be replaced by a bundle of images; see {@link requireReplaceable}. */
export const requireFreeFolder = (folder: string, force: boolean): Promise<void> =>
  requireReplaceable(folder, force, {
    what: 'image bundle',
    files: async () => [manifestName, ...(await readManifest(folder)).parts.map(({ file }) => file)],
  })

/**
 * Refuses a folder that may not be replaced: without `force` any, with it all but a bundle of ours that has nothing else in it.
 * @param bundle what kind is wanted, and the files of the one that is there: it fails where there is none
 * @throws FrostglassError `usage`, `io`
 */
export async function requireReplaceable(
  folder: string,
  force: boolean,
  bundle: { readonly what: string; readonly files: () => Promise<readonly string[]> },
): Promise<void> {
  settleIn(dirname(resolve(folder)))
  const there = await lstat(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw fileError(error, folder, 'writing')
  })
  if (!there) return
  if (!force) {
    throw new FrostglassError(
      'usage',
      `${folder} exists already`,
      'Pass --force to replace it, or choose another name.',
    )
  }
  const stays = (why: string, cause?: unknown) =>
    new FrostglassError('usage', `${folder} is not replaced: ${why}`, 'Choose another name.', cause)
  const none = `it is no ${bundle.what}`
  if (!there.isDirectory()) throw stays(there.isSymbolicLink() ? 'it is a link' : none)
  const listed = await bundle.files().catch((cause) => {
    throw stays(none, cause)
  })
  const other = (await readdir(folder)).find((name) => !listed.includes(name))
  if (other !== undefined) throw stays(`'${other}' in it is no part of the bundle`)
}

const chunkBytes = 32 * 2 ** 20

async function writeImages(
  path: string,
  panes: readonly ObfuscatorPane[],
  set: ImageSet,
  options: BundleOptions,
) {
  const { output } = panes[0]!.card
  const size = imageSize(set.shape)
  const chunk = Math.max(1, Math.floor(chunkBytes / (4 * size)))
  const writer = await writeNpy(path, [set.count, ...output])
  const paneOf = new Int32Array(set.count)
  try {
    for (let start = 0; start < set.count; start += chunk) {
      throwIfAborted(options.signal)
      const rows = Math.min(chunk, set.count - start)
      const made = await protectWithMany(panes, set.pixels.subarray(start * size, (start + rows) * size), {
        seed: options.seed === undefined ? undefined : options.seed + start,
        signal: options.signal,
      })
      paneOf.set(made.paneOf, start)
      await writer.write(made.released)
      options.onProgress?.((start + rows) / set.count)
    }
    return { paneOf, ...(await writer.end()) }
  } catch (error) {
    await writer.abandon().catch(() => undefined)
    throw error
  }
}

/** Whether a path is a folder with a manifest: a bundle, or what claims to be one. */
export async function isBundle(path: string): Promise<boolean> {
  settleIn(dirname(resolve(path)))
  return (await stat(join(path, manifestName)).catch(() => undefined))?.isFile() ?? false
}

/**
 * Reads a bundle and checks all of it: parts are there, of their size and checksum, and fit the manifest.
 * @throws FrostglassError `input` that names the file and what is wrong
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const manifest = await readManifest(folder)
  for (const { file, bytes, sha256 } of manifest.parts) {
    const path = join(folder, file)
    const found = await stat(path).catch((cause) => {
      throw new FrostglassError(
        'input',
        `${path}: this part of the bundle is missing`,
        'Copy the bundle again, whole.',
        cause,
      )
    })
    if (!found.isFile()) throw damaged(path, 'it is no file')
    if (found.size !== bytes) throw damaged(path, `it has ${found.size} bytes, the manifest says ${bytes}`)
    if ((await sha256File(path)) !== sha256) throw damaged(path, 'its checksum is not that of the manifest')
  }
  const released = await readNpy(join(folder, imagesName))
  if (`${released.shape}` !== `${[manifest.count, ...manifest.shape]}`) {
    throw damaged(
      join(folder, imagesName),
      `it holds [${released.shape}], the manifest says [${[manifest.count, ...manifest.shape]}]`,
    )
  }
  const panes: ObfuscatorPane[] = []
  for (const { file, fingerprint } of manifest.panes) {
    const pane = await openPane(join(folder, file))
    panes.push(pane)
    if (pane.fingerprint !== fingerprint)
      throw damaged(join(folder, file), 'it is another pane than the manifest says')
  }
  return { folder, manifest, panes, released }
}

/**
 * Puts the summary of an audit into a bundle's manifest. The data are not touched.
 * @throws FrostglassError `input` as {@link readBundle}, `io`
 */
export async function writeBundleLeak(folder: string, leak: LeakSummary): Promise<BundleManifest> {
  const manifest = { ...(await readManifest(folder)), leak: leakSummarySchema.parse(leak) }
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeFileAtomic(join(folder, manifestName), text, { mode: 0o644, force: true })
  return manifest
}

async function readManifest(folder: string): Promise<BundleManifest> {
  const path = join(folder, manifestName)
  settleIn(dirname(resolve(folder)))
  const there = await stat(folder).catch((cause) => {
    throw new FrostglassError('input', `${folder}: there is no such folder`, 'Check the path.', cause)
  })
  if (!there.isDirectory()) {
    throw new FrostglassError(
      'input',
      `${folder} is no folder, expected an image bundle`,
      'Name the folder that `frostglass obfuscate protect` wrote.',
    )
  }
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new FrostglassError(
      'input',
      `${path}: there is no manifest, so ${basename(folder)} is no image bundle`,
      'Name the folder that `frostglass obfuscate protect` wrote.',
      cause,
    )
  })
  const source = { like: 'an image bundle of version 1', hint: 'Copy the bundle again as it was written.' }
  const manifest = readJson(text, manifestSchema, path, source)
  const listed = new Set(manifest.parts.map(({ file }) => file))
  if ([imagesName, ...manifest.panes.map(({ file }) => file)].every((file) => listed.has(file)))
    return manifest
  throw damaged(path, "'parts' is not as an image bundle of version 1 has it")
}

const damaged = (path: string, why: string, cause?: unknown): FrostglassError =>
  new FrostglassError('input', `${path}: ${why}`, 'Copy the bundle again as it was written.', cause)
