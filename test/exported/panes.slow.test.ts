// Panes learned before classifiers that torch's exporters and tf2onnx wrote, frozen as they are; and the service answers with them.

import { describe, expect, it } from 'vitest'
import { openImages, takeImages } from '../../src/data/index.ts'
import { measureService } from '../../src/protect/learned/measure.ts'
import { openClassifier } from '../../src/protect/learned/openClassifier.ts'
import { trainObfuscator } from '../../src/protect/learned/trainObfuscator.ts'
import { upTo } from '../../src/random/order.ts'
import { startService } from '../../src/serve/v2/index.ts'
import { distance, exported, pathOf } from './exported.ts'

const classifiers = ['cnn-script', 'mobilenet-dynamo', 'resnet-groupnorm-script', 'vit-dynamo', 'keras-cnn']

describe('before an exported classifier', () => {
  it.each(classifiers)('%s a pane is learned', async (name) => {
    const opened = await openClassifier(pathOf(name))
    const train = await openImages('digits', { split: 'train', limit: 1000 })
    const test = await openImages('digits', { split: 'test', limit: 300 })
    // Its own scores are above 80% of the digits; 300 of them lie within three standard deviations.
    expect((await measureService(opened, test)).accuracy).toBeGreaterThan(0.75)
    const { history, pane } = await trainObfuscator(opened, train, {
      kind: 'mlp',
      bottleneck: 32,
      epochs: 3,
      batch: 32,
      test: takeImages(test, upTo(200)),
    })
    expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss)
    expect(pane.card.measured.obfuscated).toBeGreaterThan(0.2)
    await pane.close()
  })
})

describe('a service of exported models', () => {
  it.each(['vit-script', 'keras-lstm', 'sk-forest-array'])(
    '%s answers as its framework does',
    async (name) => {
      const model = exported(name)
      const running = await startService({ models: [{ name: 'm', bytes: model.bytes }], port: 0 })
      try {
        const inputs = Object.entries(model.inputs).map(([input, t]) => ({
          name: input,
          shape: t.shape,
          datatype: 'FP32',
          data: Array.from(t.data, Number),
        }))
        const response = await fetch(`${running.url}/v2/models/m/infer`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ inputs }),
        })
        const answer = (await response.json()) as {
          outputs: { name: string; shape: number[]; data: number[] }[]
        }
        expect(response.status, JSON.stringify(answer)).toBe(200)
        for (const [output, want] of Object.entries(model.outputs)) {
          const { shape, data } = answer.outputs.find((o) => o.name === output)!
          const got = { dtype: 'float64' as const, shape, data: Float64Array.from(data) }
          expect(distance(got, want), output).toBeLessThan(model.tolerance)
        }
      } finally {
        await running.close()
      }
    },
  )
})
