import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HeldThreads, heldThreads } from '../../../test/heldThreads.ts'
import {
  coupledModel,
  identityModel,
  lookUpModel,
  oneNodeModel,
  slowModel,
  twoInputModel,
} from '../../../test/servedModels.ts'
import type { DType } from '../../graph/index.ts'
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
} from '../../graph/onnx/onnx_pb.js'
import { createService, type Service, type ServiceOptions } from './index.ts'
import { serviceOn } from './service.ts'

const services: Service[] = []
async function start(options: ServiceOptions): Promise<Service> {
  const service = await createService(options)
  services.push(service)
  return service
}
/** One whose runs end when the test lets them. */
async function held(limits: ServiceOptions['limits']): Promise<[Service, HeldThreads]> {
  const threads = heldThreads()
  const models = [{ name: 'm', bytes: identityModel('float32') }]
  // One at a time: no trial when the model is opened, which would be held as well.
  const service = await serviceOn(threads, { models, limits: { batch: 1, ...limits } })
  return [service, threads]
}
const turnOfTheLoop = () => new Promise((done) => setImmediate(done))
afterAll(() => Promise.all(services.map((service) => service.close())))

const wireTypes = {
  float32: 'FP32',
  float64: 'FP64',
  float16: 'FP16',
  int64: 'INT64',
  int32: 'INT32',
  uint8: 'UINT8',
  int8: 'INT8',
  bool: 'BOOL',
  uint64: 'UINT64',
  string: 'BYTES',
}

let service: Service
beforeAll(async () => {
  const same = (dtype: DType) => ({ name: dtype, bytes: identityModel(dtype) })
  const types = Object.keys(wireTypes) as DType[]
  const bfloat16 = TensorProto_DataType.BFLOAT16
  service = await start({
    models: [
      ...types.map(same),
      { name: 'two', bytes: twoInputModel() },
      { name: 'open', bytes: identityModel('float32', ['N', 'H', 'W']) },
      { name: 'square', bytes: identityModel('float32', ['N', 'N']) },
      { name: 'fixed', bytes: identityModel('float32', [2, 2]) },
      { name: 'coupled', bytes: coupledModel() },
      { name: 'text', bytes: identityModel('string', ['N', 1]) },
      { name: 'proto', bytes: oneNodeModel('Identity', TensorProto_DataType.FLOAT, '__proto__') },
      { name: 'bfloat16', bytes: oneNodeModel('Identity', bfloat16) },
      { name: 'float32', version: '2', bytes: identityModel('float32') },
    ],
    limits: { maxBody: 100_000 },
  })
})

const get = (path: string) => service.app.request(path)
const post = (path: string, body: BodyInit, headers: Record<string, string> = {}, to = service) =>
  to.app.request(path, { method: 'POST', body, headers })
const infer = (model: string, request: unknown, to = service) =>
  post(`/v2/models/${model}/infer`, JSON.stringify(request), {}, to)

/** A request with binary data behind its JSON. */
function binary(model: string, header: unknown, ...parts: Uint8Array[]) {
  const head = Buffer.from(JSON.stringify(header))
  return post(`/v2/models/${model}/infer`, Buffer.concat([head, ...parts]), {
    'inference-header-content-length': String(head.length),
  })
}

async function split(response: Response) {
  const length = Number(response.headers.get('inference-header-content-length'))
  const bytes = new Uint8Array(await response.arrayBuffer())
  return {
    header: JSON.parse(new TextDecoder().decode(bytes.subarray(0, length))),
    data: bytes.slice(length),
  }
}

const x = (shape: number[], data: unknown[], datatype = 'FP32') => ({
  inputs: [{ name: 'x', shape, datatype, data }],
})

