import { writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { csv, json, refused, wheat, wheatWith, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const withoutLabel = csv(wheat.map((line) => line.split(',').slice(0, 7).join(',')))

beforeAll(async () => {
  put('wheat.csv', csv(wheat))
  await works(place, 'key create wheat.csv --label variety --unsealed --audit off --out k.key')
})

const create = 'key create TABLE --label variety --unsealed --out new.key'
const protect = 'protect TABLE --key k.key --out x.csv'
const encode = 'encode TABLE --key k.key --out x.csv'

describe.each<[string, string, string, readonly string[], RegExp]>([
  ['an empty file', 'empty.csv', '', [create, protect, encode], /empty.csv is empty/],
  [
    'a header only',
    'header.csv',
    csv(wheat.slice(0, 1)),
    [create, protect, encode],
    /header.csv has no rows/,
  ],
  [
    'text in a column of numbers',
    'text.csv',
    wheatWith(5, 0, 'wide'),
    [create, protect],
    /text.csv, row 5, column area: expected a number.*found "wide"/,
  ],
  [
    'NaN',
    'nan.csv',
    wheatWith(5, 2, 'NaN'),
    [create, protect],
    /row 5, column compactness: the value is missing \(found "NaN"\)\n.*--missing mean, median or drop/,
  ],
  [
    'an infinity',
    'inf.csv',
    wheatWith(5, 2, '-inf'),
    [create, encode],
    /row 5, column compactness: the number is infinite \(found "-inf"\)/,
  ],
  [
    'a number beyond float64',
    'huge.csv',
    wheatWith(5, 2, '1e400'),
    [protect],
    /the number is infinite \(found "1e400"\)/,
  ],
  [
    'a missing value',
    'missing.csv',
    wheatWith(5, 2, ''),
    [create, protect],
    /row 5, column compactness: the value is missing \(found nothing\)/,
  ],
  [
    'a missing label',
    'unlabelled.csv',
    wheatWith(5, 7, ''),
    [protect],
    /row 5, column variety: .*missing.*\n.*a label cannot be made up/,
  ],
  [
    'an unseen class',
    'wild.csv',
    wheatWith(5, 7, 'Wild'),
    [protect],
    /row 5, column variety: "Wild" is none of the 3 known classes/,
  ],
  [
    'a column missing',
    'narrow.csv',
    csv(wheat.map((line) => line.split(',').slice(1).join(','))),
    [protect, encode],
    /narrow.csv has no column area/,
  ],
  [
    'a column renamed',
    'renamed.csv',
    csv(wheat).replace('perimeter', 'perimetre'),
    [protect],
    /has no column perimeter\n {2}Rename perimetre, if that is meant/,
  ],
  [
    'a row cut short',
    'short.csv',
    csv(wheat.map((line, r) => (r === 5 ? '1,2' : line))),
    [protect],
    /short.csv, line 6: expected 8 cells as in the first line, found 2/,
  ],
  [
    'two columns of one name',
    'twice.csv',
    csv(wheat).replace('perimeter', 'area'),
    [create],
    /columns 1 and 2 are both named area/,
  ],
])('%s', (_, name, text, commands, words) => {
  it.each(commands)('is refused by %s', async (command) => {
    put(name, text)
    await refused(place, command.replace('TABLE', name), 2, [words])
  })
})

it('refuses a folder, a file that is not there, and a table of no known kind', async () => {
  await refused(place, protect.replace('TABLE', '.'), 2, [/\. is a folder, expected a table file/])
  await refused(place, protect.replace('TABLE', 'none.csv'), 2, [/none.csv: there is no such file/])
  await refused(place, 'restore none.csv --key k.key --out x.csv', 2, [/none.csv: there is no such file/])
  await refused(place, protect.replace('TABLE', 'k.key'), 2, [/cannot tell the kind of table from the name/])
  await refused(place, 'key create wheat.csv --label kind --unsealed --out new.key', 2, [
    /wheat.csv has no column kind/,
  ])
})

it.each(['mean', 'median', 'drop'] as const)('fills or drops missing values by --missing %s', async (how) => {
  put('gaps.csv', wheatWith(5, 2, ''))
  await works(
    place,
    `key create gaps.csv --label variety --missing ${how} --unsealed --audit off --out ${how}.key`,
  )
  const { rows, warnings } = await json(
    place,
    `protect gaps.csv --key ${how}.key --missing ${how} --out ${how}.csv`,
  )
  expect({ rows, warnings }).toEqual({
    rows: how === 'drop' ? 209 : 210,
    warnings:
      how === 'drop'
        ? ['gaps.csv: 1 of 210 rows left out for missing cells, namely row 5 (compactness)']
        : [],
  })
  await works(place, `restore ${how}.csv --key ${how}.key --out ${how}-back.csv`)
  const values = wheat.slice(1).map((line) => Number(line.split(',')[2]))
  const others = values.filter((_, r) => r !== 4).sort((a, b) => a - b)
  const filled = { mean: others.reduce((a, b) => a + b) / 209, median: others[104]!, drop: values[5]! }
  expect(Number(place.cells(`${how}-back.csv`)[5]![2])).toBeCloseTo(filled[how], 9)
})

it('takes one row, and columns that never change', async () => {
  put('one.csv', csv(wheat.slice(0, 2)))
  const { warnings, constantColumns } = await json(
    place,
    'key create one.csv --label variety --unsealed --out one.key',
  )
  expect(constantColumns).toBe(7)
  expect(warnings.join('\n')).toContain("column 'area' has one value only")
  expect((await works(place, 'protect one.csv --key one.key --out one-p.csv')).out).toContain('(1 row, key ')
  await works(place, 'restore one-p.csv --key one.key --out one-b.csv')
  expect(place.read('one-b.csv')).toBe(csv(wheat.slice(0, 2)))
  await refused(place, 'train one.csv --label variety --out m.onnx', 2, [
    /one.csv has 1 rows, too few to learn from/,
  ])
})

it('warns of values beyond the range of the key, and ignores the label of a query', async () => {
  put('far.csv', wheatWith(5, 0, '99'))
  const { err, out } = await place.run('encode far.csv --key k.key --out far-e.csv')
  expect(err).toContain("warning column 'area': 1 value outside the range that the key was made from")
  expect(out).toContain('wrote far-e.csv (210 rows')
  put('asked.csv', wheatWith(5, 7, ''))
  put('queries.csv', withoutLabel)
  await works(place, 'encode asked.csv --key k.key --out a.csv')
  await works(place, 'encode queries.csv --key k.key --out b.csv')
  expect(place.read('a.csv')).toBe(place.read('b.csv'))
})

it('refuses a category that the key has not seen', async () => {
  put('colours.csv', 'size,colour,price\n1,red,2.5\n2,green,3\n3,blue,1\n4,red,2\n')
  put('purple.csv', 'size,colour\n1,red\n2,purple\n')
  await works(place, 'key create colours.csv --label price --unsealed --out colours.key')
  await refused(place, 'encode purple.csv --key colours.key --out x.csv', 2, [
    /purple.csv, row 2, column colour: "purple" is none of the 3 known categories/,
  ])
})

it('names up to twenty bad cells at once, by row and column', async () => {
  const bad = wheatWith(5, 2, '').split('\n')
  bad[7] = bad[7]!.replace(/^[^,]+,[^,]+,/, 'wide,-inf,')
  put('bad.csv', bad.join('\n'))
  await refused(place, protect.replace('TABLE', 'bad.csv'), 2, [
    /bad.csv, row 5, column compactness: the value is missing \(found nothing\); these cannot be used either: row 7, column area \("wide"\), row 7, column perimeter \("-inf"\)\n/,
  ])
  put('worse.csv', csv(wheat.map((line, r) => (r === 0 ? line : line.replace(/^[^,]+/, 'no')))))
  const err = await refused(place, protect.replace('TABLE', 'worse.csv'), 2, [/, and perhaps others\n/])
  expect(err.match(/row \d+, column area/g)).toHaveLength(20)
})
