// The audit of a published table: every attack that applies, the policy, one report.
// Source: docs/architecture.md#the-audit. Each attack is also run on the table without protection, to tell weakness from safety.
// What is published is judged as it is, not the algorithm: another table by the same algorithm may fare otherwise.

import { FrostglassError } from '../../errors.ts'
import { version } from '../../version.ts'
import { inTurn } from '../attackTurns.ts'
import type { MetricName } from '../finding.ts'
import { beyondChance, reportedWithPictures } from '../images/reported.ts'
import { judgePolicy } from '../policy/judgement.ts'
import { type Policy, requireAttributes } from '../policy/policy.ts'
import { verdictOf } from '../policy/verdict.ts'
import { publishedAdvice } from './advice.ts'
import { intersection } from './attacks/intersection.ts'
import { publishedAttacks } from './attacks.ts'
import { classFacts } from './classFacts.ts'
import { type PublishedAttack, type PublishedEvidence, type Sight, sightOf, unprotected } from './contract.ts'
import { defaultPublishedPolicy } from './defaultPolicies.ts'
import { underOneSpelling } from './evidence/oneSpelling.ts'
import { requireReadable } from './evidence/readable.ts'
import { type LatticeFacts, latticePicture } from './lattice.ts'
import { type PublishedLeakReport, publishedReportSchema } from './reportSchema.ts'
import { columnOf } from './risk/classes.ts'
import { quasiColumns } from './risk/riskOf.ts'
import { runPublished } from './run.ts'
import { openWhereWanting, untestedOf } from './wanting.ts'

/** How {@link auditPublished} audits. */
export interface PublishedAuditOptions {
  /** What the report calls the table. */
  readonly name: string
  /** What is accepted; the default policy for published tables if absent. */
  readonly policy?: Policy | undefined
  /** Draws halves and deals. */
  readonly seed: number
  /** All that are built in if absent. */
  readonly attacks?: readonly PublishedAttack[] | undefined
  /** The node that was published and those around it, for the page. */
  readonly lattice?: LatticeFacts | undefined
  /** By quasi-identifier the share of its domain that a cell covers, as a manifest has it; from the labels, if absent. */
  readonly covers?: ReadonlyMap<string, number> | undefined
  readonly signal?: AbortSignal | undefined
  /** Attacks done, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Audits a published table. Writes nothing.
 * @throws FrostglassError `usage` for columns that are not there, `input` for tables that cannot be compared, `aborted`
 * @example const report = await auditPublished({ original, published, quasi: ['age', 'sex'], sensitive: ['illness'] }, { name: 'published.csv', seed: 0 })
 */
export async function auditPublished(
  given: PublishedEvidence,
  options: PublishedAuditOptions,
): Promise<PublishedLeakReport> {
  const start = performance.now()
  const { name, policy = defaultPublishedPolicy, seed, attacks = publishedAttacks, signal } = options
  checkEvidence(given)
  const evidence = underOneSpelling(given)
  await requireReadable(evidence, signal)
  requireAttributes(policy, evidence.sensitive, name)
  const sight = await sightOf(evidence, { seed, signal })
  const bare = await sightOf(unprotected(sight.evidence), { seed, signal })
  const able = attacks.filter((attack) => attack.obstacle(evidence) === undefined)
  const found = await inTurn(
    able,
    async (attack) => {
      const run = await runPublished(attack, sight, bare, { seed, signal })
      return { ...run, findings: run.findings.map((finding) => reportedWithPictures(finding, attack)) }
    },
    options,
  )
  const untested = untestedOf(
    evidence,
    attacks,
    able.map((attack, a) => [attack, found[a]!.unmeasured]),
  )
  const findings = found.flatMap((run) => run.findings).sort((a, b) => beyondChance(b) - beyondChance(a))
  // Where nothing but quasi-identifiers left there is no hidden value: a column that nobody named is not excused. Without rounds
  // there is nothing to take back.
  const nothingHidden = evidence.published.columns.every(({ name: column }) =>
    evidence.quasi.includes(column),
  )
  const absent: MetricName[] = [
    ...(nothingHidden ? (['certain', 'attribute', 'belief'] as const) : []),
    ...(evidence.rounds === undefined ? (['cells1'] as const) : []),
  ]
  const judgements = openWhereWanting(policy, judgePolicy(policy, findings, absent), untested)
  const measured = { policy, judgements, findings, subject: 'published' as const }
  return publishedReportSchema.parse({
    format: 'frostglass-leak-report',
    version: 10,
    audited: {
      kind: 'published',
      name,
      rows: evidence.original.rows,
      published: evidence.published.rows,
      quasi: [...evidence.quasi],
      sensitive: [...evidence.sensitive],
      ...(await tableFacts(sight, options)),
      list: evidence.list?.rows ?? null,
      previous: evidence.previous?.rows ?? null,
    },
    run: {
      date: new Date().toISOString(),
      frostglass: version,
      seed,
      seconds: (performance.now() - start) / 1000,
    },
    verdict: verdictOf(measured),
    policy,
    judgements,
    advice: publishedAdvice(measured),
    findings,
    untested: untested.map(({ attack, title, why }) => ({ attack: attack.name, title, why })),
  } satisfies PublishedLeakReport)
}

/** What the report says of the table, and of the lattice around it. */
async function tableFacts(sight: Sight, { lattice, covers }: PublishedAuditOptions) {
  const facts = await classFacts(sight, covers)
  if (lattice === undefined) return { ...facts, lattice: null }
  const picture = await latticePicture(lattice, sight.evidence.quasi)
  return { ...facts, lattice, pictures: [...facts.pictures, picture] }
}

/** @throws FrostglassError 'usage' */
function checkEvidence(evidence: PublishedEvidence): void {
  const { original, published, quasi, sensitive, list, previous } = evidence
  quasiColumns(original, quasi, 'the original')
  quasiColumns(published, quasi, 'the published table')
  if (list) quasiColumns(list, quasi, 'the public list')
  const useless = previous && intersection.obstacle(evidence)
  if (useless !== undefined)
    throw new FrostglassError(
      'usage',
      useless.replace(/\.$/, '').replace(/^T/, 't'),
      'Name quasi-identifiers that both releases have, and give tables with a further column in common; or leave the earlier release out.',
    )
  for (const name of sensitive) {
    columnOf(original, name, 'the original')
    columnOf(published, name, 'the published table')
    if (quasi.includes(name))
      throw new FrostglassError(
        'usage',
        `'${name}' is named as a quasi-identifier and as sensitive`,
        'Name it as one of them.',
      )
  }
}
