import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTable, wheatPath } from '../../data/index.ts'
import { createKey, type Key, protectTable } from '../../protect/index.ts'
import { keyEvidence, tableEvidence } from './tableEvidence.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-evidence-'))
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const lines = readFileSync(wheatPath(), 'utf8').trim().split('\n')
let key: Key

async function keyFor(path: string): Promise<Key> {
  const source = await openTable(path, { label: 'variety' })
  const { key: own } = await createKey(source, { layers: 2 })
  source.close()
  return own
}

beforeAll(async () => {
  // A categorical attribute beside the numbers.
  const mixed = lines.map((line, i) =>
    i === 0 ? `size,${line}` : `${Number(line.split(',')[0]) > 15 ? 'big' : 'small'},${line}`,
  )
  writeFileSync(at('mixed.csv'), `${mixed.join('\n')}\n`)
  key = await keyFor(at('mixed.csv'))
  await protectTable(at('mixed.csv'), key, at('protected.csv'))
})

describe('evidence from files', () => {
  it('pairs each protected row with its original, out of the secret order', async () => {
    const { evidence, rows, rowNumbers } = await tableEvidence(at('protected.csv'), at('mixed.csv'), key, {
      seed: 1,
    })
    expect(rows).toBe(210)
    expect(Array.from(rowNumbers)).toEqual(Array.from({ length: 210 }, (_, i) => i))
    expect(evidence.attributes.map((a) => `${a.name}:${a.kind}:${a.feature}`).slice(0, 3)).toEqual([
      'size:categorical:0',
      'area:numeric:2',
      'perimeter:numeric:3',
    ])
    expect(evidence.features[2]![4]).toBe(Number(lines[5]!.split(',')[0]))
    expect(evidence.features[0]![4]! + evidence.features[1]![4]!).toBe(1)
    const source = await openTable(at('mixed.csv'), { label: 'variety' })
    const direct = await keyEvidence(source, key, { seed: 1 })
    source.close()
    evidence.released.forEach((column, j) => {
      for (const [r, y] of column.entries()) expect(y).toBeCloseTo(direct.evidence.released[j]![r]!, 12)
    })
    expect(evidence.labels).toEqual(direct.evidence.labels)
  })

  it('holds a number to be predicted as it is and as it left', async () => {
    const column = 'groove_length'
    const source = await openTable(wheatPath(), { label: column })
    const { key: own } = await createKey(source, { layers: 2 })
    source.close()
    await protectTable(wheatPath(), own, at('numbers.csv'))
    const { evidence } = await tableEvidence(at('numbers.csv'), wheatPath(), own, { seed: 1 })
    const { original, released } = evidence.target!
    const place = lines[0]!.split(',').indexOf(column)
    expect(original[7]).toBe(Number(lines[8]!.split(',')[place]))
    // A line lies between the two, in the order of the original rows.
    const slope = (released[1]! - released[0]!) / (original[1]! - original[0]!)
    released.forEach((y, r) => {
      expect(y).toBeCloseTo(released[0]! + slope * (original[r]! - original[0]!), 9)
    })
    expect(evidence.labels).toBeUndefined()
  })

  it('takes fewer rows of wide tables where it is told to, but not too few', async () => {
    const rowsOf = async (cells: number, leastRows: number) => {
      const wide = { cells, leastRows }
      const sample = await tableEvidence(at('protected.csv'), at('mixed.csv'), key, { seed: 1, wide })
      return sample.rowNumbers.length
    }
    // Seven numbers and a category of two.
    expect(await rowsOf(900, 10)).toBe(100)
    expect(await rowsOf(900, 120)).toBe(120)
    expect(await rowsOf(90_000, 10)).toBe(210)
  })

  it('samples large tables, the same rows from both sides', async () => {
    const { evidence, rowNumbers } = await tableEvidence(at('protected.csv'), at('mixed.csv'), key, {
      seed: 1,
      rows: 50,
    })
    expect(rowNumbers.length).toBe(50)
    expect(evidence.features[2]![7]).toBe(Number(lines[rowNumbers[7]! + 1]!.split(',')[0]))
  })

  it('refuses another key, another table, and what is no protected table', async () => {
    const other = await keyFor(at('mixed.csv'))
    await expect(
      tableEvidence(at('protected.csv'), at('mixed.csv'), other, { seed: 1 }),
    ).rejects.toMatchObject({ code: 'key' })
    const mixed = readFileSync(at('mixed.csv'), 'utf8').trim().split('\n')
    writeFileSync(at('fewer.csv'), `${mixed.slice(0, 200).join('\n')}\n`)
    await expect(tableEvidence(at('protected.csv'), at('fewer.csv'), key, { seed: 1 })).rejects.toThrow(
      /210 rows and 199/,
    )
    const swapped = [...mixed.slice(0, 9), mixed[10], mixed[9], ...mixed.slice(11)]
    writeFileSync(at('swapped.csv'), `${swapped.join('\n')}\n`)
    await expect(tableEvidence(at('protected.csv'), at('swapped.csv'), key, { seed: 1 })).rejects.toThrow(
      /row 9 /,
    )
    copyFileSync(at('mixed.csv'), at('bare.csv'))
    await expect(tableEvidence(at('bare.csv'), at('mixed.csv'), key, { seed: 1 })).rejects.toMatchObject({
      code: 'input',
    })
  })
})
