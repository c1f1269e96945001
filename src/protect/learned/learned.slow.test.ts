import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImageSet, readDigits, takeImages } from '../../data/index.ts'
import { dense, dropout, flatten } from '../../learn/index.ts'
import { upTo } from '../../random/order.ts'
import type { SecretPane } from '../standing.ts'
import { readBundle, writeBundle, writeBundleLeak } from './bundle.ts'
import { sha256Of } from './classifier.ts'
import type { ObfuscatorPane } from './contract.ts'
import { drawPanes, protectWithMany } from './manyPanes.ts'
import { measureService, openClassifierService } from './measure.ts'
import { openClassifier } from './openClassifier.ts'
import { openPane, writePane } from './pane.ts'
import { preprocessImageSet } from './preprocessing.ts'
import { type TrainedClassifier, trainClassifier } from './trainClassifier.ts'
import { type TrainedObfuscator, trainObfuscator, trainPanes } from './trainObfuscator.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-learned-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)

let train: ImageSet
let test: ImageSet
let service: TrainedClassifier
let trained: TrainedObfuscator

beforeAll(async () => {
  const digits = await readDigits()
  train = takeImages(digits.train, upTo(2400))
  test = takeImages(digits.test, upTo(500))
  service = await trainClassifier(train, { architecture: 'infnet-mlp', epochs: 4, test })
  trained = await trainObfuscator(service, train, { kind: 'mlp', bottleneck: 64, epochs: 6, test })
})

afterAll(() => trained?.pane.close())

