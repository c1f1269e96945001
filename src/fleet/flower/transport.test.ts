// Calls over HTTP and TLS: what may be tried again, and what no try would cure.

import { once } from 'node:events'
import { createServer as createPlain, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, createServer as createBare, type Server } from 'node:net'
import { rootCertificates } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { cert, key } from '../../../test/selfSigned.ts'
import { CallFailed } from './contract.ts'
import { connectTo } from './transport.ts'

const echo = (request: { pipe(to: never): unknown }, response: unknown) => request.pipe(response as never)
const secure = createServer({ cert, key }, echo as never)
const plain = createPlain(echo as never)
const portOf = (server: Server) => (server.address() as AddressInfo).port
const body = Uint8Array.of(1, 2, 3)

afterEach(() => vi.useRealTimers())

/** A server that answers so. */
async function answering(answer: (response: ServerResponse) => void) {
  const server = createPlain((request, response) => {
    request.resume().on('end', () => answer(response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${portOf(server)}`, close: () => void server.close() }
}

/** Asks once. */
async function ask(url: string, ca?: string, signal?: AbortSignal) {
  const { call, close } = connectTo(url, { ca })
  return await call('/v1/fleet/x', body, { headers: {}, signal }).finally(close)
}

describe('a connection', () => {
  beforeAll(async () => {
    for (const server of [secure, plain])
      await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  })
  afterAll(() => {
    secure.close()
    plain.close()
  })

  it('goes over HTTP, and over TLS to whom the CA file names', async () => {
    for (const [url, ca] of [
      [`http://127.0.0.1:${portOf(plain)}`, undefined],
      [`https://127.0.0.1:${portOf(secure)}`, cert],
    ] as const)
      expect(await ask(url, ca)).toEqual({ status: 200, body })
    expect(connectTo('https://a.example').secure).toBe(true)
    expect(connectTo('http://a.example').secure).toBe(false)
  })

  it.each([
    ['another CA', () => rootCertificates[0]!],
    ['the system’s CAs', () => undefined],
  ])('trusts no certificate by %s, and is not tried again', async (_, ca) => {
    const port = portOf(secure)
    await expect(ask(`https://127.0.0.1:${port}`, ca())).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining(`127.0.0.1:${port} is not trusted`),
    })
  })

  it('trusts no certificate of another host', async () => {
    await expect(ask(`https://127.0.0.2:${portOf(secure)}`, cert)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('is not trusted'),
    })
  })

  it('tells no TLS at the other end from nobody there', async () => {
    const noTls = `127.0.0.1:${portOf(plain)} speaks no TLS`
    await expect(ask(`https://127.0.0.1:${portOf(plain)}`, cert)).rejects.toMatchObject({
      code: 'input',
      message: noTls,
      hint: 'Give its address as http://…, or have it begun with a certificate.',
    })
    const gone = createPlain()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const port = portOf(gone)
    await new Promise((resolve) => gone.close(resolve))
    await expect(ask(`http://127.0.0.1:${port}`)).rejects.toBeInstanceOf(CallFailed)
    await expect(ask(`http://127.0.0.1:${port}`, undefined, AbortSignal.abort())).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  it('that the server would make into another is nobody’s answer', async () => {
    const switching = createBare((socket) => {
      socket.on('error', () => {})
      socket.on('data', () =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
      )
    })
    await new Promise<void>((resolve) => switching.listen(0, '127.0.0.1', resolve))
    const error = await ask(`http://127.0.0.1:${portOf(switching)}`).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(CallFailed)
    expect(error.message).toContain('101')
    // Ends where the connection does.
    await new Promise((resolve) => switching.close(resolve))
  })

  it('that the server answers with more than was asked for is ended, and what came is given up', async () => {
    const { url, close } = await answering((response) => response.end(Buffer.alloc(2 ** 20)))
    const { call, close: disconnect } = connectTo(url)
    await expect(call('/', body, { headers: {}, most: 2 ** 20 - 1 })).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('more than 1048575 bytes'),
    })
    expect((await call('/', body, { headers: {}, most: 2 ** 20 })).body.length).toBe(2 ** 20)
    disconnect()
    close()
  })

  it('of which the answer never ends is ended after a minute, however often a byte comes', async () => {
    let ended: Promise<unknown> | undefined
    const begun = Promise.withResolvers<void>()
    const { url, close } = await answering((response) => {
      ended = once(response, 'close')
      response.write('x', () => begun.resolve())
    })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    const { call, close: disconnect } = connectTo(url)
    let outcome: unknown
    const done = call('/', body, { headers: {} }).catch((error: unknown) => {
      outcome = error
    })
    await begun.promise
    await vi.advanceTimersByTimeAsync(59_000)
    expect(outcome).toBe(undefined)
    await vi.advanceTimersByTimeAsync(2_000)
    await done
    expect(outcome).toBeInstanceOf(CallFailed)
    expect((outcome as Error).message).toMatch(/^[01] bytes of an answer in 60 seconds$/)
    await ended
    disconnect()
    close()
  })

  it.each(['ftp://a', 'a.example', 'http://a/path', 'http://me@a'])('refuses %s as an address', (url) => {
    expect(() => connectTo(url)).toThrow(/is no address of a fleet’s server/)
  })
})
