// frostglass obfuscate release: from a code bundle to what a device loads and a service that stays as it is reads.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { imageTensor } from '../../src/data/images/imageSet.ts'
import { openImages } from '../../src/data/index.ts'
import { openEdgeRelease } from '../../src/edge/certified.ts'
import { openCodePane } from '../../src/protect/certified/codePane.ts'
import { openClassifierService } from '../../src/protect/learned/measure.ts'
import { openClassifier } from '../../src/protect/learned/openClassifier.ts'
import { json, refused, workplace, works } from './harness.ts'

const place = workplace()

beforeAll(async () => {
  await works(
    place,
    'obfuscate train --kind code --data digits --hide slant --epochs 5 --batch 64 --learning-rate 0.004 --seed 1 --out bundle',
  )
  await works(place, 'obfuscate classifier --data digits --architecture lenet --epochs 3 --out lenet.onnx')
})

describe('a release of pictures', () => {
  it('is read by the service as the label of the code, for every picture', async () => {
    const made = await json(
      place,
      'obfuscate release --bundle bundle --form picture --classifier lenet.onnx --data digits --out release',
    )
    expect(made).toMatchObject({ form: 'picture', releases: 10 })
    expect(made.read.map(({ label }: { label: number }) => label)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const device = await openEdgeRelease(pathToFileURL(place.at('release')), { sha256: made.sha256 })
    expect(device.certificates).toMatchObject([{ attribute: 'slant' }])
    expect(device.manifest.dictionary).toMatchObject({ kind: 'tuned', classifier: { name: 'lenet.onnx' } })
    const pane = await openCodePane(place.at('bundle/pane.onnx'))
    const service = await openClassifierService(await openClassifier(place.at('lenet.onnx')))
    const set = await openImages('digits', { split: 'test', limit: 30 })
    const codes = await pane.release(imageTensor(set))
    for (const [i, code] of codes.entries()) {
      const sent = await device.release(set.pixels.subarray(784 * i, 784 * i + 784))
      expect(sent.output).toBe(code)
      const answer = await service.answer({
        dtype: 'float32',
        shape: [1, 1, 28, 28],
        data: sent.values as Float32Array,
      })
      expect(answer.indexOf(Math.max(...answer))).toBe(pane.card.labelOf[code])
    }
    await service.close()
    await pane.close()
    await device.close()
  })

  it('of one training picture each is made where the pictures are said to be public', async () => {
    const command =
      'obfuscate release --bundle bundle --form picture --classifier lenet.onnx --data digits --dictionary checked-medoid'
    await refused(place, `${command} --out medoids`, 2, ['not said that these are public'])
    expect(existsSync(place.at('medoids'))).toBe(false)
    await works(place, `${command} --public --out medoids`)
    const { dictionary } = JSON.parse(place.read('medoids/release.json'))
    expect(dictionary.kind).toBe('checked-medoid')
  })
})

describe('a release of codes', () => {
  it('replaces a release with --force, and nothing else', async () => {
    const command = 'obfuscate release --bundle bundle --form one-hot'
    await works(place, `${command} --out hot`)
    await refused(place, `${command} --out hot`, 2, ['exists already'])
    await works(place, `${command} --out hot --force`)
    await refused(place, `${command} --out bundle --force`, 2, ['bundle'])
    const device = await openEdgeRelease(pathToFileURL(place.at('hot')))
    expect((await device.release(new Uint8Array(784))).shape).toEqual([1, 10])
    await device.close()
  })

  it('is of a bundle that is whole, and asks for what pictures need', async () => {
    await refused(place, 'obfuscate release --bundle bundle --form picture --data digits --out x', 2, [
      'a dictionary is checked on a classifier, and none is given',
    ])
    await refused(
      place,
      'obfuscate release --bundle bundle --form picture --classifier lenet.onnx --out x',
      2,
      ['pictures of codes are made of pictures'],
    )
    const pane = readFileSync(place.at('bundle/pane.onnx'))
    writeFileSync(place.at('bundle/pane.onnx'), Buffer.concat([pane, Buffer.of(0)]))
    await refused(place, 'obfuscate release --bundle bundle --out x', 2, ['pane.onnx', 'checksum'])
    expect(existsSync(place.at('x'))).toBe(false)
    writeFileSync(place.at('bundle/pane.onnx'), pane)
  })
})

describe('audit of what devices load', () => {
  it('reads off the release that it sends certified codes alone, and refuses one that was changed', async () => {
    await works(place, 'obfuscate release --bundle bundle --form one-hot --out warm')
    const audit = (release: string) =>
      `audit bundle --original digits --release ${release} --out audit.html --force`
    const report = await json(place, audit('warm'))
    expect(report.checks[0]).toMatchObject({ name: 'release', held: true })
    // Hashes are mended: what it says of itself, and to whoever uses the device, must be the bundle's all the same.
    const manifest = JSON.parse(place.read('warm/release.json'))
    const certificate = place.read('warm/certificate.json').replace(/"upper": 0\.\d+/, '"upper": 0.01')
    const sha256 = createHash('sha256').update(certificate).digest('hex')
    const parts = manifest.parts.map((part: { file: string }) =>
      part.file === 'certificate.json' ? { ...part, sha256 } : part,
    )
    mkdirSync(place.at('lower'))
    writeFileSync(place.at('lower/release.onnx'), readFileSync(place.at('warm/release.onnx')))
    writeFileSync(place.at('lower/certificate.json'), certificate)
    writeFileSync(place.at('lower/release.json'), JSON.stringify({ ...manifest, parts }))
    await refused(place, audit('lower'), 2, [/is not the bundle's certificate/])
    await refused(place, audit('bundle'), 2, [/release\.json/])
  })
})
