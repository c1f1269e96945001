// What a code pane ships as: a folder with the pane, its codebook, a channel where there is one, and the certificates.
// Source: ours. All of it is public.
// Checksums find damage, not malice: what a certificate is of, it says itself, by hashes.

import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { fileError, openWorkspace, syncFolder } from '../../data/files.ts'
import { placeTogether } from '../../data/together.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { readJsonFile } from '../../json.ts'
import { requireReplaceable } from '../learned/bundle.ts'
import { sha256Of } from '../learned/classifier.ts'

const hex = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().min(0)
const partOf = z.strictObject({ units: count, rows: count, sha256: hex })

const manifestSchema = z.strictObject({
  format: z.literal('frostglass-code-bundle'),
  version: z.literal(1),
  /** How units fell into parts: anybody with the data can repeat it. */
  split: z.strictObject({
    seed: z.number(),
    shares: z.array(z.number().min(0)).length(4),
    unit: z.string(),
    train: partOf,
    validation: partOf,
    calibration: partOf,
    attackTest: partOf,
  }),
  parts: z.array(z.strictObject({ file: z.string(), bytes: count, sha256: hex })).min(3),
})

/** What a bundle says of itself. */
export type CodeManifest = z.infer<typeof manifestSchema>

const manifestName = 'manifest.json'

/** @throws FrostglassError `usage` for a folder that may not be replaced */
export const requireFreeCodeFolder = (folder: string, force: boolean): Promise<void> =>
  requireReplaceable(folder, force, {
    what: 'code bundle',
    files: async () => [manifestName, ...(await readCodeManifest(folder)).parts.map(({ file }) => file)],
  })

/**
 * Writes the bundle, whole or not at all.
 * @param files by name
 * @throws FrostglassError `usage` when the folder exists, `io`, `aborted`
 */
export async function writeCodeBundle(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
  split: CodeManifest['split'],
  options: { readonly force?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<CodeManifest> {
  const { force = false, signal } = options
  const manifest = manifestSchema.parse({
    format: 'frostglass-code-bundle',
    version: 1,
    split,
    parts: Object.entries(files).map(([file, bytes]) => ({
      file,
      bytes: bytes.length,
      sha256: sha256Of(bytes),
    })),
  } satisfies CodeManifest)
  const text = new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`)
  await placeFiles(folder, { ...files, [manifestName]: text }, requireFreeCodeFolder, { force, signal })
  return manifest
}

/**
 * Writes a folder of files, whole or not at all.
 * @param requireFree refuses a folder that may not be replaced
 * @throws FrostglassError what it refuses, `io`, `aborted`
 */
export async function placeFiles(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
  requireFree: (folder: string, force: boolean) => Promise<void>,
  { force, signal }: { readonly force: boolean; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const target = resolve(folder)
  await requireFree(folder, force)
  const workspace = openWorkspace(target)
  try {
    const staged = workspace.path('bundle')
    await mkdir(staged, { mode: 0o755 })
    for (const [name, bytes] of Object.entries(files))
      await writeFile(join(staged, name), bytes, { mode: 0o644, flush: true })
    await syncFolder(staged)
    throwIfAborted(signal)
    // Once more: what was a bundle when this began may have become somebody's.
    await requireFree(folder, force)
    await placeTogether([{ staged, target, force }])
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === undefined || error instanceof FrostglassError
      ? error
      : fileError(error, folder, 'writing')
  } finally {
    workspace.remove()
  }
}

/** @throws FrostglassError `input` for a folder that is no code bundle */
export async function readCodeManifest(folder: string): Promise<CodeManifest> {
  return readJsonFile(join(folder, manifestName), manifestSchema, {
    what: 'the manifest',
    like: 'a code bundle of version 1',
    hint: 'Name a folder that `frostglass obfuscate train --kind code` wrote.',
  })
}
