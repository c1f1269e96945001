// Models as people export them, read and run on both executors, and differentiated.

import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../src/errors.ts'
import {
  compile,
  type Graph,
  gradients,
  graph,
  input,
  mul,
  readOnnx,
  reduceSum,
  substitute,
  type Tensor,
} from '../../src/graph/index.ts'
import { isFloat, toFloat64 } from '../../src/graph/tensor.ts'
import { allExported, distance, type Exported, exported } from './exported.ts'

const readOf = (model: Exported): Graph => readOnnx(model.bytes, { file: `${model.name}.onnx` }).graph

async function answers(g: Graph, executor: 'plain' | 'native', feeds: Readonly<Record<string, Tensor>>) {
  const program = await compile(g, { executor })
  const results = await program.run(feeds)
  const copies = Object.entries(results).map(([name, t]): [string, Tensor] => [
    name,
    { ...t, data: t.data.slice() as typeof t.data },
  ])
  await program.close()
  return Object.fromEntries(copies)
}

function expectAnswers(got: Readonly<Record<string, Tensor>>, model: Exported): void {
  expect(Object.keys(got).toSorted()).toEqual(Object.keys(model.outputs).toSorted())
  for (const [name, want] of Object.entries(model.outputs))
    expect(distance(got[name], want), name).toBeLessThan(model.tolerance)
}

/** scikit-learn's own operators (trees, scalers, text) run natively alone. */
const ours = allExported.filter((name) => !name.startsWith('sk-'))
const theirs = allExported.filter((name) => name.startsWith('sk-'))

/** The refusal when it says which node of this graph it is about. */
function namesItsOperator(cause: unknown, g: Graph): boolean {
  if (!(cause instanceof FrostglassError) || cause.code !== 'unsupported') throw cause
  return g.nodes.some(({ operator }) => cause.message.includes(operator.name))
}

describe('exported models', () => {
  it.each(allExported)('%s answers natively as its framework does', async (name) => {
    const model = exported(name)
    expectAnswers(await answers(readOf(model), 'native', model.inputs), model)
  })

  it.each(ours)('%s answers so on our own kernels', async (name) => {
    const model = exported(name)
    expectAnswers(await answers(readOf(model), 'plain', model.inputs), model)
  })

  it.each(theirs)('%s has an operator that our kernels lack, which is named', async (name) => {
    const model = exported(name)
    const g = readOf(model)
    const refusal = await answers(g, 'plain', model.inputs).catch((cause: unknown) => cause)
    expect(namesItsOperator(refusal, g)).toBe(true)
  })
})

/** Inputs in float64, moved a little: the black of a picture has ties and kinks, where differences are no gradient. */
function feedsOf(model: Exported): Record<string, Tensor> {
  const moved = Object.entries(model.inputs).map(([name, t]): [string, Tensor] => {
    if (!isFloat(t.dtype)) return [name, t]
    const data = toFloat64(t).map((v, i) => v + 0.05 * Math.cos(7.3 * i))
    return [name, { dtype: 'float64', shape: t.shape, data }]
  })
  return Object.fromEntries(moved)
}

/** A weighted sum of the first float output, with its gradient by every float input, all shapes bound. */
function differentiated(model: Exported) {
  const g = readOf(model)
  const feeds = feedsOf(model)
  const bound = new Map(g.inputs.map((v) => [v, input(v.name!, feeds[v.name!]!.shape, v.dtype)]))
  const inputs = [...bound.values()]
  const names = Object.keys(g.outputs)
  const outputs = substitute(Object.values(g.outputs), bound)
  const first = outputs.findIndex((v) => isFloat(v.dtype))
  const y = outputs[first]!
  const { shape } = model.outputs[names[first]!] as Tensor
  const weights = input('weights', shape, y.dtype)
  const loss = reduceSum(mul(y, weights))
  const by = inputs.filter((v) => isFloat(v.dtype))
  const found = Object.fromEntries(gradients(loss, by).map((v, i) => [`d ${by[i]!.name}`, v]))
  const size = shape.reduce((a, b) => a * b, 1)
  const data = Float64Array.from({ length: size }, (_, i) => Math.cos(i) + 0.1)
  feeds['weights'] = { dtype: 'float64', shape, data }
  return {
    whole: graph({ inputs: [...inputs, weights], outputs: { loss, ...found } }),
    names: by.map((v) => v.name!),
    feeds,
  }
}

// Half precision rounds what differences are taken of.
const differentiable = ours.filter((name) => exported(name).gradient && name !== 'cnn-half')

/** Both executors' gradients against each other, and some of the plain one's against central differences. */
async function checkGradients(model: Exported): Promise<void> {
  const { whole, names, feeds } = differentiated(model)
  const plain = await answers(whole, 'plain', feeds)
  const native = await answers(whole, 'native', feeds)
  const program = await compile(whole, { executor: 'plain' })
  for (const name of names) {
    const dx = toFloat64(plain[`d ${name}`]!)
    const largest = dx.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
    expect(largest).toBeGreaterThan(0)
    const dn = toFloat64(native[`d ${name}`]!)
    const apart = dx.reduce((m, v, i) => Math.max(m, Math.abs(v - dn[i]!)), 0)
    expect(apart / largest, `d ${name}`).toBeLessThan(1e-3)
    for (const share of [0.1, 0.37, 0.52, 0.9]) {
      const at = Math.floor(share * dx.length)
      const lossAt = async (step: number): Promise<number> => {
        const moved = toFloat64(feeds[name]!).slice()
        moved[at] = moved[at]! + step
        const { loss } = await program.run({ ...feeds, [name]: { ...feeds[name]!, data: moved } })
        return loss!.data[0] as number
      }
      const step = 1e-6
      const difference = ((await lossAt(step)) - (await lossAt(-step))) / (2 * step)
      expect(Math.abs(difference - dx[at]!) / largest, `d ${name}[${at}]`).toBeLessThan(1e-5)
    }
  }
  await program.close()
}

describe('exported models are differentiated', () => {
  it.each(differentiable)('%s as differences say, or its operator is named', async (name) => {
    const model = exported(name)
    try {
      await checkGradients(model)
    } catch (cause) {
      // Padding by the edge has no rule yet.
      expect(name).toMatch(/^upscaler/)
      expect(namesItsOperator(cause, readOf(model))).toBe(true)
    }
  })
})
