// frostglass audit codes: attacks on the codes of a certified pane, held against its certificates, as a report.
// Source: docs/certified.md; src/audit/codes has the attacks and the checks.
// No logic of its own: a bundle and its data in, a page and its JSON out, and exit code 3 unless the bracket and the policy hold.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { auditCodes, type Check, type CodeLeakReport, writeCodeReport } from '../../audit/index.ts'
import { jsonPathOf } from '../../audit/report/write.ts'
import { shareText, written } from '../../audit/words.ts'
import { fileError } from '../../data/files.ts'
import { readRelease } from '../../edge/releaseManifest.ts'
import { FrostglassError } from '../../errors.ts'
import { type CodeBundle, isCodeBundle, readCodeBundle } from '../../protect/certified/readCodeBundle.ts'
import { requireReleaseOf } from '../../protect/certified/releaseFiles.ts'
import { repeatSplit } from '../../protect/certified/repeatSplit.ts'
import type { ReadingOptions } from '../options.ts'
import { print, warn } from '../output.ts'
import { progress } from '../progress.ts'
import { type ReportOptions, requireReport } from '../reportPath.ts'
import { table } from '../textTable.ts'
import { rulesTable, verdictText } from './auditVerdict.ts'
import { sourceOf } from './obfuscateCode.ts'
import { readPolicyFile } from './policyFile.ts'

export interface AuditCodesOptions extends ReadingOptions, ReportOptions {
  readonly label?: string | undefined
  readonly attacked?: string | undefined
  readonly release?: string | undefined
  readonly attributes?: string | undefined
}

/**
 * What `frostglass audit codes` does.
 * @param guess what is said at the end, where the command was not named
 * @throws FrostglassError `policy` unless bracket and policy hold, `input`, `usage`, `aborted`
 */
export async function auditCodeBundle(
  folder: string,
  options: AuditCodesOptions,
  signal: AbortSignal,
  guess?: string,
): Promise<void> {
  const { original, attacked, effort, seed, out, json, force } = options
  if (!(await isCodeBundle(folder)))
    throw new FrostglassError(
      'usage',
      `${folder} is no bundle of codes`,
      'Name a folder that frostglass obfuscate train --kind code wrote.',
    )
  await requireReport(
    out,
    [join(folder, 'manifest.json'), original, attacked, options.attributes, options.policy],
    force,
  )
  const policy =
    options.policy === undefined ? undefined : await readPolicyFile(options.policy, [{ name: 'certificate' }])
  const bundle = await readCodeBundle(folder)
  const before = options.release === undefined ? [] : [await checkRelease(options.release, bundle)]
  const bar = progress('attacking', json)
  let report: CodeLeakReport
  try {
    const { pane, certificates, channel, prices } = bundle
    report = await auditCodes(
      {
        name: folder.split(/[\\/]/).findLast((part) => part !== '') ?? folder,
        certificates,
        release: (x) => pane.release(x, { signal }),
        codes: pane.codes,
        channel,
        prices,
        before,
        ...(await rowsOf(bundle, options, signal)),
      },
      { policy, effort, seed, sha256: pane.sha256, signal, onProgress: bar.update },
    )
  } finally {
    bar.stop()
    await bundle.pane.close()
  }
  await writeCodeReport(report, out, { force: force ?? false })
  print(json, report, () => summary(report, out, guess))
  requireBracket(report, out)
}

/**
 * The folder that devices load, read off its graph: what it sends is made of the certified codes alone.
 * @throws FrostglassError `input` where it is of another pane, codebook or channel, was changed, or sends more
 */
async function checkRelease(
  folder: string,
  { pane, channel, certificates, manifest }: CodeBundle,
): Promise<Check> {
  const loaded = await readRelease(async (file) => {
    const path = join(folder, file)
    return new Uint8Array(
      await readFile(path).catch((error) => {
        throw fileError(error, path, 'reading')
      }),
    )
  }, undefined)
  const codebook = certificates[0]!.statement.sources.codebook!
  requireReleaseOf(loaded, { pane, codebook, channel, parts: manifest.parts })
  return {
    name: 'release',
    held: true,
    words: `What devices load (${loaded.manifest.form}) holds this pane, and what it sends is made of the voted code alone: read off its graph, operator by operator.`,
  }
}

