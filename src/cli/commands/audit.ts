// frostglass audit: every attack on a protected table or on obfuscated images, judged by a policy, as a report.

import { availableParallelism } from 'node:os'
import { Command, Option } from 'commander'
import { attacks, auditTable, defaultPolicy, type LeakReport, writeReport } from '../../audit/index.ts'
import { jsonPathOf } from '../../audit/report/write.ts'
import { metricTitle, shareText } from '../../audit/words.ts'
import { FrostglassError } from '../../errors.ts'
import { isBundle, manifestPath } from '../../protect/index.ts'
import {
  type JsonOption,
  type KeyFileOptions,
  openKey,
  type ReadingOptions,
  readingOptions,
  wholeNumber,
  withJson,
  withPassphrase,
  withReading,
} from '../options.ts'
import { print, progress, table } from '../output.ts'
import { requireDistinct, requireFree } from '../outputPath.ts'
import { auditBundle, type BundleAuditOptions, withBundleAudit } from './auditBundle.ts'
import { exhibitsCommand } from './auditExhibits.ts'
import { membershipCommand } from './auditMembership.ts'
import { canariesCommand, trainingCommand } from './auditTraining.ts'
import { requireHeld, rulesTable, verdictText, worth } from './auditVerdict.ts'
import { readPolicy } from './policyFile.ts'

interface AuditCommandOptions
  extends Partial<KeyFileOptions>,
    BundleAuditOptions,
    ReadingOptions,
    JsonOption {
  readonly original?: string | undefined
  readonly known: number
  readonly policy?: string | undefined
  readonly effort: 'quick' | 'full'
  readonly seed: number
  readonly out?: string | undefined
  readonly force?: boolean | undefined
}

/** The command `frostglass audit`. */
export function auditCommand(signal: AbortSignal): Command {
  const command = new Command('audit')
    .description(
      'attack a protected table, or obfuscated images, as an adversary would, and report what it gives away',
    )
    .argument(
      '<protected>',
      'a table that frostglass protect wrote, or a bundle of frostglass obfuscate protect',
    )
    .option('--original <data>', 'what it was made from: the table, or images as --data names them')
    .option('--key <file>', 'tables: the owner’s key')
  withPassphrase(command).option(
    '--known <rows>',
    'tables: rows that the adversary knows',
    wholeNumber(1),
    20,
  )
  withBundleAudit(command)
    .option('--policy <file>', 'what you accept, as JSON; docs/audit.md describes it and the default')
    .option('--out <file>', 'where to write the page, .html; the same as .json is written beside it')
    .addOption(
      new Option('--effort <effort>', 'full: more restarts and training; of tables three draws of known rows')
        .choices(['quick', 'full'])
        .default('quick'),
    )
    .option('--seed <number>', 'draws known rows and samples', wholeNumber(0), 0)
    .option('--force', 'replace an existing report')
  withJson(withReading(command)).addHelpText(
    'after',
    `
Examples:
  $ frostglass audit protected.csv --original wheat.csv --key owner.key --out report.html
  $ frostglass audit bundle --original digits --training digits --out report.html
  $ frostglass audit bundle --original faces --attributes people.csv --out report.html
  $ frostglass audit membership --model model.onnx --members train.csv --others rest.csv
  $ frostglass audit training --canaries canaries.csv --model model.onnx

Exit code 3 says that the policy is broken, or that it could not be measured; the report is written
all the same.`,
  )
  // What stands behind one of these names is theirs.
  command.enablePositionalOptions().helpCommand(false)
  command
    .addCommand(membershipCommand(signal))
    .addCommand(canariesCommand(signal))
    .addCommand(trainingCommand())
    .addCommand(exhibitsCommand(signal))
  return command.action(async (path: string, options: AuditCommandOptions) => {
    const { known, effort, seed, json, force } = options
    const original = given(options.original, '--original <data>')
    const out = given(options.out, '--out <file>')
    if (!/\.html$/i.test(out)) {
      throw new FrostglassError('usage', `${out} does not end in .html`, 'name it report.html')
    }
    if (await isBundle(path)) return auditBundle(path, { ...options, original, out }, signal)
    if (options.key === undefined) {
      throw new FrostglassError(
        'usage',
        `a table is audited with the key that protected it, but --key is not given`,
        'name the key; a bundle of images, a folder with manifest.json, needs none',
      )
    }
    const inputs = [path, manifestPath(path), original, options.key, options.policy, options.passphraseFile]
    for (const file of [out, jsonPathOf(out)]) {
      await requireDistinct(file, inputs)
      await requireFree(file, force)
    }
    // The summary goes into the manifest at the end.
    await requireFree(manifestPath(path), true)
    const policy = options.policy === undefined ? defaultPolicy : await readPolicy(options.policy, attacks)
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
    print(json, report, () => summary(report, out))
    requireHeld(report, out)
  })
}

// Not required by commander: it would ask the commands below for them, too.
function given(value: string | undefined, option: string): string {
  if (value !== undefined) return value
  throw new FrostglassError('usage', `required option '${option}' not specified`, 'frostglass audit --help')
}

function summary(report: LeakReport, out: string): string {
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
    `wrote ${out} and ${jsonPathOf(out)}`,
  ].join('\n')
}
