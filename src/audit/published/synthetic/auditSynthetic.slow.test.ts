import { describe, expect, it } from 'vitest'
import { syntheticReportPage } from '../../report/publishedPage.ts'
import { people, rowsOf, tableOf } from '../testing.ts'
import { auditSynthetic } from './auditSynthetic.ts'

const [original, control, fresh] = [people(600, 1), people(600, 2), people(600, 3)]
const options = { seed: 4, attacks: 300 }

describe('the audit of synthetic rows', () => {
  it('breaks for the rows themselves and holds for rows of other people', async () => {
    const copied = await auditSynthetic(
      { original, control, synthetic: original },
      { name: 'copy.csv', ...options },
    )
    expect(copied.judgements.map(({ status }) => status)).toEqual(Array(5).fill('broken'))
    const others = await auditSynthetic(
      { original: people(1500, 1), control: people(1500, 2), synthetic: people(1500, 3) },
      { name: 'fresh.csv', seed: 4 },
    )
    expect(others.verdict.status, others.verdict.sentence).toBe('held')
    expect(syntheticReportPage(others)).toContain('(main − control) / (1 − control)')
    expect(syntheticReportPage(copied)).toContain('✗ The policy is broken')
  })

  it('breaks for a few rows that are copies, where no average shows them', async () => {
    const rows = Array.from({ length: 600 }, (_, i) => i)
    const [some, others] = [rowsOf(original, rows.slice(0, 18)), rowsOf(fresh, rows.slice(18))]
    const cells = (table: typeof some, c: number) =>
      Array.from(table.columns[c]!.codes, (code) => table.columns[c]!.values[code]!)
    const synthetic = tableOf(
      Object.fromEntries(some.columns.map(({ name }, c) => [name, [...cells(some, c), ...cells(others, c)]])),
    )
    const report = await auditSynthetic(
      { original, control, synthetic },
      { name: 'copies.csv', ...options, attacks: 600 },
    )
    const broken = report.judgements.filter(({ status }) => status === 'broken')
    expect(broken.map(({ rule }) => report.policy.rules[rule]!.name)).toContain('Nobody is copied')
    expect(report.verdict.status).toBe('broken')
  })

  it('refuses tables that do not fit', async () => {
    const few = {
      ...control,
      rows: 5,
      columns: control.columns.map((column) => ({ ...column, codes: column.codes.slice(0, 5) })),
    }
    await expect(
      auditSynthetic({ original, control: few, synthetic: fresh }, { name: 'x', seed: 1 }),
    ).rejects.toThrow('fewer than 20')
    const lacking = { ...control, columns: control.columns.slice(1) }
    await expect(
      auditSynthetic({ original, control: lacking, synthetic: fresh }, { name: 'x', seed: 1 }),
    ).rejects.toThrow("no column 'age'")
  })
})
