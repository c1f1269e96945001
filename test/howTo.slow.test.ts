// docs/how-to, docs/reference and docs/certified.md: every `sh` line of every page, in order, in a folder that holds the tables which the pages
// name; and every program (`ts`), against the sources.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { wheatPath } from '../src/data/index.ts'
import { writeFaces } from './facePictures.ts'
import { blocksOf, runPage } from './shellPages.ts'

const root = resolve(import.meta.dirname, '..')
const pages = ['docs/how-to', 'docs/reference']
  .flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  )
  .concat('docs/certified.md')
const has = (page: string, language: string) => blocksOf(page).some((block) => block.language === language)
// A block of js is a part of a program, and one without a language is not run.
const runnable = pages.filter((page) => has(page, 'sh') || has(page, 'ts'))
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
  const adults = Array.from(
    { length: 60 },
    (_, i) => `${20 + (i % 40)},${i % 3 ? 'yes' : ''},${i % 2 ? 'high' : 'low'}`,
  )
  write('adult.csv', csv(['age,member,income', ...adults]))
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
  if (page.includes('faces'))
    writeFaces(
      place,
      Array.from({ length: 10 }, (_, person) => ({ pictures: 3, glasses: person < 5 })),
    )
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

/** What a program of a page must print, by page: of others it is enough that they end well. */
const programs: Readonly<Record<string, readonly RegExp[]>> = {
  'use-the-library': [
    /^60 rows, key [0-9a-f]{32}/m,
    /^Do not release this file/m,
    /^0\.\d+\n\d+ \S/m,
    /loss:/,
  ],
}

/** Runs the page's programs against the sources, one after another; answers what each printed. */
function runPrograms(page: string, place: string): string[] {
  const code = blocksOf(page).filter(({ language }) => language === 'ts')
  return code.map(({ lines }, i) => {
    const local = lines
      .join('\n')
      .replace(
        /from 'frostglass(\/\w+)?'/g,
        (_, room: string | undefined) =>
          `from '${pathToFileURL(join(root, 'src', room ?? '', 'index.ts')).href}'`,
      )
    writeFileSync(join(place, `program${i}.mts`), local)
    const { status, stdout } = spawnSync(process.execPath, [`program${i}.mts`], {
      cwd: place,
      encoding: 'utf8',
      env: { ...process.env, PASSPHRASE: 'a b c' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    expect(status, local).toBe(0)
    return stdout
  })
}

describe('docs/how-to and docs/reference', () => {
  it.each(runnable)('%s works, line by line, and prints what it says', (page) => {
    const place = placeOf(page)
    const name = basename(page, '.md')
    if (has(page, 'sh')) runPage(page, place, { FROSTGLASS_PASSPHRASE: 'a b c' })
    for (const file of written[name] ?? []) expect(existsSync(join(place, file)), file).toBe(true)
    const printed = runPrograms(page, place)
    for (const [i, words] of (programs[name] ?? []).entries()) expect(printed[i]).toMatch(words)
  })

  it('are nearly all of how-to, each of whose pages but a few has lines that run', () => {
    const idle = pages.filter((page) => page.includes('how-to') && !runnable.includes(page))
    expect(idle.map((page) => basename(page, '.md')).toSorted()).toEqual([
      'ask-from-a-browser',
      'see-a-pane-at-work',
      'serve-encrypted',
      'serve-models',
      'train-images-privately',
    ])
  })
})
