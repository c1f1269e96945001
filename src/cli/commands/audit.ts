// frostglass audit FILE: takes what left for a table or for a bundle of images, and audits that.
// Source: ours; auditTable.ts and auditImages.ts are the two.
// It guesses by one thing alone, whether there is a folder with a manifest of a bundle, and says which it took.

import { FrostglassError } from '../../errors.ts'
import { isBundle } from '../../protect/index.ts'
import { type AuditImagesOptions, auditImageBundle } from './auditImages.ts'
import { type AuditTableOptions, auditTableFile } from './auditTable.ts'

/** What either of the two takes; what both must have is asked for here. */
export type AuditOptions = Omit<AuditTableOptions & AuditImagesOptions, 'key' | 'original' | 'out'> & {
  readonly key?: string | undefined
  readonly original?: string | undefined
  readonly out?: string | undefined
}

/** What `frostglass audit FILE` does. @throws FrostglassError as the two do; `usage` for what they need and have not */
export async function audit(path: string, options: AuditOptions, signal: AbortSignal): Promise<void> {
  const given = {
    ...options,
    original: required(options.original, '--original <data>'),
    out: required(options.out, '--out <file>'),
  }
  const isImages = await isBundle(path)
  if (!isImages && options.key === undefined)
    throw new FrostglassError(
      'usage',
      'a table is audited with the key that protected it, but --key is not given',
      'Name the key; a bundle of images, a folder with manifest.json, needs none.',
    )
  const guess = `taken for ${isImages ? 'a bundle of images' : 'a table'}: frostglass audit ${isImages ? 'images' : 'table'} ${path}`
  if (isImages) await auditImageBundle(path, given, signal, guess)
  else await auditTableFile(path, { ...given, key: options.key as string }, signal, guess)
}

// Not required by commander: it would ask the commands below for them, too.
function required(value: string | undefined, option: string): string {
  if (value !== undefined) return value
  throw new FrostglassError(
    'usage',
    `required option '${option}' not specified`,
    'See frostglass audit --help.',
  )
}
