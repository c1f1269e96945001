// The edge with what the rest of the product makes: a trained classifier behind the service, a trained pane on the device.

import { expect, it } from 'vitest'
import { imageSize } from '../data/images/imageSet.ts'
import { readDigits, takeImages } from '../data/index.ts'
import { openPane, trainClassifier, trainObfuscator } from '../protect/index.ts'
import { startService } from '../serve/v2/index.ts'
import { ask, connect, openEdgePane } from './index.ts'

it('asks as the owner’s own library does, raw and obfuscated, of a service that sees no difference', async () => {
  const { train, test } = await readDigits()
  const some = takeImages(
    train,
    Int32Array.from({ length: 600 }, (_, i) => i),
  )
  const classifier = await trainClassifier(some, { architecture: 'infnet-mlp', epochs: 3, seed: 1 })
  const { pane } = await trainObfuscator(classifier, some, {
    kind: 'mlp',
    bottleneck: 32,
    epochs: 3,
    seed: 1,
  })
  const running = await startService({ models: [{ name: 'digits', bytes: classifier.onnx }], port: 0 })
  const device = await openEdgePane(pane.onnx)
  try {
    expect(device.card).toEqual(pane.card)
    const count = 40
    const images = test.pixels.subarray(0, count * imageSize(test.shape))
    const owner = await openPane(pane.onnx)
    const expected = await owner.protect(images)
    const sent = await device.protect(images)
    expect(sent.every((value, i) => Math.abs(value - expected[i]!) < 1e-4)).toBe(true)
    await owner.close()
    const service = await connect(running.url, 'digits')
    const share = async (raw: boolean) => {
      const { decoded } = await ask(device, service, images, { raw })
      return decoded.filter(({ index }, i) => index === test.labels!.of[i]).length / count
    }
    // Trained for seconds: far from what it can, far above a guess.
    expect(await share(true)).toBeGreaterThan(0.5)
    expect(await share(false)).toBeGreaterThan(0.3)
  } finally {
    await running.close()
    await device.close()
    await pane.close()
  }
})
