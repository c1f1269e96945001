import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { embeddedPath, readEmbedded } from './embedded.ts'

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
const lines = (path: string) => readFileSync(path, 'utf8').trim().split('\n')

describe('embedded tables', () => {
  it('heart disease: 303 patients, 13 numbers, five diagnoses', async () => {
    const table = await readEmbedded('heart-disease')
    expect(table.rows).toBe(303)
    expect(table.schema.columns.every((c) => c.kind === 'numeric')).toBe(true)
    const counts = [0, 0, 0, 0, 0]
    for (const code of table.label!) counts[code]!++
    expect(counts).toEqual([164, 55, 36, 35, 13])
  })

  it('Adult: 2,000 people, six numbers, two incomes', async () => {
    const table = await readEmbedded('adult-numeric')
    expect([table.rows, table.columns.length]).toEqual([2000, 6])
    expect(table.schema.label).toMatchObject({ classes: ['<=50K', '>50K'] })
  })
})

describe.skipIf(!existsSync(shared))('against the originals', () => {
  it('heart disease has the same values in the same order', () => {
    const values = (line: string) => line.split(',').map((cell) => (cell === '?' ? cell : Number(cell)))
    const original = lines(`${shared}heart-disease/processed.cleveland.data`)
    expect(lines(embeddedPath('heart-disease')).slice(1).map(values)).toEqual(original.map(values))
  })

  it('Adult has every sixteenth row', () => {
    const original = lines(`${shared}adult/adult.data`).filter((_, i) => i % 16 === 0)
    const numbers = [0, 2, 4, 10, 11, 12, 14]
    const expected = original.slice(0, 2000).map((line) => {
      const cells = line.split(', ')
      return numbers.map((i) => cells[i]).join(',')
    })
    expect(lines(embeddedPath('adult-numeric')).slice(1)).toEqual(expected)
  })
})
