// The audit of released codes: attacks from below, the certificate from above, and what must be so in between.
// Source: CERTIFIED obfuscation, section 7, step 8; PROOF.md for what is certified.
// A bracket that holds is evidence that the code and the counting are right; what bounds all attackers is the certificate.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import type { Tensor } from '../../graph/index.ts'
import type { Certificate } from '../../protect/certified/certificate.ts'
import { takeRows } from '../../protect/certified/codeRows.ts'
import type { CertifiedRows } from '../../protect/certified/issueCodePane.ts'
import { shuffle, upTo } from '../../random/order.ts'
import { seededStream } from '../../random/seeded.ts'
import { version } from '../../version.ts'
import { type Policy, requireAttributes } from '../policy/policy.ts'
import { reportedMetric } from '../policy/reported.ts'
import { codeAttackers } from './attackers.ts'
import { bracketSvg } from './bracketFigure.ts'
import { type Check, checkDrift, checkRecount, checkRepeats } from './checks.ts'
import type { CodeAttacker, CodeEvidence, SeenRows } from './contract.ts'
import { meanOf } from './hits.ts'
import { issuedPolicy, judgeCodes } from './judge.ts'
import { pricesOf } from './prices.ts'
import { type Bracket, type CodeLeakReport, codeReportSchema } from './reportSchema.ts'
import { severalReleases } from './severalReleases.ts'

