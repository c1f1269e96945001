// Our node at Flower's own server over TLS, with keys that its admin registers: who is let in, and what is refused by name.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeKey } from '../../src/fleet/flower/contract.ts'
import { FleetRefusal, fleetCalls } from '../../src/fleet/flower/fleetCalls.ts'
import { type NodeNews, runNode } from '../../src/fleet/flower/node.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { nodeMemory } from '../../src/fleet/flower/nodeMemory.ts'
import { connectTo } from '../../src/fleet/flower/transport.ts'
import { hasFlower, lineApp, type SuperLink, startSuperLink } from './flowerFleet.ts'
import { lineNode } from './lineNode.ts'

describe.skipIf(!hasFlower)('a fleet over TLS with registered keys', () => {
  const leave = new AbortController()
  let link: SuperLink
  beforeAll(async () => {
    link = await startSuperLink({ secure: true })
  })
  afterAll(() => {
    leave.abort()
    link?.stop()
  })

  /** A key that the admin has registered, in OpenSSH's form. */
  function registered(): NodeKey {
    const key = readNodeKey(drawNodeKey())
    const file = join(mkdtempSync(join(link.folder, 'key-')), 'node.pub')
    writeFileSync(file, `${key.openSsh}\n`)
    link.flwr('supernode', 'register', file, 'here')
    return key
  }
  const isRegistered = async () => ({ key: registered(), folder: mkdtempSync(join(link.folder, 'node-')) })

  interface Own {
    readonly key: NodeKey
    readonly folder: string
    readonly url?: string
    readonly ca?: string | undefined
    readonly now?: () => Date
    readonly seed?: number
  }
  /** Runs a node until it has answered four messages. */
  async function node({
    key,
    folder,
    url = link.url,
    ca = link.ca,
    now,
    seed = 0,
  }: Own): Promise<readonly NodeNews[]> {
    const told: NodeNews[] = []
    const { call, secure, close } = connectTo(url, { ca })
    const memory = await nodeMemory(folder, key)
    try {
      await runNode(fleetCalls(call, key, { now }), lineNode(seed), {
        ...{ key, memory, secure, leave: leave.signal },
        registered: true,
        most: 4,
        onNews: (one) => told.push(one),
      })
    } finally {
      memory.close()
      close()
    }
    return told
  }

  it('learns with two nodes, which come back for a second run with the same keys', async () => {
    const owners = [await isRegistered(), await isRegistered()]
    for (const _ of [1, 2]) {
      const nodes = owners.map((own, seed) => node({ ...own, seed }))
      const run = link.run(lineApp)
      const news = await Promise.all(nodes)
      const { status, log } = await link.finished(run)
      expect(status).toBe('finished:completed')
      expect(log.match(/Received 2 results and 0 failures/g)).toHaveLength(4)
      for (const told of news) expect(told.map(({ what }) => what)).not.toContain('dropped')
    }
  })

  it('refuses a server that another CA has signed, before anything is sent', async () => {
    const own = { key: readNodeKey(drawNodeKey()), folder: mkdtempSync(join(link.folder, 'node-')) }
    await expect(node({ ...own, ca: rootCertificates[0] })).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining('is not trusted'),
    })
  })

  it('refuses to use a registered key without TLS', async () => {
    const own = { key: readNodeKey(drawNodeKey()), folder: mkdtempSync(join(link.folder, 'node-')) }
    await expect(node({ ...own, url: link.url.replace('https', 'http') })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('over TLS alone'),
    })
  })

  it.each([
    ['six minutes behind', -360_000],
    ['ten seconds ahead', 10_000],
  ])('says what to look at where its clock is %s', async (_, milliseconds) => {
    const own = await isRegistered()
    const error = await node({ ...own, now: () => new Date(Date.now() + milliseconds) }).catch(
      (thrown) => thrown,
    )
    expect(error).toBeInstanceOf(FleetRefusal)
    expect(error).toMatchObject({ code: 'key', status: 401, hint: expect.stringContaining('clock') })
  })

  it('says so where the key is not registered', async () => {
    const own = { key: readNodeKey(drawNodeKey()), folder: mkdtempSync(join(link.folder, 'node-')) }
    await expect(node(own)).rejects.toMatchObject({ code: 'key' })
  })
})
