// kill -9 of the coordinator after every write, and of a node before and after every one: the rounds end as if nothing had happened.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Kill, NodeRun, ServerRun } from '../../../test/fleetProcess.ts'
import {
  answerOf,
  apart,
  joined,
  secureMean,
  startTestFleet,
  type TestNode,
  testNodes,
  weightsAfter,
  weightsAfterMeans,
} from '../../../test/fleets.ts'
import { drawIdentity, readIdentity } from '../../fleet/coordinator/identity.ts'

const folder = mkdtempSync(join(tmpdir(), 'frostglass-killed-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const script = resolve(import.meta.dirname, '../../../test/fleetProcess.ts')

/** Runs a process to its end. */
async function ended(
  run: ServerRun | NodeRun,
): Promise<{ killed: boolean; code: number | null; out: string }> {
  const child: ChildProcess = spawn(process.execPath, [script, JSON.stringify(run)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout!.on('data', (part) => {
    out += part
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { killed: signal === 'SIGKILL', code, out }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

describe('a coordinator that is killed after every write', () => {
  it.each([
    ['in the clear', false, 2],
    ['of a secure sum', true, 1],
  ] as const)('goes on with the same round, %s', async (name, secure, rounds) => {
    const nodes = testNodes(5)
    const port = await freePort()
    const own = join(folder, `server ${secure}`)
    const asked: string[] = []
    const told = nodes.map((node, i) =>
      joined(`http://127.0.0.1:${port}`, node, (task, signal) => {
        asked.push(`${i} ${task.round}`)
        return answerOf(i)(task, signal)
      }),
    )
    const run: ServerRun = {
      what: 'server',
      folder: own,
      port,
      nodes: nodes.map(({ identity: _, ...node }) => node),
      secure,
      plan: { rounds, pollSeconds: 0.02 },
    }
    let kills = 0
    let last: Awaited<ReturnType<typeof ended>>
    do {
      // Every state of the disk is one after a write; now and then a write is lost, too.
      const kill: Kill = kills % 4 === 3 ? { at: 2, when: 'before' } : { at: 1, when: 'after' }
      last = await ended({ ...run, kill })
      if (last.killed) kills++
    } while (last.killed)
    expect(last.code, name).toBe(0)
    await Promise.all(told)
    // Each write was the last of a process: each round’s begin, replies, stages and end.
    expect(kills).toBeGreaterThanOrEqual(secure ? 2 + 5 * 5 + 4 : 2 * (2 + 5))
    const weights = Float64Array.from(JSON.parse(last.out) as number[])
    const all = [0, 1, 2, 3, 4]
    if (secure) expect(weights).toEqual(weightsAfterMeans([all]))
    else expect(apart(weights, weightsAfter([all, all]))).toBeLessThan(1e-12)
    // Nobody worked twice on a round.
    expect(asked.length).toBe(5 * rounds)
    expect(new Set(asked).size).toBe(5 * rounds)
  })
})

describe('a node that is killed', () => {
  const pem = drawIdentity()
  const identity = readIdentity(pem)
  const nodeOf = (others: readonly TestNode[]): TestNode[] => [
    ...others,
    { name: 'killed', identity, publicKey: identity.publicKey },
  ]
  const others = testNodes(4)
  const nodes = nodeOf(others)

  async function runFleet(name: string, secure: boolean, kills: readonly Kill[]) {
    const fleet = await startTestFleet({
      nodes,
      plan: { rounds: 1 },
      ...(secure ? { aggregation: secureMean(nodes) } : {}),
    })
    const log = join(folder, `${name}.log`)
    const told = others.map((node, i) => joined(fleet.url, node, answerOf(i)))
    const run: NodeRun = { what: 'node', folder: join(folder, name), url: fleet.url, pem, index: 4, log }
    for (const kill of kills) expect((await ended({ ...run, kill })).killed, JSON.stringify(kill)).toBe(true)
    expect((await ended(run)).code).toBe(0)
    await Promise.all(told)
    const weights = fleet.coordinator.weights()
    const { news, faults } = fleet
    await fleet.close()
    expect(faults).toEqual([])
    const asked = readFileSync(log, 'utf8').trim().split('\n').length
    const refusals = news.flatMap((one) => (one.what === 'replied' && one.refused ? [one.refused] : []))
    return { weights, asked, refusals }
  }

  const all = [0, 1, 2, 3, 4]
  const without = [0, 1, 2, 3]
  const ended4 = ['the node was ended while it worked on this round']

  it.each([
    ['before it has taken the round', { at: 1, when: 'before' }, all, []],
    ['once it has kept its reply', { at: 2, when: 'after' }, all, []],
    ['while it keeps its reply', { at: 2, when: 'before' }, without, ended4],
  ] as const)('%s, in the clear, works once', async (name, kill, members, refused) => {
    const { weights, asked, refusals } = await runFleet(`clear ${name}`, false, [kill])
    expect(asked).toBe(1)
    expect(refusals).toEqual(refused)
    expect(apart(weights, weightsAfter([members]))).toBeLessThan(1e-12)
  })

  it('at every write of a secure round is in its sum', async () => {
    const stages = Array.from({ length: 4 }, (): Kill[] => [
      { at: 1, when: 'before' },
      { at: 1, when: 'after' },
    ])
    const { weights, asked, refusals } = await runFleet('secure', true, [
      { at: 1, when: 'before' },
      { at: 2, when: 'after' },
      ...stages.flat(),
    ])
    expect(asked).toBe(1)
    expect(refusals).toEqual([])
    expect(weights).toEqual(weightsAfterMeans([all]))
  })
})
