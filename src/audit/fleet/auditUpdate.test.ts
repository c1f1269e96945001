import { describe, expect, it } from 'vitest'
import { expectShown } from '../../../test/shownElements.ts'
import { dense, sequential } from '../../learn/index.ts'
import { defaultUpdatePolicy } from '../policy/policy.ts'
import { updateReportPage } from '../report/updatePage.ts'
import { updateAttacks } from './attacks.ts'
import { auditUpdate } from './auditUpdate.ts'
import type { UpdateFacts } from './contract.ts'
import { denseLeak } from './denseLeak.ts'
import { seenOf } from './frame.ts'
import { inversion } from './inversion.ts'
import { updateReportSchema } from './reportSchema.ts'
import { spanLeak } from './spanLeak.ts'
import { openWhereStronger } from './strongerAttacks.ts'
import { askedOf, drawnRows, evidenceFrom } from './testing.ts'

const [width, classes] = [6, 3]
const rows = drawnRows(200, width, classes, 1)
const own = drawnRows(80, width, classes, 2)
const model = sequential([dense({ units: 32, activation: 'relu' }), dense({ units: classes })], {
  input: [width],
})
const evidence = async (given: Partial<UpdateFacts>, messages: number) => {
  const plain = await evidenceFrom(model, rows, given, messages, { own })
  const { candidates, member } = askedOf(rows, plain, 60)
  return { ...plain, candidates, truth: { ...plain.truth, member } }
}
const options = { name: 'round 1 <b>', effort: 'quick', seed: 1 } as const

describe('the audit of updates', () => {
  it('is broken by plain gradients, says how, and fits its schema and its page', async () => {
    const shares: number[] = []
    const report = await auditUpdate(await evidence({}, 10), {
      ...options,
      onProgress: (done, total) => shares.push(done / total),
    })
    expect(updateReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
    expect(report.verdict.status).toBe('broken')
    expect(report.verdict.sentence).toMatch(
      /^Do not release these updates: the server, which sees what nodes send,/,
    )
    expect(report.judgements.map(({ status }) => status)).toEqual([
      'does not apply',
      'broken',
      'broken',
      'broken',
    ])
    expect(report.advice.map(({ action }) => action).join(' ')).toContain('Add noise on the node')
    expect(report.findings).toHaveLength(updateAttacks.length - 1)
    expect(report.untested.map(({ attack }) => attack)).toEqual(['span-leak'])
    expect(shares.at(-1)).toBe(1)
    const page = updateReportPage(report)
    expectShown(page, report, 60)
    expect(page).not.toContain('<b>')
  })

  it('takes a loss by its name, as training does', async () => {
    const given = await evidence({}, 4)
    const named = { ...given, loss: 'categoricalCrossEntropy' as const }
    const attacks = updateAttacks.filter(({ name }) => name === 'label-leak')
    const report = await auditUpdate(named, { ...options, attacks })
    const whole = await auditUpdate(given, { ...options, attacks })
    expect(report.findings.map(({ metrics }) => metrics)).toEqual(
      whole.findings.map(({ metrics }) => metrics),
    )
    expect(report.findings).toHaveLength(1)
    await expect(auditUpdate({ ...given, loss: 'crossEntropy' as never }, options)).rejects.toThrow(
      /not a loss/,
    )
  })

  it('does not take for held what was not measured, nor what only weak attacks asked', async () => {
    const given = await evidence({ clip: 0.1, noise: 5 }, 8)
    const noisy = await auditUpdate(given, options)
    expect(noisy.judgements[1]).toMatchObject({ status: 'too weak' })
    expect(noisy.verdict.status).not.toBe('held')
    const { candidates: _, truth, ...blind } = given
    const few = ['label-leak', 'dense-leak', 'gradient-alignment']
    const partly = await auditUpdate(
      { ...blind, truth: { rows: truth.rows } },
      { ...options, attacks: updateAttacks.filter(({ name }) => few.includes(name)) },
    )
    expect(partly.judgements.at(-1)).toMatchObject({ status: 'not measured' })
    expect(partly.verdict.status).toBe('not measured')
    expect(partly.untested.map(({ attack }) => attack)).toEqual(['gradient-alignment'])
  })

  it('calls nothing held that a quick search did not break, while stronger attacks were left out', async () => {
    // Whatever is measured holds of such a rule.
    const rule = { name: 'all', why: 'a test', against: 'any', metric: 'cells5', most: 0.999 } as const
    const policy = { ...defaultUpdatePolicy, rules: [rule] }
    const given = await evidence({ rows: 2, clip: 0.1, noise: 0.01 }, 3)
    const report = await auditUpdate(given, { ...options, policy, attacks: [inversion] })
    expect(report.judgements[0]).toMatchObject({ status: 'too weak' })
    expect(report.verdict.status).toBe('not measured')
    expectShown(updateReportPage(report), report, 40)

    const held = {
      rule: 0,
      status: 'held',
      finding: 0,
      metric: 0,
      upper: 0.5,
      ceiling: 0.999,
      weak: 0,
    } as const
    const left = (effort: 'quick' | 'full', attacks = updateAttacks) =>
      openWhereStronger(policy, [held], { seen: seenOf(given), attacks, effort })[0]!
    expect(left('full')).toEqual(held)
    expect(left('quick')).toMatchObject({ status: 'too weak', leftOut: [spanLeak.title, inversion.title] })
    expect(left('full', [inversion])).toMatchObject({ leftOut: [denseLeak.title, spanLeak.title] })
    const ofLabels = { ...policy, rules: [{ ...rule, metric: 'labels' as const }] }
    const seen = { seen: seenOf(given), attacks: updateAttacks, effort: 'quick' as const }
    expect(openWhereStronger(ofLabels, [held], seen)).toEqual([held])
  })

  it('refuses messages that do not belong to rows, and stops when told', async () => {
    const given = await evidence({}, 2)
    const refused = (changed: object, why: RegExp) =>
      expect(auditUpdate({ ...given, ...changed }, options)).rejects.toThrow(why)
    await refused({ sent: [] }, /no message/)
    await refused({ sent: given.sent.slice(1) }, /rows of 2/)
    await refused({ sent: [given.sent[0], new Float64Array(3)] }, /3 numbers/)
    await refused({ sent: [given.sent[0], given.sent[1]!.map(() => Number.NaN)] }, /not finite/)
    await refused({ facts: { ...given.facts, rows: 2 } }, /2 rows each/)
    await refused({ truth: { rows: given.truth.rows } }, /every candidate/)
    await expect(auditUpdate(given, { ...options, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'aborted',
    })
  })
})
