// docs/how-to: every `sh` line of every page, in order, in a folder that holds the tables which the pages name; and the
// programs of use-the-library.md, against the sources.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { wheatPath } from '../src/data/index.ts'
import { blocksOf, runPage } from './shellPages.ts'

const root = resolve(import.meta.dirname, '..')
const pages = readdirSync(join(root, 'docs/how-to')).map((name) => join('docs/how-to', name))
const withCommands = pages.filter((page) => blocksOf(page).some(({ language }) => language === 'sh'))
const folder = mkdtempSync(join(tmpdir(), 'frostglass-how-to-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const embedded = (name: string) =>
  readFileSync(join(root, 'src/data/embedded', name), 'utf8')
    .trim()
    .split('\n')
const csv = (lines: readonly string[]) => `${lines.join('\n')}\n`

/** A page's own folder, with the tables that pages speak of. */
function placeOf(page: string): string {
  const place = mkdtempSync(join(folder, 'page-'))
  const write = (name: string, text: string) => writeFileSync(join(place, name), text)
  cpSync(wheatPath(), join(place, 'wheat.csv'))
  const [names = '', ...wheat] = readFileSync(wheatPath(), 'utf8').trim().split('\n')
  write(
    'queries.csv',
    csv([names, ...wheat].slice(0, 11).map((line) => line.split(',').slice(0, 7).join(','))),
  )
  write('train.csv', csv([names, ...wheat.filter((_, i) => i % 2 === 0)]))
  write('rest.csv', csv([names, ...wheat.filter((_, i) => i % 2 === 1)]))
  write('people.csv', csv(embedded('adult-numeric.csv')))
  write('people.schema.json', peopleSchema)
  const visits = Array.from({ length: 900 }, (_, i) =>
    [`p${i % 300}`, 20 + (i % 60), 50 + (i % 70), ['surgery', 'medicine', 'maternity'][i % 3]].join(','),
  )
  write('visits.csv', csv(['person_id,age,weight,ward', ...visits]))
  const hearts = page.includes('encrypted')
    ? embedded('heart-disease.csv').filter((line) => !line.includes('?'))
    : []
  write(
    'patients.csv',
    hearts.length > 0
      ? csv(
          hearts.map((line, i) =>
            line.replace(/[^,]*$/, (cell) => (i === 0 ? 'ill' : cell === '0' ? 'no' : 'yes')),
          ),
        )
      : csv([
          'age,weight,ward,recovered',
          ...visits.map((line, i) => `${line.split(',').slice(1).join(',')},${i % 2 ? 'yes' : 'no'}`),
        ]),
  )
  write('patients.schema.json', schemaOnPage('docs/reference/stated-columns.md'))
  return place
}

const schemaOnPage = (page: string) =>
  blocksOf(page)
    .find(({ language }) => language === 'json')!
    .lines.join('\n')

const peopleSchema = JSON.stringify({
  columns: [
    ...[
      'age=0:120',
      'fnlwgt=0:2000000',
      'education_num=0:16',
      'capital_gain=0:100000',
      'capital_loss=0:5000',
      'hours_per_week=0:100',
    ].map((text) => {
      const [name = '', low = '', high = ''] = text.split(/[=:]/)
      return { name, kind: 'number', bounds: [Number(low), Number(high)] }
    }),
    { name: 'income', kind: 'category', values: ['<=50K', '>50K'] },
  ],
})

/** What some pages must leave behind. */
const written: Readonly<Record<string, readonly string[]>> = {
  'protect-a-table': [
    'owner.key',
    'protected.csv',
    'report.html',
    'model.onnx',
    'labels.csv',
    'back.csv',
    'pane.onnx',
  ],
  'obfuscate-images': ['obfuscator.onnx', 'images.html'],
  'answer-encrypted-images': ['digits.csv'],
  'train-privately': ['private.onnx', 'model.onnx'],
}

describe('docs/how-to', () => {
  it.each(withCommands)('%s works, line by line, and prints what it says', (page) => {
    const place = placeOf(page)
    expect(runPage(page, place, { FROSTGLASS_PASSPHRASE: 'a b c' })).toBeGreaterThan(0)
    for (const file of written[basename(page, '.md')] ?? [])
      expect(existsSync(join(place, file)), file).toBe(true)
  })

  it('docs/how-to/use-the-library.md shows code that runs', () => {
    const place = mkdtempSync(join(folder, 'library-'))
    const rows = Array.from(
      { length: 60 },
      (_, i) => `${20 + (i % 40)},${i % 3 ? 'yes' : ''},${i % 2 ? 'high' : 'low'}`,
    )
    writeFileSync(join(place, 'adult.csv'), csv(['age,member,income', ...rows]))
    const code = blocksOf('docs/how-to/use-the-library.md').filter(({ language }) => language === 'ts')
    expect(code.length).toBe(3)
    const printed = code.map(({ lines }, i) => {
      const local = lines
        .join('\n')
        .replace(
          /from 'frostglass(\/\w+)?'/g,
          (_, room: string | undefined) =>
            `from '${pathToFileURL(join(root, 'src', room ?? '', 'index.ts')).href}'`,
        )
      writeFileSync(join(place, `example${i}.mts`), local)
      const { status, stdout } = spawnSync(process.execPath, [`example${i}.mts`], {
        cwd: place,
        encoding: 'utf8',
        env: { ...process.env, PASSPHRASE: 'a b c' },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      expect(status, local).toBe(0)
      return stdout
    })
    expect(printed[0]).toMatch(/^60 rows, key [0-9a-f]{32}/m)
    expect(printed[1]).toMatch(/^Do not release this file/m)
    expect(printed[2]).toMatch(/loss:/)
  })
})
