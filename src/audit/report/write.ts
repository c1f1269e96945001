// Writes a report: the page, the JSON beside it, and the summary into the manifest of the audited file.
// Source: docs/architecture.md#errors-exits-files (output appears whole or not at all).
// Page and JSON appear together; a kill can leave the summary in the manifest that of an earlier report, an error cannot.

import { isDeepStrictEqual } from 'node:util'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { writeFilesTogether } from '../../data/files.ts'
import type { Key } from '../../protect/index.ts'
import { type LeakSummary, writeLeakSummary } from '../../protect/keyed/manifest.ts'
import { writeBundleLeak } from '../../protect/learned/bundle.ts'
import { writePublicationLeak } from '../../protect/tables/publication/manifest.ts'
import type { CodeLeakReport } from '../codes/reportSchema.ts'
import type { FleetLeakReport } from '../fleet/fleetReport.ts'
import type { UpdateLeakReport } from '../fleet/reportSchema.ts'
import type { ImageLeakReport } from '../images/reportSchema.ts'
import type { ModelLeakReport } from '../membership/reportSchema.ts'
import { metricAt } from '../policy/place.ts'
import { defaultPolicies } from '../policy/policy.ts'
import type { ReportFinding } from '../policy/reportParts.ts'
import { defaultPublishedPolicy } from '../published/defaultPolicies.ts'
import type { PublishedLeakReport, SyntheticLeakReport } from '../published/reportSchema.ts'
import type { LeakReport } from '../tables/reportSchema.ts'
import { codeReportPage } from './codePage.ts'
import { fleetReportPage } from './fleetPage.ts'
import { imageReportPage } from './imagePage.ts'
import { modelReportPage } from './modelPage.ts'
import { reportPage } from './page.ts'
import { publishedReportPage, syntheticReportPage } from './publishedPage.ts'
import { updateReportPage } from './updatePage.ts'

/** Where the JSON of a page is: `report.html` → `report.json`. */
export function jsonPathOf(pagePath: string): string {
  return pagePath.replace(/\.html?$/i, '') + '.json'
}

/** How a report is written. */
export interface ReportFileOptions {
  /** Replaces reports that are there. */
  readonly force?: boolean | undefined
}

/**
 * Writes page and JSON (mode 0600: they name the owner's columns) and records the summary in the manifest.
 * @throws FrostglassError `usage` when a file is there and `force` is not given; `io`; then nothing new is left.
 */
export async function writeReport(
  report: LeakReport,
  pagePath: string,
  protectedPath: string,
  key: Key,
  options: ReportFileOptions = {},
): Promise<void> {
  await writePair(await reportPage(report), report, pagePath, options, (digest) =>
    writeLeakSummary(protectedPath, key, summaryOf(report, digest)),
  )
}

/**
 * Writes page and JSON of an audit of images (mode 0600: they show some of them) and records the summary in the
 * bundle's manifest.
 * @throws FrostglassError as {@link writeReport}
 */
export async function writeImageReport(
  report: ImageLeakReport,
  pagePath: string,
  bundle: string,
  options: ReportFileOptions = {},
): Promise<void> {
  await writePair(imageReportPage(report), report, pagePath, options, (digest) =>
    writeBundleLeak(bundle, summaryOf(report, digest)),
  )
}

/**
 * Writes page and JSON of an audit of a model or of its training (mode 0600). A model has no manifest to put a summary into.
 * @throws FrostglassError as {@link writeReport}
 */
export async function writeModelReport(
  report: ModelLeakReport,
  pagePath: string,
  options: ReportFileOptions = {},
): Promise<void> {
  await writePair(modelReportPage(report), report, pagePath, options)
}

/**
 * Writes page and JSON of an audit of codes (mode 0600). The bundle's manifest is as it was issued.
 * @throws FrostglassError as {@link writeReport}
 */
export async function writeCodeReport(
  report: CodeLeakReport,
  pagePath: string,
  options: ReportFileOptions = {},
): Promise<void> {
  await writePair(codeReportPage(report), report, pagePath, options)
}

