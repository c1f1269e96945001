import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { classColumnNames, renamedClasses } from './columnNames.ts'
import { splitRecord } from './csvRecord.ts'
import { createTableWriter } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-names-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pool = [
  'good',
  'Good',
  'GOOD',
  'bad',
  ' good',
  'good ',
  '',
  'label',
  'Label',
  'c0',
  'C0',
  'c1',
  'a0',
  'x',
]
const numbered = [
  'good (class 2)',
  'good (class 1)',
  '(class 1)',
  'GOOD (CLASS 2)',
  'x (class 3)',
  'x (class 3) (class 3)',
]
const name = fc.constantFrom(...pool, ...numbered)

describe('names of classes beside other columns', () => {
  it('are told apart, case and spaces aside, and stay where they meet nothing', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { maxLength: 12 }),
        fc.uniqueArray(name, { maxLength: 4 }),
        (classes, others) => {
          const names = classColumnNames(classes, others)
          const plain = names.map((own) => own.trim().toLowerCase())
          expect(new Set([...plain, ...others.map((own) => own.trim().toLowerCase()), '']).size).toBe(
            plain.length + new Set([...others.map((own) => own.trim().toLowerCase()), '']).size,
          )
          classes.forEach((own, j) => {
            if (names[j] === own) return
            expect(names[j]!.startsWith(own.trim() === '' ? '(class' : own.trim())).toBe(true)
            expect(names[j]).toContain(`(class ${j + 1})`)
          })
        },
      ),
      { seed: 1, numRuns: 2000 },
    )
    expect(classColumnNames(['bad', 'good'], ['kind'])).toEqual(['bad', 'good'])
    expect(classColumnNames(['bad', 'good'], ['good'])).toEqual(['bad', 'good (class 2)'])
    expect(classColumnNames(['Yes', 'no', 'yes'], ['kind'])).toEqual(['Yes (class 1)', 'no', 'yes (class 3)'])
  })

  it('are said where they changed', () => {
    expect(renamedClasses('a.csv', ['bad'], ['bad'])).toEqual([])
    expect(renamedClasses('a.csv', ['bad', 'good'], ['bad', 'good (class 2)'])).toEqual([
      "a.csv: probabilities whose class would have another column's name are in 'good (class 2)' for 'good'",
    ])
  })
})

describe.each(['csv', 'tsv', 'parquet'])('a table written as .%s', (kind) => {
  it('has its values under their own names, whatever names DuckDB would take for one', async () => {
    const path = join(folder, `t.${kind}`)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 9 }), async (wanted) => {
        const names = classColumnNames(wanted, [])
        const columns = names.map((own) => ({ name: own, type: 'double' as const }))
        const writer = await createTableWriter(path, columns)
        await writer.write(names.map((_, j) => [j + 0.5]))
        await writer.finish()
        if (kind === 'parquet') return
        const delimiter = kind === 'csv' ? ',' : '\t'
        const [head, row] = readFileSync(path, 'utf8')
          .split('\n')
          .map((line) => splitRecord(line, delimiter))
        expect(head).toEqual(names)
        expect(row!.map(Number)).toEqual(names.map((_, j) => j + 0.5))
      }),
      { seed: 2, numRuns: 20 },
    )
  })

  it('is refused where two names differ in case only, and leaves nothing', async () => {
    const columns = ['Yes', 'no', 'yes'].map((own) => ({ name: own, type: 'double' as const }))
    await expect(createTableWriter(join(folder, `case.${kind}`), columns)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('Yes and yes, which differ in case only'),
    })
    expect(readdirSync(folder).filter((file) => file.startsWith('.') || file.startsWith('case'))).toEqual([])
  })
})
