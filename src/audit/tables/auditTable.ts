// The audit of a protected file: every attack that applies, recovery against known rows, the policy, one report.
// Source: docs/architecture.md#the-audit. Attacks see what evidence.ts shows them, and not the truth that they are judged by.
// One key and one draw of known rows (three for the curves with full effort): repeat with other seeds for their spread.

import { basename } from 'node:path'
import type { TableReading } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import { type Key, type Manifest, readManifest } from '../../protect/index.ts'
import { labelColumns } from '../../protect/keyed/manifest.ts'
import { version } from '../../version.ts'
import { judgePolicy } from '../policy/judgement.ts'
import { defaultPolicy, type Policy, requireAttributes } from '../policy/policy.ts'
import { reportedFinding } from '../policy/reported.ts'
import type { ReportFinding } from '../policy/reportParts.ts'
import { verdictOf } from '../policy/verdict.ts'
import { adviceOn } from './advice.ts'
import { type Attack, type ReleasedPart, releasedParts } from './attack.ts'
import { mostPermuted } from './attacks/classGeometry.ts'
import { coverageOf } from './coverage.ts'
import { leakAttacks } from './curve.ts'
import { type Evidence, varies } from './evidence.ts'
import { curveCounts, curvesOf } from './reportCurves.ts'
import { type LeakReport, reportSchema } from './reportSchema.ts'
import { findingOf, type Run, runsOn } from './runs.ts'
import { type Sample, tableEvidence } from './tableEvidence.ts'
import { runTasks, type Task } from './tasks.ts'

