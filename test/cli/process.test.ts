// Commands as processes of their own, as users run them: bin/frostglass.js finds them, and the process ends by itself.
// Those that are not here are started elsewhere: key, protect, train and audit in outputs and audit, ledger in ledger, obfuscate
// in obfuscate, serve in serve, reproduce in reproduce; encrypt and demo at length in slow tests.

import { writeFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { writePolynomialNetwork } from '../../src/encrypt/index.ts'
import { smallNetwork } from '../encryptedNetworks.ts'
import { csv, wheat, workplace, works } from './harness.ts'

const place = workplace()
beforeAll(async () => {
  writeFileSync(place.at('wheat.csv'), csv(wheat))
  writeFileSync(
    place.at('small.onnx'),
    writePolynomialNetwork({ network: smallNetwork(), classes: ['a', 'b', 'c'] }),
  )
  await works(place, 'key create wheat.csv --label variety --unsealed --audit off --out k.key')
  await works(place, 'protect wheat.csv --key k.key --out p.csv')
  await works(place, 'train p.csv --label label --folds 0 --epochs 2 --out m.onnx')
})

it.each<[string, RegExp]>([
  ['encode wheat.csv --key k.key --out e.csv', /wrote e\.csv \(210 rows/],
  ['predict m.onnx e.csv --out a.csv', /a\.csv/],
  ['decode a.csv --key k.key --out labels.csv', /wrote labels\.csv \(210 rows/],
  ['restore p.csv --key k.key --out back.csv', /wrote back\.csv \(210 rows/],
  ['ledger create wheat.ledger --dataset wheat --epsilon 1 --delta 1e-6', /wheat/],
  ['encrypt show small.onnx', /128 bits|a, b, c|1.6.6/],
])('frostglass %s', async (args, words) => {
  expect((await works(place, args, { apart: true })).out).toMatch(words)
})

it('frostglass query', async () => {
  const words = ['query', 'wheat.csv', 'SELECT COUNT(*) FROM data', '--epsilon', '0.5', '--json']
  const { out } = await works(place, words, { apart: true })
  expect(JSON.parse(out)).toMatchObject({ epsilon: 0.5 })
})
