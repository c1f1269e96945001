// Keys that begin with a byte-order mark: a text as DuckDB has it, and JavaScript reads it without. Neither group may take the other's place.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { privateQuery } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-marks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each(['\ufeffUlm', '\ufeff\ufeffUlm'])(
  'one unit with %j moves no count but by its own row',
  async (town) => {
    const path = join(folder, 'people.csv')
    const people = Array.from({ length: 1000 }, (_, i) => `p${i},Ulm`)
    writeFileSync(path, `${['who,town', ...people, `q,${town}`].join('\n')}\n`)
    const { groups } = await privateQuery(path, 'SELECT town, COUNT(*) FROM data GROUP BY town', {
      epsilon: 20,
      delta: 1e-6,
      unit: 'who',
      rowsPerUnit: 1,
    })
    expect(groups.map(({ keys }) => keys)).toEqual([['Ulm']])
    // The noise is the system's, of a scale below one: it does not reach 50.
    expect(Math.abs(groups[0]!.answers[0]!.value - 1001)).toBeLessThan(50)
  },
)
