// The service on a real port: slow, rude and many clients, and its end.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type ClientRequest, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectSecurely } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { heldThreads } from '../../../test/heldThreads.ts'
import { cert, key } from '../../../test/selfSigned.ts'
import { classifierModel, identityModel } from '../../../test/servedModels.ts'
import { type RunningService, type ServiceOptions, type StartOptions, startService } from './index.ts'
import { serviceOn } from './service.ts'
import { listen } from './start.ts'

let running: RunningService
beforeAll(async () => {
  running = await startService({
    models: [
      { name: 'm', bytes: identityModel('float32') },
      { name: 'digits', bytes: classifierModel([64]) },
    ],
    port: 0,
    limits: { maxBody: 200_000 },
  })
})
afterAll(() => running?.close())

const one = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 3], datatype: 'FP32', data: [1, 2, 3] }] })
const heldOne = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP32', data: [1] }] })

/** A service on a port whose runs end when the test lets them. */
async function held(limits: ServiceOptions['limits'] = {}, tls?: StartOptions['tls']) {
  const threads = heldThreads()
  // One at a time: no trial when the model is opened, which would be held as well.
  const options = {
    models: [{ name: 'm', bytes: identityModel('float32') }],
    port: 0,
    limits: { batch: 1, ...limits },
    tls,
  }
  return { threads, held: await listen(await serviceOn(threads, options), options) }
}

/** Everything that comes back over a bare connection, until it is closed. */
function raw(port: number, text: string): { socket: Socket; answer: Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  // Not once it is connected: what a test writes meanwhile would come first.
  socket.write(text)
  return { socket, answer: textOf(socket) }
}

function textOf(socket: Socket): Promise<string> {
  let got = ''
  return new Promise((done) => {
    socket.on('data', (part) => {
      got += part
    })
    socket.on('close', () => done(got))
    socket.on('error', () => {})
  })
}

/** Waits until nobody listens on a port any more. */
async function refusedConnection(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const refused = await Promise.race([
      once(socket, 'connect').then(() => false),
      once(socket, 'error').then(
        () => true,
        () => true,
      ),
    ]).catch(() => true)
    socket.destroy()
    if (refused) return
    await sleep(5)
  }
}

function ask(
  url: string,
  body: string,
  localAddress?: string,
): { sent: ClientRequest; answer: Promise<number> } {
  const answer = Promise.withResolvers<number>()
  const from = localAddress === undefined ? {} : { localAddress, agent: false as const }
  const sent = request(url, { method: 'POST', ...from }, (response) => {
    response.resume().on('end', () => answer.resolve(response.statusCode ?? 0))
  })
  sent.on('error', answer.reject)
  sent.end(body)
  return { sent, answer: answer.promise }
}

