// frostglass audit published and audit synthetic: attacks on tables that were made to be published, as a report.
// Source: docs/how-to/assess-risk.md; src/audit/published has the attacks.
// No logic of its own: files in, a page and its JSON out, and exit code 3 unless the policy holds.

import { basename } from 'node:path'
import {
  auditPublished,
  auditSynthetic,
  type PublicAlgorithm,
  type PublishedLeakReport,
  publishedAttacks,
  type SyntheticLeakReport,
  syntheticAttacks,
  writePublishedReport,
  writeSyntheticReport,
} from '../../audit/index.ts'
import { jsonPathOf } from '../../audit/report/write.ts'
import { metricTitle, type Subject, shareText } from '../../audit/words.ts'
import { readTextColumns, type TextColumns, valueReader } from '../../data/textColumns.ts'
import { FrostglassError, printable } from '../../errors.ts'
import type { Hierarchy } from '../../protect/tables/hierarchy.ts'
import {
  coversOf,
  type PublicationManifest,
  readPublicationIfAny,
} from '../../protect/tables/publication/manifest.ts'
import { askedModels } from '../../protect/tables/publication/modelOption.ts'
import { publishedRounds } from '../../protect/tables/publication/publishedRounds.ts'
import { hierarchyReader, readRules } from '../../protect/tables/publication/statedRoles.ts'
import { type JsonOption, type ReadingOptions, readingOptions } from '../options.ts'
import { print, warn } from '../output.ts'
import { progress } from '../progress.ts'
import { requireReport } from '../reportPath.ts'
import { table } from '../textTable.ts'
import { requireHeld, rulesTable, untestedText, verdictText, worth } from './auditVerdict.ts'
import { readPolicyFile } from './policyFile.ts'

interface ReportFileOptions extends Partial<ReadingOptions>, JsonOption {
  readonly original: string
  readonly policy?: string | undefined
  readonly seed: number
  readonly out: string
  readonly force?: boolean | undefined
}

export interface AuditPublishedOptions extends ReportFileOptions {
  readonly quasi: readonly string[]
  readonly sensitive?: readonly string[] | undefined
  readonly hierarchies?: string | undefined
  readonly hierarchy?: readonly string[] | undefined
  readonly public?: string | undefined
  readonly previous?: string | undefined
}

export interface AuditSyntheticOptions extends ReportFileOptions {
  readonly control: string
  readonly attacks: number
}

/** What `frostglass audit published` does. @throws FrostglassError `policy` unless it holds, `input`, `usage`, `aborted` */
export async function auditPublishedTable(
  path: string,
  options: AuditPublishedOptions,
  signal: AbortSignal,
): Promise<void> {
  const { original, quasi, sensitive = [], out, seed, json, force, policy: policyPath } = options
  await requireReport(out, [path, original, options.public, options.previous, policyPath], force)
  const policy = policyPath === undefined ? undefined : await readPolicyFile(policyPath, publishedAttacks)
  const manifest = await readPublicationIfAny(path)
  const { missing: _, ...reading } = readingOptions(options)
  const read = (file: string) => readTextColumns(file, { ...reading, signal })
  const [whole, published] = [await read(original), await read(path)]
  const list = options.public === undefined ? undefined : await read(options.public)
  const hierarchies = await statedHierarchies(options, whole, list)
  const evidence = {
    original: whole,
    published,
    quasi,
    sensitive,
    hierarchies,
    list,
    previous: options.previous === undefined ? undefined : await read(options.previous),
    ...(manifest ? toldBy(manifest, quasi) : {}),
    rounds: manifest && publishedRounds(manifest, published, hierarchies),
  }
  const report = await withBar(json, (onProgress) =>
    auditPublished(evidence, {
      name: basename(path),
      policy,
      seed,
      covers: manifest && coversOf(manifest),
      signal,
      onProgress,
    }),
  )
  await writePublishedReport(report, out, { force: force ?? false, published: manifest && path })
  print(json, report, () => summary(report, out, 'published'))
  requireHeld(report, out)
}

