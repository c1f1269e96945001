// Large JSON is read and written beside the loop, with the same words and bytes as here.

import { afterAll, describe, expect, it, vi } from 'vitest'
import { identityModel } from '../../../test/servedModels.ts'
import { ofTexts, textsOf } from './binaryTensors.ts'
import { createClerk } from './clerk.ts'
import type { ModelSignature } from './contract.ts'
import { deadlineIn } from './deadline.ts'
import { createService } from './index.ts'
import { parseRequest } from './request.ts'
import { formatResponse } from './response.ts'

const end = { datatype: 'FP32', shape: [-1, 3] } as const
const model: ModelSignature = {
  name: 'm',
  version: '1',
  inputs: [{ name: 'x', ...end }],
  outputs: [{ name: 'y', ...end }],
  batched: true,
  unguarded: false,
}
const rows = 30_000
const body = (value: unknown = 0.5) =>
  Buffer.from(
    JSON.stringify({
      inputs: [{ name: 'x', shape: [rows, 3], datatype: 'FP32', data: Array(3 * rows).fill(value) }],
    }),
  )

const maxBody = 32 * 2 ** 20
const texts = 2 ** 15
const textModel: ModelSignature = {
  ...model,
  inputs: [{ name: 'x', datatype: 'BYTES', shape: [-1] }],
  outputs: [{ name: 'y', datatype: 'BYTES', shape: [-1] }],
}
/** Texts as binary data, and the length of the JSON before them. */
function textBody(list: readonly string[]): [Buffer, string] {
  const data = Buffer.from(ofTexts(list))
  const parameters = { binary_data_size: data.length }
  const head = Buffer.from(
    JSON.stringify({ inputs: [{ name: 'x', shape: [list.length], datatype: 'BYTES', parameters }] }),
  )
  return [Buffer.concat([head, data]), String(head.length)]
}

const clerk = createClerk(maxBody)
const plenty = deadlineIn(600)
afterAll(() => clerk.end())

describe('a clerk', () => {
  it('reads large JSON and writes large answers as here, but not on the loop', async () => {
    const text = body()
    const here = parseRequest(text, undefined, model, 0)
    const parse = vi.spyOn(JSON, 'parse')
    const there = await clerk.read(text, undefined, model, plenty)
    expect(parse).not.toHaveBeenCalled()
    parse.mockRestore()
    expect(there).toStrictEqual(here)
    const tensors = () => [{ ...here.inputs[0]!, name: 'y', data: here.inputs[0]!.data.slice() }]
    const expected = formatResponse(model, here, tensors())
    const wrote = await clerk.write(model, there, tensors(), plenty)
    expect(Buffer.from(wrote.body as Uint8Array).toString()).toBe(expected.body)
    expect({ ...wrote, body: '' }).toEqual({ ...expected, body: '' })
  })

  it('reads many texts and writes long ones as here, but not on the loop', async () => {
    const [bytes, headerLength] = textBody(Array.from({ length: texts }, (_, i) => `ß${i % 100}`))
    const here = parseRequest(bytes, headerLength, textModel, texts)
    const parse = vi.spyOn(JSON, 'parse')
    const there = await clerk.read(bytes, headerLength, textModel, plenty)
    expect(parse).not.toHaveBeenCalled()
    parse.mockRestore()
    expect(there).toStrictEqual(here)
    const long = () => [{ ...here.inputs[0]!, name: 'y', shape: [1], data: ofTexts(['"ß"'.repeat(2 ** 16)]) }]
    const expected = formatResponse(textModel, here, long())
    const wrote = clerk.write(textModel, there, long(), plenty)
    expect(wrote).toBeInstanceOf(Promise)
    expect(Buffer.from((await wrote).body as Uint8Array).toString()).toBe(expected.body)
  })

  it('takes as many texts as their memory allows, short as they may be', async () => {
    const few = createClerk(200 * 3)
    for (const list of [['a'], ['', '', '']]) {
      const { inputs } = await few.read(...textBody(list), textModel, plenty)
      expect(textsOf(inputs[0]!.data)).toEqual(list)
    }
    const [bytes, headerLength] = textBody(['', '', '', ''])
    expect(() => few.read(bytes, headerLength, textModel, plenty)).toThrow(
      expect.objectContaining({ status: 413, message: expect.stringMatching(/may have 3 texts \(BYTES\)/) }),
    )
    const two = { ...textModel, inputs: ['x', 'z'].map((name) => ({ ...textModel.inputs[0]!, name })) }
    const listed = two.inputs.map(({ name }) => ({ name, datatype: 'BYTES', shape: [2], data: ['a', 'b'] }))
    expect(() => few.read(Buffer.from(JSON.stringify({ inputs: listed })), undefined, two, plenty)).toThrow(
      expect.objectContaining({ status: 413 }),
    )
  })

  it('refuses in the same words', async () => {
    await expect(clerk.read(body('smith'), undefined, model, plenty)).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/element 0 of data is not a number/),
    })
    await expect(clerk.read(Buffer.alloc(300_000, '['), undefined, model, plenty)).rejects.toMatchObject({
      status: 400,
    })
  })

  it('reads for clients in turn', async () => {
    const order: string[] = []
    const ask = async (client: string) => {
      await clerk.read(body(), undefined, model, plenty, client)
      order.push(client)
    }
    await Promise.all(['a', 'a', 'a', 'a', 'b'].map(ask))
    expect(order).toEqual(['a', 'a', 'b', 'a', 'a'])
  })

  it('gives up in time, and goes on', async () => {
    const hasty = createClerk(maxBody)
    await expect(hasty.read(body(), undefined, model, deadlineIn(0))).rejects.toMatchObject({ status: 504 })
    await hasty.end()
    await expect(hasty.read(body(), undefined, model, deadlineIn(0))).rejects.toMatchObject({ status: 503 })
  })

  it('serves a service', async () => {
    const service = await createService({ models: [{ name: 'm', bytes: identityModel('float32') }] })
    const init = { method: 'POST', body: body(-1.25) }
    const answer = await service.app.request('/v2/models/m/infer', init)
    const [output] = (await answer.json()).outputs
    expect(output.shape).toEqual([rows, 3])
    expect(output.data).toEqual(Array(3 * rows).fill(-1.25))
    await service.close()
  })
})