describe('on a port', () => {
  it('answers over a kept connection', async () => {
    const infer = `${running.url}/v2/models/m/infer`
    for (let i = 0; i < 3; i++) {
      const answer = await fetch(infer, { method: 'POST', body: one })
      expect((await answer.json()).outputs[0].data).toEqual([1, 2, 3])
    }
  })

  it('answers 64 clients at once, without an error and each its own', async () => {
    const clients = Array.from({ length: 64 }, async (_, client) => {
      for (let round = 0; round < 5; round++) {
        const values = Float32Array.of(client, round, client * round)
        const head = JSON.stringify({
          inputs: [{ name: 'x', shape: [1, 3], datatype: 'FP32', parameters: { binary_data_size: 12 } }],
        })
        const answer = await fetch(`${running.url}/v2/models/m/infer`, {
          method: 'POST',
          headers: { 'inference-header-content-length': String(head.length) },
          body: Buffer.concat([Buffer.from(head), Buffer.from(values.buffer)]),
        })
        expect(answer.status).toBe(200)
        expect((await answer.json()).outputs[0].data).toEqual([...values])
      }
    })
    await Promise.all(clients)
    expect(running.service.inFlight()).toBe(0)
  })

  it('gives a body that drips in 408, and closes', async () => {
    const models = [{ name: 'm', bytes: identityModel('float32') }]
    const hasty = await startService({ models, port: 0, limits: { timeout: 1 } })
    const head = 'POST /v2/models/m/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{'
    const { socket, answer } = raw(hasty.port, head)
    const drip = setInterval(() => socket.write(' '), 100)
    const text = await answer
    clearInterval(drip)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(text).toMatch(/the body was not whole within 1 s \(\d+ bytes came\)/)
    expect(hasty.service.inFlight()).toBe(0)
    await hasty.close()
  })

  it('has a place for whole requests while many bodies drip in', async () => {
    const models = [{ name: 'm', bytes: identityModel('float32') }]
    const small = await startService({ models, port: 0, limits: { queue: 3 } })
    const head = 'POST /v2/models/m/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{'
    const slow = Array.from({ length: 30 }, () => raw(small.port, head))
    while (small.service.inFlight() < 30) await sleep(1)
    expect(await ask(`${small.url}/v2/models/m/infer`, one).answer).toBe(200)
    for (const { socket } of slow) socket.destroy()
    await small.close()
  })

  it('gives an announced 2 GB 413 at once, and a chunked flood as soon as it is too much', async () => {
    const post = 'POST /v2/models/m/infer HTTP/1.1\r\nhost: localhost\r\n'
    const announced = raw(running.port, `${post}content-length: 2000000000\r\n\r\nabc`)
    expect(await announced.answer).toMatch(/^HTTP\/1\.1 413 .*a body may have 200000 bytes/s)
    const flood = raw(running.port, `${post}transfer-encoding: chunked\r\n\r\n`)
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`
    const pour = setInterval(() => flood.socket.write(chunk), 2)
    const text = await flood.answer
    clearInterval(pour)
    expect(text).toMatch(/^HTTP\/1\.1 413 .*and more came/s)
    expect(running.service.inFlight()).toBe(0)
  })

  it.each<[string, string, RegExp]>([
    [
      'a header of 20 KB',
      `GET /v2 HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      'a URL of 20 KB',
      `GET /v2/${'y'.repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ['what is no HTTP', 'hello\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'two lengths',
      'POST /v2/models/m/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'a path outside',
      'GET /../../etc/passwd HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
      /^HTTP\/1\.1 404 /,
    ],
    [
      'broken escapes',
      'GET /v2/models/%ff%zz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
      /^HTTP\/1\.1 404 /,
    ],
    ['no Host in HTTP/1.1', 'GET /v2 HTTP/1.1\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a Host that is none', 'GET /v2 HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['a Host with a user', 'GET /v2 HTTP/1.0\r\nhost: me@localhost\r\n\r\n', /^HTTP\/1\.1 400 /],
    [
      'a target that is no path',
      'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'what it cannot expect',
      'GET /v2 HTTP/1.1\r\nhost: localhost\r\nexpect: all\r\nconnection: close\r\n\r\n',
      /^HTTP\/1\.1 417 /,
    ],
  ])('refuses %s, in words', async (_, text, words) => {
    const answer = await raw(running.port, text).answer
    expect(answer).toMatch(words)
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!).error).toMatch(/\w+ \w+/)
  })

  it('answers what is a request before it refuses what came behind it', async () => {
    const { threads, held: slow } = await held()
    const post = `POST /v2/models/m/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${heldOne.length}\r\n\r\n${heldOne}`
    const { answer } = raw(slow.port, `${post}no request\r\n\r\n`)
    while (threads.begun() < 1) await sleep(1)
    threads.release()
    expect(await answer).toMatch(/^HTTP\/1\.1 200 .*"outputs".*HTTP\/1\.1 400 .*no request of HTTP/s)
    await slow.close()
  })

  it('answers HTTP/1.0, which has no Host', async () => {
    expect(await raw(running.port, 'GET /v2 HTTP/1.0\r\n\r\n').answer).toMatch(
      /^HTTP\/1\.1 200 .*frostglass/s,
    )
  })

  it.each(['plain', 'TLS'])('answers a client that says all and then only listens: %s', async (kind) => {
    const { threads, held: slow } = await held({}, kind === 'TLS' ? { cert, key } : undefined)
    const port = { port: slow.port, host: '127.0.0.1', allowHalfOpen: true }
    const socket = kind === 'TLS' ? connectSecurely({ ...port, ca: cert }) : connect(port)
    const answer = textOf(socket)
    const post = `POST /v2/models/m/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${heldOne.length}\r\n\r\n${heldOne}`
    socket.end(post)
    while (threads.begun() < 1) await sleep(1)
    threads.release()
    expect(await answer).toMatch(/HTTP\/1\.1 200 .*"model_name":"m"/s)
    await slow.close()
  })

  it('reads the rest of a body that it refuses, so that whoever writes first reads why', async () => {
    const big = Buffer.alloc(1_500_000, ' ')
    for (const path of ['/v2/models/m/infer', '/nothing']) {
      const answer = Promise.withResolvers<string>()
      const broken: unknown[] = []
      const socket = connect(running.port, '127.0.0.1')
      // Nothing is read before all is written, as many clients do.
      socket.pause().on('error', (error) => broken.push(error))
      socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${big.length}\r\n\r\n`)
      socket.write(big, () => {
        void textOf(socket).then(answer.resolve)
        socket.resume()
      })
      expect(await answer.promise).toMatch(/^HTTP\/1\.1 4(13|04) .*connection: close.*"error"/is)
      expect(broken).toEqual([])
    }
  })

  it('keeps places for others: one client has its share, and is told 429', async () => {
    const { threads, held: slow } = await held({ queue: 3, perClient: 0.5 })
    const url = `${slow.url}/v2/models/m/infer`
    const first = [ask(url, heldOne), ask(url, heldOne)]
    while (slow.service.inFlight() < 2) await sleep(1)
    const third = await fetch(url, { method: 'POST', body: heldOne })
    expect([third.status, third.headers.get('retry-after')]).toEqual([429, '1'])
    expect((await third.json()).error).toBe('2 requests of this client are in hand already; try again')
    const other = ask(url, heldOne, '127.0.0.2')
    while (slow.service.inFlight() < 3) await sleep(1)
    threads.release()
    for (const { answer } of [...first, other]) expect(await answer).toBe(200)
    expect(await ask(url, heldOne).answer).toBe(200)
    await slow.close()
  })

  it('runs for clients in turn, however much one of them has sent', async () => {
    const { threads, held: slow } = await held()
    const runs = vi.spyOn(threads, 'run')
    const url = `${slow.url}/v2/models/m/infer`
    const many = [1, 2, 3, 4].map(() => ask(url, heldOne))
    while (slow.service.inFlight() < 4) await sleep(1)
    const other = ask(url, heldOne.replace('[1]}', '[2]}'), '127.0.0.2')
    while (slow.service.inFlight() < 5) await sleep(1)
    const order = () => runs.mock.calls.map(([, inputs]) => new Float32Array(inputs[0]!.data)[0])
    threads.release()
    for (const { answer } of [...many, other]) expect(await answer).toBe(200)
    expect(order()).toEqual([1, 1, 2, 1, 1])
    await slow.close()
  })

  it('lets a client go that hangs up in the middle', async () => {
    const half = raw(
      running.port,
      'POST /v2/models/m/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{',
    )
    while (running.service.inFlight() === 0) await sleep(1)
    half.socket.destroy()
    await half.answer
    while (running.service.inFlight() > 0) await sleep(1)
    expect((await fetch(`${running.url}/v2/health/ready`)).status).toBe(200)
  })

  it('does not run what nobody waits for any more', async () => {
    const { threads, held: slow } = await held()
    const sockets: Socket[] = []
    const accept = (message: unknown) => void sockets.push((message as { socket: Socket }).socket)
    subscribe('net.server.socket', accept)
    const url = `${slow.url}/v2/models/m/infer`
    const first = ask(url, heldOne)
    while (threads.begun() < 1) await sleep(1)
    const second = ask(url, heldOne)
    const third = ask(url, heldOne)
    while (slow.service.inFlight() < 3) await sleep(1)
    unsubscribe('net.server.socket', accept)
    const left = expect(second.answer).rejects.toThrow()
    const gone = new Promise((done) => sockets[1]!.once('close', done))
    second.sent.destroy()
    await Promise.all([left, gone])
    threads.release()
    expect([await first.answer, await third.answer]).toEqual([200, 200])
    while (slow.service.inFlight() > 0) await sleep(1)
    const metrics = await (await fetch(`${slow.url}/metrics`)).text()
    expect(metrics).toContain('frostglass_run_rows_count{model="m"} 2')
    expect(metrics).toContain('frostglass_requests_total{model="m",status="499"} 1')
    await slow.close()
  })

  it('has one service a port, and says what is wrong with an address', async () => {
    await expect(startService({ port: running.port })).rejects.toMatchObject({
      code: 'usage',
      message: `port ${running.port} of 127.0.0.1 is taken`,
    })
    await expect(startService({ port: 0, host: '192.0.2.1' })).rejects.toThrow(/no address of this machine/)
  })
})

