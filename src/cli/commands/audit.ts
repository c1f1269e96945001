// frostglass audit FILE: takes what left for a table, for a bundle of images or for one of codes, and audits that.
// Source: ours; auditTable.ts, auditImages.ts and auditCodes.ts are the three.
// It guesses by one thing alone, whether there is a folder with a manifest and of which kind, and says which it took.

import { FrostglassError } from '../../errors.ts'
import { isCodeBundle } from '../../protect/certified/readCodeBundle.ts'
import { isBundle } from '../../protect/index.ts'
import { required } from '../options.ts'
import { type AuditCodesOptions, auditCodeBundle } from './auditCodes.ts'
import { type AuditImagesOptions, auditImageBundle } from './auditImages.ts'
import { type AuditTableOptions, auditTableFile } from './auditTable.ts'

/** What any of the three takes; what all must have is asked for here. */
export type AuditOptions = Omit<
  AuditTableOptions & AuditImagesOptions & AuditCodesOptions,
  'key' | 'original' | 'out'
> & {
  readonly key?: string | undefined
  readonly original?: string | undefined
  readonly out?: string | undefined
}

/** What `frostglass audit FILE` does. @throws FrostglassError as these do; `usage` for what they need and have not */
export async function audit(path: string, options: AuditOptions, signal: AbortSignal): Promise<void> {
  const given = {
    ...options,
    original: required(options.original, '--original <data>', 'audit'),
    out: required(options.out, '--out <file>', 'audit'),
  }
  if (await isCodeBundle(path)) {
    await auditCodeBundle(path, given, signal, `taken for a bundle of codes: frostglass audit codes ${path}`)
    return
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
