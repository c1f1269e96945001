// A Flower server that answers with 101, behind the service: the call ends, and its place is free again.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { startService } from '../v2/index.ts'

it('a server that would speak something else is refused, and takes no place of the service', async () => {
  const switching = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    )
  }).listen(0, '127.0.0.1')
  await once(switching, 'listening')
  const { port } = switching.address() as AddressInfo
  const running = await startService({
    port: 0,
    fleet: { server: `http://127.0.0.1:${port}` },
    limits: { queue: 1, perClient: 1 },
  })
  try {
    for (let tries = 0; tries < 3; tries++) {
      const answer = await fetch(`${running.url}/v1/fleet/pull-object`, {
        method: 'POST',
        body: 'x',
        headers: { 'content-type': 'application/protobuf' },
      })
      expect([answer.status, (await answer.json()).error]).toEqual([
        502,
        'the fleet’s server answers with 101, which is not followed',
      ])
    }
    expect(running.service.inFlight()).toBe(0)
  } finally {
    await running.close({ grace: 0 })
    await new Promise((resolve) => switching.close(resolve))
  }
})