/** The rows that were certified on and those to attack, as the bundle's own split has them. */
async function rowsOf(
  { manifest, pane, certificates }: CodeBundle,
  { original, attacked, label, attributes, json, ...reading }: AuditCodesOptions,
  signal: AbortSignal,
) {
  const { split } = manifest
  const { input, labels } = pane.card
  const isImages = input.length === 3
  const parts = [split.train, split.validation, split.calibration, split.attackTest]
  const named = {
    ...reading,
    label,
    attributes,
    hide: certificates.map(({ statement }) => statement.attribute),
    // What a unit is called where every row is one of its own.
    unit: split.unit === (isImages ? 'image' : 'row') ? undefined : split.unit,
    limit: isImages ? parts.reduce((sum, { rows }) => sum + rows, 0) : undefined,
    size: isImages ? ([input[1]!, input[2]!] as const) : undefined,
  }
  if (!isImages && attacked !== undefined)
    throw new FrostglassError(
      'unsupported',
      'a table is attacked on units of its own, held out by the split',
      'Leave out --attacked.',
    )
  const source = await sourceOf(named, original, split.shares[3] === 0 ? 'train' : 'all', signal)
  if (JSON.stringify(source.label.names) !== JSON.stringify(labels))
    throw new FrostglassError(
      'input',
      `${original}: the label has the values ${source.label.names.slice(0, 12).join(', ')}, and the pane answers ${labels.slice(0, 12).join(', ')}`,
      'Name the label that it was trained on: --label.',
    )
  warn(json, source.warnings)
  const other =
    attacked === undefined
      ? undefined
      : await sourceOf({ ...named, limit: undefined }, attacked, 'test', signal)
  const { pane: sha256, codebook, channel } = certificates[0]!.statement.sources
  return repeatSplit(source, manifest, { pane: sha256!, codebook: codebook!, channel }, other)
}

function summary(report: CodeLeakReport, out: string, guess: string | undefined): string {
  const { brackets, findings, checks, policy } = report
  const rows = brackets.flatMap(({ attacks }) =>
    attacks.map(({ finding, upper, above }) => {
      const { title, metrics } = findings[finding]!
      const { value, interval } = metrics[0]!
      return [
        title,
        shareText(value),
        `${shareText(interval[0])} to ${shareText(interval[1])}`,
        upper === null ? 'no bound is known' : written(upper, 'limit'),
        above ? 'ABOVE' : '',
      ]
    }),
  )
  return [
    verdictText(report),
    '',
    table(['attack', 'got', '95% interval', 'certified: at most', ''], rows),
    '',
    table(
      ['check', ''],
      checks.map(({ words, held }) => [words, held ? 'held' : 'BROKEN']),
    ),
    '',
    ...(policy ? [rulesTable({ ...report, policy }), ''] : []),
    ...(guess === undefined ? [] : [guess]),
    `wrote ${out} and ${jsonPathOf(out)}`,
  ].join('\n')
}

/** @throws FrostglassError `policy` unless what was audited is within what is certified, and that within the policy */
function requireBracket({ verdict, policy, brackets, checks }: CodeLeakReport, out: string): void {
  if (verdict.status === 'held') return
  const above = brackets.some(({ attacks }) => attacks.some((attack) => attack.above))
  const what = above
    ? 'an attack got more than the certificate allows: a fault, or another population'
    : checks.some(({ held }) => !held)
      ? 'the certificate is not of what is released here'
      : `the policy '${policy!.name}' ${verdict.status === 'broken' ? 'is broken' : 'does not hold: not all of its rules are certified'}`
  throw new FrostglassError('policy', what, `Read what to change in ${out}.`)
}