describe('health and metadata', () => {
  it('lives and is ready', async () => {
    for (const path of [
      '/v2/health/live',
      '/v2/health/ready',
      '/v2/models/two/ready',
      '/v2/models/float32/versions/1/ready',
    ]) {
      const answer = await get(path)
      const { name, ...state } = await answer.json()
      expect([path, answer.status, state]).toEqual([
        path,
        200,
        path.endsWith('live') ? { live: true } : { ready: true },
      ])
      expect(name).toBe(/models\/(\w+)/.exec(path)?.[1])
    }
  })

  it('tells what it is and what a model takes', async () => {
    expect(await (await get('/v2')).json()).toEqual({
      name: 'frostglass',
      version: expect.stringMatching(/^\d/),
      extensions: ['binary_tensor_data', 'model_repository_index', 'statistics'],
    })
    expect(await (await get('/v2/models/two')).json()).toEqual({
      name: 'two',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: ['a', 'b'].map((name) => ({ name, datatype: 'FP32', shape: [-1, 2] })),
      outputs: ['sum', 'difference'].map((name) => ({ name, datatype: 'FP32', shape: [-1, 2] })),
    })
    expect((await (await get('/v2/models/float32')).json()).versions).toEqual(['1', '2'])
    expect((await (await infer('float32', x([1, 3], [1, 2, 3]))).json()).model_version).toBe('2')
    expect((await (await infer('float32/versions/1', x([1, 3], [1, 2, 3]))).json()).model_version).toBe('1')
  })

  it.each<[string, string, number, RegExp]>([
    ['GET', '/v2/models/nobody', 404, /no model 'nobody'/],
    ['GET', '/v2/models/nobody/ready', 404, /no model/],
    ['GET', '/v2/models/two/versions/7', 404, /no model 'two' of version '7'/],
    ['GET', '/v2/models/__proto__', 404, /no model/],
    ['POST', '/v2/models/nobody/infer', 404, /no model/],
    ['GET', '/v2/nothing', 404, /nothing at/],
    ['GET', '/v2/models/two/infer', 405, /takes POST only/],
    ['POST', '/v2/models/two', 405, /takes GET only/],
    ['DELETE', '/metrics', 405, /takes GET only/],
  ])('%s %s is %d', async (method, path, status, words) => {
    const answer = await service.app.request(path, { method })
    expect(answer.status).toBe(status)
    expect((await answer.json()).error).toMatch(words)
    if (status === 405) expect(answer.headers.get('allow')).toMatch(/GET|POST/)
  })

  it('has headers that keep answers from caches, sniffing and frames', async () => {
    for (const path of ['/v2', '/v2/models/nobody', '/metrics']) {
      const { headers } = await get(path)
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    }
  })

  it('has an OpenAPI document whose references all lead somewhere, and whose paths answer', async () => {
    const text = await (await get('/openapi.json')).text()
    const document = JSON.parse(text)
    expect(document.openapi).toBe('3.1.0')
    for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
      expect(document.components.schemas[name!]).toBeDefined()
    const paths = Object.entries<object>(document.paths)
    expect(paths).toHaveLength(15)
    for (const [path, methods] of paths) {
      const real = path.replace('{model}', 'float32').replace('{version}', '1')
      for (const method of Object.keys(methods)) {
        const { status } = await service.app.request(real, { method: method.toUpperCase() })
        expect([path, status]).toEqual([path, path.endsWith('/infer') ? 400 : 200])
      }
    }
  })
})

describe('lists and counts', () => {
  it('lists the models, and the state of each version', async () => {
    expect((await (await get('/v2/models')).json()).models).toEqual(
      expect.arrayContaining(['two', 'float32', 'proto']),
    )
    const index = await (await post('/v2/repository/index', '')).json()
    expect(index.filter(({ name }: { name: string }) => name === 'float32')).toEqual(
      ['1', '2'].map((version) => ({ name: 'float32', version, state: 'READY', reason: '' })),
    )
    expect(await (await post('/v2/repository/index', '{"ready": true}')).json()).toEqual(index)
    const asked = async (body: string) => {
      const answer = await post('/v2/repository/index', body)
      return [answer.status, (await answer.json()).error]
    }
    expect(await asked('{"ready": 1}')).toEqual([400, expect.stringMatching(/"ready": true or false/)])
    expect(await asked('{"loaded": true}')).toEqual([400, expect.stringMatching(/and no more/)])
    expect(await asked('{')).toEqual([400, 'the body is not JSON'])
    expect((await asked(' '.repeat(5000)))[0]).toBe(413)
    const load = await post('/v2/repository/models/two/load', '{}')
    expect([load.status, (await load.json()).error]).toEqual([
      501,
      expect.stringMatching(/not loaded over HTTP/),
    ])
  })

  it('counts requests, rows and runs of each version', async () => {
    const counted = await start({
      models: [
        { name: 'm', bytes: lookUpModel() },
        { name: 'm', version: '2', bytes: identityModel('float32') },
        { name: 'stats', bytes: identityModel('float32') },
      ],
    })
    await infer('m/versions/1', x([2, 1], [0, 1], 'INT64'), counted)
    await infer('m/versions/1', x([1, 1], [9], 'INT64'), counted)
    await infer('m/versions/1', x([1, 1], ['a'], 'INT64'), counted)
    await infer('m', x([0, 3], []), counted)
    const stats = async (path: string) =>
      (await (await counted.app.request(`/v2/models/${path}stats`)).json()).model_stats
    const [first] = await stats('m/versions/1/')
    const some = { count: 1, ns: expect.any(Number) }
    expect(first).toEqual({
      name: 'm',
      version: '1',
      last_inference: expect.any(Number),
      inference_count: 2,
      execution_count: 1,
      inference_stats: { success: some, fail: some, compute_infer: some },
      batch_stats: [{ batch_size: 2, compute_infer: some }],
    })
    const both = await stats('m/')
    expect(
      both.map((s: { version: string; inference_count: number }) => [s.version, s.inference_count]),
    ).toEqual([
      ['1', 2],
      ['2', 0],
    ])
    // A model of that name is told of; without it, all are.
    expect((await (await counted.app.request('/v2/models/stats')).json()).name).toBe('stats')
    counted.removeModel('stats')
    expect(await stats('')).toHaveLength(2)
    expect((await counted.app.request('/v2/models/nobody/stats')).status).toBe(404)
  })

  it('tells what columns and classes are called, where the file says so', async () => {
    const columns = [
      { name: 'width', kind: 'numeric' },
      { name: 'colour', kind: 'categorical', categories: ['red', 'blue'] },
    ]
    const card = JSON.stringify({ columns, label: { name: 'kind', task: 'class', classes: ['a', 'b', 'c'] } })
    const named = (metadata: Record<string, string>) => identityModel('float32', ['N', 3], metadata)
    const classes = JSON.stringify({ classes: ['x', 'y'] })
    const telling = await start({
      models: [
        { name: 'table', bytes: named({ 'frostglass.model': card }) },
        { name: 'other', bytes: named({ 'frostglass-classifier': classes }) },
        { name: 'damaged', bytes: named({ 'frostglass.model': '{"columns"' }) },
      ],
    })
    const namesOf = async (model: string) => {
      const { inputs, outputs } = await (await telling.app.request(`/v2/models/${model}`)).json()
      return [inputs[0].parameters?.names, outputs[0].parameters?.names]
    }
    expect(await namesOf('table')).toEqual([
      ['width', 'colour=red', 'colour=blue'],
      ['a', 'b', 'c'],
    ])
    // Two names for three numbers would be wrong ones.
    expect(await namesOf('other')).toEqual([undefined, undefined])
    expect(await namesOf('damaged')).toEqual([undefined, undefined])
  })

  it('says how to convert what ends in ZipMap', async () => {
    const model = fromBinary(ModelProtoSchema, oneNodeModel('ZipMap', TensorProto_DataType.FLOAT))
    model.opsetImport.push({ $typeName: 'onnx.OperatorSetIdProto', domain: 'ai.onnx.ml', version: 1n })
    const [node] = model.graph!.node
    node!.domain = 'ai.onnx.ml'
    node!.attribute = [
      create(AttributeProtoSchema, {
        name: 'classlabels_int64s',
        type: AttributeProto_AttributeType.INTS,
        ints: [0n, 1n, 2n],
      }),
    ]
    model.graph!.output[0]!.type = undefined
    await expect(
      service.addModel({ name: 'zip', bytes: toBinary(ModelProtoSchema, model) }),
    ).rejects.toMatchObject({ code: 'unsupported', hint: expect.stringContaining('"zipmap": False') })
  })
})

