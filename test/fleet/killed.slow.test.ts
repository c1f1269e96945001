// A node that is killed at each step of the exchange, and started again: its round ends, nothing is answered twice, and never are
// there two different replies to a message.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Content } from '../../src/fleet/flower/content.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { type FakeServer, fakeServer, type Outcome } from '../../src/fleet/flower/testing.ts'
import { tensor } from '../../src/graph/index.ts'
import type { NodeChild, Step } from './nodeChild.ts'
import { ended } from './nodeProcess.ts'

const root = mkdtempSync(join(tmpdir(), 'frostglass-killed-'))
const content: Content = new Map([
  [
    'arrays',
    {
      arrays: new Map([
        ['w', tensor([1, 2, 3], [3])],
        ['b', tensor([4], [])],
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

/** A node with a folder and a key of its own. */
function newNode() {
  const own = join(root, String(++count))
  const pem = drawNodeKey()
  const [key, answers] = [`${own}.pem`, `${own}.txt`]
  writeFileSync(key, pem, { mode: 0o600 })
  writeFileSync(answers, '')
  return {
    child: { url: server.url, folder: own, key, answers, most: 1 } satisfies NodeChild,
    publicPem: readNodeKey(pem).publicPem,
    answered: () => readFileSync(answers, 'utf8').split('\n').filter(Boolean),
  }
}

async function joined(publicPem: Uint8Array): Promise<bigint> {
  for (;;) {
    const id = server.nodeIdOf(publicPem)
    if (id !== undefined && server.isOnline(id)) return id
    await pause(20)
  }
}

/** What the server's program gets of a message whose node died there. */
const ends: Readonly<Record<Step, Outcome['what']>> = {
  // The server has given the message away, and nobody knows of it: the node goes offline for a moment, which ends the wait.
  pulled: 'unavailable',
  taken: 'error',
  'fetched in part': 'error',
  answering: 'error',
  // It was answered, and nothing of it was kept: what was spent is spent, and nothing was sent.
  answered: 'error',
  kept: 'content',
  announced: 'content',
  'pushed in part': 'content',
  pushed: 'content',
  forgotten: 'content',
  settling: 'content',
  settled: 'content',
}

describe.each(Object.entries(ends) as [Step, Outcome['what']][])(
  'a node that is killed when %s',
  (step, what) => {
    const known: readonly Step[] = ['announced', 'pushed in part', 'pushed']
    it.each(known.includes(step) ? ['meanwhile', 'later'] : ['later'])(
      'goes on, and its round ends (the server looks for its reply %s)',
      async (looks) => {
        const { child, publicPem, answered } = newNode()
        server.collecting = looks === 'meanwhile' || step === 'settled'
        const dying = ended({ ...child, dieAt: step })
        const nodeId = await joined(publicPem)
        const first = server.ask(nodeId, 'train', content)
        expect((await dying).signal).toBe('SIGKILL')
        if (looks === 'meanwhile') await pause(300)
        if (!known.includes(step)) server.collecting = true

        let isBack = false
        const again = ended(child, (told) => {
          isBack ||= told.includes('joined')
          // Of a reply that is known it looks when it is there.
          if (told.includes('replied')) server.collecting = true
        })
        const outcome = await first.outcome
        expect(outcome.what).toBe(what)
        if (outcome.what === 'error') expect(outcome.reason).toMatch(/ended while it worked/)
        // It works on as if nothing had been.
        while (!isBack || !server.isOnline(nodeId)) await pause(20)
        const second = server.ask(nodeId, 'train', content)
        expect((await second.outcome).what).toBe('content')
        const { code, told } = await again
        expect({ code, told }).toMatchObject({ code: 0 })

        // One message, one reply: however often it is announced it is the same.
        for (const ids of server.announced.values()) expect(new Set(ids).size).toBe(1)
        const tries = answered()
        expect(new Set(tries).size).toBe(tries.length)
        expect(tries).toContain(second.id)
        expect(tries.includes(first.id)).toBe(!['pulled', 'taken', 'fetched in part'].includes(step))
      },
    )
  },
)

describe('a second process', () => {
  it('is refused while the first has the folder, and not once that was killed', async () => {
    const { child, publicPem } = newNode()
    const first = ended({ ...child, dieAt: 'answering' })
    const nodeId = await joined(publicPem)
    const { code, told } = await ended(child)
    expect(code).toBe(1)
    expect(told).toContain(`another process works as a node in ${child.folder}`)
    const { outcome } = server.ask(nodeId, 'train', content)
    expect((await first).signal).toBe('SIGKILL')
    // Its lock died with it.
    const next = ended({ ...child, most: 0 })
    expect((await outcome).what).toBe('error')
    expect((await next).code).toBe(0)
  })
})
