import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { constant, gemm, graph, input, writeOnnx } from '../../src/graph/index.ts'
import { ended, json, refused, workplace, works } from './harness.ts'

const place = workplace()
const quick = '--data digits --limit 1200 --epochs 4'
const put = (name: string, value: unknown) =>
  writeFileSync(place.at(name), typeof value === 'string' ? value : JSON.stringify(value))

/** A linear classifier of somebody else: [N, k] to classes. */
function linear(name: string, pixels: number, classes: number) {
  const x = input('x', ['N', pixels])
  const weights = Float32Array.from({ length: pixels * classes }, (_, i) => Math.sin(i * 1.7))
  const y = gemm(x, constant(weights, [pixels, classes]))
  writeFileSync(place.at(name), writeOnnx(graph({ inputs: [x], outputs: { y } })))
}

// biome-ignore lint/suspicious/noExplicitAny: each test says what it expects of it
let service: any
// biome-ignore lint/suspicious/noExplicitAny: likewise
let trained: any

beforeAll(async () => {
  service = await json(place, `obfuscate classifier ${quick} --architecture infnet-mlp --out classifier.onnx`)
  trained = await json(
    place,
    `obfuscate train --classifier classifier.onnx ${quick} --kind mlp --bottleneck 64 --out pane.onnx`,
  )
  linear('linear.onnx', 784, 10)
})

describe('the round', () => {
  it('trains a classifier and a pane that it still understands', () => {
    expect(service).toMatchObject({ architecture: 'infnet-mlp', input: [1, 28, 28], images: 1000 })
    expect(service.accuracy).toBeGreaterThan(0.75)
    expect(service.history).toHaveLength(4)
    const { card } = trained
    expect(card).toMatchObject({ kind: 'mlp', bottleneck: 64, parameters: 1569 * 64 + 784 })
    expect(card.classifier).toMatchObject({ name: 'classifier.onnx', sha256: service.sha256 })
    expect(card.measured).toMatchObject({ on: 'digits test', images: 1000, raw: service.accuracy })
    expect(card.measured.obfuscated).toBeGreaterThan(0.6)
    expect(card.training).toMatchObject({
      images: 1100,
      validation: 100,
      batch: 128,
      classifierDropout: true,
    })
  })

  it('protects images into a bundle, and says what a pane is', async () => {
    const { out } = await works(
      place,
      'obfuscate protect --pane pane.onnx --data digits --limit 50 --out bundle',
    )
    expect(out).toMatch(/50 images of digits test by 1 pane: \[50, 1, 28, 28\] float32\nwrote bundle/)
    expect(readdirSync(place.at('bundle')).sort()).toEqual(['images.npy', 'manifest.json', 'pane.onnx'])
    const manifest = JSON.parse(place.read('bundle/manifest.json'))
    expect(manifest).toMatchObject({
      format: 'frostglass-image-bundle',
      count: 50,
      shape: [1, 28, 28],
      leak: null,
      panes: [{ fingerprint: trained.fingerprint }],
    })
    expect(readFileSync(place.at('bundle/pane.onnx'))).toEqual(readFileSync(place.at('pane.onnx')))
    await refused(place, 'obfuscate protect --pane pane.onnx --data digits --limit 50 --out bundle', 2, [
      /bundle exists already/,
      /--force/,
    ])
    await works(place, 'obfuscate protect --pane pane.onnx --data digits --limit 20 --out bundle --force')
    expect(JSON.parse(place.read('bundle/manifest.json')).count).toBe(20)
    // A bundle that somebody has put something of theirs into is a bundle no more.
    writeFileSync(place.at('bundle/notes.txt'), 'of months')
    const over = 'obfuscate protect --pane pane.onnx --data digits --limit 10 --out bundle --force'
    await refused(place, over, 2, [/bundle is not replaced: 'notes\.txt' in it is no part of the bundle/])
    expect(place.read('bundle/notes.txt')).toBe('of months')
    const shown = await works(place, 'obfuscate show pane.onnx')
    expect(shown.out).toContain(`fingerprint ${trained.fingerprint}`)
    expect(shown.out).toContain('It does not hide what an image shows')
  })

  it('trains several panes before somebody’s model, by layers of the user’s own', async () => {
    put('layers.json', [
      { kind: 'flatten' },
      { kind: 'dense', units: 16, activation: 'tanh' },
      { kind: 'dense', units: 784 },
    ])
    const args =
      'obfuscate train --classifier linear.onnx --data digits --limit 300 --epochs 2 --kind layers.json'
    const panes = await json(place, `${args} --mean 0.5 --std 0.5 --panes 2 --out many.onnx`)
    expect(panes.map((p: { out: string }) => p.out)).toEqual(['many-0.onnx', 'many-1.onnx'])
    for (const { card } of panes) {
      expect(card).toMatchObject({ kind: 'file', bottleneck: null, output: [784] })
      expect(card.preprocessing).toEqual({ mean: [0.5], std: [0.5], layout: 'flat', order: 'grey' })
    }
    const protect = 'obfuscate protect --pane many-0.onnx many-1.onnx --data digits --limit 30 --out many'
    expect(await json(place, protect)).toMatchObject({
      count: 30,
      panes: [{ file: 'pane-0.onnx' }, { file: 'pane-1.onnx' }],
    })
  })

  it('goes on after Ctrl-C', async () => {
    const args = `obfuscate train --classifier classifier.onnx --data digits --limit 600 --kind mlp --bottleneck 32 --epochs 30 --checkpoint state --out long.onnx`
    const child = place.start(args.split(' '))
    const end = ended(child)
    while (!existsSync(place.at('state'))) await sleep(20)
    child.kill('SIGINT')
    expect((await end).code).toBe(130)
    expect(place.has('long.onnx')).toBe(false)
    await refused(place, args.replace('--bottleneck 32', '--bottleneck 33'), 2, [
      /the checkpoint state is of another run/,
    ])
    const resumed = await json(place, args)
    expect(resumed.history).toHaveLength(30)
    expect(place.has('state')).toBe(false)
  })

  it('counts: Table 1 of the study', async () => {
    const { networks } = await json(place, 'obfuscate count')
    expect(networks.map((n: { parameters: number }) => n.parameters)).toEqual([
      154_291_712, 279_089_536, 20_655, 25_030_912,
    ])
    const { out } = await works(place, 'obfuscate count')
    expect(out).toMatch(/ObfNet-MLP +│ 512 │ 154,291,712 │ +3\.08e\+8 │ +617\.2 MB/)
  })
})

