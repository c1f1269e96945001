// frostglass audit of bundles of images, as a user runs it.

import { createHash } from 'node:crypto'
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { barImages } from '../../src/audit/images/testing.ts'
import { imageReportSchema } from '../../src/audit/index.ts'
import { ended, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const put = (name: string, text: string) => writeFileSync(place.at(name), text)
const audit = 'audit bundle --original colored:bars --out'
/** Small images that are quick to learn, as MNIST's files hold theirs. */
function putBars(folder: string) {
  place.make(folder)
  for (const [name, count] of [
    ['train', 400],
    ['t10k', 60],
  ] as const) {
    const { pixels, labels } = barImages(count, count)
    const header = (magic: number, ...sizes: number[]) =>
      new Uint8Array(Buffer.from(Int32Array.of(magic, ...sizes).buffer).swap32())
    const [images, classes] = [header(2051, count, 12, 12), header(2049, count)]
    writeFileSync(place.at(`${folder}/${name}-images-idx3-ubyte`), Buffer.concat([images, pixels]))
    writeFileSync(
      place.at(`${folder}/${name}-labels-idx1-ubyte`),
      Buffer.concat([classes, Uint8Array.from(labels!.of)]),
    )
  }
}

/** One attack that takes a second decides; the others are run all the same. */
const lenient = {
  format: 'frostglass-policy',
  version: 1,
  name: 'anything goes',
  rules: [{ name: 'all', against: 'recnet', metric: 'ssim', most: 1 }],
}

beforeAll(async () => {
  putBars('bars')
  const data = '--data colored:bars --epochs 4'
  await works(place, `obfuscate classifier ${data} --architecture infnet-mlp --out classifier.onnx`)
  for (const seed of [1, 2]) {
    await works(
      place,
      `obfuscate train --classifier classifier.onnx ${data} --kind mlp --bottleneck 32 --seed ${seed} --out pane${seed}.onnx`,
    )
  }
  const protect = 'obfuscate protect --data colored:bars --pane pane1.onnx'
  await works(place, `${protect} --limit 60 --out bundle`)
  await works(place, `${protect} pane2.onnx --limit 60 --out several`)
  put('lenient.json', JSON.stringify(lenient))
})

describe('an audit of images', () => {
  it('breaks the default policy: exit 3, the report written, the manifest told', async () => {
    const result = await place.run(`${audit} report.html --classifier classifier.onnx`)
    expect(result.code).toBe(3)
    expect(result.err).toBe(
      "error (policy) the policy 'default for images' is broken\n  try read what to change in report.html\n",
    )
    expect(result.out).toMatch(/^Do not release these samples: /)
    expect(result.out).toMatch(/Samples are not matched with known images .*│ +broken │/)
    expect(result.out).toMatch(/wrote report\.html and report\.json\n$/)
    const report = imageReportSchema.parse(JSON.parse(place.read('report.json')))
    const digest = (name: string) =>
      createHash('sha256')
        .update(readFileSync(place.at(name)))
        .digest('hex')
    expect(report.audited).toMatchObject({
      name: 'bundle',
      images: 60,
      shape: [3, 12, 12],
      attributes: ['color'],
      training: null,
      sha256: digest('bundle/images.npy'),
    })
    expect(report.audited.panes[0]).toMatchObject({ kind: 'mlp', bottleneck: 32 })
    expect(report.untested.map(({ attack }) => attack)).toEqual(['pane-identity', 'membership'])
    const page = place.read('report.html')
    expect(page).toContain('data:image/png;base64,')
    expect(page).toContain('<svg')
    for (const name of ['report.html', 'report.json'])
      expect(statSync(place.at(name)).mode & 0o777).toBe(0o600)
    expect(JSON.parse(place.read('bundle/manifest.json')).leak).toMatchObject({
      verdict: 'broken',
      policy: 'default for images',
      known: 0,
      sha256: digest('report.json'),
    })
  })

  it('of several panes holds a lenient policy, with training images: exit 0', async () => {
    const report = await json(
      place,
      'audit several --original colored:bars --training colored:bars --policy lenient.json --out s.html',
    )
    expect(report).toMatchObject({
      verdict: { status: 'held' },
      audited: { training: 400, panes: [{ bottleneck: 32 }, { bottleneck: 32 }] },
    })
    const pane = report.findings.find((f: { attack: string }) => f.attack === 'pane-identity')
    expect(pane.metrics[0].value).toBeGreaterThan(0.9)
    const color = report.findings.find((f: { attack: string }) => f.attack === 'attribute-server')
    expect(color.metrics[0].value).toBeGreaterThan(0.6)
    await refused(place, 'audit several --original colored:bars --policy lenient.json --out s.html', 2, [
      /s\.html exists already/,
    ])
  })
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
    await sleep(2500)
    child.kill('SIGINT')
    const { code, signal, out } = await done
    // A machine so slow that the program had not yet begun ends it by the signal itself.
    expect([130, 'SIGINT']).toContain(code ?? signal)
    expect(out).toBe('')
    expect(place.listing()).toEqual(before)
  })
})