/** How {@link auditCodes} audits. */
export interface CodeAuditOptions {
  /** What is accepted; the limits that the certificates were issued under, if absent. */
  readonly policy?: Policy | undefined
  readonly effort: 'quick' | 'full'
  /** Draws who is learned from and who is judged, and whatever the attacks draw. */
  readonly seed: number
  /** Of the pane, for the report. */
  readonly sha256: string
  readonly signal?: AbortSignal | undefined
  /** Attacks done, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** A run each. */
const rowsAlone = 256

/** Fewer units than this on either side of an attack say nothing. */
const fewest = 50

/**
 * Audits codes. Writes nothing.
 * @throws FrostglassError `input` for rows that do not fit the certificates, for fewer than 100 units to attack, or for a policy that
 * asks about an attribute which is not certified; `aborted`
 * @example const report = await auditCodes(evidence, { effort: 'quick', seed: 0, sha256: pane.sha256 })
 */
export async function auditCodes(evidence: CodeEvidence, options: CodeAuditOptions): Promise<CodeLeakReport> {
  const start = performance.now()
  const { effort, seed, sha256, signal, onProgress } = options
  const { certificates, attacked, calibration, name, codes: count, channel } = evidence
  const names = certificates.map(({ statement }) => statement.attribute)
  const policy =
    options.policy ??
    issuedPolicy(
      certificates.map(({ statement: { attribute, policy: of } }) => ({ attribute, limit: of?.limit })),
    )
  if (policy) requireAttributes(policy, names, name)
  const codes = await released(evidence, attacked.x)
  const checks: Check[] = [
    ...(evidence.before ?? []),
    checkRepeats(
      codes,
      await releasedBackwards(evidence, attacked.x),
      await releasedAlone(evidence, attacked.x),
    ),
    ...(await recounted(evidence, calibration)),
  ]
  const drift = checkDrift(certificates[0]!, attacked, codes)
  if (drift) checks.push(drift)
  const halves = halvesOf(attacked.units, seed)
  const laws = channel ?? identity(count)
  const attacks: { finding: CodeLeakReport['findings'][number]; attacker: CodeAttacker; of: number }[] = []
  for (const [of, certificate] of certificates.entries()) {
    const { attribute } = certificate.statement
    const seen = (rows: Int32Array) => seenRows(attacked, attribute, codes, rows)
    const [learned, judged] = [seen(halves.learned), seen(halves.judged)]
    const several = (certificate.bundleLimits ?? []).filter(({ k }) => k > 1)
    const able = [...codeAttackers, ...several.map(({ k }) => severalReleases(k))].filter(
      ({ applies = () => true }) => applies(judged),
    )
    for (const [done, attacker] of able.entries()) {
      await nextTurn()
      throwIfAborted(signal)
      attacks.push({
        finding: await run(attacker, certificate, attacked, { learned, judged, laws }, options),
        attacker,
        of,
      })
      onProgress?.(of * able.length + done + 1, certificates.length * able.length)
    }
  }
  const certified = certificates.map(certificateFinding)
  const findings = [...certified, ...attacks.map(({ finding }) => finding)]
  const brackets = await Promise.all(
    certificates.map((certificate, of) =>
      bracketOf(
        certificate,
        attacks.flatMap(({ of: own, attacker }, at) =>
          own === of ? [{ attacker, finding: certified.length + at }] : [],
        ),
        findings,
      ),
    ),
  )
  const { judgements, verdict, advice } = judgeCodes(policy, findings, certified, brackets, checks)
  return codeReportSchema.parse({
    format: 'frostglass-leak-report',
    version: 7,
    audited: {
      kind: 'codes',
      name,
      sha256,
      codes: count,
      outputs: channel ? channel[0]!.length : null,
      units: { learned: halves.units.learned, judged: halves.units.judged },
    },
    run: {
      date: new Date().toISOString(),
      frostglass: version,
      seed,
      effort,
      seconds: (performance.now() - start) / 1000,
    },
    verdict,
    policy,
    judgements: [...judgements] as CodeLeakReport['judgements'],
    advice: [...advice],
    findings,
    brackets,
    prices: evidence.prices ? pricesOf(evidence.prices, certificates) : null,
    checks,
  } satisfies CodeLeakReport)
}

async function released({ release, codes }: CodeEvidence, x: Tensor): Promise<Int32Array> {
  const of = await release(x)
  const wrong = of.find((code) => !(code >= 0 && code < codes))
  if (wrong === undefined) return of
  throw new FrostglassError(
    'input',
    `code ${wrong} was released, and the certificates are of ${codes} codes`,
    'Audit the pane that was certified.',
  )
}

/** The same rows from the last to the first: neither what came before a row nor its place may matter. */
async function releasedBackwards(evidence: CodeEvidence, x: Tensor): Promise<Int32Array> {
  const rows = x.shape[0]!
  return (await released(evidence, takeRows(x, upTo(rows).reverse()))).reverse()
}

/** The first rows, each by itself: what else is in a batch may not matter either. */
async function releasedAlone(evidence: CodeEvidence, x: Tensor): Promise<Int32Array> {
  const codes = new Int32Array(Math.min(x.shape[0]!, rowsAlone))
  for (const row of codes.keys()) codes[row] = (await released(evidence, takeRows(x, Int32Array.of(row))))[0]!
  return codes
}

async function recounted(evidence: CodeEvidence, calibration: CertifiedRows): Promise<Check[]> {
  const codes = await released(evidence, calibration.x)
  return evidence.certificates.map((certificate) => checkRecount(certificate, calibration, codes))
}

/** Half of the units to learn from, half to be judged on: a unit's rows are in one of them. */
function halvesOf(units: readonly string[], seed: number) {
  const names = [...new Set(units)].sort()
  const order = shuffle(upTo(names.length), seededStream(seed, 'halves of the attacked units'))
  const learnedUnits = Math.floor(names.length / 2)
  if (learnedUnits < fewest)
    throw new FrostglassError(
      'input',
      `${names.length} units to attack are too few: ${2 * fewest} are wanted`,
      'Keep a larger share of the units for attacks, or name other rows with --attacked.',
    )
  const own = new Set(Array.from(order.subarray(0, learnedUnits), (at) => names[at]!))
  const rows = (learned: boolean) =>
    Int32Array.from(units.flatMap((unit, row) => (own.has(unit) === learned ? [row] : [])))
  return {
    learned: rows(true),
    judged: rows(false),
    units: { learned: learnedUnits, judged: names.length - learnedUnits },
  }
}

const seenRows = (
  { label, attributes, units }: CertifiedRows,
  attribute: string,
  codes: Int32Array,
  rows: Int32Array,
): SeenRows => ({
  codes: Int32Array.from(rows, (row) => codes[row]!),
  hidden: Int32Array.from(rows, (row) => attributes[attribute]!.of[row]!),
  label: Int32Array.from(rows, (row) => label.of[row]!),
  units: Array.from(rows, (row) => units[row]!),
})

const identity = (codes: number): number[][] =>
  Array.from({ length: codes }, (_, i) => Array.from({ length: codes }, (_, j) => (i === j ? 1 : 0)))

async function run(
  attacker: CodeAttacker,
  certificate: Certificate,
  { label, attributes }: CertifiedRows,
  { learned, judged, laws }: { learned: SeenRows; judged: SeenRows; laws: readonly (readonly number[])[] },
  { effort, seed, signal }: CodeAuditOptions,
): Promise<CodeLeakReport['findings'][number]> {
  const start = performance.now()
  const { attribute } = certificate.statement
  const { names } = attributes[attribute]!
  const sizes = { classes: names.length, labels: label.names.length, channel: laws }
  const certified = certificate.result.codes.each.map(({ attribute: likeliest }) => names.indexOf(likeliest))
  const hits = await attacker.run(learned, judged, { ...sizes, certified }, { effort, seed, signal })
  const { value, interval } = meanOf(hits)
  const metric = { name: 'attribute' as const, value, interval, chance: chanceOf(judged, names.length) }
  return {
    attack: attacker.name,
    title: `${attacker.title}: “${attribute}”`,
    standpoint: 'server',
    needs: attacker.needs,
    source: attacker.source,
    known: 0,
    rows: hits.size,
    metrics: [reportedMetric(metric, hits.size)],
    about: attribute,
    measures: [],
    pictures: [],
    notes: [
      attacker.bound === 'none'
        ? 'No bound is known: the certificate is about one release of a unit.'
        : `Held against the limit for ${typeof attacker.bound === 'object' ? `${attacker.bound.releases} releases of a unit` : attacker.bound}.`,
    ],
    seconds: (performance.now() - start) / 1000,
  }
}

/** What naming the commonest class of the judged units gets. */
function chanceOf({ hidden, units }: SeenRows, classes: number): number {
  const rows = new Map<string, number>()
  for (const unit of units) rows.set(unit, (rows.get(unit) ?? 0) + 1)
  const shares = new Float64Array(classes)
  hidden.forEach((value, row) => {
    shares[value]! += 1 / rows.get(units[row]!)! / rows.size
  })
  return Math.min(1, Math.max(...shares))
}

/** What is certified, as a finding that rules are judged by. */
function certificateFinding({ statement, result }: Certificate): CodeLeakReport['findings'][number] {
  const { attribute } = statement
  const { estimate, upper, blind, floor, units, theorem } = result
  return {
    attack: 'certificate',
    title: `The certificate: “${attribute}”, every attacker`,
    standpoint: 'server',
    needs:
      'nothing that it could lack: the pane, the codebook, the certificate and the law of the units are taken to be known',
    source: `PROOF.md, theorem ${theorem}`,
    known: 0,
    rows: units,
    metrics: [
      {
        name: 'attribute',
        value: estimate,
        interval: [estimate, upper],
        chance: blind,
        ...(floor ? { baseline: floor.estimate } : {}),
        proved: true,
      },
    ],
    about: attribute,
    measures: [],
    pictures: [],
    notes: [],
    seconds: 0,
  }
}

async function bracketOf(
  { statement: { attribute }, result, bundleLimits = [] }: Certificate,
  attacks: readonly { readonly attacker: CodeAttacker; readonly finding: number }[],
  findings: CodeLeakReport['findings'],
): Promise<Bracket> {
  const { theorem, units, unit, deltaEach, blind, floor, estimate, upper } = result
  const labelKnownUpper = floor?.labelKnown.upper ?? null
  const limits = { 'one release': upper, 'one release and the true label': labelKnownUpper, none: null }
  const held = attacks.map(({ attacker, finding }) => {
    const { bound } = attacker
    const limit =
      typeof bound === 'object' ? bundleLimits.find(({ k }) => k === bound.releases)!.upper : limits[bound]
    const { interval } = findings[finding]!.metrics[0]!
    return { finding, upper: limit, above: limit !== null && interval[0] > limit }
  })
  const drawn = held.map(({ finding, upper: own }, i) => {
    const { value, interval } = findings[finding]!.metrics[0]!
    return { title: attacks[i]!.attacker.title, value, interval, upper: own }
  })
  return {
    attribute,
    certified: {
      theorem,
      units,
      unit,
      delta: deltaEach,
      blind,
      floor: floor?.estimate ?? null,
      estimate,
      upper,
      labelKnownUpper,
    },
    attacks: held,
    notAttacked: bundleLimits.flatMap(({ k }) =>
      k === 1 || attacks.some(({ attacker: { bound } }) => typeof bound === 'object' && bound.releases === k)
        ? []
        : [k],
    ),
    picture: {
      title: `What attacks on “${attribute}” got, with 95% intervals, and what is certified of every attacker.`,
      alternative: 'Dots with intervals below the certified limit; the table below holds the numbers.',
      data: await bracketSvg({ blind, floor: floor?.estimate ?? null, upper, attacks: drawn }, 520),
    },
  }
}