describe('infer', () => {
  it('answers in JSON, with id and the outputs asked for, in their order', async () => {
    const inputs = [
      { name: 'b', shape: [1, 2], datatype: 'FP32', data: [1, 1] },
      { name: 'a', shape: [1, 2], datatype: 'FP32', data: [[5, 3]] },
    ]
    const ask = async (more: object) => (await infer('two', { inputs, ...more })).json()
    expect(await ask({ id: 'seven', parameters: { unknown: 1 } })).toEqual({
      model_name: 'two',
      model_version: '1',
      id: 'seven',
      outputs: [
        { name: 'sum', datatype: 'FP32', shape: [1, 2], data: [6, 4] },
        { name: 'difference', datatype: 'FP32', shape: [1, 2], data: [4, 2] },
      ],
    })
    const names = async (...outputs: string[]) =>
      (await ask({ outputs: outputs.map((name) => ({ name })) })).outputs.map((o: { name: string }) => o.name)
    expect(await names('difference')).toEqual(['difference'])
    expect(await names('difference', 'sum')).toEqual(['difference', 'sum'])
  })

  it('answers binary and JSON side by side', async () => {
    const ones = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer)
    const input = (name: string) => ({
      name,
      shape: [2, 2],
      datatype: 'FP32',
      parameters: { binary_data_size: 16 },
    })
    const answer = await binary(
      'two',
      {
        inputs: [input('a'), { name: 'b', shape: [2, 2], datatype: 'FP32', data: [1, 1, 1, 1] }],
        outputs: [{ name: 'sum' }, { name: 'difference', parameters: { binary_data: true } }],
      },
      ones,
    )
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    const { header, data } = await split(answer)
    expect(header.outputs[0].data).toEqual([2, 3, 4, 5])
    expect(header.outputs[1]).toEqual({
      name: 'difference',
      datatype: 'FP32',
      shape: [2, 2],
      parameters: { binary_data_size: 16 },
    })
    expect(new Float32Array(data.buffer)).toEqual(Float32Array.of(0, 1, 2, 3))
  })

  it.each<[string, string, ArrayBufferView]>([
    ['float32', 'FP32', Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, -0)],
    ['float64', 'FP64', Float64Array.of(1e300, -1e-300, Number.NaN)],
    ['float16', 'FP16', Uint16Array.of(0x3c00, 0x7c00, 0x8001)],
    ['int64', 'INT64', BigInt64Array.of(2n ** 62n, -1n, 0n)],
    ['uint64', 'UINT64', BigUint64Array.of(2n ** 64n - 1n, 1n, 0n)],
    ['int32', 'INT32', Int32Array.of(-(2 ** 31), 1, 2)],
    ['uint8', 'UINT8', Uint8Array.of(0, 255, 7)],
    ['int8', 'INT8', Int8Array.of(-128, 127, 0)],
    ['bool', 'BOOL', Uint8Array.of(1, 0, 1)],
    ['bfloat16', 'BF16', Uint16Array.of(0x3f80, 0xff80, 0x8001)],
    ['string', 'BYTES', Buffer.from('\x01\0\0\0a\0\0\0\0\x03\0\0\0\xe2\x82\xac', 'latin1')],
  ])('gives %s back, bit for bit', async (model, datatype, values) => {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const answer = await binary(
      model,
      {
        parameters: { binary_data_output: true },
        inputs: [{ name: 'x', shape: [1, 3], datatype, parameters: { binary_data_size: bytes.length } }],
      },
      bytes,
    )
    expect([answer.status, answer.ok ? '' : await answer.text()]).toEqual([200, ''])
    expect([...(await split(answer)).data]).toEqual([...bytes])
  })

  it('takes a body that is nothing but the input', async () => {
    const row = new Uint8Array(Float32Array.of(1, 2, 3).buffer)
    const answer = await post('/v2/models/float32/infer', row, { 'inference-header-content-length': '0' })
    const { header, data } = await split(answer)
    expect(header.outputs[0].shape).toEqual([1, 3])
    expect([...data]).toEqual([...row])
    const two = await post('/v2/models/two/infer', row, { 'inference-header-content-length': '0' })
    expect((await two.json()).error).toMatch(/one input with one free size/)
  })

  it('takes so many texts at most as their memory allows', async () => {
    const empty = (count: number) =>
      binary(
        'text',
        {
          parameters: { binary_data_output: true },
          inputs: [
            { name: 'x', shape: [count, 1], datatype: 'BYTES', parameters: { binary_data_size: 4 * count } },
          ],
        },
        new Uint8Array(4 * count),
      )
    expect((await empty(500)).status).toBe(200)
    expect([(await empty(501)).status, (await empty(20_000)).status]).toEqual([413, 413])
  })

  it('takes a text that is the whole body', async () => {
    const raw = (model: string, text: string | Uint8Array<ArrayBuffer>) =>
      post(`/v2/models/${model}/infer`, text, { 'inference-header-content-length': '0' })
    const { header, data } = await split(await raw('text', 'grüße'))
    expect(header.outputs).toEqual([
      { name: 'y', datatype: 'BYTES', shape: [1, 1], parameters: { binary_data_size: 11 } },
    ])
    expect(Buffer.from(data).toString('latin1')).toBe(`\x07\0\0\0${Buffer.from('grüße').toString('latin1')}`)
    expect((await (await raw('string', 'three a row')).json()).error).toMatch(/of BYTES, one element a row/)
    expect((await (await raw('text', Uint8Array.of(0xff, 0xd8))).json()).error).toMatch(
      /BYTES here are texts/,
    )
  })

  it('answers no rows with no rows, of the right types, in JSON and binary', async () => {
    const none = (datatype: string, binary: boolean) => ({
      inputs: [{ name: 'x', shape: [0, 3], datatype, ...(binary ? none0 : { data: [] }) }],
      parameters: { binary_data_output: binary },
    })
    // As KServe's client writes it.
    const none0 = { data: null, parameters: { binary_data_size: 0 } }
    for (const [model, datatype] of Object.entries({ ...wireTypes, bfloat16: 'BF16' })) {
      for (const isBinary of [false, true]) {
        if (datatype === 'BF16' && !isBinary) continue
        const answer = await binary(model, none(datatype, isBinary))
        expect([model, answer.status]).toEqual([model, 200])
        const { outputs } = isBinary ? (await split(answer)).header : await answer.json()
        const rest = isBinary ? { parameters: { binary_data_size: 0 } } : { data: [] }
        expect(outputs).toEqual([{ name: 'y', datatype, shape: [0, 3], ...rest }])
      }
    }
    const two = await infer('two', {
      inputs: ['a', 'b'].map((name) => ({ name, shape: [0, 2], datatype: 'FP32', data: [] })),
    })
    expect((await two.json()).outputs.map((o: { shape: number[] }) => o.shape)).toEqual([
      [0, 2],
      [0, 2],
    ])
  })

  it('keeps the sign of zero, and answers NaN to those who write it', async () => {
    const ask = async (data: string) =>
      (
        await post(
          '/v2/models/float32/infer',
          `{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP32","data":[${data}]}]}`,
        )
      ).text()
    expect(await ask('-0.0, 0, 1')).toContain('"data":[-0.0,0,1]')
    expect(await ask('NaN, -Infinity, -0.0')).toContain('"data":[NaN,-Infinity,-0.0]')
  })

  it('takes halves in JSON, and answers the number that was kept', async () => {
    const halves = await infer('float16', x([1, 3], [0.1, -65504, 2 ** -24], 'FP16'))
    expect((await halves.json()).outputs[0].data).toEqual([0.0999755859375, -65504, 2 ** -24])
  })

  it('has an output that is called __proto__', async () => {
    const asked = x([1, 3], [1, 2, 3])
    expect((await (await get('/v2/models/proto')).json()).outputs).toEqual([
      { name: '__proto__', datatype: 'FP32', shape: [-1, 3] },
    ])
    for (const request of [asked, { ...asked, outputs: [{ name: '__proto__' }] }]) {
      const [output] = (await (await infer('proto', request)).json()).outputs
      expect(output).toEqual({ name: '__proto__', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] })
    }
  })

  it('says 400 where JSON cannot hold the answer', async () => {
    const nan = new Uint8Array(Float32Array.of(Number.NaN, 1, 2).buffer)
    const input = { name: 'x', shape: [1, 3], datatype: 'FP32', parameters: { binary_data_size: 12 } }
    const answer = await binary('float32', { inputs: [input] }, nan)
    expect(answer.status).toBe(400)
    expect((await answer.json()).error).toMatch(/ask for it as binary data/)
  })
})

