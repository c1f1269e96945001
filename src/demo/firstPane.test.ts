import { describe, expect, it } from 'vitest'
import { imageSimilarity } from '../audit/index.ts'
import { loadRuntime } from '../graph/native/runtime.ts'
import { openFirstPane } from './firstPane.ts'
import { openDigits } from './galleryDigits.ts'

describe('the pane that came with the package', () => {
  it('does what is told of it, by the files that are shipped', async () => {
    const models = new Map<string, Uint8Array>()
    const { told, file, name } = await openFirstPane({
      addModel: async (model) => models.set(model.name, model.bytes),
    })
    expect(told.pane.file).toBe(`/gallery/panes/${name}.onnx`)
    expect(told.pane.bytes).toBe(file.length)
    const { test } = await openDigits('digits', { train: 10, test: told.data.test }, undefined)
    expect(test.count).toBe(told.data.test)
    const ort = await loadRuntime()
    const ask = async (bytes: Uint8Array, rows: Float32Array) => {
      const session = await ort.InferenceSession.create(bytes)
      const answer = await session.run({
        [session.inputNames[0]!]: new ort.Tensor('float32', rows, [test.count, 1, 28, 28]),
      })
      await session.release()
      return answer[session.outputNames[0]!]!.data as Float32Array
    }
    const right = async (rows: Float32Array) => {
      const answers = await ask(models.get(told.classifier.model)!, rows)
      const labels = Array.from(test.labels!.of)
      const isRight = labels.filter((label, i) => {
        const row = answers.subarray(10 * i, 10 * i + 10)
        return row.indexOf(Math.max(...row)) === label
      })
      return isRight.length / labels.length
    }
    // Kernels of other processors round otherwise: a digit at the border may fall to the other side.
    const raw = Float32Array.from(test.pixels, (v) => v / 255)
    const sent = await ask(file, raw)
    expect(Math.abs((await right(raw)) - told.classifier.accuracy)).toBeLessThan(0.005)
    expect(Math.abs((await right(sent)) - told.pane.accuracy)).toBeLessThan(0.005)
    const drawn = await ask(models.get(told.pane.attack)!, sent)
    const pictures = new Uint8Array(Uint8ClampedArray.from(drawn, (v) => 255 * v).buffer)
    const { ssim } = imageSimilarity(pictures, test.pixels, test.shape)
    const mean = ssim.reduce((sum, v) => sum + v, 0) / ssim.length
    expect(Math.abs(mean - told.pane.likeness.ssim)).toBeLessThan(0.005)
    // What the page says of it: it hides little.
    expect(mean - told.answerAlone.ssim).toBeGreaterThan(0.1)
  })
})
