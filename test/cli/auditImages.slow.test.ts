// frostglass audit of bundles of images, as a user runs it.

import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { imageReportSchema } from '../../src/audit/index.ts'
import { putBars } from './bars.ts'
import { json, refused, workplace, works } from './harness.ts'

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
      "error (policy) the policy 'default for images' is broken\n  Read what to change in report.html.\n",
    )
    expect(result.out).toMatch(/^.*% of the samples .*\.\nDo not release these samples: /)
    // Without the training images nobody can ask who was among them: counted, and not held.
    expect(result.out).toMatch(/Whose images trained the pane is not told .*│ +not measured │/)
    expect(result.out).toMatch(/broken, .*1 not measured, /)
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
      attributes: ['ink', 'slant', 'color'],
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
      policy: expect.stringMatching(/^default for images \(not measured: [12] of 4 rules\)$/),
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
    const color = report.findings.find(
      (f: { attack: string; about?: string | undefined }) =>
        f.attack === 'attribute-server' && f.about === 'color',
    )
    expect(color.metrics[0].value).toBeGreaterThan(0.6)
    await refused(place, 'audit several --original colored:bars --policy lenient.json --out s.html', 2, [
      /s\.html exists already/,
    ])
  })
})
