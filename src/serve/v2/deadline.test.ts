// One moment for all that a request goes through: waiting for a turn is inside it.

import { gzipSync } from 'node:zlib'
import { expect, it, vi } from 'vitest'
import { heldThreads } from '../../../test/heldThreads.ts'
import { unpacked } from './compression.ts'
import { deadlineIn, inTime } from './deadline.ts'
import { startScheduler } from './scheduler.ts'

const late = { status: 504, message: 'no answer within 0.001 s' }

it('ends waiting for the turn to unpack, and what is late is not unpacked', async () => {
  const large = gzipSync(Buffer.alloc(2 ** 26))
  const first = unpacked(large, 'gzip', 2 ** 26, deadlineIn(600))
  const second = unpacked(large, 'gzip', 2 ** 26, deadlineIn(0.001))
  await expect(second).rejects.toMatchObject(late)
  expect((await first).length).toBe(2 ** 26)
  expect((await unpacked(gzipSync('ab'), 'gzip', 2, deadlineIn(600))).length).toBe(2)
})

it('unpacks for clients in turn', async () => {
  const small = gzipSync('ab')
  const order: string[] = []
  const ask = async (client: string) => {
    await unpacked(small, 'gzip', 2, deadlineIn(600), client)
    order.push(client)
  }
  await Promise.all(['a', 'a', 'a', 'a', 'b'].map(ask))
  expect(order).toEqual(['a', 'a', 'b', 'a', 'a'])
})

it('ends waiting for a run', async () => {
  const threads = heldThreads()
  const scheduler = startScheduler(threads, { batch: 1, onRun() {} })
  const work = { key: 0, inputs: [], outputs: [], rows: undefined, client: undefined, gone: () => false }
  await expect(scheduler.submit(work, deadlineIn(0.001))).rejects.toMatchObject(late)
  threads.release()
})

it('leaves what is in time alone, and no clock running', async () => {
  const cleared = vi.spyOn(globalThis, 'clearTimeout')
  expect(await inTime(Promise.resolve(1), deadlineIn(600))).toBe(1)
  await expect(inTime(Promise.reject(new Error('its own')), deadlineIn(600))).rejects.toThrow('its own')
  expect(cleared).toHaveBeenCalledTimes(2)
  cleared.mockRestore()
})