describe('its end', () => {
  it('lets requests in hand finish, takes no more, and closes kept connections', async () => {
    const { threads, held: ending } = await held()
    await fetch(`${ending.url}/v2`)
    const asked = ask(`${ending.url}/v2/models/m/infer`, heldOne)
    while (threads.begun() === 0) await sleep(1)
    const closed = ending.close()
    expect((await fetch(`${ending.url}/v2`)).headers.get('connection')).toBe('close')
    await refusedConnection(ending.port)
    threads.release()
    expect(await asked.answer).toBe(200)
    await closed
    expect(ending.close()).toBe(ending.close())
  })

  it('waits no longer than it is told for a client that is slow', async () => {
    const ending = await startService({ models: [], port: 0 })
    await ending.service.addModel({ name: 'm', bytes: identityModel('float32') })
    const hanging = raw(
      ending.port,
      'POST /v2/models/m/infer HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{',
    )
    while (ending.service.inFlight() === 0) await sleep(1)
    await ending.close({ grace: 0.2 })
    expect(await hanging.answer).toBe('')
  })

  it('ends connections that never shake hands, and those that do not listen to its end', async () => {
    const ending = await startService({ port: 0, tls: { cert, key } })
    const mute = connect(ending.port, '127.0.0.1')
    await once(mute, 'connect')
    const shaken = connectSecurely({ port: ending.port, host: '127.0.0.1', ca: cert })
    await once(shaken, 'secureConnect')
    const cut = [mute, shaken].map((socket) => once(socket.on('error', () => {}).resume(), 'close'))
    await ending.close({ grace: 600 })
    await Promise.all(cut)
  })

  it('is not ready first, for as long as nobody hurries it', async () => {
    const ending = await startService({ port: 0 })
    const hurry = new AbortController()
    const closed = ending.close({ lameDuck: 600, hurry: hurry.signal })
    expect((await fetch(`${ending.url}/v2/health/ready`)).status).toBe(503)
    hurry.abort()
    await closed
    await refusedConnection(ending.port)
  })

  it('is not ready first', async () => {
    const ending = await startService({ port: 0 })
    const closed = ending.close({ lameDuck: 0.05 })
    expect((await ending.service.app.request('/v2/health/ready')).status).toBe(503)
    await closed
    await refusedConnection(ending.port)
  })
})
