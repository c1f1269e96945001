// frostglass audit table: every attack on a protected table, judged by a policy, as a report.
// Source: docs/how-to/audit-a-table.md; src/audit/tables has the attacks.
// No logic of its own: files in, a page and its JSON out, and exit code 3 unless the policy holds.

import { availableParallelism } from 'node:os'
import { attacks, auditTable, defaultPolicy, type LeakReport, writeReport } from '../../audit/index.ts'
import { jsonPathOf } from '../../audit/report/write.ts'
import { metricTitle, shareText } from '../../audit/words.ts'
import { FrostglassError } from '../../errors.ts'
import { isCodeBundle } from '../../protect/certified/readCodeBundle.ts'
import { isBundle, manifestPath } from '../../protect/index.ts'
import { type KeyFileOptions, openKey, type ReadingOptions, readingOptions } from '../options.ts'
import { print } from '../output.ts'
import { requireFree } from '../outputPath.ts'
import { progress } from '../progress.ts'
import { type ReportOptions, requireReport } from '../reportPath.ts'
import { table } from '../textTable.ts'
import { requireHeld, rulesTable, verdictText, worth } from './auditVerdict.ts'
import { readPolicyFile } from './policyFile.ts'

export interface AuditTableOptions extends KeyFileOptions, ReadingOptions, ReportOptions {
  /** Rows that the adversary knows. */
  readonly known: number
}

/**
 * What `frostglass audit table` does.
 * @param guess what is said at the end, where the command was not named
 * @throws FrostglassError `policy` unless it holds, `input`, `usage`, `aborted`
 */
export async function auditTableFile(
  path: string,
  options: AuditTableOptions,
  signal: AbortSignal,
  guess?: string,
): Promise<void> {
  const { original, out, known, effort, seed, json, force } = options
  const inputs = [path, manifestPath(path), original, options.key, options.policy, options.passphraseFile]
  if (await isBundle(path)) {
    const what = (await isCodeBundle(path)) ? 'codes' : 'images'
    throw new FrostglassError(
      'usage',
      `${path} is a bundle of ${what}`,
      `Run frostglass audit ${what} ${path}.`,
    )
  }
  await requireReport(out, inputs, force)
  // The summary goes into the manifest at the end.
  await requireFree(manifestPath(path), true)
  const policy = options.policy === undefined ? defaultPolicy : await readPolicyFile(options.policy, attacks)
  const key = await openKey(options.key, options)
  const bar = progress('attacking', json)
  let report: LeakReport
  try {
    report = await auditTable(path, original, key, {
      ...readingOptions(options),
      attacks,
      known,
      policy,
      effort,
      seed,
      threads: availableParallelism(),
      signal,
      onProgress: bar.update,
    })
  } finally {
    bar.stop()
  }
  await writeReport(report, out, path, key, { force: force ?? false })
  print(json, report, () => summary(report, out, guess))
  requireHeld(report, out)
}

function summary(report: LeakReport, out: string, guess: string | undefined): string {
  const measured = report.findings.map((finding) => {
    const {
      title,
      known,
      metrics: [first],
    } = finding
    return [
      title,
      known > 0 ? String(known) : 'none',
      metricTitle(first!.name),
      shareText(first!.value),
      `${shareText(first!.interval[0])} to ${shareText(first!.interval[1])}`,
      shareText(first!.chance),
      first!.baseline === undefined ? '–' : shareText(first!.baseline),
      worth(finding),
    ]
  })
  return [
    verdictText(report),
    '',
    table(['attack', 'known rows', 'measure', 'got', '95% interval', 'chance', 'baseline', ''], measured),
    '',
    rulesTable(report),
    '',
    ...(guess === undefined ? [] : [guess]),
    `wrote ${out} and ${jsonPathOf(out)}`,
  ].join('\n')
}
