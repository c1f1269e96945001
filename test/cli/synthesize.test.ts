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

  it('reads a table as it is said to be written: comments, decimal commas, an encoding, a kind', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `${i % 50},5;${i % 2 ? 'männlich' : 'weiblich'}`)
    const text = ['of the register', 'Größe;Geschlecht', '# half', ...rows].join('\r\n')
    writeFileSync(at('latin.txt'), Buffer.from(text, 'latin1'))
    writeFileSync(at('wide.txt'), Buffer.from(`\ufeff${text}`, 'utf16le'))
    const args = [
      '--epsilon',
      '1000',
      '--delta',
      '1e-6',
      '--bounds',
      'Größe=0:50',
      '--method',
      'tree',
      '--json',
    ]
    const form = [
      '--categories',
      'Geschlecht=männlich,weiblich',
      '--decimal-comma',
      '--comment',
      '#',
      '--skip',
      '1',
    ]
    for (const [file, encoding] of [
      ['latin.txt', 'windows-1252'],
      ['wide.txt', 'utf-16'],
    ] as const) {
      const out = `${encoding}.csv`
      const said = ['--format', 'csv', '--text-encoding', encoding, '--out', out]
      const ended = await run(['synthesize', file, ...args, ...form, ...said])
      expect(ended.code, ended.err).toBe(0)
      const [names, ...drawn] = cells(out)
      expect(names).toEqual(['Größe', 'Geschlecht'])
      expect(Math.abs(drawn.length - 300)).toBeLessThan(5)
      const sums = drawn.reduce((sum, [size]) => sum + Number(size), 0)
      // A comma that was not read would make all of them 25.
      expect(Math.abs(sums / drawn.length - 25)).toBeLessThan(2)
      expect(new Set(drawn.map(([size]) => Math.floor(Number(size) / 10))).size).toBe(5)
      expect(Math.abs(drawn.filter(([, sex]) => sex === 'männlich').length - 150)).toBeLessThan(5)
    }
    const odd = await run([
      'synthesize',
      'latin.txt',
      ...args,
      ...form,
      '--text-encoding',
      'x',
      '--out',
      'n.csv',
    ])
    expect([odd.code, has('n.csv')]).toEqual([2, false])
  })

  it('draws whole numbers of a table whose columns were drafted, and says where it does not', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => `${i % 90},${i % 2 ? 0 : 100 + i},${i / 7}`)
    writeFileSync(at('old.csv'), `age,gain,weight\n${rows.join('\n')}\n`)
    expect((await run('schema draft old.csv --out old.json')).code).toBe(0)
    const { columns } = JSON.parse(read('old.json')) as { readonly columns: readonly object[] }
    expect(columns[0]).toEqual({ name: 'age', kind: 'number', bounds: [0, 89], whole: true })
    expect(columns[1]).toMatchObject({ name: 'gain', whole: true, alone: [0] })
    expect(columns[2]).toMatchObject({ name: 'weight', whole: false })
    const args = ['--epsilon', '1', '--delta', '1e-6', '--method', 'tree', '--json']
    const ended = await run(['synthesize', 'old.csv', ...args, '--columns', 'old.json', '--out', 'whole.csv'])
    expect(ended.code, ended.err).toBe(0)
    expect(ended.out).not.toContain('with decimals')
    expect(
      cells('whole.csv')
        .slice(1)
        .every(([age, gain]) => !`${age}${gain}`.includes('.')),
    ).toBe(true)
    const plain = await run(['synthesize', 'old.csv', ...args, '--bounds', 'age=0:90', '--out', 'plain.csv'])
    expect(plain.out).toMatch(/drawn with decimals of age/)
  })

  it('refuses a model of more rows than can be drawn, in words', async () => {
    const args = [
      'synthesize',
      'people.csv',
      '--epsilon',
      '1',
      '--delta',
      '1e-6',
      '--method',
      'tree',
      ...stated,
    ]
    expect((await run([...args, '--out', 'big.csv'])).code).toBe(0)
    writeFileSync(at('big.json'), read('big.synthesis.json').replace(/"rows": \d+/, '"rows": 1000000000000'))
    const ended = await run('synthesize --from big.json --out none.csv')
    expect([ended.code, has('none.csv')]).toEqual([2, false])
    expect(ended.err).toMatch(/1,000,000,000,000 rows, and 100,000,000 are drawn at once[\s\S]*--rows/)
    expect((await run('synthesize --from big.json --rows 5 --out five.csv')).code).toBe(0)
  })
})
