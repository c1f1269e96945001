// One writer stops after each of its steps while another runs to its end.

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

it.each([true, false])(
  'two writers never mix, wherever one waits for the other (force: %s)',
  async (force) => {
    const whole = 1 << 30
    const [steps] = await interleaved(join(folder, 'alone'), pair, force, [whole, whole])
    expect(steps).toBeGreaterThan(15)
    for (let i = 1; i < steps; i++) await interleaved(join(folder, String(i)), pair, force, [i, whole])
  },
)
