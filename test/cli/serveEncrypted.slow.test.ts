// `frostglass serve --encrypted` as a process: it tells its plans, answers ciphertexts, and ends at Ctrl-C.
import { mkdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { connectEncrypted } from '../../src/edge/encrypted.ts'
import { answerPlainly, writePolynomialNetwork } from '../../src/encrypt/index.ts'
import { images, smallNetwork } from '../encryptedNetworks.ts'
import { identityModel } from '../servedModels.ts'
import { serving, workplace, works } from './harness.ts'

const place = workplace()
const network = smallNetwork()
writeFileSync(place.at('small.onnx'), writePolynomialNetwork({ network, classes: ['a', 'b', 'c'] }))
writeFileSync(place.at('same.onnx'), identityModel('float32'))

const start = (args: string) => serving(place, args)

describe('frostglass serve --encrypted', () => {
  it('answers encrypted images beside other models, shows a page, and ends with 0 at Ctrl-C', async () => {
    const { child, end, url } = await start(
      '--encrypted tiny=small.onnx --model same.onnx --verbose --keys 3 --images-per-key 300 --images-in-all 3000',
    )
    const client = await connectEncrypted(url, 'tiny')
    expect(client.card.classes).toEqual(['a', 'b', 'c'])
    const pictures = images(2, 6)
    const { answers } = await client.ask(pictures)
    answers.forOwner().exact.forEach((own, i) => {
      // Weights of the file are float32.
      const plainly = answerPlainly(network, pictures[i]!).answers
      own.forEach((v, o) => {
        expect(Math.abs(v - plainly[o]!)).toBeLessThan(0.01)
      })
    })
    client.close()
    expect(await (await fetch(`${url}/v2/models/same`)).json()).toMatchObject({ name: 'same' })
    expect(await (await fetch(`${url}/`)).text()).toContain(
      '<title>Frostglass: answered without being seen</title>',
    )
    expect(await (await fetch(`${url}/models`)).text()).toContain('One model')
    child.kill('SIGINT')
    const { code, out, err } = await end
    expect(code).toBe(0)
    expect(out).toContain(`the page of encrypted inference is at ${url}/\n`)
    expect(out).toContain(`${url}/v2/encrypted/models/tiny  encrypted, images of 1×6×6, 3 classes`)
    expect(out).toMatch(/CKKS, degree 8192, .*128 bits of security/)
    expect(out).toMatch(/8,192 images at once/)
    expect(out).toMatch(
      /answers to 5 images can tell all of its weights, fewer a share of them: a key is answered 300, all keys together 3,000\n/,
    )
    expect(out).toMatch(/who draws a second key begins anew: .* and not before all weights can be told\n/)
    expect(out).toContain('keys of at most 3 clients are held, 2,048 MB in all')
    expect(err).toMatch(/^GET \/v2\/encrypted\/models\/tiny 200 /)
    expect(err).toMatch(/\nPOST \/v2\/encrypted\/models\/tiny\/infer 200 .*\n/)
  })

  it('at the end of a key’s count keeps what was answered, and says of how many', async () => {
    const { child, end, url } = await start(
      '--encrypted small.onnx --images-per-key 100 --images-in-all 1000',
    )
    mkdirSync(place.at('pictures'))
    for (let i = 0; i < 20; i++)
      writeFileSync(
        place.at(`pictures/${String(i).padStart(2, '0')}.pgm`),
        Buffer.concat([Buffer.from('P5\n6 6\n255\n'), Buffer.alloc(36, 12 * i)]),
      )
    await works(place, 'encrypt keys --for small.onnx --out own.key --public own.keys --unsealed')
    const { code, out, err } = await place.run(
      `encrypt ask ${url}/v2/encrypted/models/small --key own.key --keys own.keys --data pictures --split all --limit 20 --out some.csv`,
    )
    expect(code).toBe(2)
    expect(err).toMatch(
      /answers 429: this key has been answered \d+ of at most 100 .*: some.csv has 12 of 20/,
    )
    expect(out).toMatch(/^12 images: /)
    expect(place.cells('some.csv').map((row) => row[0])).toEqual([
      'file',
      ...Array.from({ length: 12 }, (_, i) => `${String(i).padStart(2, '0')}.pgm`),
    ])
    child.kill('SIGINT')
    expect((await end).code).toBe(0)
  })
})