describe('what is malformed', () => {
  const part = { name: 'x', shape: [1, 3], datatype: 'FP32' }
  const sized = (binary_data_size: unknown, more: object = {}) => ({
    inputs: [{ ...part, parameters: { binary_data_size }, ...more }],
  })

  it.each<[string, unknown, RegExp]>([
    ['a list', [], /the request's JSON: /],
    ['nothing', null, /the request's JSON: /],
    ['no inputs', {}, /\.inputs: /],
    ['an empty list of inputs', { inputs: [] }, /\.inputs: /],
    ['inputs that are no objects', { inputs: [7] }, /\.inputs\[0\]: /],
    ['no data', { inputs: [part] }, /needs either data or the parameter binary_data_size/],
    ['both kinds of data', sized(12, { data: [1, 2, 3] }), /needs either data or/],
    ['a wrong name', { inputs: [{ ...part, name: 'y', data: [1, 2, 3] }] }, /no input 'y', only 'x'/],
    ['one input twice', { inputs: [1, 2].map(() => ({ ...part, data: [1, 2, 3] })) }, /given twice/],
    ['a wrong type', x([1, 3], [1, 2, 3], 'FP64'), /'x' is FP32, but FP64 came/],
    ['an unknown type', x([1, 3], [1, 2, 3], 'FP8'), /\.inputs\[0\]\.datatype: /],
    ['a wrong rank', x([3], [1, 2, 3]), /has the shape \[-1,3\] \(-1 is free\), but \[3\] came/],
    ['a wrong size', x([1, 4], [1, 2, 3, 4]), /but \[1,4\] came/],
    ['a size of nothing where there is one', x([1, 0], []), /has the shape \[-1,3\] .* but \[1,0\] came/],
    ['data for a size of nothing', x([0, 3], [1]), /holds 0 elements, but data has 1/],
    [
      'null for a number',
      x([1, 3], [1, null, 3]),
      /element 1 .* null came, which some clients write for NaN/,
    ],
    ['a negative size', x([-1, 3], [1, 2, 3]), /\.shape\[0\]: /],
    ['a broken size', x([1.5, 3], [1, 2, 3]), /\.shape\[0\]: /],
    ['a size beyond numbers', x([1e300, 3], [1, 2, 3]), /\.shape\[0\]: /],
    ['a huge shape', x([9_007_199_254_740_991, 3], [1, 2, 3]), /holds Infinity elements, but data has 3/],
    ['too little data', x([2, 3], [1, 2, 3]), /holds 6 elements, but data has 3/],
    ['text for numbers', x([1, 3], ['1', '2', '3']), /element 0 of data is not a number/],
    ['an unknown output', { ...x([1, 3], [1, 2, 3]), outputs: [{ name: 'z' }] }, /no output 'z', only 'y'/],
    [
      'an output twice',
      { ...x([1, 3], [1, 2, 3]), outputs: [{ name: 'y' }, { name: 'y' }] },
      /asked for twice/,
    ],
    ['a binary size without data', sized(12), /claims 12 bytes of binary data, but 0 are left/],
    ['a wrong binary size', sized(13), /takes 12 bytes, but binary_data_size is 13/],
    ['a binary size as text', sized('12'), /binary_data_size: /],
    [
      'shared memory',
      { inputs: [{ ...part, data: [1, 2, 3], parameters: { shared_memory_region: 'r' } }] },
      /shared memory/,
    ],
    [
      'classification',
      { ...x([1, 3], [1, 2, 3]), outputs: [{ name: 'y', parameters: { classification: 2 } }] },
      /classification extension is not supported/,
    ],
  ])('refuses %s', async (_, request, words) => {
    const answer = await infer('float32', request)
    expect(answer.status).toBe(400)
    expect((await answer.json()).error).toMatch(words)
  })

  it.each([
    ['two', [2, 2], [1, 2], "inputs 'a' and 'b' share the size 'N', but 2 and 1 came"],
    ['square', [2, 3], undefined, "input 'x' has the size 'N', but 2 and 3 came"],
  ])('refuses two sizes of one name: %s', async (model, first, second, words) => {
    const tensors = second ? { a: first, b: second } : { x: first }
    const inputs = Object.entries(tensors).map(([name, shape]) => ({
      name,
      datatype: 'FP32',
      shape,
      data: new Array(shape[0]! * shape[1]!).fill(1),
    }))
    const answer = await infer(model, { inputs })
    expect([answer.status, (await answer.json()).error]).toEqual([400, words])
  })

  it('refuses a missing input', async () => {
    const answer = await infer('two', {
      inputs: [{ name: 'a', shape: [1, 2], datatype: 'FP32', data: [1, 2] }],
    })
    expect([answer.status, (await answer.json()).error]).toEqual([400, "missing input 'b'"])
  })

  it.each<[string, string | Uint8Array<ArrayBuffer>, string | undefined, RegExp]>([
    ['no JSON', '{"inputs": [', undefined, /is not JSON/],
    ['no text', Uint8Array.of(0xff, 0xfe, 0), undefined, /is not JSON/],
    ['nothing', '', undefined, /is not JSON/],
    ['deep nesting', '['.repeat(50_000), undefined, /is not JSON/],
    ['a header beyond the body', '{}', '3', /expected a number up to the body's 2 bytes, got '3'/],
    ['a negative header', '{}', '-1', /got '-1'/],
    ['a header of text', '{}', 'two', /got 'two'/],
    ['a header beyond numbers', '{}', '99999999999999999999', /expected a number/],
  ])('refuses %s', async (_, body, length, words) => {
    const headers = length === undefined ? {} : { 'inference-header-content-length': length }
    const answer = await post('/v2/models/float32/infer', body, headers as Record<string, string>)
    expect(answer.status).toBe(400)
    expect((await answer.json()).error).toMatch(words)
  })

  it('refuses binary data that is cut short or too long, and claims that would not fit into memory', async () => {
    const error = async (answer: Response | Promise<Response>) => (await (await answer).json()).error
    expect(await error(binary('float32', sized(12), new Uint8Array(11)))).toMatch(
      /claims 12 .* but 11 are left/,
    )
    expect(await error(binary('float32', sized(12), new Uint8Array(13)))).toMatch(
      /1 bytes of the body belong to no/,
    )
    const huge = {
      inputs: [{ ...part, shape: [1, 2 ** 20, 2 ** 20], parameters: { binary_data_size: 2 ** 42 } }],
    }
    const before = process.memoryUsage().arrayBuffers
    expect(await error(binary('open', huge, new Uint8Array(8)))).toMatch(/claims 4398046511104 bytes/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 ** 8)
  })

  it('never answers with what was sent', async () => {
    const secret = 'x-ray-of-mrs-smith'
    for (const body of [
      `{"inputs": ${secret}`,
      JSON.stringify({ inputs: secret }),
      JSON.stringify(x([1, 1], [secret])),
    ]) {
      expect(await (await post('/v2/models/float32/infer', body)).text()).not.toContain('smith')
    }
  })

  it('refuses a body that is too large, announced or not, and one that is compressed in a way unknown or damaged', async () => {
    const announced = await post('/v2/models/float32/infer', 'x', { 'content-length': '100001' })
    expect([announced.status, (await announced.json()).error]).toEqual([
      413,
      'a body may have 100000 bytes, and 100001 were announced',
    ])
    let pulled = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array(10_000))
      },
    })
    const init = { method: 'POST', body: endless, duplex: 'half' } as RequestInit
    const streamed = await service.app.request('/v2/models/float32/infer', init)
    expect(streamed.status).toBe(413)
    expect(pulled).toBeLessThan(20)
    const compressed = await post('/v2/models/float32/infer', 'x', { 'content-encoding': 'compress' })
    expect(compressed.status).toBe(415)
    const damaged = await post('/v2/models/float32/infer', 'x', { 'content-encoding': 'gzip' })
    expect([damaged.status, (await damaged.json()).error]).toEqual([
      400,
      'the body is not what gzip gives, or it is cut short',
    ])
  })
})

