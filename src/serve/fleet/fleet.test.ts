// What passes between a page's node and a Flower server, and what does not. The server is played here, on a port of its own.

import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { cert, key } from '../../../test/selfSigned.ts'
import { type RunningService, type StartOptions, startService } from '../v2/index.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

type Answering = (response: ServerResponse, seen: Seen) => void

const ends: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const end of ends.reverse()) await end()
})

/** A server that answers as it is told, and what it saw. */
async function playedServer(answer: Answering, secure = false) {
  const seen: Seen[] = []
  const take = (incoming: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      const { method, url, headers } = incoming
      const one = { method, url, headers, body: Buffer.concat(parts) }
      seen.push(one)
      answer(response, one)
    })
  }
  const server = secure ? createSecureServer({ cert, key }, take) : createServer(take)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { seen, url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}` }
}

async function serviceTo(server: string, options: StartOptions = {}, ca?: string): Promise<RunningService> {
  const running = await startService({ port: 0, fleet: { server, ca }, ...options })
  ends.push(() => running.close({ grace: 0 }))
  return running
}

const echo: Answering = (response, { body }) =>
  response.setHeader('content-type', 'application/protobuf').end(Buffer.concat([Buffer.from('got '), body]))

const signed = {
  'content-type': 'application/protobuf',
  'flwr-public-key': 'LS0tLS1CRUdJTg==',
  'flwr-timestamp': '2026-11-30T08:00:00.000Z',
  'flwr-signature': 'MEUCIQ+/=',
}

const call = (
  url: string,
  body: BodyInit = 'body',
  headers: Record<string, string> = {},
  name = 'pull-object',
) => fetch(`${url}/v1/fleet/${name}`, { method: 'POST', body, headers: { ...signed, ...headers } })

/** What comes back for bytes on a bare connection. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  let got = ''
  socket.on('data', (part) => {
    got += part
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  return got
}

describe('a call', () => {
  it('reaches the server with its body and what the node signed, and nothing else of it', async () => {
    const { seen, url } = await playedServer(echo)
    const running = await serviceTo(url, { token: 'a-token-of-this-test' })
    const answer = await call(running.url, Uint8Array.of(0, 1, 255), {
      authorization: 'Bearer a-token-of-this-test',
      cookie: 'session=1',
      'x-forwarded-for': '192.0.2.1',
      'flwr-component-name': 'x',
    })
    expect(answer.status).toBe(200)
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.from([...Buffer.from('got '), 0, 1, 255]))
    expect(seen).toHaveLength(1)
    const { method, url: path, headers, body } = seen[0]!
    expect([method, path, [...body]]).toEqual(['POST', '/v1/fleet/pull-object', [0, 1, 255]])
    expect(headers).toEqual({
      ...signed,
      host: url.replace('http://', ''),
      'accept-encoding': 'identity',
      'content-length': '3',
      connection: 'keep-alive',
    })
    expect((await call(running.url)).status).toBe(401)
    expect(seen).toHaveLength(1)
  })

  it('is one of the nine that a node makes', async () => {
    const { seen, url } = await playedServer(echo)
    const running = await serviceTo(url)
    const names = [
      'register-node',
      'activate-node',
      'deactivate-node',
      'send-node-heartbeat',
      'pull-messages',
      'pull-object',
      'confirm-message-received',
      'push-messages',
      'push-object',
    ]
    for (const name of names) expect((await call(running.url, 'x', {}, name)).status).toBe(200)
    expect(seen.map((one) => one.url)).toEqual(names.map((name) => `/v1/fleet/${name}`))
  })

  it('of another path, or by a way round, reaches nobody', async () => {
    const { seen, url } = await playedServer(echo)
    const running = await serviceTo(url)
    const head = Object.entries(signed).map(([name, value]) => `${name}: ${value}\r\n`)
    for (const path of [
      '/v1/control/start-run',
      '/v1/runtime/pull-messages',
      '/v1/fleet',
      '/v1/fleet/',
      '/v1/fleet/get-run',
      '/v1/fleet/get-fab',
      '/v1/fleet/unregister-node',
      '/v1/fleet/PULL-OBJECT',
      '/v1/fleet/pull-object/',
      '/v1/fleet/pull-object/x',
      '/v1/fleet/pull-object/../../control/start-run',
      '/v1/fleet/pull-object%2f..%2f..%2fcontrol%2fstart-run',
      '/v1/fleet/../control/start-run',
      '/v1/fleet/%2e%2e/control/start-run',
      '/v1/fleet/..%2fcontrol%2fstart-run',
      '/v1/fleet//pull-object',
      '//v1/fleet/pull-object',
      '/v1/fleet\\pull-object',
      '/v1/fleet/pull-object%00',
      '/v1/fleet/pull-object;x',
      '/health',
      '/docs',
    ]) {
      const got = await raw(
        running.port,
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n${head.join('')}content-length: 0\r\n\r\n`,
      )
      expect([path, got]).toEqual([path, expect.stringMatching(/^HTTP\/1\.1 40[04] /)])
    }
    expect(seen).toEqual([])
  })

  it('goes to the path that is its own, whatever its address says beside it', async () => {
    const { seen, url } = await playedServer(echo)
    const running = await serviceTo(url)
    for (const name of ['pull-object?a=../../control', 'pull-object#x', 'pull%2Dobject'])
      expect((await call(running.url, 'x', {}, name)).status).toBe(200)
    expect(seen.map((one) => one.url)).toEqual(Array(3).fill('/v1/fleet/pull-object'))
  })

  it('is a POST of a protobuf message with headers that a node may send', async () => {
    const { seen, url } = await playedServer(echo)
    const running = await serviceTo(url)
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const { status, headers } = await fetch(`${running.url}/v1/fleet/pull-object`, {
        method,
        headers: signed,
      })
      expect([method, status, headers.get('allow')]).toEqual([method, 405, 'POST'])
    }
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/protobuf, text/plain',
      '',
    ])
      expect([type, (await call(running.url, 'x', { 'content-type': type })).status]).toEqual([type, 415])
    for (const value of ['a, b', 'a b', 'a\tb', 'a;b', 'é', ''])
      expect([value, (await call(running.url, 'x', { 'flwr-signature': value })).status]).toEqual([
        value,
        400,
      ])
    expect(seen).toEqual([])
  })

  it('is one call to the server, however its head is written', async () => {
    const { seen, url } = await playedServer(echo)
    const running = await serviceTo(url)
    const inner = 'POST /v1/control/start-run HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n'
    const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`
    const head = (more: string) =>
      `POST /v1/fleet/pull-object HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/protobuf\r\n${more}\r\n\r\n`
    // Both lengths, two lengths, a chunked body under another name: refused before it is a request, or one body.
    for (const text of [
      head(`content-length: 4\r\ntransfer-encoding: chunked`) + chunk,
      head(`content-length: 0\r\ncontent-length: ${inner.length}`) + inner,
      head(`transfer-encoding: xchunked`) + chunk,
      head(`flwr-signature: a\r\nflwr-signature: b\r\ncontent-length: 0`),
    ])
      expect(await raw(running.port, text)).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(seen).toEqual([])
    for (const coding of ['chunked', 'identity, chunked\r\nconnection: transfer-encoding'])
      expect(await raw(running.port, head(`transfer-encoding: ${coding}`) + chunk)).toMatch(
        /^HTTP\/1\.1 200 /,
      )
    expect(await raw(running.port, head(`content-length: 4\r\nconnection: flwr-signature`) + 'abcd')).toMatch(
      /^HTTP\/1\.1 200 /,
    )
    expect(seen.map(({ url: path, body }) => [path, String(body)])).toEqual([
      ['/v1/fleet/pull-object', inner],
      ['/v1/fleet/pull-object', inner],
      ['/v1/fleet/pull-object', 'abcd'],
    ])
    expect(seen[0]!.headers['transfer-encoding']).toBeUndefined()
  })

  it('is sent unpacked where it came compressed', async () => {
    const { seen, url } = await playedServer(echo)
    const running = await serviceTo(url)
    expect((await call(running.url, gzipSync('hello'), { 'content-encoding': 'gzip' })).status).toBe(200)
    expect(String(seen[0]!.body)).toBe('hello')
    expect(seen[0]!.headers['content-encoding']).toBeUndefined()
  })

  it('of more bytes than a body may have, or under another name, reaches nobody', async () => {
    const { seen, url } = await playedServer(echo)
    const running = await serviceTo(url, { limits: { maxBody: 1000 } })
    expect((await call(running.url, 'x'.repeat(1001))).status).toBe(413)
    const host = await raw(
      running.port,
      'POST /v1/fleet/pull-object HTTP/1.1\r\nhost: attacker.example\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
    )
    expect(host).toMatch(/^HTTP\/1\.1 421 /)
    expect(seen).toEqual([])
    expect((await call(running.url, 'x'.repeat(990))).status).toBe(200)
  })

  it('comes from pages of this origin, and of those that are allowed', async () => {
    const { url } = await playedServer(echo)
    const [own, allowing] = await Promise.all([
      serviceTo(url),
      serviceTo(url, { allowOrigin: ['https://page.example'] }),
    ])
    const asked = (running: RunningService, origin: string) =>
      fetch(`${running.url}/v1/fleet/pull-object`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,flwr-public-key,flwr-signature,flwr-timestamp',
        },
      })
    const refused = await asked(own, 'https://page.example')
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([405, null])
    const allowed = await asked(allowing, 'https://page.example')
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://page.example',
    ])
    for (const name of ['content-type', 'flwr-public-key', 'flwr-signature', 'flwr-timestamp'])
      expect(allowed.headers.get('access-control-allow-headers')).toContain(name)
    const other = await asked(allowing, 'https://other.example')
    expect(other.headers.get('access-control-allow-origin')).toBe(null)
  })
})

describe('an answer', () => {
  it('comes back as it is: status, body, and nothing else of its head', async () => {
    const { url } = await playedServer((response, { body }) => {
      const [status, type, text] = String(body).split('|')
      response.writeHead(Number(status), {
        'content-type': type,
        'set-cookie': 'a=b',
        location: '/elsewhere',
        'x-inner': 'secret',
        'access-control-allow-origin': '*',
        connection: 'close',
      })
      response.end(text)
    })
    const running = await serviceTo(url)
    for (const [status, type, text, told] of [
      [401, 'application/json', '{"detail":"Not authenticated"}', 'application/json'],
      [412, 'application/json; charset=utf-8', '{"code":2004}', 'application/json'],
      [403, 'application/json', '{"code":2007}', 'application/json'],
      [500, 'text/html', '<script>', 'application/octet-stream'],
      [503, 'text/plain', '', 'application/octet-stream'],
      [200, 'application/protobuf', 'x', 'application/protobuf'],
    ] as const) {
      const answer = await call(running.url, `${status}|${type}|${text}`)
      expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([
        status,
        text,
        told,
      ])
      for (const name of ['set-cookie', 'location', 'x-inner', 'access-control-allow-origin'])
        expect(answer.headers.get(name)).toBe(null)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  it('that leads elsewhere is not followed', async () => {
    const other = await playedServer(echo)
    const { url, seen } = await playedServer((response, { body }) =>
      response.writeHead(Number(body), { location: `${other.url}/v1/control/start-run` }).end(),
    )
    const running = await serviceTo(url)
    for (const status of [301, 302, 303, 307, 308, 304, 204]) {
      const answer = await call(running.url, String(status))
      expect([status, answer.status, answer.headers.get('location')]).toEqual([status, 502, null])
    }
    expect([seen.length, other.seen]).toEqual([7, []])
  })

  it('that is late, too large, compressed or cut short is none', async () => {
    const waiting: ServerResponse[] = []
    const { url } = await playedServer((response, { body }) => {
      const what = String(body)
      if (what === 'never') waiting.push(response)
      else if (what === 'slowly') {
        response.writeHead(200).write('x')
        waiting.push(response)
      } else if (what === 'large') response.end('x'.repeat(1001))
      else if (what === 'packed') response.setHeader('content-encoding', 'gzip').end(gzipSync('x'))
      else if (what === 'cut')
        response.writeHead(200, { 'content-length': '9' }).write('x', () => response.destroy())
      else response.destroy()
    })
    const [running, hurried] = await Promise.all([
      serviceTo(url, { limits: { maxBody: 1000 } }),
      serviceTo(url, { limits: { timeout: 2 } }),
    ])
    const asked = async (what: string, of = running) => {
      const answer = await call(of.url, what)
      return [what, answer.status, (await answer.json()).error]
    }
    expect(await Promise.all([asked('never', hurried), asked('slowly', hurried)])).toEqual([
      ['never', 504, 'no answer within 2 s'],
      ['slowly', 504, 'no answer within 2 s'],
    ])
    expect(await asked('large')).toEqual([
      'large',
      502,
      'the fleet’s server answers with more than 1000 bytes',
    ])
    expect(await asked('packed')).toEqual([
      'packed',
      502,
      'the fleet’s server answers compressed, which it was not asked for',
    ])
    expect(await asked('cut')).toEqual(['cut', 502, 'the fleet’s server does not answer (ECONNRESET)'])
    expect(await asked('gone')).toEqual(['gone', 502, 'the fleet’s server does not answer (ECONNRESET)'])
    // The calls that were late are over there, too.
    for (const response of waiting) if (!response.destroyed) await once(response, 'close')
  })

  it('counts as held while it comes, so that memory is bounded', async () => {
    const arriving: ServerResponse[] = []
    const { url } = await playedServer((response) => {
      response.writeHead(200).write('x'.repeat(900))
      if (arriving.push(response) > 1) response.end()
    })
    const running = await serviceTo(url, { limits: { maxBody: 1000, maxHeld: 1000 } })
    const first = call(running.url, 'x')
    while (arriving.length < 1) await new Promise((done) => setTimeout(done, 5))
    // Counted once it is refused to another, however late the first part comes.
    let second = await call(running.url, 'x')
    while (second.status === 200) second = await call(running.url, 'x')
    expect([second.status, (await second.json()).error]).toEqual([
      503,
      '1000 bytes are in hand already; try again',
    ])
    arriving[0]!.end()
    expect((await first).status).toBe(200)
    expect((await call(running.url, 'x')).status).toBe(200)
  })

  it('is waited for by who is there alone, and counted', async () => {
    const { url, seen } = await playedServer((response, { body }) => {
      if (String(body) === 'x') echo(response, seen.at(-1)!)
    })
    const running = await serviceTo(url)
    const leaving = request(`${running.url}/v1/fleet/pull-object`, { method: 'POST', headers: signed })
    leaving.on('error', () => {})
    leaving.end('wait')
    while (seen.length < 1) await new Promise((done) => setTimeout(done, 5))
    leaving.destroy()
    while (running.service.inFlight() > 0) await new Promise((done) => setTimeout(done, 5))
    expect((await call(running.url, 'x')).status).toBe(200)
    const metrics = await (await fetch(`${running.url}/metrics`)).text()
    expect(metrics).toContain('frostglass_requests_total{model="fleet pull-object",status="499"} 1')
    expect(metrics).toContain('frostglass_requests_total{model="fleet pull-object",status="200"} 1')
  })

  it('does not come from who is not there, and why is said without where', async () => {
    const { port } = new URL((await serviceTo('http://127.0.0.1:1')).url)
    const answer = await call(`http://127.0.0.1:${port}`)
    expect([answer.status, (await answer.json()).error]).toEqual([
      502,
      'the fleet’s server does not answer (ECONNREFUSED)',
    ])
  })

  it('over TLS comes from a server that the CA file knows', async () => {
    const { url, seen } = await playedServer(echo, true)
    const [knowing, other] = await Promise.all([serviceTo(url, {}, cert), serviceTo(url)])
    expect((await call(knowing.url)).status).toBe(200)
    const refused = await call(other.url)
    expect([refused.status, (await refused.json()).error]).toEqual([
      502,
      'the fleet’s server does not answer (DEPTH_ZERO_SELF_SIGNED_CERT)',
    ])
    expect(seen).toHaveLength(1)
  })
})

describe('a service', () => {
  it('takes an address of a server alone', async () => {
    for (const server of ['127.0.0.1:8000', 'ftp://x', 'http://u:p@x', 'http://x/v1', 'nothing'])
      await expect(startService({ port: 0, fleet: { server } })).rejects.toMatchObject({ code: 'usage' })
  })

  it('without a fleet has none of its paths', async () => {
    const running = await startService({ port: 0 })
    ends.push(() => running.close({ grace: 0 }))
    expect((await call(running.url)).status).toBe(404)
  })
})
