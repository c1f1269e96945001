// The client of encrypted inference before a real service, and before such as are busy, forgetful, wrong or hostile.

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { images, smallNetwork } from '../../test/encryptedNetworks.ts'
import { answerPlainly, compileNetwork } from '../encrypt/index.ts'
import { type RunningService, startService } from '../serve/v2/index.ts'
import {
  type AskStage,
  connectEncrypted,
  createKeyHolder,
  fetchCard,
  type KeyHolder,
  openKeyHolder,
} from './encrypted.ts'

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

describe('a service of encrypted models', () => {
  let running: RunningService
  beforeAll(async () => {
    running = await startService({ port: 0, encrypted: { models: [{ name: 'm', model }] } })
  })
  afterAll(() => running.close({ grace: 0 }))

  it('gets keys once, answers, and gets them again when it forgot them', async () => {
    const stages: AskStage[] = []
    const onStage = (stage: AskStage) => stages.push(stage)
    const client = await connectEncrypted(running.url, 'm')
    const first = await client.ask(pictures, { onStage })
    expect(stages.splice(0)).toEqual(['making keys', 'sending keys', 'encrypting', 'waiting', 'decrypting'])
    first.answers.forEach((own, i) => {
      const plainly = answerPlainly(network, pictures[i]!).answers
      own.forEach((v, o) => {
        expect(Math.abs(v - plainly[o]!)).toBeLessThan(0.01)
      })
    })
    expect(first.bytes.keys).toBeGreaterThan(1e6)
    expect(first.question.length).toBe(first.bytes.question)
    for (const part of Object.values(first.milliseconds)) expect(part).toBeGreaterThan(0)
    const second = await client.ask(pictures.slice(0, 1), { onStage })
    expect(stages.splice(0)).toEqual(['encrypting', 'waiting', 'decrypting'])
    expect([second.bytes.keys, second.milliseconds.makeKeys]).toEqual([0, 0])
    // Somebody else, or a quota, removed them.
    const { keys: held } = (await openedKeys(running)) as { keys: number }
    expect(held).toBe(1)
    await client.forget()
    expect((await openedKeys(running)).keys).toBe(0)
    const third = await client.ask(pictures.slice(0, 1), { onStage })
    expect(third.bytes.keys).toBeGreaterThan(1e6)
    client.close()
  })

  it('is asked with keys and a secret of before, which need not be sent again', async () => {
    const again = await openKeyHolder(holder.secret())
    for (const bytes of [keys.length, 0]) {
      const client = await connectEncrypted(`${running.url}/v2/encrypted/models/m`, undefined, {
        holder: again,
        keys,
      })
      expect((await client.sendKeys()).bytes.keys).toBe(bytes)
      expect((await client.ask(pictures.slice(0, 1))).bytes.keys).toBe(0)
      client.close()
    }
    again.close()
  })

  it('refuses in words, and a holder for another model is refused here', async () => {
    await expect(connectEncrypted(running.url, 'none')).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining("answers 404: there is no encrypted model 'none'"),
    })
    expect(await fetchCard(running.url)).toEqual(model.card)
    expect(await fetchCard(`${running.url}/v2/encrypted/models/m/`)).toEqual(model.card)
    const other = await createKeyHolder({ ...model.card, classes: null }, 'latency')
    await expect(connectEncrypted(running.url, 'm', { holder: other })).rejects.toMatchObject({ code: 'key' })
    other.close()
    const client = await connectEncrypted(running.url, 'm', { holder, keys })
    await expect(client.ask([[0.5]])).rejects.toThrow(RangeError)
  })
})

async function openedKeys({ url }: RunningService): Promise<{ keys: number }> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return { keys: Number(/^frostglass_encrypted_keys (\d+)$/m.exec(metrics)?.[1]) }
}

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
    await expect((await silent.connect({ timeout: 100 })).ask(one)).rejects.toThrow(/no answer within 100 ms/)
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    await expect((await silent.connect()).ask(one, { signal: stop.signal })).rejects.toMatchObject({
      code: 'aborted',
    })
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