describe('many at once', () => {
  it('runs rows of several requests together, and each gets its own answer', async () => {
    const busy = await start({ models: [{ name: 'm', bytes: identityModel('float32') }] })
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const rows = 1 + (i % 3)
        const data = Array.from({ length: 3 * rows }, (_, j) => 100 * i + j)
        const answer = await infer('m', x([rows, 3], data), busy)
        return [await answer.json(), data] as const
      }),
    )
    for (const [answer, data] of answers) expect(answer.outputs[0].data).toEqual(data)
    const text = await (await busy.app.request('/metrics')).text()
    const runs = Number(/run_rows_count{model="m"} (\d+)/.exec(text)?.[1])
    expect(/run_rows_sum{model="m"} (\d+)/.exec(text)?.[1]).toBe('120')
    expect(runs).toBeLessThan(30)
    expect(busy.models()[0]?.batched).toBe(true)
  })

  it('answers the others when one of a run is at fault', async () => {
    const table = await start({ models: [{ name: 'm', bytes: lookUpModel() }] })
    expect(table.models()[0]?.batched).toBe(true)
    const all = await Promise.all([0, 1, 2, 9, 3].map((i) => infer('m', x([1, 1], [i], 'INT64'), table)))
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 500, 200])
    expect((await all[3]!.json()).error).toMatch(/^the model failed on this input: /)
    expect((await all[4]!.json()).outputs[0]).toEqual({
      name: 'y',
      datatype: 'FP32',
      shape: [1, 1, 2],
      data: [6, 7],
    })
  })

  it('does not join what depends on its neighbours, or has no free batch', async () => {
    const batched = Object.fromEntries(service.models().map((m) => [m.name, m.batched]))
    expect(batched).toMatchObject({
      two: true,
      string: true,
      int64: true,
      coupled: false,
      open: false,
      fixed: false,
    })
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, i) =>
        (await infer('coupled', x([2, 2], [0, 0, i, 2 * i]))).json(),
      ),
    )
    answers.forEach((answer, i) => {
      expect(answer.outputs[0].data).toEqual([-i / 2, -i, i / 2, i].map((v) => v + 0))
    })
  })

  it('refuses more than fits into the queue with 503, and is there again afterwards', async () => {
    const [small, threads] = await held({ queue: 2 })
    const taken = [1, 2, 3].map(() => infer('m', x([1, 1], [1]), small))
    while (small.inFlight() < 3) await turnOfTheLoop()
    for (const answer of await Promise.all([4, 5, 6, 7, 8].map(() => infer('m', x([1, 1], [1]), small))))
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1'])
    threads.release()
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await infer('m', x([1, 1], [1]), small)).status).toBe(200)
    expect(small.inFlight()).toBe(0)
    await small.close()
  })

  it('refuses bodies that together are too many bytes', async () => {
    const [small, threads] = await held({ maxBody: 1000, maxHeld: 2500 })
    const padded = { ...x([1, 1], [1]), id: 'p'.repeat(800) }
    const statuses: number[] = []
    const ask = async () => statuses.push((await infer('m', padded, small)).status)
    const all = Promise.all([ask(), ask(), ask(), ask()])
    while (statuses.length < 2) await turnOfTheLoop()
    expect(statuses).toEqual([503, 503])
    threads.release()
    await all
    expect(statuses).toEqual([503, 503, 200, 200])
    expect((await infer('m', padded, small)).status).toBe(200)
    await small.close()
  })

  it('says 504 when the answer takes too long, and its health is told meanwhile', async () => {
    const [slow, threads] = await held({ timeout: 0.05 })
    const asked = infer('m', x([1, 1], [1]), slow)
    expect((await slow.app.request('/v2/health/live')).status).toBe(200)
    const answer = await asked
    expect([answer.status, (await answer.json()).error]).toEqual([504, 'no answer within 0.05 s'])
    threads.release()
    await slow.close()
  })
})

