// Models that nobody here made, when the project's shared data are at hand (../shared/data).

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../random/seeded.ts'
import { compile, gradients, graph, input, mul, reduceSum, substitute, tensor, type Value } from '../index.ts'
import { toFloat64 } from '../tensor.ts'
import { loadOnnx } from './files.ts'

const folder = resolve(import.meta.dirname, '../../../../shared/data/models')
const images = (batch: number, size: number) => {
  const draw = seededRandom(7)
  return Float32Array.from({ length: batch * 3 * size * size }, () => draw.uniform() * 2 - 1)
}

describe.skipIf(!existsSync(folder))('models from elsewhere', () => {
  it.each([
    ['resnet20-cifar10.onnx', 32],
    ['squeezenet1.1.onnx', 224],
    ['mobilenet_v2_1.0_224-uint8w.onnx', 224],
    ['resnet50v2-stages1-3-fp16.onnx', 224],
  ])('%s is read, written and run as the file itself is', async (file, size) => {
    const path = resolve(folder, file)
    const { graph: g } = await loadOnnx(path)
    const name = g.inputs[0]!.name!
    const x = images(1, size)
    const session = await InferenceSession.create(path)
    const want = await session.run({ [name]: new OrtTensor('float32', x, [1, 3, size, size]) })
    const program = await compile(g, { executor: 'native', dims: { N: 1 } })
    const got = await program.run({ [name]: tensor(x, [1, 3, size, size]) })
    for (const output of Object.keys(g.outputs)) {
      const a = toFloat64(got[output]!)
      const b = want[output]!.data as Float32Array
      const largest = b.reduce((m, v) => Math.max(m, Math.abs(v)), 1)
      const worst = a.reduce((m, v, i) => Math.max(m, Math.abs(v - b[i]!)), 0)
      expect(worst / largest).toBeLessThan(1e-4)
    }
    await program.close()
    await session.release()
  })

  it('resnet20 gives the same on our own kernels, and its input gradient agrees with differences', async () => {
    const { graph: g } = await loadOnnx(resolve(folder, 'resnet20-cifar10.onnx'))
    const old = g.inputs[0]!
    const x = input('x', [1, 3, 32, 32])
    const [logits] = substitute(Object.values(g.outputs), new Map([[old, x]])) as [Value]
    const weights = input('weights', [1, 10])
    const loss = reduceSum(mul(logits, weights))
    const [dx] = gradients(loss, [x]) as [Value]
    const both = graph({ inputs: [x, weights], outputs: { logits, loss, dx } })
    const data = images(1, 32)
    const w = Float32Array.from({ length: 10 }, (_, i) => Math.cos(i))
    const results = []
    for (const executor of ['plain', 'native'] as const) {
      const program = await compile(both, { executor })
      const out = await program.run({ x: tensor(data, [1, 3, 32, 32]), weights: tensor(w, [1, 10]) })
      results.push({ logits: toFloat64(out['logits']!).slice(), dx: toFloat64(out['dx']!).slice() })
      await program.close()
    }
    const [plain, native] = results as [(typeof results)[0], (typeof results)[0]]
    const scale = plain.dx.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
    expect(scale).toBeGreaterThan(0)
    plain.dx.forEach((v, i) => {
      expect(Math.abs(v - native.dx[i]!) / scale).toBeLessThan(1e-3)
    })
    plain.logits.forEach((v, i) => {
      expect(Math.abs(v - native.logits[i]!)).toBeLessThan(1e-3)
    })
    const program = await compile(both, { executor: 'plain' })
    const at = 1234
    const lossAt = async (step: number) => {
      const moved = Float64Array.from(data)
      moved[at] = moved[at]! + step
      const out = await program.run({
        x: { dtype: 'float64', shape: [1, 3, 32, 32], data: moved },
        weights: tensor(w, [1, 10]),
      })
      return out['loss']!.data[0] as number
    }
    const difference = ((await lossAt(1e-6)) - (await lossAt(-1e-6))) / 2e-6
    expect(Math.abs(difference - plain.dx[at]!) / scale).toBeLessThan(1e-5)
  })
})
