// `frostglass serve --encrypted`: what it tells as a process, and what it refuses.
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { writePolynomialNetwork } from '../../src/encrypt/index.ts'
import { smallNetwork } from '../encryptedNetworks.ts'
import { identityModel } from '../servedModels.ts'
import { refused, serving, workplace } from './harness.ts'

const place = workplace()
writeFileSync(
  place.at('small.onnx'),
  writePolynomialNetwork({ network: smallNetwork(), classes: ['a', 'b', 'c'] }),
)
writeFileSync(place.at('same.onnx'), identityModel('float32'))
writeFileSync(place.at('text.onnx'), 'not a model')

const start = (args: string) => serving(place, args)

describe('frostglass serve --encrypted', () => {
  it('prints JSON', async () => {
    const { child, end } = await start('--encrypted small.onnx --json')
    child.kill('SIGTERM')
    const { code, out, err } = await end
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out).encrypted).toEqual([
      { name: 'small', input: [1, 6, 6], classes: ['a', 'b', 'c'], latency: true, throughput: true },
    ])
  })

  it.each<[string, RegExp]>([
    ['serve --encrypted none.onnx', /cannot read the model none\.onnx: there is no such file/],
    ['serve --encrypted text.onnx', /text\.onnx/],
    ['serve --encrypted same.onnx', /same\.onnx/],
    ['serve --encrypted small.onnx --encrypted small=small.onnx', /two models are called 'small'/],
    ['serve --encrypted small.onnx --key-memory 5XB', /Expected a size from 1 B to 2 GB/],
    ['serve --encrypted small.onnx --keys 0', /from 1 to 65536/],
  ])('refuses %s', async (args, words) => {
    await refused(place, args, 2, [words])
  })
})
