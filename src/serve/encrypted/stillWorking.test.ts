import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tellStillWorking } from './stillWorking.ts'

let server: Server
let port: number
beforeAll(async () => {
  server = createServer((incoming, outgoing) => {
    const stop = tellStillWorking(incoming, outgoing, 10)
    const answer = () => {
      stop()
      outgoing.end('answer')
    }
    setTimeout(answer, 200)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ;({ port } = server.address() as AddressInfo)
})
afterAll(() => void server.close())

describe('a client that waits', () => {
  it('is told that work goes on, and gets its answer', async () => {
    const asked = request({ port, host: '127.0.0.1' })
    let told = 0
    asked.on('information', ({ statusCode }) => {
      expect(statusCode).toBe(102)
      told++
    })
    asked.end()
    const [answer] = await once(asked, 'response')
    expect(answer.statusCode).toBe(200)
    answer.setEncoding('utf8')
    expect((await answer.toArray()).join('')).toBe('answer')
    expect(told).toBeGreaterThan(0)
  })

  it('sees none of it through fetch', async () => {
    const response = await fetch(`http://127.0.0.1:${port}`)
    expect([response.status, await response.text()]).toEqual([200, 'answer'])
  })

  it('of HTTP/1.0 is told nothing', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write('GET / HTTP/1.0\r\n\r\n')
    socket.setEncoding('utf8')
    const all = (await socket.toArray()).join('')
    expect(all).toMatch(/^HTTP\/1\.1 200/)
    expect(all).not.toMatch(/102/)
  })
})
