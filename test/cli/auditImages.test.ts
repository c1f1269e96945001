// frostglass audit of bundles of images, as a user runs it.

import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { putBars } from './bars.ts'
import { ended, refused, working, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const audit = 'audit bundle --original colored:bars --out'
/** One attack that takes a second decides; the others are run all the same. */
const lenient = {
  format: 'frostglass-policy',
  version: 1,
  name: 'anything goes',
  rules: [{ name: 'all', against: 'recnet', metric: 'ssim', most: 0.99 }],
}

beforeAll(async () => {
  putBars(place, 'bars')
  const data = '--data colored:bars --epochs 4'
  await works(place, `obfuscate classifier ${data} --architecture infnet-mlp --out classifier.onnx`)
  await works(
    place,
    `obfuscate train --classifier classifier.onnx ${data} --kind mlp --bottleneck 32 --seed 1 --out pane.onnx`,
  )
  await works(place, 'obfuscate protect --data colored:bars --pane pane.onnx --limit 60 --out bundle')
  put('lenient.json', JSON.stringify(lenient))
})

describe('refused, with nothing written', () => {
  it.each<[string, string, RegExp]>([
    [
      'other images',
      'audit bundle --original colored:bars --split train --out x.html',
      /sample 1 is not image 1 of/,
    ],
    [
      'images of another shape',
      'audit bundle --original digits --out x.html',
      /takes images of 3×12×12, but these are of 1×28×28/,
    ],
    [
      'images of another shape, by name',
      'audit images bundle --original digits --out x.html',
      /takes images of 3×12×12, but these are of 1×28×28/,
    ],
    [
      'a table as images',
      'audit images lenient.json --original digits --out x.html',
      /is no bundle of images.*\n.*audit table/,
    ],
    [
      'a bundle as a table',
      'audit table bundle --original lenient.json --key lenient.json --out x.html',
      /is a bundle of images.*\n.*audit images/,
    ],
    ['no such images', 'audit bundle --original nowhere --out x.html', /no images 'nowhere'/],
    [
      'a damaged bundle',
      'audit cut --original colored:bars --out x.html',
      /images\.npy.* bytes, the manifest says/,
    ],
    ['no such training images', `${audit} x.html --training nowhere`, /no images 'nowhere'/],
    [
      'a table without a key',
      'audit lenient.json --original lenient.json --out x.html',
      /--key is not given/,
    ],
    ['another ending', `${audit} x.pdf`, /x\.pdf does not end in \.html/],
    [
      'a policy on an attack of tables',
      `${audit} x.html --policy tables.json`,
      /'linear-inversion' is none of/,
    ],
  ])('%s', async (_, args, words) => {
    if (!place.has('cut')) {
      cpSync(place.at('bundle'), place.at('cut'), { recursive: true })
      writeFileSync(place.at('cut/images.npy'), readFileSync(place.at('bundle/images.npy')).subarray(0, -400))
      put(
        'tables.json',
        JSON.stringify({ ...lenient, rules: [{ ...lenient.rules[0], against: 'linear-inversion' }] }),
      )
    }
    await refused(place, args, 2, [words])
  })

  it('Ctrl-C, with 130', async () => {
    const before = place.listing()
    const child = place.start(`${audit} long.html --training colored:bars --effort full`.split(' '))
    const done = ended(child)
    await working(child, 2.5)
    child.kill('SIGINT')
    const { code, signal, out } = await done
    // A machine so slow that the program had not yet begun ends it by the signal itself.
    expect([130, 'SIGINT']).toContain(code ?? signal)
    expect(out).toBe('')
    expect(place.listing()).toEqual(before)
  })
})
