import { describe, expect, it, test } from 'vitest'
import type { ImageShape } from '../../data/index.ts'
import type { Layer } from '../../learn/index.ts'
import {
  denseNet,
  infNetCnn,
  infNetMlp,
  leNet,
  lightNet,
  obfNet1,
  obfNet2,
  obfNetCnn,
  obfNetMlp,
} from './architectures.ts'
import { countLayers } from './count.ts'
import { type Preset, signLanguage, spokenDigits } from './presets.ts'

const digit: ImageShape = [1, 28, 28]
const photo: ImageShape = [3, 224, 224]
const bottlenecks = [8, 16, 32, 64, 128, 256, 512, 1024]

describe('published parameter counts', () => {
  it.each<[string, Layer[], ImageShape, number]>([
    ['LeNet-5', leNet(10), digit, 61_706],
    ['ObfNet1', obfNet1(digit), digit, 615_440],
    ['ObfNet2', obfNet2(digit), digit, 1_569_784],
    ['InfNet-CNN', infNetCnn(10), digit, 1_199_882],
    ['InfNet-MLP', infNetMlp(10), digit, 932_362],
    ['ObfNet-MLP, 224', obfNetMlp(photo, 512), photo, 154_291_712],
    ['ObfNet-CNN, 224', obfNetCnn(photo, 512), photo, 279_089_536],
  ])('%s', (_, layers, shape, parameters) => {
    expect(countLayers(layers, shape).parameters).toBe(parameters)
  })

  it.each(bottlenecks)('ObfNet-MLP and -CNN at n = %i', (n) => {
    expect(countLayers(obfNetMlp(digit, n), digit).parameters).toBe(1569 * n + 784)
    expect(countLayers(obfNetCnn(digit, n), digit).parameters).toBe(6193 * n + 1104)
  })

  it('LightNet has 20.7 thousand and DenseNet 25.0 million', () => {
    const light = countLayers(lightNet(photo), photo)
    const dense = countLayers(denseNet(photo), photo)
    expect((light.parameters / 1e3).toFixed(1)).toBe('20.7')
    expect((dense.parameters / 1e6).toFixed(1)).toBe('25.0')
    expect([light.parameters, dense.parameters]).toEqual([20_655, 25_030_912])
  })

  it('the colour variants take and give 28×28×3', () => {
    const colour: ImageShape = [3, 28, 28]
    for (const n of bottlenecks) {
      expect(countLayers(obfNetMlp(colour, n), colour).parameters).toBe(2352 * n + n + 2352 * n + 2352)
      const pooled = 32 * 13 * 13
      expect(countLayers(obfNetCnn(colour, n), colour).parameters).toBe(
        32 * 28 + pooled * n + n + 2352 * n + 2352,
      )
    }
  })
})

test('Table 1 of the study: operations and sizes, by the convention that count.ts states', () => {
  const mlp = countLayers(obfNetMlp(photo, 512), photo)
  const cnn = countLayers(obfNetCnn(photo, 512), photo)
  expect(mlp.flops.toPrecision(3)).toBe('3.08e+8')
  expect(cnn.flops.toPrecision(3)).toBe('6.46e+8')
  // By hand: two a multiply-add, one a bias, four a pooling window.
  expect(mlp.flops).toBe(2 * 150_528 * 512 * 2 + 512 + 150_528)
  expect(cnn.flops).toBe(
    222 * 222 * 32 * (2 * 27 + 1) + 111 * 111 * 32 * 4 + 2 * 512 * (394_272 + 150_528) + 512 + 150_528,
  )
  expect(Math.floor(mlp.bytes / 1e6)).toBe(617)
  // The study writes 1.11 GB, cut off: 1.116.
  expect(Math.floor(cnn.bytes / 1e7) / 100).toBe(1.11)
})

test('counting allocates nothing of the size of the weights', () => {
  const before = process.memoryUsage()
  countLayers(obfNetCnn(photo, 512), photo)
  const after = process.memoryUsage()
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(50e6)
})

describe('presets', () => {
  it.each<[string, Preset, ImageShape, number]>([
    ['spoken digits', spokenDigits, [1, 20, 45], 10],
    ['sign language', signLanguage, [3, 64, 64], 29],
  ])('%s: networks fit their input, obfuscators give it back', (_, preset, input, classes) => {
    expect([preset.input, preset.classes]).toEqual([input, classes])
    const size = input.reduce((a, d) => a * d, 1)
    for (const layers of Object.values(preset.obfuscators)) {
      const last = layers.at(-1)!
      expect(last).toMatchObject({ kind: 'reshape', shape: input })
      expect(countLayers(layers, input).parameters).toBeGreaterThan(size)
    }
    for (const layers of Object.values(preset.classifiers)) {
      expect(layers.at(-1)).toMatchObject({ kind: 'dense', units: classes })
      expect(countLayers(layers, input).flops).toBeGreaterThan(1e6)
    }
  })

  it('the sizes that the paper tells', () => {
    const units = (layers: readonly Layer[]) => layers.flatMap((l) => (l.kind === 'dense' ? [l.units] : []))
    const filters = (layers: readonly Layer[]) =>
      layers.flatMap((l) => (l.kind === 'conv2d' ? [l.filters] : []))
    expect(units(spokenDigits.classifiers.mlp)).toEqual([800, 300, 128, 64, 10])
    expect(filters(spokenDigits.classifiers.cnn)).toEqual([32, 48, 64])
    expect(units(spokenDigits.obfuscators.mlp)).toEqual([200, 900])
    expect(filters(spokenDigits.obfuscators.cnn)).toEqual([3, 5])
    expect(spokenDigits.obfuscators.cnn.find((l) => l.kind === 'dense')).toMatchObject({
      units: 900,
      l2: 0.1,
    })
    expect(filters(signLanguage.classifiers.cnn)).toEqual([32, 64, 128])
    expect(units(signLanguage.classifiers.cnn)).toEqual([1024, 1024, 29])
    expect(units(signLanguage.classifiers.mlp)).toEqual([1024, 1024, 1024, 1024, 1024, 1024, 29])
    expect(units(signLanguage.obfuscators.mlp)).toEqual([512, 12_288])
    // Dense(900 → 200), two norms of four numbers a unit, Dense(200 → 900).
    expect(countLayers(spokenDigits.obfuscators.mlp, [1, 20, 45]).parameters).toBe(
      900 * 200 + 200 + 4 * 200 + 200 * 900 + 900 + 4 * 900,
    )
  })
})
