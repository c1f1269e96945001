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
    'encrypt keygen --for small.onnx --packing latency --out own.key --public own.keys --unsealed',
  )
  expect(out).toContain('not sealed')
  expect(await json(place, 'encrypt inspect own.keys')).toMatchObject({ kind: 'keys', packing: 'latency' })
})

it.each<[string, RegExp]>([
  ['keygen --for empty --out new.key --public new.keys', /not an ONNX model/],
  ['keygen --for none.onnx --out new.key --public new.keys', /none\.onnx/],
  ['inspect empty', /no encrypted data of ours/],
  ['train wheat.csv --label variety --out model.onnx', /wheat\.csv/],
])('refuses %s', async (args, words) => {
  await refused(place, `encrypt ${args}`, 2, [words])
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
  expect(again.out).toMatch(/after about [\d,]+ images an asker can compute this network/)
  expect(again.out).toMatch(/now: \d+\.\d% of 400 images .* right, in the plain/)
})
