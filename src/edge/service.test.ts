// The client before services that are busy, slow, wrong or hostile.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from './index.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => void

const closes: (() => void)[] = []
afterEach(() => {
  for (const close of closes.splice(0)) close()
})

const metadata = {
  name: 'm',
  inputs: [{ name: 'x', datatype: 'FP32', shape: ['-1', '2'] }],
  outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
}

const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(JSON.stringify(value))

const reply = (values: number[], more: object = {}): Answer =>
  json({ outputs: [{ name: 'y', shape: [1, values.length], datatype: 'FP32', data: values, ...more }] })

/** A service that gives these answers to infer, one after another, the last for ever. */
async function service(...answers: Answer[]) {
  const asked: number[] = []
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (request.method === 'GET') return json(metadata)(response, request)
      asked.push(performance.now())
      answers[Math.min(asked.length, answers.length) - 1]!(response, request)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closes.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const x = Float32Array.of(1, 2)

describe('a busy service', () => {
  it('is asked again, after as long as it says', async () => {
    const busy = json({ error: 'busy' }, 503, { 'retry-after': '0.2' })
    const { url, asked } = await service(busy, busy, reply([3, 4]))
    const { values, shape } = await (await connect(url, 'm')).infer(x)
    expect([values, shape]).toEqual([Float32Array.of(3, 4), [1, 2]])
    expect(asked).toHaveLength(3)
    expect(asked[2]! - asked[0]!).toBeGreaterThan(380)
  })

  it('is given up after some tries, and other errors at once', async () => {
    const busy = await service(json({ error: 'busy' }, 503, { 'retry-after': '0' }))
    await expect((await connect(busy.url, 'm', { retries: 2 })).infer(x)).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('answers 503: busy'),
    })
    expect(busy.asked).toHaveLength(3)
    const broken = await service(json({ error: 'it broke' }, 500))
    await expect((await connect(broken.url, 'm')).infer(x)).rejects.toThrow('answers 500: it broke')
    expect(broken.asked).toHaveLength(1)
  })

  it('is left when the caller stops, also while waiting to ask again', async () => {
    const { url, asked } = await service(json({}, 503, { 'retry-after': '5' }))
    const connected = await connect(url, 'm')
    const stopped = new AbortController()
    const answer = connected.infer(x, { signal: stopped.signal })
    while (asked.length === 0) await sleep(1)
    // Now it waits for five seconds, or has yet to read that it should.
    await sleep(50)
    stopped.abort()
    await expect(answer).rejects.toMatchObject({ code: 'aborted' })
    expect(asked).toHaveLength(1)
  })

  it('that does not answer in time is an error', async () => {
    const { url } = await service(() => {})
    await expect((await connect(url, 'm', { timeout: 2000 })).infer(x)).rejects.toThrow(
      /no answer within 2000 ms/,
    )
    closes.splice(0).forEach((close) => {
      close()
    })
    await expect(connect(url, 'm')).rejects.toMatchObject({ code: 'io' })
  })
})

describe('a wrong answer', () => {
  const binary =
    (size: unknown, bytes: number, header?: string): Answer =>
    (response) => {
      const outputs = [{ name: 'y', shape: [1, 2], datatype: 'FP32', parameters: { binary_data_size: size } }]
      const head = JSON.stringify({ outputs })
      response.writeHead(200, { 'inference-header-content-length': header ?? String(head.length) })
      response.end(Buffer.concat([Buffer.from(head), Buffer.alloc(bytes)]))
    }

  it.each<[string, Answer, RegExp]>([
    ['no JSON', (r) => void r.end('<html>'), /no JSON object/],
    ['a number', json(7), /no JSON object/],
    ['no outputs', json({}), /without a whole output 'y'/],
    ['outputs of nothing', json({ outputs: [null, 7, {}] }), /without a whole output/],
    [
      'another output',
      json({ outputs: [{ name: 'z', shape: [1], datatype: 'FP32', data: [1] }] }),
      /without a whole/,
    ],
    ['too few values', reply([1], { shape: [1, 2] }), /without a whole output/],
    ['a huge shape', reply([1, 2], { shape: [2 ** 40, 2] }), /without a whole output/],
    ['another type', reply([1, 2], { datatype: 'BYTES' }), /answers in BYTES/],
    ['bytes that are cut short', binary(8, 7), /without a whole output/],
    ['bytes of a size that is no number', binary('all', 8), /without a whole output/],
    ['a negative size', binary(-8, 8), /without a whole output/],
    ['a header beyond the body', binary(8, 8, '9999'), /no JSON object/],
  ])('%s is refused', async (_, answer, words) => {
    const { url } = await service(answer)
    await expect((await connect(url, 'm')).infer(x)).rejects.toThrow(words)
  })

  it('in FP64, and as nested JSON, is read', async () => {
    const wide: Answer = (response) => {
      const parameters = { binary_data_size: 16 }
      const head = JSON.stringify({ outputs: [{ name: 'y', shape: [1, 2], datatype: 'FP64', parameters }] })
      response.writeHead(200, { 'inference-header-content-length': String(head.length) })
      response.end(Buffer.concat([Buffer.from(head), Buffer.from(Float64Array.of(0.5, 2).buffer)]))
    }
    for (const answer of [wide, reply([1, 2], { data: [[0.5, 2]] })]) {
      const { url } = await service(answer)
      expect((await (await connect(url, 'm')).infer(x)).values).toEqual(Float32Array.of(0.5, 2))
    }
  })

  it('without an end is cut off', async () => {
    let sent = 0
    const { url } = await service((response) => {
      const block = Buffer.alloc(2 ** 20)
      const pour = () => {
        while (response.writable && response.write(block)) sent++
        sent++
      }
      response.on('drain', pour)
      pour()
    })
    await expect((await connect(url, 'm')).infer(x)).rejects.toThrow(/more than 67108864 bytes/)
    expect(sent).toBeLessThan(200)
  })
})
