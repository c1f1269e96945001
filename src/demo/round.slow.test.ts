// The demo's claims, from several seeds and fresh keys: direction and size, with the tolerance of the measurement.

import { describe, expect, it } from 'vitest'
import { meanAndSpread } from '../statistics/moments.ts'
import { runRound } from './round.ts'

describe('the whole round on wheat', () => {
  it('learns protected rows about as well as raw ones, decodes answers, and breaks one layer at k + 1 rows', async () => {
    const seen: number[] = []
    const round = await runRound({ seed: 0, repetitions: 5, onProgress: (done, of) => seen.push(done / of) })
    const [raw, one, three] = round.measured.map((m) => ({ ...m, ...meanAndSpread(m.accuracies) }))
    // SPG, section 5.1: 94.76 ± 2.33%. Keys are fresh at each run, so what is protected varies by about a point.
    expect(raw!.mean).toBeGreaterThanOrEqual(0.94)
    for (const m of [one!, three!]) {
      expect(m.accuracies).toHaveLength(25)
      expect(m.mean).toBeGreaterThan(raw!.mean - raw!.deviation)
      expect(m.roundTripError).toBeLessThan(1e-9)
      expect(m.roundTripError).toBeGreaterThan(0)
    }
    const { asked } = round
    expect(asked.queries).toBe(210)
    // Two models of one table differ on a few rows near the border; a wrong relabelling would agree on a third.
    expect(asked.agree).toBeGreaterThan(0.85)
    expect(Math.abs(asked.decoded - asked.raw)).toBeLessThan(0.1)
    expect(round.broken.map((b) => b.rows)).toEqual([8, undefined])
    expect(round.broken[1]!.explained).toBeGreaterThan(0.85)
    expect(round.broken[1]!.explained).toBeLessThan(1 - 1e-6)
    expect(seen.at(-1)).toBe(1)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort()
    await expect(runRound({ signal })).rejects.toMatchObject({ code: 'aborted' })
  })
})
