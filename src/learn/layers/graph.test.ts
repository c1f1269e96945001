// Somebody's model as a layer: what cannot be trained through is refused before training, by name.
// Source: docs/architecture.md#the-engine.

import { describe, expect, it } from 'vitest'
import { graph, input, type Operator, readOnnx, tensor, writeOnnx } from '../../graph/index.ts'
import { apply } from '../../graph/value.ts'
import { type Dataset, dense, graphLayer, sequential, sgd, train } from '../index.ts'

const data: Dataset = {
  x: tensor([1, 2, 3, 4, 5, 6], [3, 2]),
  y: tensor([1, 0, 1, 0, 1, 0], [3, 2]),
}

/** A file with one node of an operator, [N, 2] to [N, 2]. */
function fileWith(operator: Operator): Uint8Array {
  const x = input('x', ['N', 2])
  return writeOnnx(graph({ inputs: [x], outputs: { y: apply(operator, [x]) } }))
}

const first = async (model: ReturnType<typeof sequential>) =>
  train(model, data, { loss: 'meanSquaredError', optimizer: sgd(), epochs: 1 }).next()

describe('a graph layer behind what is trained', () => {
  it.each([
    ['an operator that we do not know', { name: 'Det2', domain: 'com.example', infer: (v) => [v[0]!] }],
    ['one without a gradient rule', { name: 'Bernoulli', infer: (v) => [v[0]!] }],
  ] as [string, Operator][])('with %s is refused, naming node, operator and file', async (_, operator) => {
    const bytes = fileWith(operator)
    const { graph: g } = readOnnx(bytes, { file: 'models/someone.onnx' })
    const model = sequential([dense({ units: 2 }), graphLayer(g)], { input: [2] })
    const message = new RegExp(`${operator.name}.*models/someone.onnx.*no gradient rule`)
    await expect(first(model)).rejects.toThrow(message)
    await expect(first(model)).rejects.toMatchObject({ code: 'unsupported' })
  })
})
