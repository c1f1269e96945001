// frostglass synthesize: rows and model out, the ledger paid, and what is refused before anything is.

import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { workplace } from './harness.ts'

const { at, run, has, cells, read } = workplace()
writeFileSync(
  at('people.csv'),
  ['age,sex,town', ...Array.from({ length: 200 }, (_, i) => `${i % 90},${i % 2 ? 'f' : 'm'},${i % 3}`)].join(
    '\n',
  ),
)
const stated = ['--bounds', 'age=0:90', '--categories', 'sex=f,m']

describe('frostglass synthesize', () => {
  it('writes rows and their model, takes the price once, and draws more for nothing', async () => {
    await run('ledger create people.ledger --dataset people --epsilon 1 --delta 1e-6')
    const args = [
      'synthesize',
      'people.csv',
      '--epsilon',
      '1',
      '--delta',
      '1e-6',
      '--ledger',
      'people.ledger',
    ]
    const first = await run([...args, ...stated, '--rows', '50', '--out', 'out.csv', '--json'])
    expect(first.code).toBe(0)
    const said = JSON.parse(first.out) as {
      rows: number
      spent: { epsilon: number }
      left: { epsilon: number }
    }
    expect([said.rows, cells('out.csv').length, said.left.epsilon]).toEqual([50, 51, 0])
    expect(said.spent.epsilon).toBeLessThanOrEqual(1)
    expect(cells('out.csv')[0]).toEqual(['age', 'sex'])
    const second = await run([...args, ...stated, '--out', 'more.csv'])
    expect([second.code, has('more.csv'), has('more.synthesis.json')]).toEqual([3, false, false])
    const again = await run('synthesize --from out.synthesis.json --rows 7 --out again.csv')
    expect([again.code, cells('again.csv').length]).toEqual([0, 8])
    expect(again.out).toContain('spent nothing')
    expect(read('out.synthesis.json')).not.toContain('town')
  })

  it.each([
    ['nothing stated', ['people.csv', '--epsilon', '1', '--delta', '1e-6']],
    ['no ε', ['people.csv', ...stated]],
    ['neither table nor model', ['--epsilon', '1', '--delta', '1e-6']],
    ['both', ['people.csv', '--from', 'out.synthesis.json']],
    ['ε for a model', ['--from', 'out.synthesis.json', '--epsilon', '1']],
    [
      'a column that is not there',
      ['people.csv', '--epsilon', '1', '--delta', '1e-6', '--bounds', 'height=0:3'],
    ],
    ['δ of 1', ['people.csv', '--epsilon', '1', '--delta', '1', ...stated]],
  ])('refuses %s, and writes nothing', async (_, args) => {
    const ended = await run(['synthesize', ...args, '--out', 'none.csv'])
    expect(ended.code).toBe(2)
    expect(has('none.csv') || has('none.synthesis.json')).toBe(false)
  })
})
