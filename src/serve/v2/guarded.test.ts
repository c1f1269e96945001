// No ordinary request ends the process: what the runtime has no answer for is refused by a guard, and all else is answered as ever.

import { create, toBinary } from '@bufbuild/protobuf'
import { afterAll, expect, it } from 'vitest'
import { allExported, exported } from '../../../test/exported/exported.ts'
import { div, graph, input, readOnnx, writeOnnx } from '../../graph/index.ts'
import { guardedModel } from '../../graph/native/guardedModel.ts'
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataType,
} from '../../graph/onnx/onnx_pb.js'
import { parseModel } from '../../graph/onnx/parse.ts'
import { modOperator } from '../../graph/operators/bits.ts'
import { apply } from '../../graph/value.ts'
import { datatypeOf, type WireTensor } from './datatypes.ts'
import { createService, type Service } from './index.ts'
import { startThreads, type Threads } from './threads.ts'

const services: Service[] = []
let threads: Threads | undefined
afterAll(() => Promise.all([threads?.end(), ...services.map((service) => service.close())]))

async function ask(bytes: Uint8Array, inputs: readonly object[]) {
  const service = await createService({ models: [{ name: 'm', bytes }] })
  services.push(service)
  const body = JSON.stringify({ inputs })
  const answer = await service.app.request('/v2/models/m/infer', { method: 'POST', body })
  expect((await service.app.request('/v2/health/live')).status).toBe(200)
  return { status: answer.status, said: JSON.stringify(await answer.json()) }
}

const guarded = allExported.flatMap((name) => {
  const model = exported(name)
  const bytes = guardedModel(parseModel(model.bytes, 'it'), readOnnx(model.bytes).graph)
  return bytes ? [{ name, model, bytes }] : []
})

it('guards are for few: a file that cannot end the process is run as it is', () => {
  expect(guarded.map(({ name }) => name)).toEqual(['gated-dynamo23', 'keras-lstm', 'lstm-script'])
})

it.each(guarded)('$name has the same ends and answers with guards', async ({ model, bytes }) => {
  threads ??= await startThreads(1, 1)
  const [own, safe] = [await threads.open(1, model.bytes), await threads.open(2, bytes)]
  expect(safe).toEqual(own)
  const fed = () =>
    Object.entries(model.inputs).map(([name, { dtype, shape, data }]): WireTensor => {
      const { buffer } = (data as Float32Array).slice()
      return { name, datatype: datatypeOf(dtype)!, shape: [...shape], data: buffer as ArrayBuffer }
    })
  const wanted = own.outputs.map(({ name }) => name)
  const [a, b] = [await threads.run(1, fed(), wanted), await threads.run(2, fed(), wanted)]
  expect(b.outputs).toEqual(a.outputs)
  await Promise.all([threads.close(1), threads.close(2)])
})

const rows = (shape: readonly number[], datatype: string, name: string, data: readonly number[]) => ({
  name,
  datatype,
  shape,
  data,
})

it('no rows for an LSTM are refused in words', async () => {
  const { bytes } = exported('lstm-script')
  const { status, said } = await ask(bytes, [rows([0, 7, 3], 'FP32', 'x', [])])
  expect(status).toBe(500)
  expect(said).toMatch(/LSTM.*what comes to it is empty/)
})

it('the least integer by −1 is itself, and leaves nothing', async () => {
  const [a, b] = [input('a', ['N'], 'int32'), input('b', ['N'], 'int32')]
  const outputs = { quotient: div(a, b), rest: apply(modOperator, [a, b]) }
  const bytes = writeOnnx(graph({ inputs: [a, b], outputs }))
  const least = -(2 ** 31)
  const { status, said } = await ask(bytes, [
    rows([2], 'INT32', 'a', [least, 7]),
    rows([2], 'INT32', 'b', [-1, 2]),
  ])
  expect(status).toBe(200)
  expect(said).toContain(`[${least},3]`)
  expect(said).toContain('[0,1]')
})

it('of a graph that cannot be read nothing empty is taken, and all else is', async () => {
  const end = (name: string) => ({
    name,
    type: {
      value: {
        case: 'tensorType' as const,
        value: {
          elemType: TensorProto_DataType.FLOAT,
          shape: { dim: [{ value: { case: 'dimParam' as const, value: 'N' } }] },
        },
      },
    },
  })
  const axis = { name: 'axis', type: AttributeProto_AttributeType.INT, i: 0n }
  const bytes = toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 9n,
      opsetImport: [{ version: 18n }],
      graph: {
        name: 'sequence',
        node: [
          { opType: 'SequenceConstruct', input: ['x'], output: ['s'] },
          { opType: 'ConcatFromSequence', input: ['s'], output: ['y'], attribute: [axis] },
        ],
        input: [end('x')],
        output: [end('y')],
      },
    }),
  )
  const whole = await ask(bytes, [rows([2], 'FP32', 'x', [3, 4])])
  expect(whole).toMatchObject({ status: 200, said: expect.stringContaining('[3,4]') })
  const empty = await ask(bytes, [rows([0], 'FP32', 'x', [])])
  expect(empty).toMatchObject({ status: 400, said: expect.stringContaining("input 'x' has a size of 0") })
})