describe('models come and go', () => {
  it('replaces one, forgets one, and answers those in hand', async () => {
    const changing = await start({ models: [{ name: 'm', bytes: slowModel(4) }] })
    const before = infer('m', x([1, 1], [1]), changing)
    await changing.addModel({ name: 'm', bytes: identityModel('float32') })
    expect((await before).status).toBe(200)
    expect((await infer('m', x([1, 3], [1, 2, 3]), changing)).status).toBe(200)
    expect(changing.removeModel('m')).toBe(true)
    expect(changing.removeModel('m')).toBe(false)
    expect((await infer('m', x([1, 3], [1, 2, 3]), changing)).status).toBe(404)
  })

  it.each<[string, Uint8Array, string, RegExp]>([
    ['nothing', new Uint8Array(0), 'm', /the model 'm' cannot be opened/],
    ['no ONNX', Buffer.from('not a model'), 'm', /cannot be opened/],
    ['half a model', slowModel(1).subarray(0, 500_000), 'm', /cannot be opened/],
    ['a name that no URL holds', identityModel('float32'), 'a/b', /'a\/b' cannot name a model/],
    ['an empty name', identityModel('float32'), '', /cannot name a model/],
  ])('refuses %s, and goes on', async (_, bytes, name, words) => {
    await expect(service.addModel({ name, bytes })).rejects.toThrow(words)
    expect((await get('/v2/health/ready')).status).toBe(200)
  })

  it('refuses weights that claim more than the file holds, or lie elsewhere, without taking memory', async () => {
    const changed = (change: (weight: TensorProto, addNode: (node: NodeProto) => void) => void) => {
      const model = fromBinary(ModelProtoSchema, lookUpModel())
      const { graph } = model
      change(graph!.initializer[0]!, (node) => void graph!.node.unshift(node))
      return toBinary(ModelProtoSchema, model)
    }
    const before = process.memoryUsage.rss()
    const refused = async (change: Parameters<typeof changed>[0], words: RegExp) =>
      expect(service.addModel({ name: 'm', bytes: changed(change) })).rejects.toThrow(words)
    for (const dims of [
      [2n ** 40n, 2n],
      [2n ** 62n, 8n],
      [-4n, 2n],
      [5n, 2n],
    ]) {
      await refused((weight) => {
        weight.dims = dims
      }, /cannot be opened/)
    }
    await refused((weight) => {
      weight.dims = [2n ** 40n, 2n]
      weight.rawData = new Uint8Array(0)
    }, /cannot be opened/)
    await refused((weight) => {
      weight.dataLocation = TensorProto_DataLocation.EXTERNAL
    }, /keeps its weights \('.*'\) in another file/)
    await refused((weight, addNode) => {
      // Moved into a Constant of its own, where the runtime looks, too.
      const attribute = create(AttributeProtoSchema, {
        name: 'value',
        type: AttributeProto_AttributeType.TENSOR,
        t: { ...weight, name: 'hidden', dataLocation: TensorProto_DataLocation.EXTERNAL },
      })
      addNode(create(NodeProtoSchema, { opType: 'Constant', output: ['unread'], attribute: [attribute] }))
    }, /keeps its weights \('hidden'\) in another file/)
    expect(process.memoryUsage.rss() - before).toBeLessThan(5e8)
  })

  it('says what is wrong with a limit', async () => {
    await expect(createService({ limits: { concurrency: 0 } })).rejects.toThrow(/limit concurrency: expected/)
    await expect(createService({ limits: { queue: 1.5 } })).rejects.toThrow(RangeError)
  })
})