/**
 * Writes page and JSON of an audit of updates (mode 0600: they show rows of nodes).
 * @throws FrostglassError as {@link writeReport}
 */
export async function writeUpdateReport(
  report: UpdateLeakReport,
  pagePath: string,
  options: ReportFileOptions = {},
): Promise<void> {
  await writePair(updateReportPage(report), report, pagePath, options)
}

/**
 * Writes page and JSON of an audit of a fleet (mode 0600: they may show what nodes hold).
 * @throws FrostglassError as {@link writeReport}
 */
export async function writeFleetReport(
  report: FleetLeakReport,
  pagePath: string,
  options: ReportFileOptions = {},
): Promise<void> {
  await writePair(fleetReportPage(report), report, pagePath, options)
}

/**
 * Writes page and JSON of an audit of a published table (mode 0600: they name its columns).
 * @param options.published the table, where `frostglass anonymize` wrote it: the summary goes into the manifest beside it
 * @throws FrostglassError as {@link writeReport}
 */
export async function writePublishedReport(
  report: PublishedLeakReport,
  pagePath: string,
  options: ReportFileOptions & { readonly published?: string | undefined } = {},
): Promise<void> {
  const { published } = options
  await writePair(
    publishedReportPage(report),
    report,
    pagePath,
    options,
    published === undefined
      ? undefined
      : (digest) => writePublicationLeak(published, summaryOf(report, digest)),
  )
}

/**
 * Writes page and JSON of an audit of synthetic rows (mode 0600: they name their columns).
 * @throws FrostglassError as {@link writeReport}
 */
export async function writeSyntheticReport(
  report: SyntheticLeakReport,
  pagePath: string,
  options: ReportFileOptions = {},
): Promise<void> {
  await writePair(syntheticReportPage(report), report, pagePath, options)
}

/**
 * Writes a page and the JSON beside it, or neither.
 * @param record what else is to be written, given the SHA-256 of the JSON; where it fails, what was there before is put back
 * @throws FrostglassError as {@link writeReport}
 */
export async function writePair(
  page: string,
  report: object,
  pagePath: string,
  { force = false }: ReportFileOptions,
  record?: (digest: string) => Promise<unknown>,
): Promise<void> {
  const json = `${JSON.stringify(report, null, 1)}\n`
  await writeFilesTogether(
    [
      { path: jsonPathOf(pagePath), bytes: json },
      { path: pagePath, bytes: page },
    ],
    { force },
    record && (() => record(bytesToHex(sha256(utf8ToBytes(json))))),
  )
}

/** What travels with the data: no column's name. A policy of one's own is told from a built-in one of the same name by its hash. The format knows `held` alone beside `broken`, for whatever is not held. */
function summaryOf(report: LeakReport | ImageLeakReport | PublishedLeakReport, digest: string): LeakSummary {
  const { verdict, policy, run } = report
  const findings: readonly ReportFinding[] = report.findings
  const { worst, rules } = verdict
  const unmeasured = rules.tooWeak + rules.notMeasured
  const name = [...defaultPolicies, defaultPublishedPolicy].some((builtIn) =>
    isDeepStrictEqual(builtIn, policy),
  )
    ? policy.name
    : `${policy.name} (not built in, SHA-256 ${bytesToHex(sha256(utf8ToBytes(JSON.stringify(policy))))})`
  const finding = worst === null ? undefined : findings[worst.finding]!
  const metric = worst === null ? undefined : metricAt(findings, worst)
  if (finding?.standpoint === 'participant') throw new RangeError('what is released has no participants')
  return {
    verdict: verdict.status === 'held' ? 'held' : 'broken',
    policy: unmeasured > 0 ? `${name} (not measured: ${unmeasured} of ${policy.rules.length} rules)` : name,
    known: 'known' in run ? run.known : 0,
    best:
      worst && finding && metric
        ? {
            attack: finding.attack,
            standpoint: finding.standpoint,
            metric: `${metric.name}${worst.attribute === undefined ? '' : ' of one attribute'}${worst.people ? ' of the worst tenth of people' : ''}`,
            value: metric.value,
            interval: [...metric.interval],
          }
        : null,
    sha256: digest,
    time: run.date,
  }
}
