import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openTable } from '../../data/index.ts'
import { createKey, protectTable } from '../../protect/index.ts'
import { seededStream } from '../../random/seeded.ts'
import type { Policy } from '../policy/policy.ts'
import { linearInversion } from './attacks/linear.ts'
import { auditTable } from './auditTable.ts'
import { tableEvidence } from './tableEvidence.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-sampled-'))
const at = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('a column that is constant in the audited sample is asked about, and not told of', async () => {
  const random = seededStream(1, 'sampled')
  // Two of 400 people have it, and no row of theirs is in the sample.
  const rows = Array.from({ length: 400 }, (_, r) =>
    [random.normal(), random.normal(), Number(r === 5 || r === 77)].join(','),
  )
  writeFileSync(at('t.csv'), `${['a,b,hiv', ...rows].join('\n')}\n`)
  const source = await openTable(at('t.csv'))
  const { key } = await createKey(source, { layers: 6, secret: new Uint8Array(32).fill(3) })
  source.close()
  await protectTable(at('t.csv'), key, at('p.csv'))
  const without = async (seed: number): Promise<number> => {
    const { evidence, rowNumbers } = await tableEvidence(at('p.csv'), at('t.csv'), key, { seed, rows: 100 })
    // Ranges are those of the whole table.
    expect(evidence.attributes[2]).toMatchObject({ name: 'hiv', minimum: 0, maximum: 1 })
    return rowNumbers.includes(5) || rowNumbers.includes(77) ? without(seed + 1) : seed
  }
  const policy: Policy = {
    format: 'frostglass-policy',
    version: 2,
    name: 'columns',
    unmeasured: 'fails',
    rules: [{ name: 'R', against: 'leak', metric: 'cells5', of: 'worst-attribute', most: 0.9999 }],
  }
  const { judgements, findings, verdict } = await auditTable(at('p.csv'), at('t.csv'), key, {
    attacks: [linearInversion],
    policy,
    known: 20,
    effort: 'quick',
    rows: 100,
    seed: await without(0),
  })
  expect(findings[0]!.attributes!.map(({ name }) => name)).toEqual(['a', 'b', 'hiv'])
  expect(verdict.status).not.toBe('held')
  expect(judgements[0]).toMatchObject({ status: 'too weak', untold: expect.arrayContaining(['hiv']) })
})
