import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { json, refused, workplace } from './harness.ts'

const place = workplace()
const small = 'reproduce spg --figure stages --quick --seeds 1'

describe('frostglass reproduce', () => {
  it('counts table 1 of the study', async () => {
    const found = await json(place, 'reproduce study --figure table1 --out study', { apart: true })
    expect(found.experiments[0].files).toEqual(['study/table-1.json', 'study/table-1.md'])
    expect(found.experiments[0].data.counted[0]).toMatchObject({
      name: 'ObfNet-MLP',
      parameters: 154_291_712,
    })
    expect(place.has('study/.shared')).toBe(false)
  })

  it('says in its help what each paper has, what it takes and needs, within 100 columns', async () => {
    const { out } = await place.run('reproduce --help')
    expect(out).toContain('Usage: frostglass reproduce ')
    expect(out).toContain('--json')
    expect(out).toMatch(/Examples:\n {2}\$ frostglass reproduce /)
    expect(out).toMatch(/12 \(photographs\): 1 h\n +--data: imagenette-224 and models \(needed\)/)
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('refuses what it cannot do', async () => {
    await refused(place, 'reproduce obfnet --figure 12', 2, [
      "obfnet has no figure '12'",
      'Take one of 3, 4, bottlenecks, all.',
    ])
    await refused(place, 'reproduce study --figure 12 --quick', 2, ['--data', 'imagenette-224'])
    await refused(place, 'reproduce study --quick --full', 2, ['cannot be used with'])
    await refused(place, 'reproduce obfnet --data nowhere', 2, ['nowhere', 'no such folder'])
    await refused(place, 'reproduce spg --data .', 2, ['--data is for other papers'])
    await refused(place, 'reproduce encrypted-sentiment --figure paper', 2, [
      'reviews are needed',
      'pos and neg',
    ])
    await refused(place, 'reproduce encrypted-sentiment --data .', 2, ['has no reviews'])
    await refused(place, 'reproduce spqr', 2, [
      "there is no paper 'spqr'",
      'Take certified, cryptonets, encrypted-sentiment,',
      'spg, study',
    ])
    await refused(place, 'reproduce spg --figure 15', 2, ['15', 'Allowed choices'])
    await refused(place, 'reproduce spg --seeds 0', 2, ['whole number from 1'])
    writeFileSync(place.at('file'), '')
    await refused(place, `${small} --out file/inside`, 2, ['cannot be made'])
  })
})
