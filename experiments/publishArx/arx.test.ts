import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readOutcomes } from './cases.ts'
import { javaDraws } from './javaDraws.ts'
import { reasonOf } from './reasons.ts'
import { compareRounded, rowOf } from './results.ts'
import { readAdult } from './table.ts'
import { runCase } from './work.ts'

const folder = fileURLToPath(new URL('../../../shared/data/arx-adult', import.meta.url))

describe('losses that agree', () => {
  it('do so within what ARX rounds, and are else less or more', () => {
    expect(compareRounded([407289.5388925298], [407289.5388925293])).toBe(0)
    expect(compareRounded([0.22041192854946], [0.22041192847984])).toBe(0)
    expect(compareRounded([0.2204], [0.2205])).toBeLessThan(0)
    expect(compareRounded([1, 0.5, 0.2], [1, 0.4, 0.9])).toBeGreaterThan(0)
  })
})

describe('draws as Java’s', () => {
  it('are those that its documentation has for a seed', () => {
    const next = javaDraws(42)
    expect(Array.from({ length: 6 }, () => next(10))).toEqual([0, 3, 8, 4, 0, 5])
    expect(Array.from({ length: 3 }, () => javaDraws(42)(16))).toEqual([11, 11, 11])
  })
})

describe.skipIf(!existsSync(folder))('outcomes of ARX on Adult (skipped without ../shared/data)', () => {
  it('are of the table that ARX has', () => {
    const { distinct } = readAdult(folder, undefined, 'all')
    expect(distinct.rows.reduce((sum, many) => sum + many, 0)).toBe(30_162)
    const alone = distinct.rows.filter((many) => many === 1).length
    // Sample uniqueness of the raw table in ARX's TestRiskMetrics.
    expect(alone / 30_162).toBeCloseTo(0.5142895033485844, 15)
    const part = readAdult(folder, 'occupation', 'subset').distinct
    expect(part.rows.reduce((sum, many) => sum + many, 0)).toBe(3_016)
    expect(part.population!.reduce((sum, many) => sum + many, 0)).toBe(30_162)
  })

  it.each([
    ['AnonymizationKAnonymity-2', 'same'],
    ['AnonymizationKMap-9', 'same'],
    ['AnonymizationDPresence-8', 'same'],
    ['AnonymizationSubset-3', 'same'],
    ['AnonymizationTCloseness-4', 'same'],
    ['UtilityMetricsLoss-60', 'same'],
    ['AnonymizationOrderedDistanceTCloseness-2', 'same'],
    ['AnonymizationLDiversity-1', 'neither'],
    // ARX's node has a class of the public table that nobody of the published part is in.
    ['AnonymizationCombinations-1', 'theirs fails'],
  ] as const)('%s: %s', async (id, verdict) => {
    const outcome = readOutcomes(folder).find((one) => one.id === id)!
    const task = { folder, outcome }
    const row = rowOf(task, await runCase(task))
    expect(row.verdict).toBe(verdict)
    if (verdict === 'theirs fails') expect(reasonOf(row)).toContain('δ-presence')
  })
})
