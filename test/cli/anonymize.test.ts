// frostglass anonymize: rows, manifest and report out; each method; and what is refused before anything is written.

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { anonymizeTable } from '../../src/protect/tables/publication/anonymizeTable.ts'
import type { PublicationManifest } from '../../src/protect/tables/publication/manifest.ts'
import { expectShown, pointersOf } from '../shownElements.ts'
import { workplace } from './harness.ts'

const { folder, at, run, has, cells, read } = workplace()
const illnesses = ['flu', 'gout', 'cough', 'measles']
const people = Array.from({ length: 240 }, (_, i) => ({
  name: `n${i}`,
  age: 20 + ((i * 7) % 60),
  sex: i % 2 ? 'f' : 'm',
  town: ['Aa', 'Bb', 'Cc'][i % 3]!,
  illness: illnesses[(i * i + (i >> 2)) % 4]!,
}))
const lines = people.map(({ name, age, sex, town, illness }) => [name, age, sex, town, illness].join(','))
writeFileSync(at('people.csv'), `name,age,sex,town,illness\n${lines.join('\n')}\n`)
writeFileSync(at('half.csv'), `name,age,sex,town,illness\n${lines.slice(0, 120).join('\n')}\n`)
mkdirSync(at('hierarchies'))
writeFileSync(at('hierarchies/sex.csv'), 'f;*\nm;*\n')
writeFileSync(at('hierarchies/town.csv'), 'Aa;north;*\nBb;north;*\nCc;south;*\n')
writeFileSync(at('forest.csv'), 'Aa;north;x;*\nBb;north;y;*\nCc;south;y;*\n')
writeFileSync(at('short.csv'), 'Aa;north;*\nBb;north;*\n')
writeFileSync(at('open.csv'), 'Aa;north\nBb;north\nCc;south\n')

const asked = (out: string, ...more: readonly string[]) => [
  ...['anonymize', 'people.csv', '--quasi', 'age,sex,town', '--hierarchies', 'hierarchies'],
  ...['--hierarchy', 'age=interval:20,10,20', '--out', out, '--json', ...more],
]
const hidden = ['--sensitive', 'illness', '--k', '4', '--l', '2', '--suppress', '10%']

interface Said {
  readonly manifest: PublicationManifest
  readonly warnings: readonly string[]
  readonly report?: {
    readonly audited: { readonly lattice: { readonly neighbours: readonly object[] } | null }
  }
}

async function said(args: readonly string[], code = 0): Promise<Said> {
  const ended = await run(args)
  expect(ended.code, ended.err).toBe(code)
  return JSON.parse(ended.out) as Said
}

/** Sizes of the classes of a published file, and sensitive values of each. */
function classesOf(file: string): readonly { readonly rows: number; readonly values: number }[] {
  const [, ...rows] = cells(file)
  const classes = new Map<string, string[]>()
  for (const row of rows) {
    const key = row.slice(0, 3).join(';')
    classes.set(key, [...(classes.get(key) ?? []), row[3]!])
  }
  return [...classes.values()].map((values) => ({ rows: values.length, values: new Set(values).size }))
}

