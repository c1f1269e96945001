import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadCarSales } from './carSales.ts'

const shared = fileURLToPath(new URL('../../../shared/data/car-sales/', import.meta.url))
const sales = loadCarSales()

describe('car sales', () => {
  it('have 121 months in a row and nineteen series', () => {
    const expected = Array.from(
      { length: 121 },
      (_, i) => `${2007 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, '0')}`,
    )
    expect(sales.months).toEqual(expected)
    expect(Object.keys(sales.series)).toHaveLength(19)
    for (const values of Object.values(sales.series)) expect(values).toHaveLength(121)
  })

  it('lack numbers only where the statistics begin later', () => {
    const missing = (name: string) => sales.series[name]!.filter(Number.isNaN).length
    const lacking = Object.keys(sales.series).filter((name) => missing(name) > 0)
    expect(lacking.map((name) => [name, missing(name)])).toEqual([
      ['hybrid', 48],
      ['electric', 48],
      ['used', 60],
    ])
    expect(sales.series['used']!.findIndex((v) => !Number.isNaN(v))).toBe(60)
  })
})

describe.skipIf(!existsSync(shared))('against the originals', () => {
  const rows = (name: string) =>
    readFileSync(`${shared}norway_new_car_sales_${name}.csv`, 'utf8')
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(',').map((cell) => cell.replaceAll('"', '').trim()))
  const month = (year: string, number: string) => `${year}-${number.padStart(2, '0')}`

  it('every make has the original numbers', () => {
    const original = new Map(
      rows('by_make').map(([y, m, make, n]) => [`${month(y!, m!)} ${make}`, Number(n)]),
    )
    const makes = Object.keys(sales.series).slice(0, 14)
    for (const make of makes) {
      const expected = sales.months.map((at) => original.get(`${at} ${make}`))
      expect(Array.from(sales.series[make]!)).toEqual(expected)
    }
  })

  it('the market has the original numbers', () => {
    const [header, ...original] = rows('by_month')
    const names = {
      diesel: 'Quantity_Diesel',
      hybrid: 'Quantity_Hybrid',
      electric: 'Quantity_Electric',
      imported: 'Import',
      used: 'Used',
    }
    expect(original.map(([y, m]) => month(y!, m!))).toEqual(sales.months)
    for (const [name, column] of Object.entries(names)) {
      const at = header!.indexOf(column)
      const expected = original.map((cells) => (cells[at] === 'NA' ? Number.NaN : Number(cells[at])))
      expect(Array.from(sales.series[name]!)).toEqual(expected)
    }
  })
})
