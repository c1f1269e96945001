import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { projection } from './projection.ts'
import { normalised, rangesOf } from './protection.ts'

const secret = new Uint8Array(32).fill(3)

/** Columns of Gaussian numbers at different scales. */
function table(rows: number, columns: number): Float64Array[] {
  const random = seededStream(1, 'projection test')
  return Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, () => 5 * j + 10 ** j * random.normal()),
  )
}

const distance = (columns: readonly Float64Array[], a: number, b: number) =>
  columns.reduce((sum, c) => sum + (c[a]! - c[b]!) ** 2, 0)

describe('projection', () => {
  it('keeps squared distances on average, within what so many dimensions allow', () => {
    const columns = table(40, 6)
    const scaled = normalised(columns, rangesOf(columns))
    // The ratio of one pair has mean 1 and variance 2 / m over secrets.
    const dimensions = 3
    const ratios = Array.from({ length: 400 }, (_, i) => {
      const own = new Uint8Array(32)
      new DataView(own.buffer).setUint32(0, i)
      const released = projection.fit(columns, { dimensions, secret: own }).protect(columns)
      return distance(released, 1, 2) / distance(scaled, 1, 2)
    })
    const mean = ratios.reduce((sum, x) => sum + x / 400, 0)
    const variance = ratios.reduce((sum, x) => sum + (x - mean) ** 2 / 400, 0)
    expect(mean).toBeCloseTo(1, 0)
    expect(Math.abs(mean - 1)).toBeLessThan(4 * Math.sqrt(2 / dimensions / 400))
    expect(variance).toBeGreaterThan(0.45)
    expect(variance).toBeLessThan(0.95)
  })

  it('is linear in normalised rows, loses columns, and has no way back', () => {
    const columns = table(30, 5)
    const pane = projection.fit(columns, { dimensions: 2, secret })
    expect(pane.outputs).toBe(2)
    expect(pane.restore).toBeUndefined()
    expect(pane.participantsOf).toBeUndefined()
    const middle = columns.map((c) => Float64Array.of(c[0]!, c[1]!, (c[0]! + c[1]!) / 2))
    for (const y of pane.protect(middle)) expect(y[2]).toBeCloseTo((y[0]! + y[1]!) / 2, 12)
  })

  it('gives each participant a matrix of its own, and says whose row each is', () => {
    const columns = table(10, 4)
    const shared = projection.fit(columns, { dimensions: 3, secret }).protect(columns)
    const pane = projection.fit(columns, { dimensions: 3, participants: 3, secret })
    const own = pane.protect(columns)
    const whose = pane.participantsOf!(10)
    expect([...whose]).toEqual([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    // The first participant's matrix is the shared one; the others' are not.
    for (let r = 0; r < 10; r++) expect(Math.abs(own[0]![r]! - shared[0]![r]!) < 1e-12).toBe(whose[r] === 0)
    const twins = columns.map((c) => c.map(() => c[0]!))
    const [first] = pane.protect(twins)
    for (let r = 1; r < 10; r++) {
      expect(Math.abs(first![r]! - first![r - 1]!) < 1e-12).toBe(whose[r] === whose[r - 1])
    }
  })

  it('refuses as many dimensions as columns, none, and half a participant', () => {
    const columns = table(5, 3)
    for (const dimensions of [0, 3, 1.5]) {
      expect(() => projection.fit(columns, { dimensions, secret })).toThrow(/from 1 to 2 dimensions/)
    }
    expect(() => projection.fit(columns, { dimensions: 2, participants: 0, secret })).toThrow(/participant/)
  })
})
