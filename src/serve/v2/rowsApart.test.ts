// Rows of several requests share a run only where the graph keeps them apart: by operator, and under clients of very different ranges.

import { BinaryReader } from '@bufbuild/protobuf/wire'
import { afterAll, describe, expect, it, vi } from 'vitest'
import {
  dynamicallyQuantisedModel,
  rowModel,
  rowSteps,
  wholeNumbersOfTheBatchModel,
} from '../../../test/rowModels.ts'
import { classifierModel, coupledModel, lookUpModel, twoInputModel } from '../../../test/servedModels.ts'
import { readOnnx } from '../../graph/index.ts'
import { parseModel } from '../../graph/onnx/parse.ts'
import { rowsStayApart } from '../../graph/rowsApart.ts'
import { createService, type Service } from './index.ts'
import { answersAlike } from './rowTrial.ts'
import type { Threads } from './threads.ts'

const services: Service[] = []
afterAll(() => Promise.all(services.map((service) => service.close())))

describe('a graph', () => {
  it.each(rowSteps)('with $what: rows stay apart: $apart', (step) => {
    expect(rowsStayApart(readOnnx(rowModel(step)).graph)).toBe(step.apart)
  })

  it('of layers, of two inputs, of a table; not of what couples rows or quantises by the batch', () => {
    for (const model of [classifierModel([8]), twoInputModel(), lookUpModel()])
      expect(rowsStayApart(readOnnx(model).graph)).toBe(true)
    for (const model of [coupledModel(), dynamicallyQuantisedModel(), wholeNumbersOfTheBatchModel()])
      expect(rowsStayApart(readOnnx(model).graph)).toBe(false)
  })
})

it('is read off a file that is parsed once when it is opened', async () => {
  const bytes = classifierModel([8])
  const tags = vi.spyOn(BinaryReader.prototype, 'tag')
  parseModel(bytes, 'it')
  const once = tags.mock.calls.length
  const service = await createService({ models: [{ name: 'm', bytes }] })
  services.push(service)
  expect(service.models()[0]!.batched).toBe(true)
  expect(tags.mock.calls.length).toBe(2 * once)
  tags.mockRestore()
})

describe('the trial', () => {
  const signature = { name: 'x', datatype: 'FP32', shape: [-1, 4] } as const
  const model = { inputs: [signature], outputs: [{ ...signature, name: 'y' }] }
  /** Threads that give each row what `of` makes of it and of the batch. */
  const threads = (of: (row: Float32Array, all: Float32Array) => ArrayLike<number>): Threads =>
    ({
      async run(_key: number, [x]: { data: ArrayBuffer; shape: number[] }[]) {
        const all = new Float32Array(x!.data)
        const rows = Array.from({ length: x!.shape[0]! }, (_, i) => all.subarray(4 * i, 4 * i + 4))
        const data = Float32Array.from(rows.flatMap((row) => Array.from(of(row, all)))).buffer
        return { outputs: [{ ...model.outputs[0], shape: x!.shape, data }], milliseconds: 0 }
      },
    }) as unknown as Threads

  it('passes rows that stay apart, also rounded otherwise, and no others', async () => {
    const most = (all: Float32Array) => Math.max(...all.map(Math.abs))
    const alike = (of: Parameters<typeof threads>[0]) => answersAlike(threads(of), 0, model, 32)
    expect(await alike((row) => row.map((v) => 2 * v))).toBe(true)
    expect(await alike((row, all) => row.map((v) => v * (1 + 1e-7 * all.length)))).toBe(true)
    expect(await alike((row, all) => row.map((v) => v + 1e-3 * most(all)))).toBe(false)
    expect(await alike((row, all) => row.map((v) => v / all.length))).toBe(false)
    // Quantised to 8 bits by the range of the batch.
    const quantised = (row: Float32Array, all: Float32Array) => {
      const step = most(all) / 127 || 1
      return row.map((v) => step * Math.round(v / step))
    }
    expect(await alike(quantised)).toBe(false)
    expect(await alike((row, all) => (all.length > 16 ? row.map(() => 0) : row))).toBe(false)
  })
})

describe('eight clients of very different ranges', () => {
  const factors = [1, 255, -1, 1e-3, 1e4, 0, 255, 7]

  it.each([
    ['a dynamically quantised layer', dynamicallyQuantisedModel(), 'FP32', 4],
    ['whole numbers', wholeNumbersOfTheBatchModel(), 'INT64', 3],
    ['a classifier', classifierModel([16]), 'FP32', 784],
  ] as const)('get of %s what each gets alone', async (_, bytes, datatype, size) => {
    const models = [{ name: 'm', bytes }]
    const [together, alone] = await Promise.all([
      createService({ models }),
      createService({ models, limits: { batch: 1 } }),
    ])
    services.push(together, alone)
    const { name, shape } = together.models()[0]!.inputs[0]!
    const value = (client: number, round: number, i: number) =>
      datatype === 'INT64'
        ? Math.round(100 * factors[client]!) + ((i + round) % 5)
        : factors[client]! * Math.sin(1 + i + 31 * round)
    const ask = async (service: Service, client: number, round: number) => {
      const data = Array.from({ length: size }, (_, i) => value(client, round, i))
      const body = JSON.stringify({ inputs: [{ name, shape: [1, ...shape.slice(1)], datatype, data }] })
      const answer = await service.app.request('/v2/models/m/infer', { method: 'POST', body })
      expect(answer.status).toBe(200)
      return (await answer.json()).outputs[0].data as number[]
    }
    for (let round = 0; round < 10; round++) {
      const clients = factors.map((_, client) => client)
      const joined = await Promise.all(clients.map((client) => ask(together, client, round)))
      for (const client of clients) {
        const lone = await ask(alone, client, round)
        const scale = Math.max(...lone.map(Math.abs))
        lone.forEach((v, i) => {
          expect(Math.abs(joined[client]![i]! - v)).toBeLessThanOrEqual(
            datatype === 'INT64' ? 0 : 1e-5 * scale,
          )
        })
      }
    }
  })
})
