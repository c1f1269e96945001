import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { interleaved } from '../../test/interleavings.ts'
import { steppedWriter } from '../../test/steppedWriter.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-interleavings-'))
const pair = [steppedWriter(), steppedWriter()] as const
afterAll(async () => {
  for (const writer of pair) await writer.close()
  rmSync(folder, { recursive: true })
})
const whole = 1 << 30

test.each([true, false])(
  'two writers, stopped at every pair of their steps, never mix (force %s)',
  async (force) => {
    const [steps] = await interleaved(join(folder, `alone-${force}`), pair, force, [whole, whole])
    expect(steps).toBeGreaterThan(10)
    for (let i = 1; i < steps; i++)
      for (let j = 1; j < steps; j++)
        await interleaved(join(folder, `${force}-${i}-${j}`), pair, force, [i, j])
  },
)
