import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readAdult } from './adult.ts'
import { brightestChannel } from './erased.ts'
import type { Records } from './records.ts'
import { availableSources, openSource, type SourceName } from './sources.ts'
import { blocks } from './wisdm.ts'

const data = fileURLToPath(new URL('../../../shared/data', import.meta.url))
const found = availableSources('digits', data)
const open = (source: SourceName) => openSource({ source, from: found.get(source)!, seed: 0 })
const sizes = ({ split }: Records) => [
  split.train.rows.length,
  split.validation.rows.length,
  split.calibration.count,
  split.attackTest.rows.length,
]
const countsOf = (of: Int32Array) => {
  const counts: number[] = []
  for (const v of of) counts[v] = (counts[v] ?? 0) + 1
  return counts
}

describe('digits', () => {
  it('are split 32 : 3 : 25, the test images apart; strokes and loops are to stay hidden', async () => {
    const records = await open('digits')
    expect(sizes(records)).toEqual([2667, 250, 2083, 1000])
    expect(records.split.attackTest.rows[0]).toBe(5000)
    expect(Object.keys(records.attributes)).toEqual(['slant', 'thickness', 'loop'])
    expect(countsOf(records.attributes['loop']!.of)).toEqual([3600, 2400])
  })

  it('by parity, and in colour', async () => {
    const parity = await open('parity')
    expect(countsOf(parity.label.of)).toEqual([3000, 3000])
    expect(parity.attributes['digit']!.names).toHaveLength(10)
    const colour = await open('colour')
    expect(colour.x.shape).toEqual([6000, 3, 28, 28])
    const grey = brightestChannel(colour.x)
    expect(grey.shape).toEqual([6000, 1, 28, 28])
    expect(Buffer.compare(grey.data as Uint8Array, (await open('digits')).x.data as Uint8Array)).toBe(0)
  })
})

describe('blocks', () => {
  it('are shares of each group in order, halves to the even number', () => {
    const groups = [...'aaaaaaaaaab', ...'bbbb']
    expect(blocks(groups, [0.4, 0.1, 0.3]).join(' ')).toBe(
      [
        ...new Array(4).fill('train'),
        'validation',
        ...new Array(3).fill('calibration'),
        ...new Array(2).fill('attackTest'),
        ...new Array(2).fill('train'),
        // 0.5 of a window is none, 1.5 are 2.
        ...new Array(2).fill('calibration'),
        'attackTest',
      ].join(' '),
    )
  })
})

describe.runIf(existsSync(`${data}/adult`))('Adult', () => {
  it('has 48,842 rows of 91 inputs', async () => {
    const records = await open('adult-marital3')
    expect(records.x.shape).toEqual([48_842, 91])
    expect(sizes(records)).toEqual([19_537, 2442, 17_095, 9768])
    expect(countsOf(records.label.of)).toEqual([37_155, 11_687])
    expect(records.attributes['marital']!.names).toHaveLength(3)
    // Five measured, and one of each of the seven coded columns.
    const row = Array.from(records.x.data.subarray(91, 182) as Float32Array)
    expect(row.slice(5).filter((v) => v === 1)).toHaveLength(7)
    expect(row.slice(5).filter((v) => v === 0)).toHaveLength(79)
    let [sum, squares] = [0, 0]
    for (const r of records.split.train.rows) {
      const age = (records.x.data as Float32Array)[91 * r]!
      sum += age
      squares += age * age
    }
    expect(sum / 19_537).toBeCloseTo(0, 5)
    expect(squares / 19_537).toBeCloseTo(1, 5)
    expect((await readAdult(`${data}/adult`)).age.slice(0, 2)).toEqual(['39', '50'])
  })

  it('has as many women as men where sex is hidden', async () => {
    const records = await open('adult-sex-bal')
    expect(countsOf(records.attributes['sex']!.of)).toEqual([16_192, 16_192])
    expect(records.x.shape).toEqual([32_384, 91])
    expect(sizes(records)).toEqual([12_954, 1619, 11_334, 6477])
    expect(Object.keys(records.attributes)).toEqual(['sex'])
  })
})

describe.runIf(existsSync(`${data}/wisdm`))('WISDM', () => {
  it('has 43 features of 5,418 windows, 1,623 of them for calibration', async () => {
    const records = await open('wisdm-user')
    expect(records.x.shape).toEqual([5418, 43])
    expect(records.split.calibration.count).toBe(1623)
    expect(records.attributes['user']!.names).toHaveLength(36)
    expect(countsOf(records.label.of).toSorted((a, b) => a - b)).toEqual([246, 306, 528, 632, 1625, 2081])
    expect((records.x.data as Float32Array).every(Number.isFinite)).toBe(true)
  })

  it('has 2,169 for sessions', async () => {
    const from = found.get('wisdm-user')!
    const records = await openSource({ source: 'wisdm-user', from, seed: 0, shares: [0.25, 0.05, 0.4] })
    expect(records.split.calibration.count).toBe(2169)
  })
})

describe.runIf(existsSync(`${data}/hmp`))('HMP', () => {
  it('has 69 features of windows of 839 recordings', async () => {
    const records = await open('hmp-sex')
    expect(records.x.shape).toEqual([3083, 69])
    expect(records.label.names).toHaveLength(14)
    expect(records.split.calibration.units + records.split.train.units).toBeLessThan(839)
    expect((records.x.data as Float32Array).every(Number.isFinite)).toBe(true)
  })
})

it('what the folder lacks is left out', () => {
  expect([...availableSources('digits', '/nowhere').keys()]).toEqual(['digits', 'parity', 'colour'])
})