describe('frostglass anonymize', () => {
  it('publishes the node of least loss: classes as asked, no column that nobody named, and a manifest of counts', async () => {
    const { manifest, warnings } = await said(asked('out.csv', ...hidden))
    expect(cells('out.csv')[0]).toEqual(['age', 'sex', 'town', 'illness'])
    const classes = classesOf('out.csv')
    expect(classes.every(({ rows, values }) => rows >= 4 && values >= 2)).toBe(true)
    expect(manifest.classes).toBe(classes.length)
    expect(cells('out.csv').length - 1).toBe(240 - manifest.suppressed)
    expect(manifest).toMatchObject({
      method: 'exact',
      suppression: 0.1,
      node: { optimal: true, nodes: 4 * 2 * 3 },
    })
    expect(warnings).toEqual([])
    expect(JSON.parse(read('out.publication.json'))).toEqual(manifest)
    expect(read('out.publication.json')).not.toMatch(/gout|\bn1\b|Aa|north/)
    // In another order than the table's: shown by the towns, which go round there.
    const order = cells('out.csv')
      .slice(1, 40)
      .map((row) => row[3])
    expect(order).not.toEqual(people.slice(0, 39).map(({ illness }) => illness))
  })

  it('cuts by mondrian, and suppresses nobody', async () => {
    const { manifest } = await said(
      asked('cut.csv', '--sensitive', 'illness', '--k', '4', '--l', '2', '--method', 'mondrian'),
    )
    expect(classesOf('cut.csv').every(({ rows, values }) => rows >= 4 && values >= 2)).toBe(true)
    expect(cells('cut.csv').length).toBe(241)
    expect(manifest).toMatchObject({ method: 'mondrian', suppressed: 0, node: null, quality: null })
    expect(manifest.quasi.every(({ loss }) => loss < 1)).toBe(true)
  })

  it('recodes locally, and says how much of that can be taken back', async () => {
    const { manifest, warnings } = await said(asked('local.csv', '--k', '5', '--method', 'local'))
    expect(classesOf('local.csv').every(({ rows }) => rows >= 5)).toBe(true)
    expect(manifest.rounds!.length).toBeGreaterThan(1)
    expect(warnings.join()).toMatch(/can be taken back in part.*generalised rows|an attack rebuilt nothing/)
  })

  it('has its rounds rebuilt by an audit from the manifest, as they were', async () => {
    writeFileSync(
      at('hierarchies/age.csv'),
      Array.from(
        { length: 60 },
        (_, i) => `${20 + i};${20 + 10 * Math.floor(i / 10)}-${29 + 10 * Math.floor(i / 10)};*\n`,
      ).join(''),
    )
    const names = ['--quasi', 'age,sex,town', '--hierarchies', 'hierarchies', '--json']
    const made = ['--k', '5', '--method', 'local', '--out', 'rounds.csv', '--report', 'rounds.html']
    const audit = ['audit', 'published', 'rounds.csv', '--original', 'people.csv', '--out', 'rebuilt.html']
    type Told = { readonly findings: readonly { readonly attack: string; readonly metrics: object }[] }
    const found = ({ findings }: Told) => findings.find(({ attack }) => attack === 'local-recoding')?.metrics
    const first = JSON.parse((await run(['anonymize', 'people.csv', ...names, ...made])).out) as {
      readonly report: Told
    }
    expect(found(first.report)).toBeDefined()
    const again = await run([...audit, ...names])
    expect(found(JSON.parse(again.out) as Told)).toEqual(found(first.report))
    // Without a hierarchy nothing is taken for safe that could not be looked at.
    rmSync(at('hierarchies/age.csv'))
    const blind = JSON.parse((await run([...audit, ...names, '--force'])).out) as Told & {
      readonly untested: readonly { readonly attack: string; readonly why: string }[]
    }
    expect(found(blind)).toBeUndefined()
    expect(blind.untested.find(({ attack }) => attack === 'local-recoding')?.why).toContain('hierarchies')
  })

  it('writes a report with the lattice around the node, and its summary into the manifest', async () => {
    const args = asked('told.csv', ...hidden, '--report', 'told.html')
    const ended = await run(args)
    expect([0, 3]).toContain(ended.code)
    const { report } = JSON.parse(ended.out) as Said
    expect(report!.audited.lattice!.neighbours.length).toBeGreaterThan(1)
    const manifest = JSON.parse(read('told.publication.json')) as PublicationManifest
    expect(manifest.leakReport).toMatchObject({
      verdict: ended.code === 0 ? 'held' : 'broken',
      policy: 'default for published tables',
    })
    expect(read('told.html')).toContain('The lattice')
    expectShown(read('told.html'), JSON.parse(read('told.json')) as object, 60)
    expect([...pointersOf(read('told.html'))]).toContain('/audited/lattice/neighbours/1/suppressed')
  })

  it('is audited once more by what stands beside it, and refused where the table is another', async () => {
    await said(asked('again.csv', ...hidden, '--hierarchy', 'town=file:hierarchies/town.csv'))
    writeFileSync(
      at('hierarchies/age.csv'),
      Array.from({ length: 60 }, (_, i) => `${20 + i};${20 + 10 * Math.floor(i / 10)};*\n`).join(''),
    )
    const args = ['audit', 'published', 'again.csv', '--original', 'people.csv', '--quasi', 'age,sex,town']
    const more = ['--sensitive', 'illness', '--hierarchies', 'hierarchies', '--out', 'again.html', '--json']
    const ended = await run([...args, ...more])
    rmSync(at('hierarchies/age.csv'))
    expect([0, 3], ended.err).toContain(ended.code)
    const { findings, untested } = JSON.parse(ended.out) as {
      readonly findings: readonly { readonly attack: string }[]
      readonly untested: readonly { readonly attack: string }[]
    }
    expect(findings.map(({ attack }) => attack)).toContain('minimality')
    expect(untested.map(({ attack }) => attack)).not.toContain('minimality')
    const { leakReport } = JSON.parse(read('again.publication.json')) as PublicationManifest
    expect(leakReport?.verdict).toBe(ended.code === 0 ? 'held' : 'broken')
    writeFileSync(at('again.csv'), `${read('again.csv')}20,f,Aa,flu\n`)
    const edited = await run([...args, ...more, '--force'])
    expect([edited.code, /not the file that its manifest describes/.test(edited.err)]).toEqual([2, true])
  })

  it('says on the page what it says on the terminal of each column, and who was left out', async () => {
    const args = asked('covers.csv', ...hidden, '--report', 'covers.html')
    const { manifest, report } = JSON.parse((await run(args)).out) as Said & {
      readonly report: { readonly audited: { readonly columns: readonly { name: string; loss: number }[] } }
    }
    expect(report.audited.columns.map(({ name, loss }) => [name, loss])).toEqual(
      manifest.quasi.map(({ name, loss }) => [name, loss]),
    )
    writeFileSync(at('old.csv'), `${read('people.csv')}n240,99,f,Aa,flu\n`)
    const old = ['anonymize', 'old.csv', '--quasi', 'sex,age', '--k', '5', '--suppress', '10%']
    const ended = await run([...old, '--hierarchy', 'age=interval:20,5', '--out', 'left.csv'])
    const { suppressed } = JSON.parse(read('left.publication.json')) as PublicationManifest
    expect(suppressed).toBeGreaterThan(0)
    expect(ended.out).toContain(`rows of 241, ${suppressed} row`)
    expect(ended.out).toMatch(/row that was left out covers all/)
  })

  it('tells no loss that counts what classes hid, and warns of spellings, of thresholds that ask nothing', async () => {
    const [one, other] = [20, 21].map((age, i) => {
      writeFileSync(
        at(`e${i}.csv`),
        `age,ill\n${[age, 21, 22, 23].map((x) => `${x},flu\n`).join('')}24,Flu \n`,
      )
      return [
        'anonymize',
        `e${i}.csv`,
        '--quasi',
        'age',
        '--k',
        '5',
        '--hierarchy',
        'age=interval:0,5,10',
      ].concat(['--quality', 'entropy', '--sensitive', 'ill', '--json', '--out', `e${i}out.csv`])
    })
    const [first, second] = [await said(one!), await said(other!)]
    expect(first.manifest.node!.loss).toBe(null)
    expect(first.manifest.node).toEqual(second.manifest.node)
    expect(first.warnings.join('\n')).toMatch(/ill: one value differs from another by case, spaces/)
    const weak = await said(
      asked('weak.csv', '--k', '1', '--l', '1', '--sensitive', 'illness', '--time', '3'),
    )
    expect(weak.warnings.join('\n')).toMatch(
      /time was not looked at[\s\S]*1-anonymity asks nothing[\s\S]*l = 1 of illness asks nothing/,
    )
  })

  it('counts the people of a public list', async () => {
    const quasi = ['anonymize', 'half.csv', '--quasi', 'age,sex,town', '--hierarchy', 'age=interval:20,10,20']
    const map = ['--model', 'k-map:k=4', '--json']
    const { manifest } = await said([...quasi, ...map, '--public', 'people.csv', '--out', 'map.csv'])
    const alone = await said([...quasi, '--k', '4', '--json', '--out', 'alone.csv'])
    // More people than rows stand behind a class: less must be given up.
    expect(manifest.node!.loss![0]!).toBeLessThanOrEqual(alone.manifest.node!.loss![0]!)
    const [, ...rows] = cells('map.csv')
    const ranges = (age: number) => rows.filter(([said]) => inside(said!, age))
    expect(ranges(25).length).toBeGreaterThan(0)
    const lacking = await run([...asked('none.csv'), ...map, '--public', 'half.csv'])
    expect([lacking.code, has('none.csv')]).toEqual([2, false])
    expect(lacking.err).toContain('public list')
  })

  it('warns of what no model asks about, of bare columns, and of names that leave', async () => {
    const args = ['anonymize', 'people.csv', '--quasi', 'age,sex', '--sensitive', 'illness', '--keep', 'name']
    const { warnings } = await said([...args, '--k', '2', '--json', '--out', 'warned.csv'])
    expect(warnings.join('\n')).toMatch(/no model asks anything of illness/)
    expect(warnings.join('\n')).toMatch(/age, sex: no hierarchy was stated/)
    expect(warnings.join('\n')).toMatch(/name leaves as it is, and looks like what identifies people/)
  })
})

