// Connections of a server: which gives way when there are too many, and an end that cuts nobody off.

import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectSecurely } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { cert, key } from '../../../test/selfSigned.ts'
import { watchConnections } from './connections.ts'

/** Answers whole requests, but for those to /wait. */
async function answering(most: number) {
  const server = createServer((incoming, outgoing) => {
    if (incoming.url === '/wait') incoming.resume()
    else incoming.resume().on('end', () => outgoing.end('answer'))
  })
  const connections = watchConnections(server, most, false)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return { server, connections, port }
}

describe('connections', () => {
  it('close when there are too many: the oldest on which nobody waits for an answer', async () => {
    const { server, port } = await answering(3)
    const open = (text: string) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.setEncoding('utf8').write(text)
      return socket
    }
    const asked = once(server, 'request')
    const waiting = open('GET /wait HTTP/1.1\r\nhost: a\r\n\r\n')
    await asked
    const came = once(server, 'connection')
    const slow = open('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{')
    await came
    const closed = once(slow, 'close')
    for (let i = 0; i < 3; i++) {
      const other = connect(port, '127.0.0.1')
      other.setEncoding('utf8').write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      expect((await once(other, 'data'))[0]).toMatch(/^HTTP\/1\.1 200/)
    }
    await closed
    expect(waiting.destroyed).toBe(false)
    server.closeAllConnections()
    server.close()
  })

  it.each([false, true])('give way at the expense of the client that has most: TLS %s', async (secure) => {
    const server = secure ? createSecureServer({ cert, key }) : createServer()
    watchConnections(server, 3, secure)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const open = async (localAddress: string) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress }).on('error', () => {})
      await Promise.all([once(socket, 'connect'), once(server, 'connection')])
      return socket.resume()
    }
    const lone = await open('127.0.0.2')
    const first = await open('127.0.0.1')
    const closed = once(first, 'close')
    await open('127.0.0.1')
    await open('127.0.0.1')
    await closed
    expect(lone.destroyed).toBe(false)
    server.closeAllConnections()
    lone.destroy()
    server.close()
  })

  it('end with the next answer of each: of 16 clients that go on asking none is cut off', async () => {
    const { server, connections, port } = await answering(100)
    const agent = new Agent({ keepAlive: true })
    const ask = () =>
      new Promise<IncomingMessage>((done, failed) => {
        request({ port, host: '127.0.0.1', agent }, (answer) => {
          answer.resume().on('end', () => done(answer))
        })
          .on('error', failed)
          .end()
      })
    let kept = 0
    const client = async () => {
      for (;;) {
        const { headers } = await ask()
        if (headers.connection === 'close') return
        kept++
      }
    }
    const all = Promise.all(Array.from({ length: 16 }, client))
    while (kept < 200) await new Promise((done) => setImmediate(done))
    connections.leave()
    await all
    const idle = connect(port, '127.0.0.1')
    await once(idle, 'connect')
    const cut = once(idle, 'close')
    await connections.deafen(0.01)
    await connections.end(0.01)
    await cut
    expect(server.listening).toBe(false)
    agent.destroy()
  })

  it('end listening between two clients: of 32 that come anew with each request none is cut off', async () => {
    const server = createServer(async (incoming, outgoing) => {
      incoming.resume()
      await connections.ending()
      outgoing.end('answer')
    })
    const connections = watchConnections(server, 100, false)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    let answered = 0
    const ask = () =>
      new Promise<string>((done) => {
        const sent = request({ port, host: '127.0.0.1', agent: false }, (answer) => {
          answer.on('error', () => done('cut')).resume()
          answer.on('end', () => done('answered'))
        })
        sent.on('error', ({ message }) => done(message)).end()
      })
    const client = async () => {
      for (;;) {
        const outcome = await ask()
        if (outcome !== 'answered') return outcome
        answered++
      }
    }
    const all = Promise.all(Array.from({ length: 32 }, client))
    while (answered < 200) await sleep(1)
    connections.leave()
    await connections.deafen(5)
    for (const outcome of await all) expect(outcome).toMatch(/^connect ECONNREFUSED/)
    await connections.end(0.01)
  })

  it.each([
    [false, ''],
    [true, ''],
    [false, 'POST /more HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{'],
  ])('end behind answers that are being sent, however slowly they are read: TLS %s', async (secure, more) => {
    const length = 20_000_000
    const asked = Promise.withResolvers<void>()
    const answer = (incoming: IncomingMessage, outgoing: ServerResponse) => {
      if (incoming.url === '/') outgoing.end(Buffer.alloc(length, 'a'))
      if (incoming.url === '/more' || more === '') setImmediate(asked.resolve)
    }
    const server = secure
      ? createSecureServer({ cert, key, allowHalfOpen: true }, answer)
      : createServer(answer)
    const connections = watchConnections(server, 1, secure)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const to = { port, host: '127.0.0.1', ca: cert }
    const socket = secure ? connectSecurely(to) : connect(to)
    socket.write(`GET / HTTP/1.1\r\nhost: a\r\n\r\n${more}`)
    socket.pause()
    await asked.promise
    // More than there may be: it does not give way.
    const other = connect(port, '127.0.0.1').on('error', () => {})
    await once(server, 'connection')
    connections.leave()
    await connections.deafen(0.01)
    const ended = connections.end(0.01)
    await sleep(150)
    let came = 0
    for await (const part of socket) {
      came += (part as Buffer).length
      // What is not whole is waited for, until it is cut.
      if (more !== '' && came > length) connections.cut()
    }
    expect(came).toBeGreaterThan(length)
    other.destroy()
    await ended
  })
})