describe('around the protocol', () => {
  it('counts requests by model and status, without anything that was sent', async () => {
    const counted = await start({ models: [{ name: 'm', bytes: identityModel('string') }] })
    await infer('m', x([1, 3], ['mrs', 'smith', 'x-ray'], 'BYTES'), counted)
    await infer('m', x([1, 2], ['mrs', 'smith'], 'BYTES'), counted)
    await infer('smith', {}, counted)
    const text = await (await counted.app.request('/metrics')).text()
    expect(text).toContain('frostglass_requests_total{model="m",status="200"} 1')
    expect(text).toContain('frostglass_requests_total{model="m",status="400"} 1')
    expect(text).toContain('frostglass_requests_total{model="none",status="404"} 1')
    expect(text).toMatch(/frostglass_request_duration_seconds_bucket{le="\+Inf",model="m"} 2/)
    expect(text).toMatch(/frostglass_received_bytes_total{model="m"} [1-9]/)
    expect(text).toMatch(/frostglass_requests_waiting 0/)
    expect(text).not.toMatch(/smith|x-ray/)
  })

  it('lets only the pages of allowed origins read answers', async () => {
    const options = { models: [{ name: 'm', bytes: identityModel('float32') }] }
    const asked = (to: Service, origin: string) =>
      to.app.request('/v2/models/m/infer', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    const open = await start({ ...options, allowOrigin: ['https://a.example'] })
    const allowed = await asked(open, 'https://a.example')
    expect(allowed.status).toBe(204)
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://a.example')
    expect(allowed.headers.get('access-control-allow-headers')).toContain('inference-header-content-length')
    expect((await asked(open, 'https://b.example')).headers.get('access-control-allow-origin')).toBeNull()
    expect((await asked(service, 'https://a.example')).headers.get('access-control-allow-origin')).toBeNull()
    const plain = await open.app.request('/v2', { headers: { origin: 'https://a.example' } })
    expect(plain.headers.get('access-control-expose-headers')).toContain('inference-header-content-length')
  })

  it('mounts more routes, tells of requests without their contents, and of faults', async () => {
    const lines: string[] = []
    const faults: unknown[] = []
    const more = await start({
      models: [{ name: 'm', bytes: identityModel('float32') }],
      extra: (app, own) => {
        app.get('/', (c) => c.text(own.models()[0]!.name))
        app.get('/fault', () => {
          throw new Error('smith')
        })
      },
      onAccess: (line) => lines.push(line),
      onFault: (error) => faults.push(error),
    })
    expect(await (await more.app.request('/')).text()).toBe('m')
    const fault = await more.app.request('/fault?name=smith')
    expect([fault.status, await fault.text()]).toEqual([500, '{"error":"a fault of the service"}'])
    expect(faults).toHaveLength(1)
    await infer('m', x([1, 3], [1, 2, 31415]), more)
    expect(lines[2]).toMatch(/^POST \/v2\/models\/m\/infer 200 [\d.]+ ms$/)
    expect(lines.join()).not.toMatch(/smith|31415/)
  })

  it('refuses when it is shutting down, and is not ready', async () => {
    const [ending, threads] = await held({})
    const waiting = [1, 2, 3].map(() => infer('m', x([1, 1], [1]), ending))
    while (ending.inFlight() < 3 || threads.begun() === 0) await turnOfTheLoop()
    ending.drain()
    expect((await ending.app.request('/v2/health/ready')).status).toBe(503)
    expect((await ending.app.request('/v2/models/m/ready')).status).toBe(503)
    expect((await infer('m', x([1, 1], [1]), ending)).status).toBe(503)
    const closed = ending.close()
    threads.release()
    await closed
    expect((await ending.app.request('/v2/health/live')).status).toBe(503)
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 503, 503])
  })
})
