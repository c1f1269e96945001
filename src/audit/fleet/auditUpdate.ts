// The audit of what nodes of a fleet send: every attack that applies, the policy, one report.
// Source: docs/architecture.md#the-audit. What was sent is judged, not what another round would send.
// An attack that failed proves nothing: what bounds all of them is noise with an account of it (private/).

import { FrostglassError } from '../../errors.ts'
import { type Loss, type LossName, lossOf } from '../../learn/losses.ts'
import { version } from '../../version.ts'
import { inTurn } from '../attackTurns.ts'
import type { MetricName } from '../finding.ts'
import { beyondChance, reportedWithPictures } from '../images/reported.ts'
import { judgePolicy } from '../policy/judgement.ts'
import { defaultUpdatePolicy, type Policy, requireAttributes } from '../policy/policy.ts'
import { verdictOf } from '../policy/verdict.ts'
import { updateAdvice } from './advice.ts'
import { updateAttacks } from './attacks.ts'
import type { UpdateAttack, UpdateEvidence } from './contract.ts'
import { seenOf } from './frame.ts'
import { type UpdateLeakReport, updateReportSchema } from './reportSchema.ts'
import { openWhereStronger } from './strongerAttacks.ts'

/** How {@link auditUpdate} audits. */
export interface UpdateAuditOptions {
  /** What the report calls what was sent. */
  readonly name: string
  /** What is accepted; the default policy for updates if absent. */
  readonly policy?: Policy | undefined
  readonly effort: 'quick' | 'full'
  /** Draws whatever the attacks draw. */
  readonly seed: number
  /** All that are built in if absent. */
  readonly attacks?: readonly UpdateAttack[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Attacks done, in parts too, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Audits messages of nodes. Writes nothing.
 * @throws FrostglassError `input` when messages, rows and facts do not belong together; `usage` for an unknown loss; `aborted`.
 * @example const report = await auditUpdate({ model, weights, loss, layout, facts, sent, truth }, { name: 'round 1', effort: 'quick', seed: 0 })
 */
export async function auditUpdate(
  given: Omit<UpdateEvidence, 'loss'> & { readonly loss: LossName | Loss },
  options: UpdateAuditOptions,
): Promise<UpdateLeakReport> {
  const start = performance.now()
  const evidence: UpdateEvidence = { ...given, loss: lossOf(given.loss) }
  const { name, policy = defaultUpdatePolicy, effort, seed, attacks = updateAttacks, signal } = options
  checkEvidence(evidence)
  requireAttributes(policy, [], name)
  const seen = seenOf(evidence)
  const able = attacks.filter((attack) => attack.obstacle(seen) === undefined)
  const findings = await inTurn(
    able,
    async (attack, onProgress) =>
      reportedWithPictures(await attack.run(evidence, { effort, seed, signal, onProgress }), attack),
    options,
  )
  findings.sort((a, b) => beyondChance(b) - beyondChance(a))
  // Rows that are no images have no picture that could come back.
  const absent: MetricName[] = seen.image ? [] : ['ssim']
  const judged = judgePolicy(policy, findings, absent)
  const judgements = openWhereStronger(policy, judged, { seen, attacks: able, effort })
  const measured = { policy, judgements, findings, subject: 'update' as const }
  return updateReportSchema.parse({
    format: 'frostglass-leak-report',
    version: 8,
    audited: {
      kind: 'update',
      name,
      messages: evidence.sent.length,
      rows: evidence.truth.rows.reduce((sum, { labels }) => sum + labels.length, 0),
      numbers: evidence.layout.size,
      facts: { ...evidence.facts },
      own: evidence.own?.labels.length ?? 0,
      candidates: evidence.candidates?.labels.length ?? 0,
    },
    run: {
      date: new Date().toISOString(),
      frostglass: version,
      seed,
      effort,
      seconds: (performance.now() - start) / 1000,
    },
    verdict: verdictOf(measured),
    policy,
    judgements,
    advice: updateAdvice(measured, evidence.facts),
    findings,
    untested: attacks.flatMap((attack) => {
      const why = attack.obstacle(seen)
      return why === undefined ? [] : [{ attack: attack.name, title: attack.title, why }]
    }),
  } satisfies UpdateLeakReport)
}

/** @throws FrostglassError 'input' when messages, rows and facts do not belong together */
function checkEvidence({ sent, layout, truth, facts, candidates }: UpdateEvidence): void {
  const refuse = (what: string): never => {
    throw new FrostglassError('input', what, 'Give every message with the rows of all nodes that are in it.')
  }
  if (sent.length === 0) refuse('there is no message to audit')
  if (truth.rows.length !== sent.length)
    refuse(`there are ${sent.length} messages, but rows of ${truth.rows.length}`)
  for (const [m, message] of sent.entries()) {
    if (message.length !== layout.size)
      refuse(`message ${m + 1} has ${message.length} numbers, but the model ${layout.size}`)
    if (!message.every(Number.isFinite)) refuse(`message ${m + 1} has numbers that are not finite`)
    const rows = truth.rows[m]!.labels.length
    if (rows !== facts.rows * facts.nodes)
      refuse(`message ${m + 1} has ${rows} rows, but is of ${facts.nodes} nodes with ${facts.rows} rows each`)
  }
  if (candidates === undefined) return
  if (
    truth.member?.length !== sent.length ||
    truth.member.some((of) => of.length !== candidates.labels.length)
  )
    refuse('it is not said of every candidate and message whether the candidate is among its rows')
}
