import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectShown } from '../../../test/shownElements.ts'
import { tensor } from '../../graph/index.ts'
import { seededStream } from '../../random/seeded.ts'
import { modelReportPage } from '../report/modelPage.ts'
import { writeModelReport } from '../report/write.ts'
import { attackMembership } from './attackModel.ts'
import { judgeTraining } from './auditTraining.ts'
import { reportOnModel } from './modelReport.ts'
import { modelReportSchema } from './reportSchema.ts'

const member = Uint8Array.from({ length: 300 }, (_, i) => i % 2)
const source = seededStream(1, 'planted')
/** A model that is surer of members, by so much. */
const found = (much: number) => {
  const p = Float64Array.from(member, (m) => 1 / (1 + Math.exp(-much * m - source.normal())))
  const answers = async () =>
    tensor(
      Float64Array.from(p, (v) => v).reduce((out, v, i) => {
        out[2 * i] = v
        out[2 * i + 1] = 1 - v
        return out
      }, new Float64Array(600)),
      [300, 2],
      'float64',
    )
  return attackMembership(
    answers,
    { x: tensor(new Float32Array(300), [300, 1]), labels: new Int32Array(300), member },
    1,
  )
}
const audit = (epsilon: number) =>
  judgeTraining(Float64Array.from(member), member, { epsilon, delta: 1e-5 }, 1000)
const common = { name: 'model <b>', seed: 3, seconds: 2 }

describe('a report on a model', () => {
  it('says who was in its data, and breaks the policy where that is told', async () => {
    const report = await reportOnModel({ ...common, membership: { findings: await found(4), shadows: 0 } })
    expect(report.verdict.status).toBe('broken')
    expect(report.verdict.sentence).toMatch(
      /^Do not release this model: someone who has a row and may ask the model ranks rows of the training data above others 99/,
    )
    expect(report.advice[0]!.action).toMatch(/differential privacy/)
    expect(report.audited.rows).toEqual({ members: 150, others: 150, shadows: 0 })
    const page = modelReportPage(report)
    expectShown(page, report, 30)
    expect(page).not.toContain('model <b>')
    expect(page).toContain('<svg')
    expect(page).not.toContain('id="training"')
    const held = await reportOnModel({ ...common, membership: { findings: await found(0), shadows: 0 } })
    expect(held.verdict.status).toBe('held')
  })

  it('sets a claim beside what canaries show: caught, or consistent and nothing more', async () => {
    const caught = await reportOnModel({ ...common, training: audit(1) })
    expect(caught.verdict).toMatchObject({ status: 'broken', judgement: null })
    expect(caught.verdict.sentence).toMatch(
      /^The run is caught: it gives away more than it claims\. Its canaries show ε of 4\.\d+ or more, and it claims 1\.00\.$/,
    )
    const page = modelReportPage(caught)
    expectShown(page, caught, 15)
    expect(page).toContain('✗ The claim is broken')
    expect(page).not.toContain('id="attacks"')
    const consistent = await reportOnModel({ ...common, training: audit(8) })
    expect(consistent.verdict.status).toBe('held')
    expect(consistent.verdict.sentence).toMatch(/A lower bound proves nothing about what it did not find\.$/)
    expect(modelReportPage(consistent)).toContain('✓ Consistent with the claim')
  })

  it('holds both, and a wrong claim speaks first', async () => {
    const membership = { findings: await found(0), shadows: 0 }
    const both = await reportOnModel({ ...common, membership, training: audit(1) })
    expect(both.verdict.sentence).toMatch(/^The run is caught/)
    const page = modelReportPage(both)
    for (const part of ['training', 'attacks', 'policy']) expect(page).toContain(`id="${part}"`)
    const fine = await reportOnModel({ ...common, membership, training: audit(8) })
    expect(fine.verdict.sentence).toMatch(/^No attack that was run got more/)
  })

  it('is written whole, for its owner alone, or not at all', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frostglass-model-report-'))
    try {
      const report = await reportOnModel({ ...common, training: audit(1) })
      const path = join(folder, 'report.html')
      await writeModelReport(report, path)
      expect(modelReportSchema.parse(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')))).toEqual(
        report,
      )
      expect(statSync(path).mode & 0o777).toBe(0o600)
      await expect(writeModelReport(report, path)).rejects.toMatchObject({ code: 'usage' })
      await writeModelReport(report, path, { force: true })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
