// Answers come back under the right names, to the right rows, from the right key: from outside, by the command line.

import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitRecord } from '../../src/data/source.ts'
import { csv, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)

/** Cells of a small CSV, quotes and all. */
const records = (name: string): string[][] =>
  readFileSync(place.at(name), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => splitRecord(line, ','))

const create = (table: string, label: string, key: string) => [
  ...['key', 'create', table, '--label', label, '--unsealed', '--audit', 'off', '--out', key],
]

describe('names that meet', () => {
  const ours = ['label', 'Label', 'c0', 'C1', 'a0']
  const name = fc.constantFrom('good', 'Good', 'bad', 'Yes', 'yes', 'no', 'good (class 2)', ...ours)
  let runs = 0

  it('leave every probability with its class in decoded answers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { minLength: 2, maxLength: 6 }), name, async (classes, label) => {
        const own = `meet${runs++}`
        put(
          `${own}.csv`,
          csv([`value,${label}`, ...classes.flatMap((c, i) => [`${i},${c}`, `${i + 0.5},${c}`])]),
        )
        await works(place, create(`${own}.csv`, label, `${own}.key`))
        const shares = classes.map((_, j) => `c${j}`)
        const likely = (j: number) => shares.map((_, i) => (i === j ? 0.75 : 0.01 * i))
        const answers = shares.map((hidden, j) => `${hidden},${likely(j).join()}`)
        put(`${own}-a.csv`, csv([`label,${shares.join()}`, ...answers]))
        await place.run(`decode ${own}-a.csv --key ${own}.key --out ${own}-l.csv`)
        const [head, ...rows] = records(`${own}-l.csv`)
        expect(head![0]).toBe(label)
        expect(new Set(head!.map((cell) => cell.trim().toLowerCase())).size).toBe(head!.length)
        expect(rows.map((row) => row[0]).sort()).toEqual([...classes].sort())
        for (const row of rows) {
          const likeliest = head![row.indexOf('0.75')]!
          if (classes.includes(likeliest)) expect(likeliest).toBe(row[0])
          else expect(likeliest.startsWith(`${row[0]} (class `)).toBe(true)
        }
      }),
      { seed: 4, numRuns: 12 },
    )
  })

  it.each(['csv', 'tsv', 'parquet'])('say so where a class bears the label’s name, in .%s', async (kind) => {
    put(
      'risk.csv',
      csv(['x,good', ...Array.from({ length: 20 }, (_, i) => `${i},${i % 3 ? 'good' : 'bad'}`)]),
    )
    await works(place, create('risk.csv', 'good', `risk-${kind}.key`))
    put('risk-a.csv', 'label,c0,c1\nc0,0.6526,0.3474\nc1,0.25,0.75\n')
    const { code, err } = await place.run(`decode risk-a.csv --key risk-${kind}.key --out risk-l.${kind}`)
    expect(code).toBe(0)
    expect(err).toContain(
      "probabilities whose class would have another column's name are in 'good (class 2)' for 'good'",
    )
    if (kind === 'parquet') return
    const rows = place
      .read(`risk-l.${kind}`)
      .trim()
      .split('\n')
      .map((line) => line.split(kind === 'csv' ? ',' : '\t'))
    const [head, first, second] = rows as [string[], string[], string[]]
    expect([...head].sort()).toEqual(['bad', 'good', 'good (class 2)'])
    const share = (row: string[], own: string) => row[head.indexOf(own === 'good' ? 'good (class 2)' : own)]
    expect(share(first, first[0]!)).toBe('0.6526')
    expect(share(second, second[0]!)).toBe('0.75')
    expect(first[0]).not.toBe(second[0])
  })

  it('are kept apart by predict, too, for a class that is called label', async () => {
    put(
      'words.csv',
      csv(['x,y', ...Array.from({ length: 40 }, (_, i) => `${i},${['label', 'Label', 'zip'][i % 3]}`)]),
    )
    await works(place, 'train words.csv --label y --out words.onnx --folds 0 --epochs 2')
    const { err } = await place.run('predict words.onnx words.csv --out words-a.csv')
    expect(err).toContain("'Label (class 1)' for 'Label', 'label (class 2)' for 'label'")
    const [head, ...rows] = records('words-a.csv')
    expect(head).toEqual(['label', 'Label (class 1)', 'label (class 2)', 'zip'])
    for (const row of rows) {
      const shares = row.slice(1).map(Number)
      expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 6)
      expect(['Label', 'label', 'zip'][shares.indexOf(Math.max(...shares))]).toBe(row[0])
    }
  })

  it('are refused where the service adds a column of the label’s name', async () => {
    put('added-a.csv', 'label,c0,c1,GOOD\nc0,0.5,0.5,1\n')
    await refused(place, 'decode added-a.csv --key risk-csv.key --out x.csv', 2, [
      /added-a.csv has a column GOOD, which is the label's own name/,
    ])
  })
})
