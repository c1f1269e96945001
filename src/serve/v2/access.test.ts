// Who is answered, over what, and how large: names, tokens, TLS, compression.

import { get as getSecurely } from 'node:https'
import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { cert, key } from '../../../test/selfSigned.ts'
import { identityModel } from '../../../test/servedModels.ts'
import { connect } from '../../edge/index.ts'
import { createService, type Service, type ServiceOptions, startService } from './index.ts'

const services: Service[] = []
async function start(options: ServiceOptions = {}): Promise<Service> {
  const models = [{ name: 'm', bytes: identityModel('float32') }]
  const service = await createService({ models, limits: { maxBody: 50_000 }, ...options })
  services.push(service)
  return service
}
afterAll(() => Promise.all(services.map((service) => service.close())))

const bodyOf = (rows: number) =>
  JSON.stringify({
    inputs: [{ name: 'x', shape: [rows, 3], datatype: 'FP32', data: Array(3 * rows).fill(0.5) }],
  })

describe('names', () => {
  it('are addresses and localhost, and others only where they are allowed', async () => {
    const [closed, named, any] = await Promise.all([
      start(),
      start({ allowHost: ['Models.example', 'other.example:8443'] }),
      start({ allowHost: ['*'] }),
    ])
    const asked = async (service: Service, host: string) =>
      (await service.app.request('/v2', { headers: { host } })).status
    for (const host of [
      '127.0.0.1:8080',
      'localhost',
      'LOCALHOST:1',
      'a.localhost',
      '[::1]:8080',
      '192.0.2.7',
      '[2001:db8::1]',
    ])
      expect([host, await asked(closed, host)]).toEqual([host, 200])
    for (const host of [
      'attacker.example',
      'localhost.attacker.example',
      '127.0.0.1.attacker.example:8080',
      'models.example',
      '',
      '1.2.3',
      '0x7f000001',
    ])
      expect([host, await asked(closed, host)]).toEqual([host, 421])
    expect(await asked(named, 'models.example:8080')).toBe(200)
    expect(await asked(named, 'other.example:8443')).toBe(200)
    expect(await asked(named, 'other.example')).toBe(421)
    expect(await asked(named, 'x.models.example')).toBe(421)
    expect(await asked(any, 'attacker.example')).toBe(200)
    const refused = await closed.app.request('/v2/models/m/infer', {
      method: 'POST',
      body: bodyOf(1),
      headers: { host: 'attacker.example' },
    })
    expect([refused.status, (await refused.json()).error]).toEqual([
      421,
      'the service does not go by the name "attacker.example": see --allow-host',
    ])
  })
})

