// All pairs of steps of two writers: one stops after i of its own, the other after j, and both go on in turn.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { interleaved } from '../../test/interleavings.ts'
import { steppedWriter } from '../../test/steppedWriter.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-interleaving-'))
const pair = [steppedWriter(), steppedWriter()] as const
afterAll(async () => {
  for (const one of pair) await one.close()
  rmSync(folder, { recursive: true, force: true })
})

it.each([true, false])('two writers never mix, in whatever order they go (force: %s)', async (force) => {
  const whole = 1 << 30
  const [steps] = await interleaved(join(folder, 'alone'), pair, force, [whole, whole])
  let pairs = 0
  for (let i = 1; i < steps; i++)
    for (let j = 1; j < steps; j++, pairs++) await interleaved(join(folder, `${i}-${j}`), pair, force, [i, j])
  expect(pairs).toBe((steps - 1) ** 2)
})
