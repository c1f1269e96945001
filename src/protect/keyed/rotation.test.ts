import { describe, expect, it } from 'vitest'
import { readTable, wheatPath } from '../../data/index.ts'
import { normalised, rangesOf } from './protection.ts'
import { rotation } from './rotation.ts'

const secret = new Uint8Array(32).fill(3)

async function wheat(): Promise<Float64Array[]> {
  return (await readTable(wheatPath(), { label: 'variety' })).columns as Float64Array[]
}

describe('rotation', () => {
  it.each([false, true])(
    'keeps all distances of normalised rows and restores the table: translation %s',
    async (translation) => {
      const columns = await wheat()
      const pane = rotation.fit(columns, { translation, secret })
      const released = pane.protect(columns)
      const scaled = normalised(columns, rangesOf(columns))
      for (let r = 1; r < 210; r++) {
        const distance = (of: readonly Float64Array[]) => Math.hypot(...of.map((c) => c[r]! - c[r - 1]!))
        expect(distance(released)).toBeCloseTo(distance(scaled), 12)
      }
      // Angles from the origin are kept too, unless it is moved.
      const length = (of: readonly Float64Array[]) => Math.hypot(...of.map((c) => c[0]!))
      expect(Math.abs(length(released) - length(scaled)) < 1e-12).toBe(!translation)
      const back = pane.restore!(released)
      columns.forEach((column, j) => {
        for (const [r, x] of column.entries()) expect(back[j]![r]).toBeCloseTo(x, 10)
      })
    },
  )

  it('depends on the secret, and its public identity says so', async () => {
    const columns = await wheat()
    const one = rotation.fit(columns, { secret })
    const other = rotation.fit(columns, { secret: new Uint8Array(32).fill(4) })
    expect(one.protect(columns)[0]![0]).not.toBeCloseTo(other.protect(columns)[0]![0]!, 3)
    expect(one.fingerprint).not.toBe(other.fingerprint)
    expect(rotation.fit(columns, { secret, translation: true }).fingerprint).not.toBe(one.fingerprint)
  })

  it('refuses other columns and no rows', () => {
    expect(() => rotation.fit([new Float64Array(0)], { secret })).toThrow(RangeError)
    const pane = rotation.fit([Float64Array.of(1, 2), Float64Array.of(1, 5)], { secret })
    expect(() => pane.protect([Float64Array.of(1)])).toThrow(/fitted to 2 columns/)
    expect(() => pane.restore!([Float64Array.of(1)])).toThrow(/fitted to 2 columns/)
  })
})
