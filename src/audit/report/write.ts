// Writes a report: the page, the JSON beside it, and the summary into the manifest of the audited file.
// Source: ARCHITECTURE, "Rules that hold everywhere" (output appears whole or not at all); issue 9, section 4.
// Between the three writes a kill can leave the first without the others; an error cannot.

import { rm } from 'node:fs/promises'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { writeFileAtomic } from '../../data/index.ts'
import { type Key, type LeakSummary, writeLeakSummary } from '../../protect/index.ts'
import { reportPage } from './page.ts'
import type { LeakReport } from './schema.ts'

/** Where the JSON of a page is: `report.html` → `report.json`. */
export function jsonPathOf(pagePath: string): string {
  return pagePath.replace(/\.html?$/i, '') + '.json'
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
  options: { readonly force?: boolean } = {},
): Promise<void> {
  const page = await reportPage(report)
  const json = `${JSON.stringify(report, null, 1)}\n`
  const { force = false } = options
  const written: string[] = []
  try {
    for (const [path, text] of [
      [jsonPathOf(pagePath), json],
      [pagePath, page],
    ] as const) {
      await writeFileAtomic(path, text, { force })
      written.push(path)
    }
    await writeLeakSummary(protectedPath, key, summaryOf(report, bytesToHex(sha256(utf8ToBytes(json)))))
  } catch (error) {
    for (const path of written) await rm(path, { force: true })
    throw error
  }
}

function summaryOf(report: LeakReport, digest: string): LeakSummary {
  const { verdict, policy, run, findings } = report
  const judgement = verdict.judgement === null ? undefined : report.judgements[verdict.judgement]
  const finding = judgement && judgement.status !== 'not measured' ? findings[judgement.finding] : undefined
  const metric = judgement && judgement.status !== 'not measured' && finding?.metrics[judgement.metric]
  return {
    verdict: verdict.status,
    policy: policy.name,
    known: run.known,
    best:
      finding && metric
        ? {
            attack: finding.attack,
            standpoint: finding.standpoint,
            metric: metric.name,
            value: metric.value,
            interval: [...metric.interval],
          }
        : null,
    sha256: digest,
    time: run.date,
  }
}
