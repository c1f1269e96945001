// An answer that nobody reads is in hand like a body: it takes its client's share, and its time is bounded.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { cert, key } from '../../../test/selfSigned.ts'
import { identityModel } from '../../../test/servedModels.ts'
import { type RunningService, type ServiceLimits, startService } from './index.ts'

const running: RunningService[] = []
afterAll(() => Promise.all(running.map(({ close }) => close({ grace: 0 }))))

async function start(limits: Partial<ServiceLimits>, secure = false): Promise<RunningService> {
  const models = [{ name: 'm', bytes: identityModel('float32') }]
  const service = await startService({ models, port: 0, limits, ...(secure ? { tls: { cert, key } } : {}) })
  running.push(service)
  return service
}

// More than the system takes in for a client that does not read.
const rows = 1_200_000
const bytes = 12 * rows
const head = JSON.stringify({
  inputs: [{ name: 'x', shape: [rows, 3], datatype: 'FP32', parameters: { binary_data_size: bytes } }],
  parameters: { binary_data_output: true },
})
const body = gzipSync(Buffer.concat([Buffer.from(head), Buffer.alloc(bytes)]), { level: 1 })
const lines = [
  'POST /v2/models/m/infer HTTP/1.1',
  'host: localhost',
  'content-encoding: gzip',
  `inference-header-content-length: ${head.length}`,
  `content-length: ${body.length}`,
]
const question = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])

/** A client that asks, and reads of its answer what comes first. */
async function asker(
  port: number,
  secure = false,
): Promise<{ readonly socket: Socket; readonly status: number }> {
  const trusting = { port, host: '127.0.0.1', rejectUnauthorized: false }
  const socket = secure ? connectSecurely(trusting) : connect(trusting)
  socket.on('error', () => {})
  socket.write(question)
  const [first] = (await once(socket, 'data')) as [Buffer]
  socket.pause()
  return { socket, status: Number(first.toString('latin1', 9, 12)) }
}

it.each([false, true])('counts towards what is held until it is read: TLS %s', async (secure) => {
  const limits = { maxBody: 2 * bytes, maxHeld: 4 * bytes, perClient: 0.7 }
  const { port, service } = await start(limits, secure)
  const first = await asker(port, secure)
  const second = await asker(port, secure)
  const third = await asker(port, secure)
  expect([first, second, third].map(({ status }) => status)).toEqual([200, 200, 429])
  expect(service.inFlight()).toBe(2)
  for (const { socket } of [first, third]) socket.resume()
  second.socket.destroy()
  while (service.inFlight() > 0) await new Promise((done) => setImmediate(done))
  const fourth = await asker(port, secure)
  expect(fourth.status).toBe(200)
  fourth.socket.destroy()
})

it('ends its connection when it is not read in time', async () => {
  const { port, service } = await start({ timeout: 2 })
  const { socket, status } = await asker(port)
  expect(status).toBe(200)
  while (service.inFlight() > 0) await new Promise((done) => setTimeout(done, 10))
  let came = 0
  socket.on('data', (part) => {
    came += part.length
  })
  await once(socket.resume(), 'close')
  expect(came).toBeLessThan(bytes)
})
