// One row moved a sum in pieces of float32 by more than its norm, and moves today's by no more, on the same rows.
// Source: the attack's own figures, which ONNX Runtime's sums gave to the last digit.

import { describe, expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { roundedPieces } from './roundedPieces.ts'

describe('sums of products in pieces of float32', () => {
  it('were moved by more than the norm', async () => {
    const before = await roundedPieces.run('before', { quick: true })
    expect(isBroken(before)).toBe(true)
    expect(before.measured).toBeCloseTo(1.05658, 5)
    expect((await roundedPieces.run('before')).measured).toBeCloseTo(1.97455, 5)
  })

  it('are moved by the row alone today', async () => {
    for (const quick of [true, false]) {
      const today = await roundedPieces.run('today', { quick })
      expect(isBroken(today)).toBe(false)
      // The row itself, on its grid: (1 − 2^-10)².
      expect(today.measured).toBeCloseTo((1 - 2 ** -10) ** 2, 3)
    }
  })

  it('stop when told', async () => {
    const signal = AbortSignal.abort()
    for (const form of ['before', 'today'] as const)
      await expect(roundedPieces.run(form, { signal })).rejects.toMatchObject({ code: 'aborted' })
  })
})