/** How a table was made, as its manifest tells everybody: of one node, where the quasi-identifiers are those that it was made by. */
function toldBy(
  { quasi, sensitive, models, node, suppression }: PublicationManifest,
  named: readonly string[],
): { readonly algorithm?: PublicAlgorithm; readonly madeBy?: readonly string[] } {
  if (node === null) return {}
  const levels = named.map((name) => quasi.find((one) => one.name === name)?.level ?? -1)
  if (named.length !== quasi.length || levels.includes(-1)) return { madeBy: quasi.map(({ name }) => name) }
  return { algorithm: { levels, models: askedModels(models, sensitive).models, suppression } }
}

/** What `frostglass audit synthetic` does. @throws FrostglassError `policy` unless it holds, `input`, `usage`, `aborted` */
export async function auditSyntheticTable(
  path: string,
  options: AuditSyntheticOptions,
  signal: AbortSignal,
): Promise<void> {
  const { original, control, attacks, out, seed, json, force, policy: policyPath } = options
  await requireReport(out, [path, original, control, policyPath], force)
  const policy = policyPath === undefined ? undefined : await readPolicyFile(policyPath, syntheticAttacks)
  const { missing: _, ...reading } = readingOptions(options)
  const synthetic = await readTextColumns(path, { ...reading, signal })
  const names = synthetic.columns.map(({ name }) => name)
  const read = (file: string) => readTextColumns(file, { ...reading, signal, names })
  const evidence = { original: await read(original), control: await read(control), synthetic }
  const report = await withBar(json, (onProgress) =>
    auditSynthetic(evidence, { name: basename(path), policy, seed, attacks, signal, onProgress }),
  )
  await writeSyntheticReport(report, out, { force: force ?? false })
  print(json, report, () => summary(report, out, 'synthetic'))
  requireHeld(report, out)
}

/** The hierarchies that are stated of these columns, as `anonymize` reads them. @throws FrostglassError `io`, `input`, `usage` */
async function statedHierarchies(
  { hierarchy = [], hierarchies: folder, quasi, json }: AuditPublishedOptions,
  original: TextColumns,
  list: TextColumns | undefined,
): Promise<ReadonlyMap<string, Hierarchy>> {
  const rules = readRules(hierarchy)
  const odd = [...rules.keys()].find((name) => !quasi.includes(name))
  if (odd !== undefined)
    throw new FrostglassError(
      'usage',
      `a hierarchy is stated of '${printable(odd)}', which is no quasi-identifier`,
      'Name it by --quasi, or leave that out.',
    )
  const there = (name: string) => original.columns.some((column) => column.name === name)
  const { hierarchyOf, warnings } = await hierarchyReader(original, { rules, folder }, list, (name) =>
    valueReader(original, name),
  )
  const found = new Map<string, Hierarchy>()
  // A column that is not there is refused by the audit, which lists what there is.
  for (const name of quasi.filter(there)) {
    const stated = await hierarchyOf(name)
    if (stated) found.set(name, stated)
  }
  warn(json, warnings)
  return found
}

async function withBar<Report>(
  json: boolean | undefined,
  run: (onProgress: (done: number, total: number) => void) => Promise<Report>,
): Promise<Report> {
  const bar = progress('attacking', json)
  try {
    return await run(bar.update)
  } finally {
    bar.stop()
  }
}

function summary(report: PublishedLeakReport | SyntheticLeakReport, out: string, subject: Subject): string {
  const measured = report.findings.flatMap((finding) =>
    finding.metrics.map((metric, m) => [
      m === 0 ? `${finding.title}${finding.about === undefined ? '' : `: ${finding.about}`}` : '',
      metricTitle(metric.name, subject),
      shareText(metric.value),
      `${shareText(metric.interval[0])} to ${shareText(metric.interval[1])}`,
      shareText(metric.chance),
      metric.baseline === undefined ? '–' : shareText(metric.baseline),
      m === 0 ? worth(finding) : metric.tooWeak ? 'too weak to tell' : '',
    ]),
  )
  return [
    verdictText(report),
    '',
    table(['attack', 'measure', 'got', '95% interval', 'chance', 'baseline', ''], measured),
    '',
    rulesTable(report),
    ...untestedText(report),
    '',
    `wrote ${out} and ${jsonPathOf(out)}`,
  ].join('\n')
}
