// Where an audit writes its report: a page, and the same as JSON beside it.

import { jsonPathOf } from '../audit/report/write.ts'
import { FrostglassError } from '../errors.ts'
import type { JsonOption } from './options.ts'
import { requireDistinct, requireFree } from './outputPath.ts'

/** What an audit of what leaves takes, whatever leaves. */
export interface ReportOptions extends JsonOption {
  /** What it was made from. */
  readonly original: string
  readonly policy?: string | undefined
  readonly effort: 'quick' | 'full'
  readonly seed: number
  readonly out: string
  readonly force?: boolean | undefined
}

/** Refuses a report that is none by its name, or is in the way. @throws FrostglassError `usage`, `io` */
export async function requireReport(
  out: string,
  inputs: readonly (string | undefined)[],
  force: boolean | undefined,
): Promise<void> {
  if (!/\.html$/i.test(out))
    throw new FrostglassError('usage', `${out} does not end in .html`, 'Name it report.html.')
  for (const file of [out, jsonPathOf(out)]) {
    await requireDistinct(file, inputs)
    await requireFree(file, force)
  }
}