describe('a classifier and a pane before it', () => {
  it('both work: raw and obfuscated samples, by the same service', async () => {
    expect(service.accuracy).toBeGreaterThan(0.85)
    const { measured } = trained.pane.card
    expect(measured).toMatchObject({
      on: 'digits test',
      images: 500,
      raw: service.accuracy,
      amongClasses: null,
    })
    expect(measured.obfuscated).toBeGreaterThan(0.8)
    expect(measured.obfuscated).toBeLessThan(1)
    // The pane that ships is the one that was measured.
    const again = await measureService(service, { pane: trained.pane, set: test })
    expect(again.accuracy).toBe(measured.obfuscated)
  })

  it('raw samples are answered alike, from bytes or as the service gets them', async () => {
    const samples = preprocessImageSet(test, service.preprocessing)
    const one = await measureService(service, samples, { labels: test.labels!.of })
    const two = await measureService(service, test)
    expect(one.accuracy).toBe(service.accuracy)
    expect(one.answers).toEqual(two.answers)
  })

  it('answers in probabilities: softmax of its logits, however large they are', async () => {
    const opened = await openClassifierService(service)
    const samples = preprocessImageSet(takeImages(test, upTo(3)), service.preprocessing)
    const logits = await opened.answer(samples)
    const { shape, data } = await opened.probabilities(samples)
    expect(shape).toEqual([3, 10])
    for (let image = 0; image < 3; image++) {
      const powers = Array.from(logits.subarray(10 * image, 10 * image + 10), Math.exp)
      const sum = powers.reduce((a, b) => a + b)
      for (const [c, power] of powers.entries()) expect(data[10 * image + c]).toBeCloseTo(power / sum, 5)
    }
    const loud = { ...samples, data: Float32Array.from(samples.data as Float32Array, (v) => 1e4 * v) }
    for (const share of (await opened.probabilities(loud)).data) expect(Number.isFinite(share)).toBe(true)
    await opened.close()
  })

  it('what leaves is not the picture, and the classifier needs the pane’s own classifier', () => {
    expect(trained.pane.standing).toBe('public')
    expect(trained.pane.card.givesAway).toMatch(/does not hide what an image shows/)
    expect(trained.pane.card.classifier.sha256).toBe(service.sha256)
    expect(trained.pane.card.parameters).toBe(1569 * 64 + 784)
  })

  it('keeps parts apart: trained on, chosen on, measured on', () => {
    const { split } = trained
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([2200, 200, 0])
    expect(new Set([...split.train, ...split.validation]).size).toBe(2400)
    expect(trained.pane.card.training).toMatchObject({
      images: 2200,
      validation: 200,
      bestEpoch: expect.any(Number),
    })
    const best = Math.max(...trained.history.map((h) => h.valAccuracy!))
    expect(trained.history[trained.pane.card.training.bestEpoch - 1]!.valAccuracy).toBe(best)
  })

  it('holds out a test part of its own where none is given', async () => {
    const { split, pane } = await trainObfuscator(service, train, { kind: 'mlp', bottleneck: 8, epochs: 1 })
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([2017, 183, 200])
    expect(new Set([...split.train, ...split.validation, ...split.test]).size).toBe(2400)
    expect(pane.card.measured).toMatchObject({ on: 'digits train, held out', images: 200 })
    await pane.close()
  })

  it('is repeatable by its seed, and another seed is another pane', async () => {
    const few = takeImages(train, upTo(300))
    const run = async (seed: number) => {
      const { pane } = await trainObfuscator(service, few, {
        kind: 'mlp',
        bottleneck: 8,
        epochs: 2,
        seed,
        test,
      })
      const released = await pane.protect(test.pixels.subarray(0, 784 * 3))
      await pane.close()
      return released
    }
    const [a, b, c] = [await run(1), await run(1), await run(2)]
    expect(b).toEqual(a)
    expect(c).not.toEqual(a)
  })

  it('leaves the classifier’s weights as they were, with dropout on or off', async () => {
    const few = takeImages(train, upTo(300))
    const layers = [flatten(), dense({ units: 32, activation: 'relu' }), dropout(0.5), dense({ units: 10 })]
    const small = await trainClassifier(few, { architecture: layers, epochs: 1 })
    const before = Object.entries(small.weights).map(([name, w]) => [name, w.data.slice()])
    const panes = []
    for (const classifierDropout of [true, false]) {
      const { pane } = await trainObfuscator(small, few, {
        kind: 'mlp',
        bottleneck: 8,
        epochs: 1,
        classifierDropout,
      })
      expect(pane.card.training.classifierDropout).toBe(classifierDropout)
      panes.push(await pane.protect(few.pixels.subarray(0, 784)))
      await pane.close()
    }
    // The dropout acts: other gradients, another pane.
    expect(panes[0]).not.toEqual(panes[1])
    expect(Object.entries(small.weights).map(([name, w]) => [name, w.data])).toEqual(before)
  })
})

describe('a file', () => {
  it('of a pane opens as the same pane', async () => {
    await writePane(trained.pane, at('pane.onnx'))
    const opened = await openPane(at('pane.onnx'))
    expect(opened.card).toEqual(trained.pane.card)
    expect(opened.fingerprint).toBe(trained.pane.fingerprint)
    const some = test.pixels.subarray(0, 784 * 5)
    expect(await opened.protect(some)).toEqual(await trained.pane.protect(some))
    await expect(opened.protect(some.subarray(1))).rejects.toThrow(RangeError)
    await expect(writePane(opened, at('pane.onnx'))).rejects.toMatchObject({ code: 'usage' })
    await opened.close()
  })

  it('of a classifier of ours comes back with its layers, classes and preprocessing', async () => {
    writeFileSync(at('classifier.onnx'), service.onnx)
    const opened = await openClassifier(at('classifier.onnx'))
    expect(opened.layers.map((l) => l.kind)).toEqual(['flatten', 'dense', 'dense', 'dense', 'dense'])
    expect(opened).toMatchObject({ outputs: 10, classes: service.classes, sha256: service.sha256 })
    expect((await measureService(opened, test)).accuracy).toBe(service.accuracy)
  })

  it('that is no pane is refused', async () => {
    await expect(openPane(at('classifier.onnx'))).rejects.toThrow(/is not a pane/)
    await expect(openPane(at('nothing.onnx'))).rejects.toMatchObject({ code: 'input' })
    const bytes = readFileSync(at('pane.onnx'))
    writeFileSync(at('short.onnx'), bytes.subarray(0, bytes.length / 2))
    await expect(openPane(at('short.onnx'))).rejects.toMatchObject({ code: 'input' })
    // The card of another graph.
    const text = bytes.toString('latin1').replace('"input":[1,28,28]', '"input":[1,29,28]')
    writeFileSync(at('other.onnx'), Buffer.from(text, 'latin1'))
    await expect(openPane(at('other.onnx'))).rejects.toThrow(/not the one of its card/)
    const broken = bytes
      .toString('latin1')
      .replace('"format":"frostglass-pane"', '"format":"frostglass-p4ne"')
    writeFileSync(at('broken.onnx'), Buffer.from(broken, 'latin1'))
    await expect(openPane(at('broken.onnx'))).rejects.toThrow(
      /its card: 'format' is not as a pane of version 1 has it/,
    )
  })
})

