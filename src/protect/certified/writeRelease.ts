// The folder that a device loads, written whole or not at all.
// Source: releaseFiles.ts for what is in it.
// All of it is public.

import { join } from 'node:path'
import { z } from 'zod'
import { readJsonFile } from '../../json.ts'
import { requireReplaceable } from '../learned/bundle.ts'
import { placeFiles } from './codeBundle.ts'
import { releaseNames } from './releaseContract.ts'

const listed = z.object({
  format: z.literal('frostglass-release'),
  parts: z.array(z.object({ file: z.string() })),
})

/** @throws FrostglassError `usage` for a folder that may not be replaced */
export const requireFreeReleaseFolder = (folder: string, force: boolean): Promise<void> =>
  requireReplaceable(folder, force, {
    what: 'release',
    files: async () => {
      const { parts } = await readJsonFile(join(folder, releaseNames.manifest), listed, {
        what: 'the manifest',
        hint: 'Name a folder that `frostglass obfuscate release` wrote.',
      })
      return [releaseNames.manifest, ...parts.map(({ file }) => file)]
    },
  })

/**
 * Writes a release.
 * @param files as `releaseFiles` gives them
 * @throws FrostglassError `usage` when the folder exists, `io`, `aborted`
 */
export async function writeRelease(
  folder: string,
  files: Readonly<Record<string, Uint8Array>>,
  {
    force = false,
    signal,
  }: { readonly force?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await placeFiles(folder, files, requireFreeReleaseFolder, { force, signal })
}
