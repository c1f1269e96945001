// A code bundle, opened and checked: every part is there and of its checksum, and the pane is one.
// Source: codeBundle.ts.
// What the certificates say is not computed again here: `releaseFiles` does, and `frostglass certify check`.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { fileError } from '../../data/files.ts'
import { FrostglassError } from '../../errors.ts'
import { readJson } from '../../json.ts'
import { sha256Of } from '../learned/classifier.ts'
import { readCodeManifest } from './codeBundle.ts'
import { type Codebook, codebookSchema } from './codebook.ts'
import { type CodePane, openCodePane } from './codePane.ts'

/** What a bundle holds. */
export interface CodeBundle {
  /** Close it. */
  readonly pane: CodePane
  readonly codebook: Codebook
  /** SHA-256 of the codebook's file. */
  readonly codebookSha256: string
  /** channel[code][output], where codes are released at random. */
  readonly channel: readonly (readonly number[])[] | undefined
  /** Texts of certificates by the names of their files. */
  readonly certificates: Readonly<Record<string, string>>
}

const channelSchema = z.object({
  format: z.literal('frostglass-channel'),
  version: z.literal(1),
  channel: z.array(z.array(z.number().min(0))).min(1),
})

/**
 * Opens a bundle of `frostglass obfuscate train --kind code`.
 * @throws FrostglassError `input` for a folder that is none, or of which a part is missing or damaged; `io`
 */
export async function openCodeBundle(folder: string): Promise<CodeBundle> {
  const { parts } = await readCodeManifest(folder)
  const files = new Map<string, Uint8Array>()
  for (const { file, sha256 } of parts) {
    const path = join(folder, file)
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT'
        ? damaged(path, 'this part of the bundle is missing')
        : fileError(error, path, 'reading')
    })
    if (sha256Of(bytes) !== sha256) throw damaged(path, 'its checksum is not that of the manifest')
    files.set(file, new Uint8Array(bytes))
  }
  const part = (file: string): Uint8Array => {
    const bytes = files.get(file)
    if (bytes) return bytes
    throw damaged(join(folder, file), 'this part of the bundle is missing')
  }
  const text = (file: string): string => new TextDecoder().decode(part(file))
  const source = { hint }
  return {
    codebook: readJson(text('codebook.json'), codebookSchema, join(folder, 'codebook.json'), source),
    codebookSha256: sha256Of(part('codebook.json')),
    channel: files.has('channel.json')
      ? readJson(text('channel.json'), channelSchema, join(folder, 'channel.json'), source).channel
      : undefined,
    certificates: Object.fromEntries(
      [...files.keys()]
        .filter((file) => /^certificate.*\.json$/.test(file))
        .map((file) => [file, text(file)]),
    ),
    pane: await openCodePane(part('pane.onnx')),
  }
}

const hint = 'Copy the bundle again as it was written.'

const damaged = (path: string, why: string): FrostglassError =>
  new FrostglassError('input', `${path}: ${why}`, hint)
