import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { writePolynomialNetwork } from '../../src/encrypt/index.ts'
import { smallNetwork } from '../encryptedNetworks.ts'
import { json, refused, workplace, works } from './harness.ts'

const place = workplace()
const run = (args: string) => place.run(`encrypt ${args}`)
writeFileSync(
  place.at('small.onnx'),
  writePolynomialNetwork({ network: smallNetwork(), classes: ['a', 'b', 'c'] }),
)
writeFileSync(place.at('empty'), '')

it('makes keys, and says what they are for', async () => {
  const { out } = await works(
    place,
    'encrypt keys --for small.onnx --packing latency --out own.key --public own.keys --unsealed',
  )
  expect(out).toContain('not sealed')
  expect(await json(place, 'encrypt show own.keys')).toMatchObject({ kind: 'keys', packing: 'latency' })
})

it.each<[string, RegExp]>([
  ['keys --for empty --out new.key --public new.keys', /not an ONNX model/],
  ['keys --for none.onnx --out new.key --public new.keys', /none\.onnx/],
  ['show empty', /no encrypted data of ours/],
  ['train wheat.csv --label variety --out model.onnx', /wheat\.csv/],
])('refuses %s', async (args, words) => {
  await refused(place, `encrypt ${args}`, 2, [words])
})

/** 40 rows of some columns and a label. */
const table = (
  name: string,
  cells: (row: number) => string,
  label = (row: number) => ['no', 'yes'][row % 2],
) => {
  const rows = Array.from({ length: 40 }, (_, row) => `${cells(row)},${label(row)}`)
  const width = cells(0).split(',').length
  const head = Array.from({ length: width }, (_, f) => `a${f}`)
  writeFileSync(place.at(name), [`${head},ill`, ...rows].join('\n'))
}
table('one.csv', (row) => `${Math.sin(row)}`)
table('constant.csv', () => '5,7')
table('missing.csv', (row) => (row === 3 ? 'NaN,1' : `${row},1`))
table('outlier.csv', (row) => `${row},${row === 0 ? 1e100 : Math.sin(row)}`)
table('enormous.csv', (row) => `${row},${Math.sin(row)}e300`)
table(
  'alike.csv',
  (row) => `${row}`,
  () => 'yes',
)
table(
  'numbers.csv',
  (row) => `${row % 7}`,
  (row) => ['-3', '7'][row % 2],
)
table(
  'wide.csv',
  (row) => `${new Array(30).fill(Math.sin(row))}`,
  (row) => (Math.sin(row) > 0 ? 'yes' : 'no'),
)

it.each<[string, RegExp]>([
  ['three.csv --out m.onnx', /three\.csv/],
  ['missing.csv --out m.onnx', /row 4, column a0: the value is missing/],
  ['enormous.csv --out m.onnx', /a column has numbers too large to be standardised/],
  ['alike.csv --out m.onnx', /all rows have the label 'yes'/],
  ['one.csv --levels 7 --out m.onnx', /7 levels are no whole steps: a step of logistic regression takes 4/],
  ['one.csv --levels 8 --model network --plan', /8 levels are no whole steps: a step of a network takes 5/],
  ['one.csv --levels 8 --encrypt-rows --plan', /encrypted rows serve one step between refreshes/],
  ['one.csv --levels 64 --plan', /64 levels of 30 bits need a modulus of \d+ bits/],
  ['one.csv --levels 12 --plan', /keys would have 0\.7 GB, and WebAssembly’s memory has room to make 0\.5/],
  ['wide.csv --levels 12 --plan', /GB of WebAssembly’s memory/],
  ['one.csv --model network --encrypt-rows --plan', /a network learns from rows in the plain only/],
  [
    'wide.csv --learning-rate 1 --plan',
    /z reaches \S+ at step \d+, and .* holds to 8; weights reach \S+, and 128/,
  ],
  [
    'wide.csv --learning-rate 1 --encrypt-rows --plan',
    /weights reach \S+[\s\S]* a rate of 0\.\d+, which holds/,
  ],
  ['wide.csv --model network --learning-rate 9 --plan', /a hidden unit reaches \S+ at step \d+/],
])('refuses before there are keys: train %s', async (args, words) => {
  await refused(place, `encrypt train --label ill ${args}`, 2, [words])
})

it.each<[string, RegExp]>([
  ['one.csv', /learning rate 1, the largest of halvings that holds/],
  ['one.csv --levels 8', /8 levels: 4 a step, 2 steps between refreshes[\s\S]*20 steps with 10 round trips/],
  ['one.csv --model network --levels 10', /10 levels: 5 a step, 2 steps between refreshes/],
  ['constant.csv --encrypt-rows', /learning rate 1/],
  ['outlier.csv', /learning rate 1/],
  ['numbers.csv --class 7', /learning rate/],
  ['wide.csv', /learning rate 0\.\d+, the largest of halvings that holds: \|z\| up to [0-7]\.\d/],
  ['wide.csv --model network', /learning rate 0\.\d+, the largest of halvings that holds: hidden units/],
  ['wide.csv --learning-rate 0.001', /learning rate 0\.001, as given/],
])('plans train %s', async (args, words) => {
  const { out } = await works(place, `encrypt train --label ill ${args} --plan`)
  expect(out).toMatch(words)
})

it('trains a network for digits, and makes one of somebody’s', async () => {
  const trained = await run('model --data digits --limit 400 --epochs 3 --no-shift --out own.onnx --json')
  expect(trained.code).toBe(0)
  const { accuracy, card, why, determined } = JSON.parse(trained.out)
  expect(accuracy).toBeGreaterThan(0.5)
  expect(card.throughput.moduli).toBe(3)
  expect(why).toEqual({ latency: null, throughput: null })
  expect(determined).toBeGreaterThan(100)
  // Its own file is somebody's network as well: nothing is to be replaced, and training goes on.
  const again = await run('model own.onnx --data digits --limit 400 --epochs 2 --no-shift --out more.onnx')
  expect(again.out).toMatch(/before: \d+\.\d% of 400 images/)
  expect(again.out).toMatch(/answers to [\d,]+ images? can tell all of its weights/)
  expect(again.out).toMatch(/now: \d+\.\d% of 400 images .* right, in the plain/)
})
