// The client of encrypted inference before services that are busy, forgetful, wrong or hostile.

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { images, smallNetwork } from '../../test/encryptedNetworks.ts'
import { compileNetwork } from '../encrypt/index.ts'
import { openAnswering, packAnswer, readQuestion } from '../encrypt/inference/answering.ts'
import { joinPieces } from '../encrypt/seal/parcel.ts'
import { connectEncrypted, createKeyHolder, fetchCard, type KeyHolder } from './encrypted.ts'

const network = smallNetwork()
const model = compileNetwork(network, ['a', 'b', 'c'])
const pictures = images(2, 6)

let holder: KeyHolder
let keys: Uint8Array
beforeAll(async () => {
  holder = await createKeyHolder(model.card, 'latency')
  keys = holder.keys()
})
afterAll(() => holder.close())

describe('a service that is busy, forgetful, wrong or hostile', () => {
  const closes: (() => void)[] = []
  afterEach(() => {
    for (const close of closes.splice(0)) close()
  })
  type Answer = (response: ServerResponse, request: IncomingMessage) => void
  const status =
    (code: number, words = {}, headers = {}): Answer =>
    (response) =>
      void response.writeHead(code, headers).end(JSON.stringify(words))

  /** A service with this card, that has these keys or not, and gives these answers to questions, the last for ever. */
  async function service({ card = model.card as unknown, has = true, infer = [] as Answer[] }) {
    const seen: string[] = []
    let asked = 0
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        if (request.method === 'GET') return status(200, card as object)(response, request)
        seen.push(`${request.method} ${request.url?.split('/').at(-1)}`)
        if (request.method === 'HEAD') return void response.writeHead(has ? 200 : 404).end()
        if (request.method === 'PUT') return void response.writeHead(201).end()
        infer[Math.min(asked++, infer.length - 1)]!(response, request)
      })
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    closes.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const connect = (more = {}) => connectEncrypted(url, 'm', { holder, keys, ...more })
    return { url, connect, seen }
  }
  const one = pictures.slice(0, 1)
  const hash = () => createHash('sha256').update(keys).digest('hex')

  it('is asked again at 503, and sent keys again at 404, once', async () => {
    const busy = await service({
      infer: [status(503, {}, { 'retry-after': '0' }), status(400, { error: 'no' })],
    })
    await expect((await busy.connect()).ask(one)).rejects.toThrow(/answers 400: no/)
    expect(busy.seen).toEqual([`HEAD ${hash()}`, 'POST infer', 'POST infer'])
    const forgetful = await service({ has: false, infer: [status(404, { error: 'gone' })] })
    await expect((await forgetful.connect()).ask(one)).rejects.toThrow(/the model or the keys are gone/)
    const turn = [`HEAD ${hash()}`, `PUT ${hash()}`, 'POST infer']
    expect(forgetful.seen).toEqual([...turn, ...turn])
  })

  it('is given up when it is late, or when the caller stops', async () => {
    const silent = await service({ infer: [() => {}] })
    await expect((await silent.connect({ timeout: 2000 })).ask(one)).rejects.toThrow(
      /no answer within 2000 ms/,
    )
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    await expect((await silent.connect()).ask(one, { signal: stop.signal })).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  it('cannot write on its client’s terminal', async () => {
    const forged = 'no\u001b[2J\rwrote answers.csv\n\u202e\u2028right: 3 (100.0%)'
    const loud = await service({ infer: [status(400, { error: forged + 'x'.repeat(1e5) })] })
    const error: Error = await (await loud.connect()).ask(one).then(
      () => undefined!,
      (e) => e,
    )
    expect(error.message).toMatch(/answers 400: no \[2J wrote answers\.csv/)
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(error.message.length).toBeLessThan(500)
    const named = await service({ card: { models: [{ name: forged }, { name: 7 }] } })
    await expect(fetchCard(named.url)).rejects.toMatchObject({
      message: expect.stringMatching(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u),
    })
    for (const name of ['a\u001b[1m', 'a\nb', 'a\u202eb', '']) {
      const card = { ...model.card, classes: ['a', 'b', name] }
      await expect((await service({ card })).connect()).rejects.toThrow(/a class has no name/)
    }
  })

  it('sends its client elsewhere: refused in words, and nothing goes there', async () => {
    const other = await service({ infer: [status(200)] })
    for (const code of [301, 302, 303, 307, 308]) {
      const leading = await service({ infer: [status(code, {}, { location: `${other.url}/infer` })] })
      await expect((await leading.connect()).ask(one)).rejects.toThrow(/sends elsewhere/)
    }
    expect(other.seen).toEqual([])
  })

  it('sends what was read before as the answer to a new question: refused', async () => {
    const asked = joinPieces(await holder.question(one))
    const question = readQuestion(asked, model.plans)
    const honest = await openAnswering(model, keys)
    const old = packAnswer(question, [await honest.answer(0, question.rows[0]!, 1)])
    honest.close()
    await holder.read(old, asked)
    const again = await service({ infer: [(response) => void response.writeHead(200).end(old)] })
    await expect((await again.connect()).ask(one)).rejects.toThrow(/to another question/)
    expect(holder.state.ended).toBeNull()
  })

  it('is not believed', async () => {
    const text = await service({ infer: [status(200, { answers: [1, 2, 3] })] })
    await expect((await text.connect()).ask(one)).rejects.toThrow(/no encrypted data of ours/)
    const flood = await service({
      infer: [
        (response) => {
          const block = Buffer.alloc(2 ** 20)
          const pour = () => {
            while (response.writable && response.write(block));
          }
          response.on('drain', pour)
          pour()
        },
      ],
    })
    await expect((await flood.connect()).ask(one)).rejects.toThrow(/more than \d+ bytes/)
    const weak = await service({ card: { ...model.card, latency: { precision: 99 } } })
    await expect(weak.connect()).rejects.toThrow(/precision is not a whole number/)
    const none = await service({ card: { models: [{ name: 'a' }, { name: 'b' }] } })
    await expect(none.connect()).rejects.toMatchObject({ code: 'input' })
    await expect(fetchCard(none.url)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('has 2: a, b'),
    })
  })
})