export interface AuditOptions extends TableReading {
  /** Attacks to run, where they apply. */
  readonly attacks: readonly Attack[]
  /** Rows that adversaries at standpoint `leak` know; at most half of the audited rows. */
  readonly known: number
  /** The default policy if absent. */
  readonly policy?: Policy | undefined
  readonly effort: 'quick' | 'full'
  /** Draws samples, known rows, and whatever the attacks draw. */
  readonly seed: number
  /** Rows to audit at most; 5,000 if absent. With effort `quick` fewer of wide tables. */
  readonly rows?: number | undefined
  /** Worker threads, for built-in attacks alone; they stop at once when told. The caller's thread if absent. */
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Called with how much is done of how much. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** Cells that a quick audit takes: 1,000 rows of 30 columns, 5,000 of 6. It is to end in half a minute of processor. */
const quickCells = 30_000

/**
 * Audits a protected file beside the table and the key that it was made from. Writes nothing.
 * @throws FrostglassError `key` for another key; `input` when the file is not that table under that key; `usage` when
 * too many rows are to be known; `aborted`.
 * @example const report = await auditTable('protected.csv', 'wheat.csv', key, { attacks, known: 20, effort: 'quick', seed: 0 })
 */
export async function auditTable(
  protectedPath: string,
  originalPath: string,
  key: Key,
  options: AuditOptions,
): Promise<LeakReport> {
  const start = performance.now()
  const { policy = defaultPolicy, known, effort, seed } = options
  const sample = await sampled(protectedPath, originalPath, key, options)
  const { evidence } = sample
  requireAttributes(
    policy,
    evidence.attributes.map(({ name }) => name),
    originalPath,
  )
  const { runs, untested, findings, curves } = await measured(sample, options)
  const manifest = await readManifest(protectedPath)
  const judgements = judged(policy, findings, evidence, manifest)
  const account = { policy, judgements, findings, curves, scheme: evidence.scheme }
  return reportSchema.parse({
    format: 'frostglass-leak-report',
    version: 4,
    audited: {
      file: basename(protectedPath),
      sha256: manifest.parts[0]!.sha256,
      rows: sample.rows,
      auditedRows: sample.rowNumbers.length,
      attributes: evidence.attributes.length,
      columns: evidence.released.length,
      ...auditedLabels(evidence),
      scheme: evidence.scheme.name,
      layers: evidence.scheme.layers,
      activation: evidence.scheme.activation ?? null,
      keyFingerprint: key.fingerprint,
    },
    run: {
      date: new Date().toISOString(),
      frostglass: version,
      seed,
      effort,
      known,
      seconds: (performance.now() - start) / 1000,
    },
    verdict: verdictOf(account),
    policy,
    judgements,
    advice: adviceOn(account),
    findings,
    curves,
    coverage: covered(runs, manifest),
    untested,
  } satisfies LeakReport)
}

/** Rows of the file beside what they were made of. @throws FrostglassError as {@link auditTable} */
async function sampled(
  protectedPath: string,
  originalPath: string,
  key: Key,
  options: AuditOptions,
): Promise<Sample> {
  const { known, effort } = options
  const sample = await tableEvidence(protectedPath, originalPath, key, {
    ...options,
    wide: effort === 'quick' ? { cells: quickCells, leastRows: Math.max(1000, 2 * known) } : undefined,
  })
  const audited = sample.rowNumbers.length
  if (known > audited / 2) {
    throw new FrostglassError(
      'usage',
      `of ${audited} audited rows at most ${Math.floor(audited / 2)} can be known, but --known says ${known}`,
      'Take fewer: the attacks are judged on the rows that are not known.',
    )
  }
  return sample
}

/** What attacks found, from worst to best, and how it grows with the number of known rows. */
interface Measured {
  readonly runs: readonly Run[]
  readonly untested: LeakReport['untested']
  readonly findings: ReportFinding[]
  readonly curves: LeakReport['curves']
}

async function measured(
  { evidence, rowNumbers }: Sample,
  { attacks, known, effort, seed, threads, signal, onProgress }: AuditOptions,
): Promise<Measured> {
  const { runs, untested } = runsOn(attacks, evidence, known)
  const draws = effort === 'full' ? 3 : 1
  const tasks: Task[] = [
    ...runs.map(({ attack, label }) => ({
      attack: attack.name,
      known,
      label,
    })),
    ...curveCounts(evidence, known).flatMap((n) =>
      leakAttacks(attacks, evidence)
        .filter(({ fewest }) => fewest <= n)
        .map(({ name }) => ({ attack: name, known: n, draws })),
    ),
  ]
  const answers = await runTasks({ evidence, effort, seed }, tasks, {
    attacks,
    threads,
    signal,
    onProgress,
  })
  const findings = answers
    .flatMap(({ finding }) => finding ?? [])
    .map((finding, i) => {
      const run = runs[i]!
      const signed = findingOf(finding, run, evidence)
      return reportedFinding(signed, run.attack, (row) => rowNumbers[row]! + 1)
    })
  findings.sort((a, b) => beyondChance(b) - beyondChance(a))
  const points = answers.flatMap(({ point }) => point ?? [])
  return { runs, untested, findings, curves: curvesOf(points, findings, draws) }
}

/** What the policy says of the findings. */
function judged(
  policy: Policy,
  findings: readonly ReportFinding[],
  evidence: Evidence,
  manifest: Manifest,
): LeakReport['judgements'] {
  // Without a label there is none to name.
  return judgePolicy(policy, findings, manifest.label === 'none' ? ['labels'] : [], {
    labels: evidence.labelColumns?.map(({ name }) => name) ?? [],
    attributes: evidence.attributes.filter(varies).map(({ name }) => name),
    manyClasses: (evidence.labelColumns ?? [{ name: 'label', labels: evidence.labels }]).flatMap((label) =>
      (label.labels?.classes ?? 0) > mostPermuted ? [label.name] : [],
    ),
  })
}

/** What of a release which adversaries were played on. */
function covered(runs: readonly Run[], manifest: Manifest): LeakReport['coverage'] {
  return {
    parts: releasedParts.map((part) => ({ part, left: leaves(part, manifest) })),
    adversaries: coverageOf(runs.map(({ attack }) => attack)).map(
      ({ standpoint, holds, attacks: names }) => ({
        standpoint,
        holds: [...holds],
        attacks: names.map((tried) => [...tried]),
      }),
    ),
  }
}

/** What a report says of the labels. */
function auditedLabels({
  labels,
  labelColumns: several,
}: Evidence): Pick<LeakReport['audited'], 'classes' | 'labels'> {
  if (!several) return { classes: labels?.classes ?? 0 }
  const all = several.map((column) => ({ name: column.name, classes: column.labels?.classes ?? 0 }))
  return { classes: all.reduce((sum, { classes }) => sum + classes, 0), labels: all }
}

/** Whether a release has a part. */
function leaves(part: ReleasedPart, manifest: Manifest): boolean {
  if (part !== 'classes' && part !== 'target') return true
  const kind = part === 'classes' ? 'class' : 'number'
  return labelColumns(manifest).some(({ task }) => task === kind)
}

/** How far the headline lies above chance: what orders attacks from worst to best. */
function beyondChance({ metrics: [first] }: ReportFinding): number {
  return first!.value - first!.chance
}