/** Whether a label of ages has one. */
function inside(label: string, age: number): boolean {
  const [, low, high] = /^\[(\d+), (\d+)\[$/.exec(label) ?? []
  return label === '*' || label === String(age) || (Number(low) <= age && age < Number(high))
}

describe('frostglass anonymize refuses', () => {
  const none = 'none.csv'
  it.each<[string, readonly string[], RegExp]>([
    ['no model', asked(none), /no privacy model/],
    ['a value that its hierarchy lacks', asked(none, '--k', '2', '--hierarchy', 'town=file:short.csv'), /Cc/],
    [
      'a hierarchy that is no tree',
      asked(none, '--k', '2', '--hierarchy', 'town=file:forest.csv'),
      /no tree/,
    ],
    [
      'one without a top',
      asked(none, '--k', '2', '--hierarchy', 'town=file:open.csv'),
      /town does not end in one label/,
    ],
    ['a column of two roles', asked(none, '--k', '2', '--sensitive', 'sex'), /named twice/],
    ['k above the rows', asked(none, '--k', '241'), /k is 241, and .* has 240 rows/],
    [
      'what nothing attains',
      asked(none, '--model', 'recursive-c-l-diversity:c=0.1,l=3', '--sensitive', 'illness'),
      /no generalisation.*even all rows as one class do not have recursive/s,
    ],
    [
      'a model of a column that is not sensitive',
      asked(none, '--model', 't-closeness:t=0.2,column=town'),
      /not sensitive/,
    ],
    ['a model without a sensitive column', asked(none, '--l', '2'), /needs a sensitive column.*--sensitive/],
    ['a time of an exact search', asked(none, '--k', '2', '--method', 'exact', '--time', '3'), /heuristic/],
    [
      'dates of another form',
      asked(none, '--k', '2', '--hierarchy', 'town=date:month,year'),
      /date:month,year,form=DD\.MM\.YYYY/,
    ],
    ['a parameter that there is not', asked(none, '--model', 'k-anonymity:kk=3'), /no parameter/],
    ['a model without its list', asked(none, '--model', 'k-map:k=3'), /public table.*--public/],
    [
      'a hierarchy of a column without a role',
      asked(none, '--k', '2', '--hierarchy', 'name=prefix'),
      /neither a quasi-identifier/,
    ],
    ['an unknown column', asked(none, '--k', '2', '--keep', 'height'), /height/],
    [
      'suppression by mondrian',
      asked(none, '--k', '2', '--method', 'mondrian', '--suppress', '5%'),
      /suppresses no row/,
    ],
    [
      'a folder for a table',
      ['anonymize', 'hierarchies', '--quasi', 'age', '--k', '2', '--out', none, '--json'],
      /hierarchies/,
    ],
    [
      'an output over its input',
      ['anonymize', 'people.csv', '--quasi', 'age', '--k', '2', '--out', 'people.csv', '--force', '--json'],
      /replace the input/,
    ],
  ])('%s, and writes nothing', async (_, args, words) => {
    const before = readdirSync(folder).toSorted()
    const ended = await run(args)
    expect(ended.code, ended.err).toBe(2)
    expect(ended.err).toMatch(words)
    expect(readdirSync(folder).toSorted()).toEqual(before)
  })

  it('missing cells that a hierarchy has no line for; an interval has them', async () => {
    writeFileSync(at('gaps.csv'), 'age,town\n20,Aa\n21,Aa\n,Bb\n,Bb\n')
    const args = ['anonymize', 'gaps.csv', '--quasi', 'age,town', '--k', '2', '--json']
    const lines = ['--hierarchy', 'town=file:hierarchies/town.csv', '--hierarchy', 'age=interval:20,10']
    const { manifest } = await said([...args, ...lines, '--out', 'filled.csv'])
    expect(manifest.suppressed).toBe(0)
    writeFileSync(at('ages.csv'), '20;*\n21;*\n')
    const ended = await run([...args, '--hierarchy', 'age=file:ages.csv', '--out', 'none.csv'])
    expect([ended.code, has('none.csv')]).toEqual([2, false])
    expect(ended.err).toContain('a missing cell')
  })

  it('one missing value, however it is written: in rows, in hierarchies, and in orders', async () => {
    const weights = Array.from({ length: 40 }, (_, i) => `${60 + (i % 20)},${i % 2 ? '5' : '0'}`)
    const rows = weights.map((weight, i) => `${weight};${['low', 'high', 'k.A.', ''][i % 4]};x`)
    writeFileSync(at('comma.csv'), `w;degree;ill\n${rows.join('\n')}\nk.A.;low;x\nk.A.;high;x\n`)
    writeFileSync(at('degree.csv'), 'low;*\nhigh;*\nk.A.;*\n;*\n')
    const args = ['anonymize', 'comma.csv', '--quasi', 'w,degree', '--sensitive', 'ill', '--k', '2', '--json']
    const intervals = ['--hierarchy', 'w=interval:60,5,10', '--hierarchy', 'degree=file:degree.csv']
    const german = ['--null-text', 'k.A.', '--decimal-comma']
    await said([...args, ...intervals, ...german, '--out', 'comma5.csv'])
    const fields = (name: string) =>
      read(name)
        .trimEnd()
        .split('\n')
        .map((line) => line.split(';'))
    const labels = fields('comma5.csv').flat()
    expect(labels).not.toContain('k.A.')
    expect(labels).toContain('')
    const { warnings } = await said([...args, ...german, '--method', 'mondrian', '--out', 'commaM.csv'])
    expect(warnings.join('\n')).toMatch(/mondrian cuts w as numbers, and degree as sets of values/)
    const ranges = fields('commaM.csv').map(([w]) => w!)
    expect(ranges.some((range) => /^\[6\d(\.5)?, 6\d(\.5)?\]$|^6\d(,\d)?$/.test(range))).toBe(true)
    const order = ['--hierarchy', 'degree=ordered:low<high:2', '--hierarchy', 'w=cluster:numbers']
    await said([...args, ...order, ...german, '--out', 'commaO.csv'])

    // Without a word of it the cell that is none is named, and so is what to do.
    const blind = await run([...args, ...intervals, '--decimal-comma', '--out', 'none.csv'])
    expect([blind.code, has('none.csv')]).toEqual([2, false])
    expect(blind.err).toMatch(/k\.A\.\\" is no number.*--null-text/)
    const points = await run([...args, ...intervals, '--null-text', 'k.A.', '--out', 'none.csv'])
    expect(points.err).toMatch(/\d,\d\\" is no number.*--decimal-comma/)
    const sets = await said([...args, '--decimal-comma', '--method', 'mondrian', '--out', 'commaS.csv'])
    expect(sets.warnings.join('\n')).toMatch(/w has numbers, but for one value: row 41 has "k\.A\."/)
    expect(read('commaS.publication.json')).not.toContain('k.A.')
  })

  it('missing illnesses as illnesses: they count towards no diversity unless it is asked', async () => {
    const classes = ['1,HIV\n1,HIV\n1,HIV\n1,NA\n1,\n', '2,flu\n2,gout\n2,HIV\n2,?\n2,flu\n']
    writeFileSync(at('miss.csv'), `age,ill\n${classes.join('')}`)
    const args = ['anonymize', 'miss.csv', '--quasi', 'age', '--sensitive', 'ill', '--k', '5', '--json']
    const { manifest } = await said([...args, '--l', '3', '--out', 'miss3.csv'])
    expect(manifest.classes).toBe(1)
    const counted = ['--model', 'distinct-l-diversity:l=2,missing=counted']
    const two = await said([...args, ...counted, '--out', 'miss2.csv'])
    expect(two.manifest.models[1]).toMatchObject({
      says: 'distinct 2-diversity of ill, missing cells counted',
    })
    expect(two.manifest.classes).toBe(2)
    // NA, ? and an empty cell are one value.
    const three = [...counted.slice(0, 1), 'distinct-l-diversity:l=3,missing=counted', '--out', 'miss3c.csv']
    expect((await said([...args, ...three])).manifest.classes).toBe(1)
    const ended = await run([...args, '--l', '4', '--out', 'none.csv'])
    expect([ended.code, has('none.csv')]).toEqual([2, false])
    expect(ended.err).toContain('the whole table has 3, missing cells aside')
  })

  it('a table without rows, however many may be left out', async () => {
    // Every age once: all rows left out lose as much as all of one class do.
    writeFileSync(at('apart.csv'), `age\n${Array.from({ length: 30 }, (_, i) => 20 + i).join('\n')}\n`)
    const args = ['anonymize', 'apart.csv', '--quasi', 'age', '--suppress', '100%', '--json']
    const { manifest, warnings } = await said([...args, '--k', '25', '--out', 'all.csv'])
    expect(manifest).toMatchObject({ suppressed: 0, classes: 1, sizes: [{ size: 30, classes: 1 }] })
    expect(warnings.join('\n')).toMatch(/every quasi-identifier is \* in all rows/)
    // Where rows cost nothing the search would leave all of them out.
    const free = await said([...args, '--k', '25', '--balance', '0', '--out', 'free.csv'])
    expect(free.manifest.suppressed).toBe(0)
    // Nothing at all passes: one row is no class of a population of ten.
    const model = ['--model', 'estimated-k-map:k=40,population=30']
    const ended = await run([...args, ...model, '--out', 'none.csv'])
    expect([ended.code, has('none.csv'), has('none.publication.json')]).toEqual([2, false, false])
    expect(ended.err).toMatch(/no generalisation of the 30 rows/)
  })

  it('to go on once it is stopped', async () => {
    const stop = new AbortController()
    const before = readdirSync(folder).toSorted()
    const request = { quasi: ['age', 'sex'], models: ['k-anonymity:k=2'] }
    const { signal } = stop
    // Long before a table is read.
    setImmediate(() => stop.abort())
    await expect(anonymizeTable(at('people.csv'), request, at('none.csv'), { signal })).rejects.toMatchObject(
      {
        code: 'aborted',
      },
    )
    expect(readdirSync(folder).toSorted()).toEqual(before)
  })

  it('to leave half a file where the disk is full', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `${i % 40},${'x'.repeat(40)}${i % 1000}`)
    writeFileSync(at('many.csv'), `age,note\n${many.join('\n')}\n`)
    const args = 'anonymize many.csv --quasi age --keep note --k 2 --out none.csv'
    const ended = await run(args, { shell: 'ulimit -f 200; "$@"' })
    expect([ended.code, has('none.csv'), has('none.publication.json')]).toEqual([2, false, false])
    expect(ended.err).toMatch(/error \(io\).*none\.csv: writing failed: the file would grow/)
    expect(ended.err).not.toMatch(/\.frostglass/)
  })
})
