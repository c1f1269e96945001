import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readOnnx } from '../../src/graph/index.ts'
import { readModelCard } from '../../src/serve/tables/card.ts'
import { json, program, refused, workplace, works } from './harness.ts'

const place = workplace()

// The weights of the census stay out, so that all bounds are such as everybody knows.
const lines = readFileSync(new URL('../src/data/embedded/adult-numeric.csv', `file://${program}`), 'utf8')
const people = lines
  .trim()
  .split('\n')
  .map((line) => line.split(',').filter((_, i) => i !== 1))
writeFileSync(place.at('people.csv'), `${people.map((row) => row.join(',')).join('\n')}\n`)
const plain = 'private train people.csv --label income --out model.onnx --epochs 15'
const bounds =
  '--bounds age=0:100 --bounds education_num=0:16 --bounds capital_gain=0:20000 --bounds capital_loss=0:4000 --bounds hours_per_week=0:100'
const all = `${plain} --epsilon 2 --delta 1e-5 --classes <=50K,>50K ${bounds}`

describe('frostglass private train', () => {
  it('learns within its budget, pays first, and says in the model what it spent', async () => {
    await works(place, 'ledger create people.ledger --dataset people --epsilon 3 --delta 2e-5')
    const found = await json(place, `${all} --ledger people.ledger --clip 0.5 --clipping automatic`)
    const { spent, left } = found as { spent: Record<string, number>; left: Record<string, number> }
    expect(spent['epsilon']).toBeLessThanOrEqual(2)
    expect(spent['epsilon']).toBeGreaterThan(1.99)
    expect(left['epsilon']).toBeCloseTo(3 - spent['epsilon']!, 6)
    const { graph, metadata } = readOnnx(readFileSync(place.at('model.onnx')))
    expect(readModelCard(metadata, 'model.onnx').private).toEqual({
      ...spent,
      clip: 0.5,
      clipping: 'automatic',
      unit: 'row',
    })
    expect(graph.inputs[0]?.shape.at(-1)).toBe(5)
    await works(place, 'predict model.onnx people.csv --out answers.csv')
    const answers = readFileSync(place.at('answers.csv'), 'utf8').trim().split('\n').slice(1)
    const right = answers.filter((line, i) => line.split(',')[0] === people[i + 1]?.at(-1)).length
    // Always the larger class would be right in 76% of them.
    expect(right / answers.length).toBeGreaterThan(0.77)
    await refused(place, `${all} --ledger people.ledger --force --out second.onnx`, 3, [
      /people.ledger|budget/,
    ])
    expect(existsSync(place.at('second.onnx'))).toBe(false)
    expect(((await json(place, 'ledger show people.ledger')) as { entries: number }).entries).toBe(1)
  })

  it('says what it does not protect', async () => {
    const { err } = await works(place, `${all.replace('1e-5', '1e-3')} --out loud.onnx`)
    expect(err).toMatch(/one over the number of rows or more/)
    expect(err).toMatch(/without a ledger/)
  })

  it('refuses what it cannot keep a promise about', async () => {
    const out = '--out none.onnx'
    await refused(place, `${plain} ${out} --epsilon 2`, 2, [/'--delta <number>' not specified/])
    await refused(place, `${plain} ${out} --delta 1e-5`, 2, [/'--epsilon <number>' not specified/])
    // What other training decides by looking at the rows, it has no option for.
    for (const looking of ['--missing mean', '--task class', '--folds 5'])
      await refused(place, `${all} ${out} ${looking}`, 2, [
        new RegExp(`unknown option '${looking.split(' ')[0]}'`),
      ])
    await refused(place, `${all} ${out} --ledger none.ledger`, 2, [/there is no ledger/])
    expect(existsSync(place.at('none.onnx'))).toBe(false)
  })

  it('has options of its own, which other training has not, and defaults of its own in its help', async () => {
    const other = plain.replace('private train', 'train')
    for (const own of [
      '--epsilon 2',
      '--delta 1e-5',
      '--clip 1',
      '--schema none.json',
      '--categories sex=f,m',
    ])
      await refused(place, `${other} --out none.onnx ${own}`, 2, [
        new RegExp(`unknown option '${own.split(' ')[0]}'`),
      ])
    const help = async (command: string) =>
      (await works(place, `${command} --help`)).out.replaceAll(/\s+/g, ' ')
    expect(await help('train')).toMatch(/--learning-rate .*default: 0\.1\).*default: 10\).*default: 500\)/)
    expect(await help('private train')).toMatch(
      /--clip .*default: 1\).*--learning-rate .*default: 0\.02\).*default: 256\).*default: 20\)/,
    )
  })

  it('refuses what is not stated before it looks at the table', async () => {
    // There is no such table, and nobody notices.
    const start = 'private train none.csv --label sick --out none.onnx --epsilon 1 --delta 1e-5'
    await refused(place, start, 2, [/nothing is stated about sick.*\n.*--classes yes,no/])
    await refused(place, `${start} --classes yes`, 2, [/one class only/])
    await refused(place, `${start} --classes yes,no`, 2, [/from columns that are stated.*\n.*--categories/])
    await refused(place, `${start} --classes yes,no --bounds age=0:100 --columns age,town`, 2, [
      /nothing is stated about town/,
    ])
    await refused(place, `${start} --classes yes,no --bounds age=0:100 --categories Age=a,b`, 2, [
      /Age is stated twice/,
    ])
    await refused(place, `${start} --classes yes,no --categories town=A,A`, 2, [/columns.0.values.*twice/])
    writeFileSync(place.at('wrong.json'), '{"columns":[{"name":"age","kind":"number","bounds":[9,1]}]}')
    await refused(place, `${start} --classes yes,no --schema wrong.json`, 2, [
      /wrong.json at columns.0.bounds: bounds are a lower and an upper end/,
    ])
    await refused(place, `${start} --classes yes,no --bounds age=0:100`, 2, [
      /none.csv: there is no such file/,
    ])
    await refused(place, `${all} --out none.onnx --bounds incomes=0:1`, 2, [/no column incomes.*\n.*income/])
  })

  it('learns texts and numbers by a schema file, in the order that it states', async () => {
    const towns = ['A', 'B', 'C']
    const rows = Array.from({ length: 300 }, (_, i) => `${towns[i % 3]},${i % 7},${(i % 3) * 10 + (i % 7)}`)
    writeFileSync(place.at('towns.csv'), `town,rooms,rent\n${rows.join('\n')}\n`)
    const columns = [
      { name: 'rent', kind: 'number', bounds: [0, 40] },
      { name: 'rooms', kind: 'number', bounds: [0, 10], missing: 1 },
      { name: 'town', kind: 'category', values: ['C', 'A', 'B', 'D'] },
    ]
    writeFileSync(place.at('towns.schema.json'), JSON.stringify({ columns }))
    await works(
      place,
      'private train towns.csv --label rent --schema towns.schema.json --out rent.onnx --epsilon 100 --delta 1e-3 --batch 300 --epochs 80 --learning-rate 0.05 --hidden 16',
    )
    const { graph, metadata } = readOnnx(readFileSync(place.at('rent.onnx')))
    const { private: spent, ...card } = readModelCard(metadata, 'rent.onnx')
    expect(spent?.unit).toBe('row')
    expect(card).toEqual({
      version: 1,
      columns: [
        { name: 'rooms', kind: 'numeric', integer: false, fill: 1 },
        { name: 'town', kind: 'categorical', categories: ['C', 'A', 'B', 'D'] },
      ],
      label: { name: 'rent', task: 'number' },
    })
    expect(graph.inputs[0]?.shape.at(-1)).toBe(5)
    writeFileSync(place.at('new.csv'), 'town,rooms\nA,3\nC,3\nC,10\nC,10000\nD,\n')
    await works(place, 'predict rent.onnx new.csv --missing mean --out rents.csv')
    const [, a, c, high, beyond] = place.cells('rents.csv').map(([cell]) => Number(cell)) as number[]
    expect(c! - a!).toBeGreaterThan(8)
    // The model holds its inputs to the bounds, as training did.
    expect(beyond).toBe(high)
  })

  it('takes a schema that was drafted from public rows, and says when they are its own', async () => {
    const { out, err } = await works(place, 'schema draft people.csv --ignore capital_loss --out draft.json')
    expect(out).toMatch(/wrote draft.json \(5 columns\)/)
    expect(err).toMatch(/tells of the rows of people.csv/)
    const { columns } = JSON.parse(place.read('draft.json'))
    expect(columns[0]).toEqual({ name: 'age', kind: 'number', bounds: [17, 90], whole: true })
    expect(columns[4]).toEqual({ name: 'income', kind: 'category', values: ['<=50K', '>50K'] })
    const train = '--label income --schema draft.json --epsilon 2 --delta 1e-5 --epochs 1 --batch 2000'
    const own = await works(place, `private train people.csv ${train} --out own.onnx`)
    expect(own.err).toMatch(/drafted from people.csv: if that is this very table/)
    writeFileSync(place.at('others.csv'), place.read('people.csv'))
    const other = await works(place, `private train others.csv ${train} --out other.onnx`)
    expect(other.err).not.toMatch(/drafted from/)
  })

  it('reads a CSV by the separator that is said, and a draft by all that is said of a table', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${i};1,5;${i > 30 ? 'yes' : 'no'}`)
    writeFileSync(
      place.at('semicolons.csv'),
      `# a comment, with commas\nage;weight;sick\n${rows.join('\n')}\n`,
    )
    await works(
      place,
      'schema draft semicolons.csv --delimiter ; --decimal-comma --comment # --ignore weight --out semicolons.json',
    )
    expect(JSON.parse(place.read('semicolons.json')).columns).toEqual([
      { name: 'age', kind: 'number', bounds: [0, 59], whole: true },
      { name: 'sick', kind: 'category', values: ['no', 'yes'] },
    ])
    writeFileSync(place.at('odd.csv'), `age,or,so;weight;sick\n${rows.join('\n')}\n`)
    const train =
      'private train odd.csv --label sick --classes no,yes --columns weight --categories weight=1,5 --epsilon 4 --delta 1e-3 --epochs 1 --batch 60'
    await refused(place, `${train} --out none.onnx`, 2, [/no column/])
    await refused(place, `${train} --delimiter ab --out none.onnx`, 2, [/Name one character of ASCII/])
    await works(place, `${train} --delimiter ; --out odd.onnx`)
  })

  it('protects people with several rows, which it is told of', async () => {
    const visits = Array.from({ length: 240 }, (_, i) => `${i % 60},p${i % 40},${i % 60 > 30 ? 'yes' : 'no'}`)
    writeFileSync(place.at('visits.csv'), `age,person,sick\n${visits.join('\n')}\n31,,no\n`)
    const train =
      'private train visits.csv --label sick --classes no,yes --bounds age=0:60 --epsilon 4 --delta 1e-3 --epochs 1 --batch 40'
    const unit = '--privacy-unit person --rows-per-unit 3'
    const { out } = await works(place, `${train} --out person.onnx ${unit}`)
    // Forty people in one step, not 241 rows.
    expect(out).toMatch(/protects all rows of one person\); noise .* 1 step at a sampling rate of 1/)
    const { metadata } = readOnnx(readFileSync(place.at('person.onnx')))
    expect(readModelCard(metadata, 'person.onnx').private).toMatchObject({ unit: 'person', rowsPerUnit: 3 })
    const refusing = `${train} --out none.onnx`
    await refused(place, `${refusing} --rows-per-unit 3`, 2, [/nothing says whose each row is/])
    await refused(place, `${refusing} --privacy-unit age`, 2, [/cannot be learned from as well/])
    await refused(place, `${refusing} --privacy-unit whose`, 2, [/no column whose/])
    await refused(place, `${refusing} --privacy-unit sick --label age --bounds sick=0:1`, 2, [/stated twice/])
    await refused(place, `train visits.csv --label sick --out none.onnx --privacy-unit person`, 2, [
      /unknown option '--privacy-unit'/,
    ])
  })
})
