// What stands where an output should go: it stays, unless --force says otherwise and it is a file that can be replaced.

import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { csv, refused, wheat, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const key = 'key create wheat.csv --label variety --unsealed --audit off'

beforeAll(async () => {
  put('wheat.csv', csv(wheat.filter((_, i) => i % 7 === 0)))
  put('people.csv', csv(['age,income', ...Array.from({ length: 40 }, (_, i) => `${20 + i},${i % 2}`)]))
  put(
    'codes.csv',
    csv(['code,sex', ...Array.from({ length: 400 }, (_, i) => `${i % 2},${i % 3 ? 'f' : 'm'}`)]),
  )
  await works(place, `${key} --out k.key`)
  await works(place, 'protect wheat.csv --key k.key --out p.csv')
  await works(place, 'train p.csv --label label --epochs 2 --folds 0 --out m.onnx')
  await works(place, 'encode wheat.csv --key k.key --out e.csv')
  await works(place, 'predict m.onnx e.csv --out a.csv')
  mkdirSync(place.at('theirs'))
  put('theirs/manifest.json', '{"name": "a web extension", "manifest_version": 3}')
  put('theirs/background.js', 'of years')
  const { code } = await place.run('x', { shell: 'mkfifo fifo.csv fifo.onnx fifo.key fifo.html fifo.json' })
  expect(code).toBe(0)
})

/** Commands that write one file, `OUT` for its name. */
const writers: readonly (readonly [string, string])[] = [
  ['protect wheat.csv --key k.key --out OUT', 'csv'],
  ['encode wheat.csv --key k.key --out OUT', 'csv'],
  ['restore p.csv --key k.key --out OUT', 'csv'],
  ['predict m.onnx e.csv --out OUT', 'csv'],
  ['decode a.csv --key k.key --out OUT', 'csv'],
  [`${key} --out OUT`, 'key'],
  ['key export k.key --out OUT', 'onnx'],
  ['train p.csv --label label --out OUT', 'onnx'],
  ['audit p.csv --original wheat.csv --key k.key --out OUT', 'html'],
  ['audit canaries wheat.csv --label variety --out OUT --canaries new.csv', 'csv'],
  ['audit canaries wheat.csv --label variety --out new.csv --canaries OUT', 'csv'],
  ['query people.csv SELECT\u00a0COUNT(*)\u00a0FROM\u00a0data --epsilon 1 --out OUT', 'csv'],
  ['schema draft wheat.csv --out OUT', 'json'],
  ['certify issue codes.csv --hide sex --unit row --out OUT', 'json'],
  ['obfuscate classifier --data digits --out OUT', 'onnx'],
  ['encrypt model --data digits --out OUT', 'onnx'],
]
const asWords = (command: string) => command.split(' ').map((word) => word.replaceAll('\u00a0', ' '))

describe.each(writers)('%s', (command, ending) => {
  const to = (name: string, more = '') => asWords(command.replace('OUT', `${name}.${ending}`) + more)

  it('replaces nothing without --force', async () => {
    put(`mine.${ending}`, 'years of work')
    await refused(place, to('mine'), 2, [/mine\.\w+ exists already\n {2}Pass --force/])
    expect(place.read(`mine.${ending}`)).toBe('years of work')
  })

  it('replaces no link, no FIFO and no folder with it', async () => {
    put('target', 'years of work')
    for (const [name, leads] of [
      ['link', 'target'],
      ['dangling', 'nowhere'],
    ] as const) {
      if (!readdirSync(place.folder).includes(`${name}.${ending}`))
        symlinkSync(leads, place.at(`${name}.${ending}`))
      await refused(place, to(name, ' --force'), 2, [new RegExp(`is a link to ${leads}`)])
    }
    await refused(place, to('fifo', ' --force'), 2, [/the output fifo\.\w+ is a FIFO, not a file/])
    if (!place.has(`folder.${ending}`)) place.make(`folder.${ending}`)
    await refused(place, to('folder', ' --force'), 2, [/is a folder/])
    await refused(place, to('n'.repeat(255), ' --force'), 2, [/the name is too long/])
    expect(place.read('target')).toBe('years of work')
  })
})

describe('a table whose manifest cannot be written', () => {
  const commands = [
    'protect wheat.csv --key k.key --force',
    'encode wheat.csv --key k.key --force',
    'predict m.onnx e.csv --force',
  ]

  it.each(commands)('is not written either, and what had its name stays: %s', async (command) => {
    const words = [/manifest\.json.* is a folder/]
    if (!place.has('old.csv')) {
      put('old.csv', 'the old table\n')
      place.make('old.csv.manifest.json')
    }
    await refused(place, `${command} --out old.csv`, 2, words)
    // 249 letters: the table's own name would do.
    const name = `${'n'.repeat(245)}.csv`
    put(name, 'the old table\n')
    await refused(place, `${command} --out ${name}`, 2, [
      /manifest\.json: writing failed: the name is too long/,
    ])
    expect([place.read('old.csv'), place.read(name)]).toEqual(['the old table\n', 'the old table\n'])
  })

  it('is not written without --force where only a manifest stands', async () => {
    put('only.csv.manifest.json', 'somebody’s')
    for (const command of commands)
      await refused(place, `${command.replace(' --force', '')} --out only.csv`, 2, [
        /only\.csv\.manifest\.json exists already/,
      ])
  })
})

describe('a folder where a bundle should go', () => {
  it.each([['theirs', /it is no image bundle/] as const])(
    'stays, with --force, too: %s',
    async (name, words) => {
      const before = readFileSync(place.at(`${name}/background.js`))
      await refused(place, `obfuscate protect --pane none.onnx --data digits --force --out ${name}`, 2, [
        words,
      ])
      expect(readFileSync(place.at(`${name}/background.js`))).toEqual(before)
    },
  )
})

it('a key that is a link is the key that it leads to', async () => {
  symlinkSync('k.key', place.at('linked.key'))
  await works(place, 'encode wheat.csv --key linked.key --out linked-e.csv')
})
