// `frostglass fleet join` as a process: how it leaves, and how long its replies take.

import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Content } from '../../src/fleet/flower/content.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { type FakeServer, fakeServer } from '../../src/fleet/flower/testing.ts'
import { tensor } from '../../src/graph/index.ts'
import { openLedger } from '../../src/private/index.ts'
import { ended, workplace, works } from './harness.ts'

const place = workplace()
let server: FakeServer
beforeAll(async () => {
  server = await fakeServer()
})
afterAll(() => server.close())

/** y = x and a class by its sign. */
const rows = (count: number) =>
  `x,sign\n${Array.from({ length: count }, (_, i) => `${Math.sin(i)},${Math.sin(i) > 0 ? 'up' : 'down'}`).join('\n')}\n`

const weights: Content = new Map([
  [
    'arrays',
    {
      arrays: new Map([
        ['0.dense.kernel', tensor(new Float32Array(2), [1, 2])],
        ['0.dense.bias', tensor(new Float32Array(2), [2])],
        ['1.dense.kernel', tensor(new Float32Array(4), [2, 2])],
        ['1.dense.bias', tensor(new Float32Array(2), [2])],
      ]),
    },
  ],
  ['config', { config: new Map([['epochs', { integer: 50n }]]) }],
])

const stated = '--label sign --classes up,down --bounds x=-1:1 --hidden 2'

async function start(name: string, count: number, how: string) {
  const pem = drawNodeKey()
  writeFileSync(place.at(`${name}.key`), pem, { mode: 0o600 })
  writeFileSync(place.at(`${name}.csv`), rows(count))
  await works(place, `ledger create ${name}.ledger --dataset d --epsilon 3 --delta 1e-5 --composition renyi`)
  const child = place.start(
    `fleet join ${server.url} --data ${name}.csv ${stated} --ledger ${name}.ledger --key ${name}.key --state ${name} --epsilon 3 ${how}`
      .trim()
      .split(' '),
  )
  const end = ended(child)
  let told = ''
  child.stderr?.on('data', (text) => {
    told += text
  })
  const says = async (words: string) => {
    while (!told.includes(words)) {
      expect(child.exitCode).toBe(null)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  await says('joined as node')
  const nodeId = server.nodeIdOf(readNodeKey(pem).publicPem)!
  return { child, end, says, ask: (type: string) => server.ask(nodeId, type, weights).outcome }
}

describe('a node that is told to leave', () => {
  it('leaves where it is idle', async () => {
    const { child, end } = await start('idle', 50, '')
    child.kill('SIGINT')
    const { code, out, err } = await end
    expect(code).toBe(0)
    expect(err).toContain('left the fleet')
    expect(out).toContain('0 rounds answered')
  })

  it('delivers what is in hand, which is paid for', async () => {
    const { child, end, says, ask } = await start('busy', 20_000, '')
    const outcome = ask('train')
    await says('is paid for')
    child.kill('SIGINT')
    expect((await outcome).what).toBe('content')
    const { code, out } = await end
    expect(code).toBe(0)
    expect(out).toContain('1 round answered')
  })

  it('ends at once when it is told again, and delivers nothing that it had not made', async () => {
    const { child, end, says, ask } = await start('hasty', 100_000, '')
    const outcome = ask('train')
    await says('is paid for')
    child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 100))
    child.kill('SIGINT')
    expect((await end).code).toBe(130)
    const ledger = openLedger(place.at('hasty.ledger'))
    expect(ledger.entries()).toHaveLength(1)
    ledger.close()
    // The same folder tells the server what became of it.
    const again = place.start(
      `fleet join ${server.url} --data hasty.csv ${stated} --ledger hasty.ledger --key hasty.key --state hasty --epsilon 3`.split(
        ' ',
      ),
    )
    expect(await outcome).toMatchObject({
      what: 'error',
      reason: expect.stringContaining('ended while it worked'),
    })
    again.kill('SIGINT')
    expect((await ended(again)).code).toBe(0)
  })
})

describe('the time of a reply', () => {
  it('is that of the limit where it is asked for, be it weights or a refusal', async () => {
    const { child, end, ask } = await start('timed', 50, '--limit 6 --answer-at-limit')
    for (const _ of [1, 2]) {
      const begun = performance.now()
      // Where the machine is so slow that noise would take half of the limit, it refuses.
      expect(['content', 'error']).toContain((await ask('train')).what)
      expect(performance.now() - begun).toBeGreaterThan(5990)
    }
    child.kill('SIGINT')
    expect((await end).code).toBe(0)
  })
})