describe('refuses', () => {
  const train = 'obfuscate train --data digits --limit 200 --epochs 1 --out x.onnx'
  it.each<[string, string, number, RegExp[]]>([
    ['a classifier that is not there', `${train} --classifier none.onnx`, 2, [/none\.onnx.*no such file/]],
    ['a text as a classifier', `${train} --classifier text.onnx`, 2, [/text\.onnx is not an ONNX model/]],
    ['a classifier cut short', `${train} --classifier short.onnx`, 2, [/short\.onnx/]],
    [
      'a classifier of other sizes',
      `${train} --classifier small.onnx`,
      2,
      [/1×28×28.*small\.onnx takes \[100\]/],
    ],
    [
      'more classes than labels',
      `${train} --classifier wide.onnx`,
      2,
      [/10 classes.*1000 outputs/, /--classes/],
    ],
    ['a mapping that lacks a class', `${train} --classifier wide.onnx --classes map.json`, 2, [/lacks '1'/]],
    [
      'a kind that is none',
      `${train} --classifier classifier.onnx --kind mpl`,
      2,
      [/'mpl' is not an obfuscator/, /mlp, cnn/],
    ],
    [
      'layers that are none',
      `${train} --classifier classifier.onnx --kind bad.json`,
      2,
      [/bad\.json: layer 1, 'units'/],
    ],
    [
      'layers that do not end in an image',
      `${train} --classifier classifier.onnx --kind thin.json`,
      2,
      [/\(10 numbers\) of an image/],
    ],
    [
      'images that are not there',
      `obfuscate train --classifier classifier.onnx --data nothing --out x.onnx`,
      2,
      [/'nothing'/],
    ],
    [
      'images without labels',
      `obfuscate classifier --data unsorted --out x.onnx --size 28`,
      2,
      [/have no labels/],
    ],
    ['a corrupt picture', `obfuscate classifier --data corrupt --out x.onnx --size 28`, 2, [/broken\.png/]],
    [
      'a preprocessing that is none',
      `${train} --classifier classifier.onnx --preprocessing caffe`,
      2,
      [/caffe/],
    ],
    [
      'a share of one',
      `${train} --classifier classifier.onnx --validation 1`,
      2,
      [/share above 0 and below 1/],
    ],
    [
      'a pane that is none',
      'obfuscate protect --pane classifier.onnx --data digits --out b',
      2,
      [/is not a pane/],
    ],
    ['a pane that is a folder', 'obfuscate show bundleless', 2, [/it is a folder/]],
    ['to replace a classifier', `obfuscate classifier ${quick} --out classifier.onnx`, 2, [/exists already/]],
    [
      'to replace its input',
      'obfuscate train --classifier linear.onnx --data digits --out linear.onnx --force',
      2,
      [/would replace the input/],
    ],
    [
      'a folder that is no bundle',
      'obfuscate protect --pane pane.onnx --data digits --out unsorted --force',
      2,
      [/no image bundle/],
    ],
    ['a shape that is none', 'obfuscate count --shape 28x28', 2, [/channels x height x width/]],
    [
      'LightNet on odd sizes',
      'obfuscate count --kind lightnet --shape 3x30x30',
      2,
      [/lightnet|divisible by 4|makes/i],
    ],
  ])('%s', async (_, args, code, words) => {
    if (!place.has('text.onnx')) {
      put('text.onnx', 'this is text')
      writeFileSync(place.at('short.onnx'), readFileSync(place.at('classifier.onnx')).subarray(0, 100_000))
      linear('small.onnx', 100, 10)
      linear('wide.onnx', 784, 1000)
      put('map.json', { 0: 5 })
      put('bad.json', [{ kind: 'flatten' }, { kind: 'dense', units: 'many' }])
      put('thin.json', [{ kind: 'flatten' }, { kind: 'dense', units: 10 }])
      // One grey pixel.
      const png = Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP6DwABBQECz6AuzQAAAABJRU5ErkJggg==',
        'base64',
      )
      mkdirSync(place.at('unsorted'))
      for (let i = 0; i < 10; i++) writeFileSync(place.at(`unsorted/${i}.png`), png)
      mkdirSync(place.at('corrupt/a'), { recursive: true })
      writeFileSync(place.at('corrupt/a/good.png'), png)
      writeFileSync(place.at('corrupt/a/broken.png'), png.subarray(0, 40))
      place.make('bundleless')
    }
    await refused(place, args, code, words)
  })
})