describe('a token', () => {
  const token = '0123456789abcdef'

  it('is asked of everybody, but for the health', async () => {
    const service = await start({ token, allowOrigin: ['https://a.example'] })
    const asked = async (path: string, authorization?: string, method = 'GET') =>
      (await service.app.request(path, { method, headers: authorization ? { authorization } : {} })).status
    for (const path of ['/v2', '/v2/models/m', '/metrics', '/openapi.json', '/nothing']) {
      expect(await asked(path)).toBe(401)
      expect(await asked(path, `Bearer ${token}0`)).toBe(401)
      expect(await asked(path, `Basic ${token}`)).toBe(401)
      expect(await asked(path, `Bearer ${token}`)).toBe(path === '/nothing' ? 404 : 200)
      expect(await asked(path, `bearer  ${token}`)).toBe(path === '/nothing' ? 404 : 200)
    }
    expect(await asked('/v2/health/ready')).toBe(200)
    expect(await asked('/v2/models/m/infer', undefined, 'POST')).toBe(401)
    const answer = await service.app.request('/v2')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(await answer.text()).not.toContain(token)
    // A page's question whether it may ask holds no token.
    const preflight = await service.app.request('/v2/models/m/infer', {
      method: 'OPTIONS',
      headers: { origin: 'https://a.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
  })

  it('is sent by the edge, and opens a page’s own files to everybody', async () => {
    const models = [{ name: 'm', bytes: identityModel('float32') }]
    const running = await startService({ models, port: 0, token, openTo: (path) => path === '/openapi.json' })
    expect((await connect(running.url, 'm', { token })).metadata.name).toBe('m')
    await expect(connect(running.url, 'm')).rejects.toThrow(/answers 401/)
    const statuses = ['/openapi.json', '/openapi.json/', '/x/openapi.json', '/metrics'].map(
      async (path) => (await fetch(`${running.url}${path}`)).status,
    )
    expect(await Promise.all(statuses)).toEqual([200, 401, 401, 401])
    await running.close()
  })

  it.each(['short', 'sixteen letters with blanks', 'sechzehnbuchstäben'])('is not %s', async (bad) => {
    await expect(start({ token: bad })).rejects.toMatchObject({ code: 'usage' })
  })
})

describe('compressed bodies', () => {
  const infer = (service: Service, body: Uint8Array | string, encoding: string, accept?: string) =>
    service.app.request('/v2/models/m/infer', {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-encoding': encoding, ...(accept ? { 'accept-encoding': accept } : {}) },
    })

  it('are read, by four ways', async () => {
    const service = await start()
    const ways = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync, zstd: zstdCompressSync }
    for (const [encoding, pack] of Object.entries(ways)) {
      const answer = await infer(service, pack(bodyOf(500)), encoding)
      expect([encoding, answer.status]).toEqual([encoding, 200])
      expect((await answer.json()).outputs[0].data).toHaveLength(1500)
    }
    expect((await infer(service, bodyOf(1), 'identity')).status).toBe(200)
  })

  it('are refused in words when they are too large, damaged, cut short or of another kind', async () => {
    const service = await start()
    const words = async (answer: Response) => [answer.status, (await answer.json()).error]
    expect(await words(await infer(service, gzipSync(Buffer.alloc(50_000_000)), 'gzip'))).toEqual([
      413,
      'a body may have 50000 bytes, and more came out of this one',
    ])
    expect((await infer(service, brotliCompressSync(Buffer.alloc(20_000_000)), 'br')).status).toBe(413)
    expect((await infer(service, gzipSync(bodyOf(9)).subarray(0, 40), 'gzip')).status).toBe(400)
    expect((await infer(service, bodyOf(1), 'gzip')).status).toBe(400)
    expect((await infer(service, bodyOf(1), 'gzip, br')).status).toBe(415)
    expect((await infer(service, bodyOf(1), 'compress')).status).toBe(415)
    expect((await infer(service, bodyOf(1), '__proto__')).status).toBe(415)
    expect(service.inFlight()).toBe(0)
  })

  it('count as what comes out of them', async () => {
    const service = await start({ limits: { maxBody: 50_000, maxHeld: 10_000 } })
    expect((await infer(service, gzipSync(bodyOf(2000)), 'gzip')).status).toBe(503)
    expect((await infer(service, gzipSync(bodyOf(100)), 'gzip')).status).toBe(200)
  })

  it('are answered to who asks for it, where it is worth it', async () => {
    const service = await start({
      extra: (app) => {
        const script = Buffer.alloc(100_000, 'let a = 1\n')
        app.get('/a.js', (c) => c.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
      },
    })
    const whole = await infer(service, bodyOf(1000), 'identity')
    expect(whole.headers.get('content-encoding')).toBeNull()
    const packed = await infer(service, bodyOf(1000), 'identity', 'br;q=0.5, gzip')
    expect(packed.headers.get('content-encoding')).toBe('gzip')
    expect(packed.headers.get('vary')).toMatch(/accept-encoding/i)
    const bytes = Buffer.from(await packed.arrayBuffer())
    expect(bytes.length).toBeLessThan(500)
    expect(gunzipSync(bytes).toString()).toBe(await whole.text())
    for (const accept of ['identity', 'gzip;q=0', 'compress'])
      expect(
        (await infer(service, bodyOf(1000), 'identity', accept)).headers.get('content-encoding'),
      ).toBeNull()
    const small = await infer(service, bodyOf(1), 'identity', 'gzip')
    expect(small.headers.get('content-encoding')).toBeNull()
    expect((await small.json()).outputs[0].data).toHaveLength(3)
    for (let i = 0; i < 2; i++) {
      const script = await service.app.request('/a.js', { headers: { 'accept-encoding': 'gzip, br' } })
      expect(script.headers.get('content-encoding')).toBe('br')
      expect(script.headers.get('content-type')).toContain('text/javascript')
      expect(brotliDecompressSync(Buffer.from(await script.arrayBuffer()))).toHaveLength(100_000)
    }
  })
})

describe('keys of encrypted inference', () => {
  it('are never in what is told of requests', async () => {
    const lines: string[] = []
    const service = await start({ onAccess: (line) => lines.push(line) })
    const hash = 'ab'.repeat(32)
    for (const path of [`/v2/encrypted/keys/${hash}`, `/v2/encrypted/keys/x/${hash}`])
      await service.app.request(path, { method: 'DELETE' })
    expect(lines).toEqual(Array(2).fill(expect.stringMatching(/^DELETE \/v2\/encrypted\/keys\/… 404 /)))
  })
})

describe('TLS', () => {
  it('answers over it, and says what is wrong with a certificate', async () => {
    const running = await startService({ port: 0, tls: { cert, key } })
    expect(running.url).toMatch(/^https:/)
    const status = await new Promise((done, failed) => {
      getSecurely(`${running.url}/v2/health/live`, { ca: cert }, (answer) => {
        answer.resume().on('end', () => done(answer.statusCode))
      }).on('error', failed)
    })
    expect(status).toBe(200)
    await running.close()
    await expect(startService({ port: 0, tls: { cert: 'none', key } })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/the certificate or its key cannot be used/),
    })
  })
})
