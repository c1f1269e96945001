// Our node in a real fleet: Flower's own server from PyPI, untouched, and its FedAvg.
// Optional: FROSTGLASS_FLOWER names a Python that has it (pip install flwr, 1.41 or later).
// Without one these tests are skipped, and say so.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Content, type FlowerRecord, oneRecord } from '../../src/fleet/flower/content.ts'
import type { Received } from '../../src/fleet/flower/exchange.ts'
import { fleetCalls } from '../../src/fleet/flower/fleetCalls.ts'
import { type NodeNews, runNode } from '../../src/fleet/flower/node.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { nodeMemory } from '../../src/fleet/flower/nodeMemory.ts'
import type { MetricValue } from '../../src/fleet/flower/records.ts'
import { connectTo } from '../../src/fleet/flower/transport.ts'
import { tensor } from '../../src/graph/index.ts'
import { seededStream } from '../../src/random/seeded.ts'

const python = process.env['FROSTGLASS_FLOWER'] ?? 'python3'
const has =
  spawnSync(python, ['-c', 'import flwr.serverapp'], { stdio: 'ignore', timeout: 120_000 }).status === 0
if (!has)
  console.warn(
    `SKIPPED: ${python} has no Flower: pip install flwr (1.41 or later), and name that Python in FROSTGLASS_FLOWER`,
  )

const folder = mkdtempSync(join(tmpdir(), 'frostglass-flower-'))
const truth = [1, -2, 3, 0.5]

/** A node's own rows of y = x · truth + 0.25, and what it answers by them. */
function lineNode(seed: number) {
  const random = seededStream(seed, 'rows of a node')
  const rows = Array.from({ length: 50 }, () => {
    const x = truth.map(() => random.normal())
    return { x, y: x.reduce((sum, v, j) => sum + v * truth[j]!, 0.25) }
  })
  return async ({ metadata, content }: Received): Promise<{ readonly content: Content }> => {
    const arrays = oneRecord(content, 'arrays')
    const w = Array.from(arrays.get('w')!.data as Float32Array)
    let b = (arrays.get('b')!.data as Float32Array)[0]!
    const miss = ({ x, y }: (typeof rows)[number]) => x.reduce((sum, v, j) => sum + v * w[j]!, b) - y
    const trains = metadata.messageType === 'train'
    for (let step = 0; trains && step < 200; step++)
      for (const row of rows) {
        const d = 0.05 * miss(row)
        row.x.forEach((v, j) => {
          w[j]! -= d * v
        })
        b -= d
      }
    const metrics = new Map<string, MetricValue>([
      ['loss', { double: rows.reduce((sum, row) => sum + miss(row) ** 2, 0) / rows.length }],
      ['num-examples', { integer: BigInt(rows.length) }],
    ])
    const answer = new Map<string, FlowerRecord>([['metrics', { metrics }]])
    if (trains)
      answer.set('arrays', {
        arrays: new Map([
          ['w', tensor(w, [4])],
          ['b', tensor([b], [])],
        ]),
      })
    return { content: answer }
  }
}

const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

describe.skipIf(!has)('a fleet with Flower’s own server', () => {
  const leave = new AbortController()
  const env = {
    ...process.env,
    // It starts its parts by bare name.
    PATH: `${dirname(python)}:${process.env['PATH']}`,
    FLWR_HOME: join(folder, 'home'),
    FLWR_DISABLE_UPDATE_CHECK: '1',
    FLWR_TELEMETRY_ENABLED: '0',
  }
  let link: ChildProcess
  let url: string
  /** What `flwr` prints. */
  const flwr = (...args: string[]): string => {
    const { stdout, stderr, status } = spawnSync('flwr', args, { env, encoding: 'utf8', timeout: 60_000 })
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' })
    return stdout
  }

  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    mkdirSync(env.FLWR_HOME)
    writeFileSync(
      join(env.FLWR_HOME, 'config.toml'),
      `[superlink]\ndefault = "here"\n[superlink.here]\naddress = "127.0.0.1:${port}"\ninsecure = true\n`,
    )
    link = spawn(
      'flower-superlink',
      ['--insecure', '--port', String(port), '--disable-runtime-dependency-installation'],
      { env, stdio: 'ignore', detached: true },
    )
    while (
      !(await fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      ))
    )
      await pause(250)
  })

  afterAll(() => {
    leave.abort()
    // Its parts too.
    if (link.pid) process.kill(-link.pid, 'SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  })

  it('learns with two of our nodes: no reply is lost, and the line is found', async () => {
    const news: NodeNews[][] = [[], []]
    const nodes = news.map(async (told, i) => {
      const key = readNodeKey(drawNodeKey())
      const { call, close } = connectTo(url)
      await runNode(fleetCalls(call, key), lineNode(i), {
        key,
        memory: await nodeMemory(join(folder, `node ${i}`), key),
        leave: leave.signal,
        // Two rounds, each of a training and an evaluation: then it leaves by itself.
        most: 4,
        onNews: (one) => told.push(one),
      })
      close()
    })
    const { 'run-id': run } = JSON.parse(
      flwr('run', join(import.meta.dirname, 'flower'), 'here', '--format', 'json'),
    ) as {
      'run-id': string
    }
    await Promise.all(nodes)
    let status = ''
    while (!status.startsWith('finished')) {
      await pause(500)
      const { runs } = JSON.parse(flwr('ls', 'here', '--format', 'json')) as {
        runs: { 'run-id': string; status: string }[]
      }
      status = runs.find((one) => String(one['run-id']) === String(run))!.status
    }
    expect(status).toBe('finished:completed')
    const log = flwr('log', '--show', String(run), 'here')
    // A node that leaves too soon would show as a failure here.
    expect(log.match(/Received 2 results and 0 failures/g)).toHaveLength(4)
    const [, found] = /FINAL (\[.*\])/.exec(log)!
    for (const [j, value] of (JSON.parse(found!) as number[]).entries())
      expect(Math.abs(value - [...truth, 0.25][j]!)).toBeLessThan(1e-3)
    for (const told of news)
      expect(told.map(({ what }) => what)).toEqual([
        'joined',
        ...Array.from({ length: 4 }, () => ['message', 'replied']).flat(),
        'left',
      ])
  })
})