describe('training', () => {
  it('goes on from its checkpoint as if it had not stopped', async () => {
    const few = takeImages(train, upTo(600))
    const options = { kind: 'cnn', bottleneck: 8, epochs: 3, seed: 5, test } as const
    const whole = await trainObfuscator(service, few, options)
    const stop = new AbortController()
    const checkpoint = at('training.checkpoint')
    const stopped = trainObfuscator(service, few, {
      ...options,
      checkpoint,
      signal: stop.signal,
      onProgress: () => existsSync(checkpoint) && stop.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' })
    expect(existsSync(checkpoint)).toBe(true)
    const resumed = await trainObfuscator(service, few, { ...options, checkpoint })
    expect(resumed.history).toEqual(whole.history)
    const some = test.pixels.subarray(0, 784 * 5)
    expect(await resumed.pane.protect(some)).toEqual(await whole.pane.protect(some))
    // A third run finds it done.
    const third = await trainObfuscator(service, few, { ...options, checkpoint })
    expect(third.history).toEqual(whole.history)
    for (const t of [whole, resumed, third]) await t.pane.close()
    await expect(trainObfuscator(service, few, { ...options, checkpoint, bottleneck: 16 })).rejects.toThrow(
      /of another run: it has layers/,
    )
    await expect(trainObfuscator(service, few, { ...options, checkpoint, batch: 64 })).rejects.toThrow(
      /batch 128, not 64/,
    )
    const others = takeImages(train, upTo(500))
    await expect(trainObfuscator(service, others, { ...options, checkpoint })).rejects.toThrow(/other images/)
    // Its weights, its header and its end, each with one bit changed.
    const kept = readFileSync(checkpoint)
    for (const place of [kept.length - 5, kept.indexOf('"shape"'), kept.indexOf('float32') + 6]) {
      const damaged = Buffer.from(kept)
      damaged[place]! ^= 1
      writeFileSync(checkpoint, damaged)
      await expect(trainObfuscator(service, few, { ...options, checkpoint })).rejects.toThrow(
        /training\.checkpoint cannot be gone on from: .*damaged/,
      )
    }
    writeFileSync(checkpoint, kept.subarray(0, -9))
    await expect(trainObfuscator(service, few, { ...options, checkpoint })).rejects.toThrow(/cut off/)
    writeFileSync(checkpoint, 'something else')
    await expect(trainObfuscator(service, few, { ...options, checkpoint })).rejects.toThrow(
      /not a checkpoint of ours/,
    )
  })

  it('refuses what does not fit', async () => {
    const { labels: _, ...unlabelled } = train
    await expect(trainObfuscator(service, unlabelled, { kind: 'mlp' })).rejects.toThrow(/have no labels/)
    const wide: ImageSet = { ...train, shape: [1, 14, 56] }
    await expect(trainObfuscator(service, wide, { kind: 'mlp' })).rejects.toThrow(
      /1×14×56.*infnet-mlp takes \[1,28,28\]/,
    )
    const coloured: ImageSet = {
      ...train,
      shape: [3, 28, 28],
      count: 800,
      pixels: train.pixels.subarray(0, 800 * 2352),
    }
    await expect(trainObfuscator(service, coloured, { kind: 'mlp' })).rejects.toThrow(
      /3 channel\(s\), but the service takes grey/,
    )
    await expect(trainObfuscator(service, train, { layers: [dense({ units: 10 })] })).rejects.toThrow(
      /makes \[1,28,10\] \(280 numbers\) of an image/,
    )
    await expect(trainObfuscator(service, train, {})).rejects.toThrow(/by its kind or by its layers/)
    const classes = { ...train, labels: { names: [...train.labels!.names, 'x'], of: train.labels!.of } }
    await expect(trainObfuscator(service, classes, { kind: 'mlp' })).rejects.toThrow(/11 classes.*10 outputs/)
  })
})

describe('many panes and bundles', () => {
  let panes: readonly ObfuscatorPane[]
  beforeAll(async () => {
    const few = takeImages(train, upTo(600))
    const all = await trainPanes(service, few, {
      count: 3,
      kind: 'mlp',
      bottleneck: 16,
      epochs: 1,
      seed: 7,
      test,
    })
    panes = all.map(({ pane }) => pane)
  })
  afterAll(() => Promise.all(panes.map((pane) => pane.close())))

  it('differ, and one is drawn for each sample', async () => {
    expect(new Set(panes.map((p) => p.fingerprint)).size).toBe(3)
    expect(panes.map((p) => p.card.training.seed)).toEqual([7, 8, 9])
    const some = test.pixels.subarray(0, 784 * 60)
    const { released, paneOf } = await protectWithMany(panes, some)
    const each = await Promise.all(panes.map((pane) => pane.protect(some)))
    for (let i = 0; i < 60; i++) {
      const row = (x: Float32Array) => x.subarray(i * 784, (i + 1) * 784)
      const worst = row(released).reduce(
        (m, v, j) => Math.max(m, Math.abs(v - row(each[paneOf[i]!]!)[j]!)),
        0,
      )
      expect(worst).toBeLessThan(1e-5)
    }
    expect(new Set(paneOf).size).toBe(3)
    expect(drawPanes(3, 50, 1)).toEqual(drawPanes(3, 50, 1))
    expect(drawPanes(3, 50, 1)).not.toEqual(drawPanes(3, 50, 2))
    expect(drawPanes(3, 50)).not.toEqual(drawPanes(3, 50))
  })

  it('make a bundle that reads back whole, and takes an audit’s summary', async () => {
    const few = takeImages(test, upTo(40))
    const { manifest, paneOf } = await writeBundle(at('bundle'), panes, few)
    expect(paneOf.length).toBe(40)
    const bundle = await readBundle(at('bundle'))
    expect(bundle.manifest).toEqual(manifest)
    expect(bundle.manifest.parts.map((p) => p.file)).toEqual([
      'images.npy',
      'pane-0.onnx',
      'pane-1.onnx',
      'pane-2.onnx',
    ])
    expect(bundle.released.shape).toEqual([40, 1, 28, 28])
    expect(bundle.panes.map((p) => p.fingerprint)).toEqual(panes.map((p) => p.fingerprint))
    // It does not say which pane made a sample.
    expect(JSON.stringify(manifest)).not.toContain('paneOf')
    const leak = {
      verdict: 'broken',
      policy: 'default',
      known: 0,
      best: null,
      sha256: '0'.repeat(64),
      time: '2026-11-21T00:00:00Z',
    } as const
    await writeBundleLeak(at('bundle'), leak)
    expect((await readBundle(at('bundle'))).manifest.leak).toEqual(leak)
    await expect(writeBundle(at('bundle'), panes, few)).rejects.toThrow(/exists already/)
    await writeBundle(at('bundle'), panes.slice(0, 1), few, { force: true })
    const single = await readBundle(at('bundle'))
    expect(single.manifest).toMatchObject({ leak: null, panes: [{ file: 'pane.onnx' }] })
    expect(single.released.data).toEqual(await panes[0]!.protect(few.pixels))
    for (const p of [...bundle.panes, ...single.panes]) await p.close()
  })

  it('leave nothing behind when stopped, and never replace what is no bundle', async () => {
    const few = takeImages(test, upTo(20))
    await expect(
      writeBundle(at('stopped'), panes, few, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(existsSync(at('stopped'))).toBe(false)
    writeFileSync(at('a file'), 'mine')
    await expect(writeBundle(at('a file'), panes, few, { force: true })).rejects.toThrow(/is no image bundle/)
    expect(readFileSync(at('a file'), 'utf8')).toBe('mine')
    const secret = { ...panes[0]!, standing: 'secret' } as unknown as ObfuscatorPane & SecretPane
    await expect(writeBundle(at('secret'), [secret], few)).rejects.toMatchObject({ code: 'key' })
    await expect(writeBundle(at('none'), [], few)).rejects.toThrow(/no pane to protect with/)
  })

  it('are refused when they are damaged, naming the file', async () => {
    const few = takeImages(test, upTo(10))
    const refused = async (change: (dir: string) => void, words: RegExp) => {
      rmSync(at('damaged'), { recursive: true, force: true })
      await writeBundle(at('damaged'), panes, few)
      change(at('damaged'))
      await expect(readBundle(at('damaged'))).rejects.toThrow(words)
    }
    const images = (dir: string) => join(dir, 'images.npy')
    const edit = (path: string, from: string, to: string) =>
      writeFileSync(path, Buffer.from(readFileSync(path).toString('latin1').replace(from, to), 'latin1'))
    const reseal = (dir: string) => {
      // As one would who changes the data and the manifest to fit.
      const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'))
      const bytes = readFileSync(images(dir))
      manifest.parts[0].bytes = bytes.length
      manifest.parts[0].sha256 = sha256Of(bytes)
      writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest))
    }
    await refused(
      (dir) => writeFileSync(images(dir), readFileSync(images(dir)).subarray(0, 5000)),
      /images\.npy: it has 5000 bytes/,
    )
    await refused((dir) => edit(images(dir), "'<f4'", "'<f8'"), /checksum/)
    await refused((dir) => {
      edit(images(dir), "'<f4'", "'<f8'")
      reseal(dir)
    }, /numbers are '<f8', expected '<f4'/)
    await refused((dir) => {
      edit(images(dir), '(10, 1, 28, 28)', '(90000000000, 1)')
      reseal(dir)
    }, /header says \[90000000000,1\].* but the file has/)
    await refused((dir) => {
      writeFileSync(images(dir), readFileSync(images(dir)).subarray(0, -4))
      reseal(dir)
    }, /header says \[10,1,28,28\]/)
    await refused((dir) => {
      writeFileSync(images(dir), 'not an array')
      reseal(dir)
    }, /not an array of NumPy/)
    await refused(
      (dir) => rmSync(join(dir, 'pane-1.onnx')),
      /pane-1\.onnx: this part of the bundle is missing/,
    )
    await refused((dir) => rmSync(join(dir, 'manifest.json')), /is no image bundle/)
    await refused((dir) => edit(join(dir, 'manifest.json'), '"version": 1', '"version": 9'), /'version'/)
    await refused(
      (dir) => edit(join(dir, 'manifest.json'), '"images.npy"', '"../images.npy"'),
      /'parts\.0\.file'/,
    )
    await expect(readBundle(at('pane.onnx'))).rejects.toThrow(/is no folder/)
    await expect(readBundle(at('nowhere'))).rejects.toThrow(/no such folder/)
    expect(statSync(at('damaged')).isDirectory()).toBe(true)
  })
})
