// Our node in a real fleet: Flower's own server from PyPI, untouched, and its FedAvg.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fleetCalls } from '../../src/fleet/flower/fleetCalls.ts'
import { type AnswerTo, type NodeNews, runNode } from '../../src/fleet/flower/node.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { nodeMemory } from '../../src/fleet/flower/nodeMemory.ts'
import { connectTo } from '../../src/fleet/flower/transport.ts'
import type { NodeChild, Step } from '../fleet/nodeChild.ts'
import { ended } from '../fleet/nodeProcess.ts'
import { freePort, hasFlower, lineApp, type SuperLink, startSuperLink } from './flowerFleet.ts'
import { lineNode, offset, truth } from './lineNode.ts'

describe.skipIf(!hasFlower)('a fleet with Flower’s own server', () => {
  const leave = new AbortController()
  let link: SuperLink
  beforeAll(async () => {
    link = await startSuperLink()
  })
  afterAll(() => {
    leave.abort()
    link?.stop()
  })

  /** Runs a node until it has answered so often. @returns what it told */
  async function node(answer: AnswerTo, most: number): Promise<readonly NodeNews[]> {
    const told: NodeNews[] = []
    const key = readNodeKey(drawNodeKey())
    const { call, close } = connectTo(link.url)
    const memory = await nodeMemory(mkdtempSync(join(link.folder, 'node-')), key)
    await runNode(fleetCalls(call, key), answer, {
      key,
      memory,
      leave: leave.signal,
      most,
      onNews: (one) => told.push(one),
    })
    memory.close()
    close()
    return told
  }
  const found = (log: string) => {
    for (const [j, value] of (JSON.parse(/FINAL (\[.*\])/.exec(log)![1]!) as number[]).entries())
      expect(Math.abs(value - [...truth, offset][j]!)).toBeLessThan(1e-3)
  }
  const whole = Array.from({ length: 4 }, () => ['message', 'replied']).flat()

  it('learns with two of our nodes: no reply is lost, and the line is found', async () => {
    // Two rounds, each of a training and an evaluation: then they leave by themselves.
    const nodes = [0, 1].map((i) => node(lineNode(i), 4))
    const run = link.run(lineApp)
    const news = await Promise.all(nodes)
    const { status, log } = await link.finished(run)
    expect(status).toBe('finished:completed')
    // A node that leaves too soon would show as a failure here.
    expect(log.match(/Received 2 results and 0 failures/g)).toHaveLength(4)
    found(log)
    for (const told of news) expect(told.map(({ what }) => what)).toEqual(['joined', ...whole, 'left'])
  })

  it('learns with one of ours beside one of Flower’s own', async () => {
    const pid = link.start(
      'flower-supernode',
      ...['--insecure', '--superlink', new URL(link.url).host, '--port', String(await freePort())],
    )
    const ours = node(lineNode(2), 4)
    const run = link.run(lineApp)
    const told = await ours
    const { status, log } = await link.finished(run)
    expect(status).toBe('finished:completed')
    expect(log.match(/Received 2 results and 0 failures/g)).toHaveLength(4)
    found(log)
    expect(told.map(({ what }) => what)).toEqual(['joined', ...whole, 'left'])
    process.kill(pid, 'SIGTERM')
  })

  it('is told which replies a node of ours does not send, and goes on', async () => {
    const odd: AnswerTo = async (message, signal) => {
      const made = await lineNode(3)(message)
      signal?.throwIfAborted()
      for (const record of made.content.values())
        if ('arrays' in record) (record.arrays.get('w')!.data as Float32Array)[2] = Number.NaN
      return made
    }
    const nodes = [node(lineNode(4), 2), node(odd, 2)]
    const run = link.run(lineApp, { rounds: 1 })
    await Promise.all(nodes)
    const { status, log } = await link.finished(run)
    expect(status).toBe('finished:completed')
    expect(log).toContain("the reply is not sent: entry 2 of array 'w' is not finite")
    expect(log).toContain('aggregate_train: Received 1 results and 1 failures')
  })

  const ends: readonly (readonly [Step, string])[] = [
    ['pulled', '1 results and 1 failures'],
    ['taken', '1 results and 1 failures'],
    ['fetched in part', '1 results and 1 failures'],
    ['answering', '1 results and 1 failures'],
    ['kept', '2 results and 0 failures'],
    ['announced', '2 results and 0 failures'],
    ['pushed in part', '2 results and 0 failures'],
    ['pushed', '2 results and 0 failures'],
    ['forgotten', '2 results and 0 failures'],
  ]
  it.each(ends)('a node killed when %s comes back: training has %s', async (step, received) => {
    const own = mkdtempSync(join(link.folder, 'killed-'))
    const child = (name: string): NodeChild => {
      const [key, answers] = [join(own, `${name}.pem`), join(own, `${name}.txt`)]
      writeFileSync(key, drawNodeKey(), { mode: 0o600 })
      writeFileSync(answers, '')
      return { url: link.url, folder: join(own, name), key, answers, most: 2 }
    }
    const [killed, other] = [child('killed'), child('other')]
    const dying = ended({ ...killed, dieAt: step })
    const steady = ended(other)
    const run = link.run(lineApp, { rounds: 1 })
    expect((await dying).signal).toBe('SIGKILL')
    // It answers the evaluation, and leaves.
    const again = await ended({ ...killed, most: 1 })
    expect(again).toMatchObject({ code: 0 })
    expect(await steady).toMatchObject({ code: 0 })
    const { status, log } = await link.finished(run)
    expect(status).toBe('finished:completed')
    expect(log).toContain(`aggregate_train: Received ${received}`)
    expect(log).toContain('aggregate_evaluate: Received 2 results and 0 failures')
    const answers = readFileSync(killed.answers, 'utf8').split('\n').filter(Boolean)
    expect(new Set(answers).size).toBe(answers.length)
  })
})
