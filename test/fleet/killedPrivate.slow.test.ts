// A private node that is killed at each step of a round, and started again: nothing is told that was not paid for, and what was
// told once is not told in another draw.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Content } from '../../src/fleet/flower/content.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { type FakeServer, fakeServer, type Outcome } from '../../src/fleet/flower/testing.ts'
import { tensor } from '../../src/graph/index.ts'
import { createLedger } from '../../src/private/index.ts'
import { ended } from './nodeProcess.ts'
import type { PrivateChild, Step } from './privateChild.ts'

const root = mkdtempSync(join(tmpdir(), 'frostglass-killed-private-'))
const content: Content = new Map([
  [
    'arrays',
    {
      arrays: new Map([
        ['w', tensor([1, 2], [2, 1])],
        ['b', tensor([4], [1])],
      ]),
    },
  ],
])

let server: FakeServer
let count = 0
beforeEach(async () => {
  server = await fakeServer()
})
afterEach(() => server.close())
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What the operator gets of the message at which the node died, and what was paid for it. */
const ends: Readonly<Record<Step, readonly [Outcome['what'], number]>> = {
  judged: ['error', 0],
  // Paid for, and nothing was sent: what is spent is spent.
  paid: ['error', 1],
  trained: ['error', 1],
  kept: ['content', 1],
  announced: ['content', 1],
  'pushed in part': ['content', 1],
  pushed: ['content', 1],
}

describe.each(Object.entries(ends) as [Step, (typeof ends)[Step]][])(
  'a private node that is killed when %s',
  (step, [what, paid]) => {
    it('has paid for what it told, once', async () => {
      const own = join(root, String(++count))
      const pem = drawNodeKey()
      writeFileSync(`${own}.pem`, pem, { mode: 0o600 })
      const ledger = await createLedger(`${own}.ledger`, {
        dataset: 'd',
        unit: 'table',
        epsilon: 5,
        delta: 1e-5,
        composition: 'renyi',
      })
      const child: PrivateChild = {
        url: server.url,
        folder: own,
        key: `${own}.pem`,
        ledger: ledger.path,
        most: 1,
      }
      const start = (one: PrivateChild) => {
        let isIn = false
        const end = ended(one, (told) => {
          isIn ||= told.includes('joined')
        })
        const joined = async () => {
          while (!isIn) await pause(20)
        }
        return { end, joined }
      }
      const dying = start({ ...child, dieAt: step })
      await dying.joined()
      const nodeId = server.nodeIdOf(readNodeKey(pem).publicPem)!
      // What is told meanwhile is not taken: the node dies with it.
      server.collecting = false
      const first = server.ask(nodeId, 'train', content)
      expect((await dying.end).signal).toBe('SIGKILL')
      expect(ledger.entries()).toHaveLength(paid)
      server.collecting = true

      const again = start(child)
      expect((await first.outcome).what).toBe(what)
      await again.joined()
      // Back from a moment offline, where a message was lost.
      while (!server.isOnline(nodeId)) await pause(20)
      const second = server.ask(nodeId, 'train', content)
      expect((await second.outcome).what).toBe('content')
      const { code, told } = await again.end
      expect({ code, told }).toMatchObject({ code: 0 })
      expect(ledger.entries()).toHaveLength(paid + 1)
      // One message, one reply, however often it is announced: a second draw of the same round would halve the noise.
      for (const ids of server.announced.values()) expect(new Set(ids).size).toBe(1)
      ledger.close()
    })
  },
)
