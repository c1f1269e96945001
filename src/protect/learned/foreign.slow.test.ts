// Classifiers and pictures that nobody here made: real ones, from ../shared/data.

import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openImages, readCifar, takeImages } from '../../data/index.ts'
import { upTo } from '../../random/order.ts'
import { mapClasses } from './classes.ts'
import { measureService } from './measure.ts'
import { openClassifier } from './openClassifier.ts'
import { namedPreprocessing } from './preprocessing.ts'
import { trainObfuscator } from './trainObfuscator.ts'

const shared = resolve(import.meta.dirname, '../../../../shared/data')
const outputOf = (offset: number) => {
  const ids = readdirSync(join(shared, 'imagenet-sample'))
    .sort()
    .map((name) => name.split('_')[0])
  return (names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ids.indexOf(name) + offset]))
}

describe.skipIf(!existsSync(shared))('models and pictures that nobody here made', () => {
  it('ResNet-20 on CIFAR-10: raw accuracy as told, and a pane before it learns', async () => {
    const preprocessing = namedPreprocessing('imagenet', 3)
    const path = join(shared, 'models/resnet20-cifar10.onnx')
    const opened = await openClassifier(path, { preprocessing })
    expect(opened).toMatchObject({ input: [3, 32, 32], outputs: 10 })
    const train = await readCifar(join(shared, 'cifar10/data_batch_1.first4000.bin.gz'))
    const test = takeImages(
      await readCifar(join(shared, 'cifar10/test_batch.2000.from-jpeg.bin.gz')),
      upTo(400),
    )
    // The README has 81.4% on all 2,000; 400 of them lie within three standard deviations.
    expect((await measureService(opened, test)).accuracy).toBeGreaterThan(0.75)
    const few = takeImages(train, upTo(200))
    expect((await measureService(opened, few)).accuracy).toBeGreaterThan(0.98)
    const { history, pane } = await trainObfuscator(opened, few, {
      kind: 'mlp',
      bottleneck: 64,
      epochs: 3,
      batch: 32,
      test: takeImages(test, upTo(100)),
    })
    expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss)
    expect(pane.card.measured.amongClasses).toBeNull()
    await pane.close()
  })

  it.each([
    ['squeezenet1.1.onnx', 'imagenet', 0, 0.8],
    ['mobilenet_v2_1.0_224-uint8w.onnx', 'mobilenet', 1, 0.85],
  ])(
    '%s on photographs: raw accuracy, and an obfuscator’s first steps',
    async (name, scale, offset, least) => {
      const preprocessing = namedPreprocessing(scale, 3)
      const opened = await openClassifier(join(shared, 'models', name), { preprocessing })
      const folderOf = join(shared, 'imagenette-224')
      const test = await openImages(folderOf, { split: 'test', limit: 40 })
      const { names } = test.labels!
      const classMap = mapClasses(test.labels!, opened.outputs, outputOf(offset)(names))
      const raw = await measureService(opened, test, { classMap })
      expect(raw.amongClasses).toBeGreaterThan(least)
      expect(raw.accuracy).toBeGreaterThan(0.4)
      const train = await openImages(folderOf, { split: 'train', limit: 10 })
      const { history, pane } = await trainObfuscator(opened, train, {
        kind: 'lightnet',
        epochs: 1,
        warmUp: 1,
        batch: 4,
        validation: 0.2,
        test: takeImages(test, upTo(5)),
        classMap,
      })
      expect(Number.isFinite(history[0]!.loss)).toBe(true)
      expect(pane.card).toMatchObject({ kind: 'lightnet', parameters: 20_655, output: [3, 224, 224] })
      expect(pane.card.measured.amongClasses).not.toBeNull()
      await pane.close()
    },
  )
})
