// The audit of a fleet against one of its participants: every attack that applies, the policy, one report.
// Source: docs/architecture.md#the-audit. The auditor plays the fleet; an attack that gets nothing even of an undefended one is too weak.
// One attacker, these attacks, these rounds: that a rule held says nothing of two attackers, or of more patience.

import { FrostglassError } from '../../errors.ts'
import { version } from '../../version.ts'
import { inTurn } from '../attackTurns.ts'
import type { MetricName } from '../finding.ts'
import { beyondChance, reportedWithPictures } from '../images/reported.ts'
import type { ImageReportFinding } from '../images/reportSchema.ts'
import { judgePolicy } from '../policy/judgement.ts'
import { defaultFleetPolicy, type Policy, requireAttributes } from '../policy/policy.ts'
import type { Untested } from '../policy/reportParts.ts'
import { verdictOf } from '../policy/verdict.ts'
import { type Defence, defenceText, seesUpdates } from './defences.ts'
import { fleetAdvice } from './fleetAdvice.ts'
import { type FleetLeakReport, fleetReportSchema } from './fleetReport.ts'
import type { ParticipantAttack, ParticipantFinding } from './participant.ts'
import { participantAttacks } from './participants.ts'
import { type OpenPlay, openPlay, type PlayedFleet } from './playedFleet.ts'

/** How {@link auditFleet} audits. */
export interface FleetAuditOptions {
  /** What the report calls the fleet. */
  readonly name: string
  readonly defence: Defence
  /** What is accepted; the default policy for fleets if absent. */
  readonly policy?: Policy | undefined
  /** All that are built in if absent. */
  readonly attacks?: readonly ParticipantAttack[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Attacks done, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/**
 * Audits a fleet by playing it. Writes nothing.
 * @throws FrostglassError `input` for a fleet that cannot be played, or too few nodes for its defence; `aborted`.
 * @example const report = await auditFleet({ model, loss, nodes, attacker: 0, test, training, before: 20, rounds: 5, after: 10, seed: 0 }, { name: 'ours', defence: { kind: 'median' } })
 */
export async function auditFleet(fleet: PlayedFleet, options: FleetAuditOptions): Promise<FleetLeakReport> {
  const start = performance.now()
  const { name, defence, policy = defaultFleetPolicy, attacks = participantAttacks, signal } = options
  checkFleet(fleet)
  requireAttributes(policy, [], name)
  const findings: ImageReportFinding[] = []
  const untested: Untested[] = []
  const play = await openPlay(fleet, signal)
  try {
    const one = async (attack: ParticipantAttack): Promise<void> => {
      const found = attack.obstacle(fleet) ?? (await tried(attack, play, defence, signal))
      if (typeof found === 'string') untested.push({ attack: attack.name, title: attack.title, why: found })
      else findings.push(reportedWithPictures(found, attack))
    }
    await inTurn(attacks, one, options)
  } finally {
    await play.close()
  }
  findings.sort((a, b) => beyondChance(b) - beyondChance(a))
  const absent: MetricName[] = fleet.model.input.length === 3 ? [] : ['pictured']
  const judgements = judgePolicy(policy, findings, absent)
  const measured = { policy, judgements, findings, subject: 'fleet' as const }
  return fleetReportSchema.parse({
    format: 'frostglass-leak-report',
    version: 9,
    audited: {
      kind: 'fleet',
      name,
      nodes: fleet.nodes.length,
      rows: fleet.nodes.reduce((sum, { labels }) => sum + labels.length, 0),
      numbers: play.trainer.layout.size,
      defence: defenceText(defence),
      seesUpdates: seesUpdates(defence),
      before: fleet.before,
      attacked: fleet.rounds,
      after: fleet.after,
    },
    run: {
      date: new Date().toISOString(),
      frostglass: version,
      seed: fleet.seed,
      seconds: (performance.now() - start) / 1000,
    },
    verdict: verdictOf(measured),
    policy,
    judgements,
    advice: fleetAdvice(measured, defence),
    findings,
    untested,
  } satisfies FleetLeakReport)
}

/** What an attack got behind the defence; why that says nothing, where it gets nothing of the same fleet without one either. */
async function tried(
  attack: ParticipantAttack,
  play: OpenPlay,
  defence: Defence,
  signal: AbortSignal | undefined,
): Promise<ParticipantFinding | string> {
  const options = { seed: play.fleet.seed, signal }
  const found = await attack.run(play, defence, options)
  if (works(found)) return found
  if (defence.kind !== 'none' && works(await attack.run(play, { kind: 'none' }, options))) return found
  return 'It was run, and got no more than chance of the same fleet without a defence either: it is too weak here to tell.'
}

const works = ({ metrics: [first] }: ParticipantFinding): boolean => first!.interval[0] > first!.chance

/** @throws FrostglassError 'input' */
function checkFleet({ nodes, attacker, test, rounds }: PlayedFleet): void {
  const refuse = (what: string, hint: string): never => {
    throw new FrostglassError('input', what, hint)
  }
  if (nodes.length < 2)
    refuse(`a fleet of ${nodes.length} has nobody to attack`, 'Give rows of two nodes or more.')
  if (!nodes[attacker]) refuse(`there is no node ${attacker} of ${nodes.length}`, 'Count nodes from 0.')
  if (nodes.some(({ labels }) => labels.length === 0)) refuse('a node has no rows', 'Give every node some.')
  if (test.labels.length === 0) refuse('there are no test rows', 'Give rows that no node trains on.')
  if (!(Number.isSafeInteger(rounds) && rounds >= 1))
    refuse(`an attack takes 1 round or more, not ${rounds}`, 'Take 5, say.')
}
