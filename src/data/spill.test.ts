import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createSlabs } from './slabs.ts'
import { createSpill } from './spill.ts'

it('a file that is opened while its sort ends is closed and removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'frostglass-spill-'))
  try {
    const path = join(folder, 'rows')
    const spill = createSpill(path, createSlabs(1, 64, 2 ** 26))
    const opening = spill.open()
    await spill.close()
    await opening
    expect(existsSync(path)).toBe(false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
