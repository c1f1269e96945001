import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readTable, readWheat, toMatrix } from './index.ts'

const shared = fileURLToPath(new URL('../../../shared/data/', import.meta.url))
test('wheat: 210 kernels, 7 attributes, 70 of each variety', async () => {
  const wheat = await readWheat()
  expect(wheat.schema.columns.map((column) => column.name)).toEqual([
    'area',
    'perimeter',
    'compactness',
    'kernel_length',
    'kernel_width',
    'asymmetry',
    'groove_length',
  ])
  expect(wheat.schema.label).toMatchObject({ task: 'class', classes: ['Canadian', 'Kama', 'Rosa'] })
  const counts = [0, 0, 0]
  for (const code of wheat.label!) counts[code]!++
  expect(counts).toEqual([70, 70, 70])
  expect([...toMatrix(wheat).subarray(0, 7)]).toEqual([15.26, 14.84, 0.871, 5.763, 3.312, 2.221, 5.22])
})

describe.skipIf(!existsSync(shared))('shared data', () => {
  test('wheat has the values of the original', async () => {
    const wheat = await readWheat()
    const names = ['Kama', 'Rosa', 'Canadian']
    const original = readFileSync(join(shared, 'seeds/seeds_dataset.txt'), 'utf8').trim().split('\n')
    const matrix = toMatrix(wheat)
    const classes = wheat.schema.label?.task === 'class' ? wheat.schema.label.classes : []
    original.forEach((line, i) => {
      const cells = line.trim().split(/\s+/).map(Number)
      expect([...matrix.subarray(7 * i, 7 * i + 7)]).toEqual(cells.slice(0, 7))
      expect(classes[wheat.label![i]!]).toBe(names[cells[7]! - 1])
    })
  })

  test('heart disease: five classes, six missing values', async () => {
    const path = join(shared, 'heart-disease/processed.cleveland.data')
    await expect(readTable(path, { label: 'column14' })).rejects.toThrow('row 88, column column13')
    const table = await readTable(path, { label: 'column14', missing: 'median' })
    expect(table.schema.label).toMatchObject({
      task: 'class',
      classes: ['0', '1', '2', '3', '4'],
      integer: true,
    })
    const counts = [0, 0, 0, 0, 0]
    for (const code of table.label!) counts[code]!++
    expect(counts).toEqual([164, 55, 36, 35, 13])
  })
})
