import { describe, expect, it } from 'vitest'
import { expectShown } from '../../../test/shownElements.ts'
import { fleetReportPage } from '../report/fleetPage.ts'
import { auditFleet } from './auditFleet.ts'
import { constrainedBackdoor, modelReplacement } from './backdoor.ts'
import { fleetReportSchema } from './fleetReport.ts'
import { participantAttacks } from './participants.ts'
import { digitFleet } from './testing.ts'

const attacks = participantAttacks.filter(({ aim }) => aim === 'steer')

describe('the audit of a fleet', () => {
  it('is broken where nothing is in the way, says how, and fits its schema and its page', async () => {
    const shares: number[] = []
    const report = await auditFleet(await digitFleet(), {
      name: 'ours <b>',
      defence: { kind: 'secure sum', range: 1 },
      attacks: participantAttacks.filter(
        ({ name }) => name === 'model-replacement' || name === 'gan-reconstruction',
      ),
      onProgress: (done, total) => shares.push(done / total),
    })
    expect(fleetReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
    expect(report.verdict.status).toBe('broken')
    expect(report.verdict.sentence).toMatch(/one participant, who trains with the others/)
    expect(report.judgements.map(({ status }) => status)).toEqual(['broken', 'not measured'])
    expect(report.findings[0]).toMatchObject({ attack: 'model-replacement', standpoint: 'participant' })
    expect(report.untested).toMatchObject([
      { attack: 'gan-reconstruction', why: expect.stringMatching(/spare/) },
    ])
    expect(report.audited.seesUpdates).toBe(false)
    expect(report.advice[0]!.action).toMatch(/behind a secure sum nobody sees/)
    expect(shares).toEqual([0.5, 1])
    const page = fleetReportPage(report)
    expectShown(page, report, 30)
    expect(page).not.toContain('<b>')
    expect(page).toContain('do not exist here')
  })

  it('holds behind the median, by an attack that works without it, and never by one that does not', async () => {
    const fleet = await digitFleet()
    const policy = {
      format: 'frostglass-policy',
      version: 2,
      name: 'steering alone',
      unmeasured: 'fails',
      rules: [{ name: 'none is steered', against: 'participant', metric: 'steered', mostAboveBaseline: 0.1 }],
    } as const
    const audited = (attack: typeof modelReplacement) =>
      auditFleet(fleet, {
        name: 'ours',
        defence: { kind: 'median' },
        policy: { ...policy, rules: [...policy.rules] },
        attacks: [attack],
      })
    const held = await audited(modelReplacement)
    expect(held.verdict.status).toBe('held')
    const idle = await audited({
      ...constrainedBackdoor,
      // It does nothing: what it gets behind the median says nothing of the median.
      run: async (play, defence) => {
        const found = await modelReplacement.run(play, { kind: 'median' }, { seed: 1 })
        expect(['median', 'none']).toContain(defence.kind)
        return found
      },
    })
    expect(idle.verdict.status).toBe('not measured')
    expect(idle.untested[0]!.why).toMatch(/too weak/)
  })

  it('refuses fleets that cannot be played, and stops when told', async () => {
    const fleet = await digitFleet()
    const refused = (changed: object, why: RegExp) =>
      expect(auditFleet({ ...fleet, ...changed }, { name: 'x', defence: { kind: 'none' } })).rejects.toThrow(
        why,
      )
    await refused({ nodes: fleet.nodes.slice(0, 1) }, /nobody to attack/)
    await refused({ attacker: 9 }, /no node 9/)
    await refused({ rounds: 0 }, /1 round/)
    await expect(
      auditFleet(fleet, { name: 'x', defence: { kind: 'none' }, signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted' })
    await expect(
      auditFleet(
        { ...fleet, nodes: fleet.nodes.slice(0, 4), before: 0 },
        { name: 'x', defence: { kind: 'Krum', liars: 1 }, attacks: attacks.slice(0, 1) },
      ),
    ).rejects.toThrow(/too few for Krum/)
  })
})
