// The audit of synthetic rows as a regulator asks it: singling out, linkability, inference, and membership, under a policy.
// Source: Article 29 WP, Opinion 05/2014 (WP216); Anonymeter (PoPETs 2023). Each attack is also run on the original in place of synthetic rows.
// One table of rows is judged: what bounds every attack is the ε that they were made with.

import { FrostglassError } from '../../../errors.ts'
import { type Turn, turnsFor } from '../../../learn/pauses.ts'
import { version } from '../../../version.ts'
import { inTurn } from '../../attackTurns.ts'
import { beyondChance, reportedWithPictures } from '../../images/reported.ts'
import { judgePolicy } from '../../policy/judgement.ts'
import { type Policy, requireAttributes } from '../../policy/policy.ts'
import { verdictOf } from '../../policy/verdict.ts'
import { syntheticAdvice } from '../advice.ts'
import { defaultSyntheticPolicy } from '../defaultPolicies.ts'
import { inSeededOrder } from '../fixedOrder.ts'
import { type SyntheticLeakReport, syntheticReportSchema } from '../reportSchema.ts'
import { besideUnprotected } from '../run.ts'
import { requireAnother } from './anotherControl.ts'
import { syntheticAttacks } from './attacks.ts'
import { type SyntheticAttack, type SyntheticEvidence, syntheticSight, uncovered } from './contract.ts'
import { readableSynthetic, requireStrangers } from './readable.ts'

/** How {@link auditSynthetic} audits. */
export interface SyntheticAuditOptions {
  /** What the report calls the rows. */
  readonly name: string
  /** What is accepted; the default policy for synthetic tables if absent. */
  readonly policy?: Policy | undefined
  readonly seed: number
  /** Attempts of each attack; 2,000 if absent. */
  readonly attacks?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Attacks done, of how many. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** Attempts on the original in place of synthetic rows: whether an attack is able at all shows soon. */
const bareAttacks = 300

/** Turns that an attack takes for an attempt, more or less: on people, on strangers, and by luck. */
const turnsOfAttempt = 3

/** Turns that tell which share of so many is done; of more than were thought of, nearly all. */
function countedTurns(turn: Turn, expected: number, tell: (share: number) => void): Turn {
  let [done, told] = [0, -1]
  return () => {
    const percent = Math.min(99, Math.floor((100 * done++) / expected))
    if (percent > told) {
      told = percent
      tell(percent / 100)
    }
    return turn()
  }
}

/** Rows that a table needs for an audit to say anything. */
const fewest = 20

/**
 * Audits synthetic rows. Writes nothing.
 * @throws FrostglassError `usage` for columns that a table lacks, `input` for too few rows, columns that cannot be
 * compared, or a control that was used; `aborted`
 * @example const report = await auditSynthetic({ original, control, synthetic }, { name: 'synthetic.csv', seed: 0 })
 */
export async function auditSynthetic(
  given: SyntheticEvidence,
  options: SyntheticAuditOptions,
): Promise<SyntheticLeakReport> {
  const start = performance.now()
  const { name, policy = defaultSyntheticPolicy, seed, attacks = 2000 } = options
  for (const which of ['original', 'control', 'synthetic'] as const)
    if (given[which].rows < fewest)
      throw new FrostglassError(
        'input',
        `the ${which} table has ${given[which].rows} rows, fewer than ${fewest}`,
        'Give more rows.',
      )
  const columns = given.synthetic.columns.map((column) => column.name)
  requireAttributes(policy, columns, name)
  const evidence = readableSynthetic({
    original: inSeededOrder(given.original, seed, 'original'),
    control: inSeededOrder(given.control, seed, 'control'),
    synthetic: inSeededOrder(given.synthetic, seed, 'synthetic'),
  })
  const turn = turnsFor(options.signal)
  const sight = syntheticSight(evidence)
  requireAnother(sight)
  requireStrangers(evidence, seed)
  const bare = uncovered(sight)
  const able = syntheticAttacks.filter((attack) => attack.obstacle(sight) === undefined)
  const found = await inTurn(able, attacked, options)
  const findings = found.flat().sort((a, b) => beyondChance(b) - beyondChance(a))
  const silent = able.filter((_, a) => found[a]!.length === 0)
  // Where everybody is like others a copy is of nobody in particular.
  const judgements = judgePolicy(policy, findings, silent.length > 0 ? ['copied'] : [])
  const measured = { policy, judgements, findings, subject: 'synthetic' as const }
  return syntheticReportSchema.parse({
    format: 'frostglass-leak-report',
    version: 11,
    audited: {
      kind: 'synthetic',
      name,
      rows: evidence.original.rows,
      control: evidence.control.rows,
      synthetic: evidence.synthetic.rows,
      columns,
      attacks,
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
    advice: syntheticAdvice(measured),
    findings,
    untested: [
      ...syntheticAttacks.flatMap((attack) => {
        const why = attack.obstacle(sight)
        return why === undefined ? [] : [{ attack: attack.name, title: attack.title, why }]
      }),
      ...silent.map(({ name: attack, title }) => ({
        attack,
        title,
        why: 'Nobody in the original is unlike all others.',
      })),
    ],
  } satisfies SyntheticLeakReport)

  async function attacked(attack: SyntheticAttack, tell: (share: number) => void) {
    const { name: of, title, standpoint } = attack
    const begun = performance.now()
    const few = Math.min(attacks, bareAttacks)
    const counted = countedTurns(turn, turnsOfAttempt * (attacks + few), tell)
    const got = await attack.find(sight, { seed, attacks, turn: counted })
    const seconds = (performance.now() - begun) / 1000 / Math.max(1, got.length)
    const without = await attack.find(bare, { seed, attacks: few, turn: counted })
    return got.map(({ metrics, ...rest }) =>
      reportedWithPictures(
        {
          attack: of,
          title,
          standpoint,
          known: 0,
          measures: [],
          pictures: [],
          ...rest,
          metrics: metrics.map((metric) =>
            besideUnprotected(
              metric,
              without.find(({ about }) => about === rest.about),
            ),
          ),
          seconds,
        },
        attack,
      ),
    )
  }
}
