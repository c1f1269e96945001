// The optimal channel against the design's vectors, and against every other channel.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../random/seeded.ts'
import { channelFrontier, optimalChannel } from './channel.ts'

const tables = {
  byLabel: [
    [0.3, 0.02],
    [0.1, 0.18],
    [0.05, 0.35],
  ],
  byAttribute: [
    [0.24, 0.08],
    [0.18, 0.1],
    [0.08, 0.32],
  ],
}

describe('the optimal channel', () => {
  it.each([
    [0.83, 0.66],
    [0.82, 0.652],
    [0.8, 0.636],
    [0.75, 0.596],
    [0.7, 0.556],
    [0.6, 0.5],
  ])('has at accuracy %d a success of %d', async (accuracy, success) => {
    const found = await optimalChannel(tables, { accuracy })
    expect(found.success).toBeCloseTo(success, 6)
    expect(found.accuracy).toBeGreaterThanOrEqual(accuracy - 1e-6)
    expect(found.outputs.length).toBeLessThanOrEqual(4)
    for (const law of found.channel) expect(law.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
  })

  it('does not ask more of the codes than they have', async () => {
    await expect(optimalChannel(tables, { accuracy: 0.84 })).rejects.toThrow(
      /at most 83\.00%, and 84\.00% is asked/,
    )
    await expect(optimalChannel({ ...tables, byLabel: [[1, 2]] }, { accuracy: 0.5 })).rejects.toThrow(
      /by label/,
    )
  })

  it('is beaten by no channel of the same accuracy that is drawn at random', async () => {
    const random = seededStream(11, 'channels')
    const draws = Array.from({ length: 3000 }, () => {
      const law = () => {
        // Powers of uniform numbers: laws near the corners, too.
        const raw = Array.from({ length: 4 }, () => random.uniform() ** 8)
        const all = raw.reduce((a, b) => a + b, 0)
        return raw.map((x) => x / all)
      }
      const channel = [law(), law(), law()]
      const through = (rows: readonly (readonly number[])[], o: number) =>
        Math.max(...rows[0]!.map((_, i) => rows.reduce((sum, row, c) => sum + row[i]! * channel[c]![o]!, 0)))
      const total = (rows: readonly (readonly number[])[]) =>
        [0, 1, 2, 3].reduce((sum, o) => sum + through(rows, o), 0)
      return { accuracy: total(tables.byLabel), success: total(tables.byAttribute) }
    })
    const frontier = await channelFrontier(tables, { tolerance: 1e-9 })
    for (const { accuracy, success } of draws) {
      const above = frontier.findLastIndex((corner) => corner.accuracy >= accuracy)
      const [high, low] = [frontier[above]!, frontier[above + 1]]
      const least = low
        ? low.success +
          ((high.success - low.success) * (accuracy - low.accuracy)) / (high.accuracy - low.accuracy)
        : high.success
      expect(success).toBeGreaterThanOrEqual(least - 1e-9)
    }
  })
})

describe('the frontier', () => {
  it('has the corners of a convex curve, from the most accurate to a constant', async () => {
    const frontier = await channelFrontier(tables)
    expect(frontier[0]).toMatchObject({ accuracy: expect.closeTo(0.83, 6), success: expect.closeTo(0.66, 6) })
    expect(frontier.at(-1)).toMatchObject({
      accuracy: expect.closeTo(0.55, 12),
      success: 0.5,
      channel: [[1], [1], [1]],
    })
    const slopes = frontier
      .slice(1)
      .map((low, i) => (frontier[i]!.success - low.success) / (frontier[i]!.accuracy - low.accuracy))
    for (const [i, slope] of slopes.slice(1).entries()) expect(slope).toBeLessThanOrEqual(slopes[i]! + 1e-9)
    expect(frontier.length).toBeGreaterThan(2)
  })
})
