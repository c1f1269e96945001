// Browsers as nodes of a Flower fleet: a page of a service, its worker, and behind `serve --fleet` a played server, or Flower's own.

import { readFileSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import type { Browser, BrowserContext, Page as Tab } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Arrays, type Content, type FlowerRecord, oneRecord } from '../../src/fleet/flower/content.ts'
import { PushMessagesRequestSchema } from '../../src/fleet/flower/flower_pb.js'
import type { ConfigValue } from '../../src/fleet/flower/records.ts'
import { stepAnswer } from '../../src/fleet/flower/stepAnswer.ts'
import { type FakeServer, fakeServer } from '../../src/fleet/flower/testing.ts'
import { weightsToVector } from '../../src/fleet/layout.ts'
import { writeStep } from '../../src/fleet/learner/stepFile.ts'
import { openTrainer } from '../../src/fleet/learner/trainer.ts'
import { type Tensor, tensor } from '../../src/graph/index.ts'
import { dense, initialWeights, sequential } from '../../src/learn/index.ts'
import { type RunningService, type StartOptions, startService } from '../../src/serve/v2/index.ts'
import { hasFlower, lineApp, type SuperLink, startSuperLink } from '../clients/flowerFleet.ts'
import { offset, truth } from '../clients/lineNode.ts'
import { cert, key } from '../selfSigned.ts'
import { launchChromium } from './chromium.ts'
import { cornerRows } from './fleet/corner.ts'
import type { Joining } from './fleet/worker.ts'
import { type Bundle, bundle, serve } from './site.ts'

const skip = process.env['FROSTGLASS_SKIP_BROWSER'] === '1'
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
}

/** A service before a Flower server, with the page of the nodes at its root. */
const serviceBefore = (
  server: string,
  { files }: Bundle,
  options: StartOptions = {},
): Promise<RunningService> =>
  startService({
    port: 0,
    fleet: { server },
    // All tabs have one address.
    limits: { perClient: 1 },
    extra: (routes) => {
      for (const [path, body] of files)
        routes.get(path === '/index.html' ? '/' : path, (c) =>
          c.body(body as string, 200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' }),
        )
    },
    ...options,
  })

const corner = sequential([dense({ units: 2 })], { input: [2] })

const isLine = (found: readonly number[]) => {
  for (const [j, value] of found.entries())
    expect(Math.abs(value - [...truth, offset][j]!)).toBeLessThan(1e-3)
}

const arraysOf = (w: readonly number[], b: number): Content =>
  new Map<string, FlowerRecord>([
    [
      'arrays',
      {
        arrays: new Map([
          ['w', tensor(w, [4])],
          ['b', tensor([b], [])],
        ]),
      },
    ],
  ])

describe.skipIf(skip)('nodes in Chromium', () => {
  let built: Bundle
  let browser: Browser
  const faults: string[] = []
  beforeAll(async () => {
    built = await bundle(`${import.meta.dirname}/fleet`)
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  async function open(context: BrowserContext, url: string): Promise<Tab> {
    const tab = await context.newPage()
    tab.on('pageerror', (error) => faults.push(error.message))
    await tab.goto(`${url}/`)
    await tab.waitForFunction(() => window.fleet !== undefined)
    return tab
  }

  const begin = (tab: Tab, joining: Joining) => tab.evaluate((given) => window.fleet.join(given), joining)
  const newsOf = (tab: Tab) => tab.evaluate(() => window.fleet.news)
  const end = (tab: Tab) => tab.evaluate(() => window.fleet.ended)

  /** Waits for a piece of news. @returns it */
  async function told(tab: Tab, begins: string): Promise<string> {
    const found = await tab.waitForFunction(
      (text) => window.fleet.news.find((one) => one.startsWith(text)),
      begins,
    )
    return (await found.jsonValue())!
  }

  /** A tab that joins, and what the server calls it. */
  async function joined(context: BrowserContext, url: string, joining: Joining) {
    const tab = await open(context, url)
    await begin(tab, joining)
    return { tab, id: BigInt((await told(tab, 'joined')).split(' ')[1]!) }
  }

  it('have nothing of Node in their bundle', () => {
    expect(built.nodeImports).toEqual([])
    for (const [path, code] of built.files)
      expect([path, /["'`]node:/.test(String(code))]).toEqual([path, false])
  })

  describe('with a played server', () => {
    const token = 'a-token-of-this-test'
    let server: FakeServer
    let service: RunningService
    beforeAll(async () => {
      server = await fakeServer()
      service = await serviceBefore(server.url, built)
    })
    afterAll(async () => {
      await service?.close({ grace: 0 })
      await server?.close()
    })

    it('learn together, one from a page of another origin that is allowed and has the token', async () => {
      const site = await serve(built)
      const guarded = await serviceBefore(server.url, built, {
        allowOrigin: [new URL(site.url).origin],
        token,
      })
      const nodes = [
        await joined(await browser.newContext(), service.url, { seed: 0, most: 6 }),
        await joined(await browser.newContext(), site.url.replace(/\/$/, ''), {
          seed: 1,
          most: 6,
          url: guarded.url,
          token,
        }),
      ]
      let [w, b] = [[0, 0, 0, 0], 0]
      for (let round = 0; round < 3; round++) {
        const replies: number[][] = []
        // One after another: the played server keeps no object for two messages.
        for (const { id } of nodes) {
          const outcome = await server.ask(id, 'train', arraysOf(w, b)).outcome
          expect(outcome.what).toBe('content')
          const arrays = oneRecord((outcome as { content: Content }).content, 'arrays')
          replies.push([
            ...(arrays.get('w')!.data as Float32Array),
            (arrays.get('b')!.data as Float32Array)[0]!,
          ])
        }
        const mean = replies[0]!.map((v, j) => (v + replies[1]![j]!) / 2)
        ;[w, b] = [mean.slice(0, 4), mean[4]!]
        for (const { id } of nodes)
          expect((await server.ask(id, 'evaluate', arraysOf(w, b)).outcome).what).toBe('content')
      }
      isLine([...w, b])
      for (const { tab } of nodes) {
        expect(await end(tab)).toBe('left')
        await tab.context().close()
      }
      await guarded.close({ grace: 0 })
      await site.close()
    })

    it('learn by the step that the server sends what Node learns by it', async () => {
      const context = await browser.newContext()
      const { tab, id } = await joined(context, service.url, { seed: 8, steps: true, most: 2 })
      // All rows at a time: their order changes sums by roundings alone.
      const asked = (weights: Arrays): Content =>
        new Map<string, FlowerRecord>([
          ['arrays', { arrays: weights }],
          [
            'config',
            {
              config: new Map<string, ConfigValue>([
                ['training-step', { bytes: writeStep(corner, 'categoricalCrossEntropy') }],
                ['rate', { double: 0.5 }],
                ['epochs', { integer: 20n }],
                ['batch', { integer: 60n }],
              ]),
            },
          ],
        ])
      const first = new Map(Object.entries(initialWeights(corner, 1)))
      const here = stepAnswer(cornerRows(8))
      let weights: Arrays = first
      for (const type of ['train', 'evaluate']) {
        const content = asked(weights)
        const outcome = (await server.ask(id, type, content).outcome) as { content: Content }
        const own = (await here(type, content)) as { content: Content }
        const lossOf = (of: Content) => (oneRecord(of, 'metrics').get('loss') as { double: number }).double
        expect(lossOf(outcome.content)).toBeCloseTo(lossOf(own.content), 6)
        if (type === 'evaluate') continue
        weights = oneRecord(outcome.content, 'arrays')
        for (const [name, { data }] of oneRecord(own.content, 'arrays'))
          data.forEach((v, i) => void expect(weights.get(name)!.data[i]).toBeCloseTo(v as number, 5))
        expect(weights).not.toEqual(first)
      }
      expect(await end(tab)).toBe('left')
      await context.close()
    })

    it('that are closed before their reply is sent deliver the same one when they are opened again', async () => {
      const context = await browser.newContext()
      const asked: string[] = []
      const idOf = (body: Buffer | null) =>
        fromBinary(PushMessagesRequestSchema, new Uint8Array(body!)).messagesList[0]!.metadata!.messageId
      const stalled = Promise.withResolvers<void>()
      // None arrives, however often it is tried.
      await context.route('**/v1/fleet/push-messages', async (route) => {
        asked.push(idOf(route.request().postDataBuffer()))
        await route.abort()
        stalled.resolve()
      })
      const { tab, id } = await joined(context, service.url, { seed: 2 })
      const { id: message, outcome } = server.ask(id, 'train', arraysOf([0, 0, 0, 0], 0))
      await stalled.promise
      await tab.close()
      expect(server.announced.get(message)).toBeUndefined()
      await context.unroute('**/v1/fleet/push-messages')

      const again = await joined(context, service.url, { seed: 3, most: 1 })
      expect(again.id).toBe(id)
      expect(await outcome).toMatchObject({ what: 'content', id: asked[0] })
      expect(new Set(asked).size).toBe(1)
      expect(server.announced.get(message)).toEqual([asked[0]])
      // Nothing was answered by the second: it says of no message but the next.
      await told(again.tab, 'replied train')
      expect((await newsOf(again.tab)).filter((one) => one.startsWith('message'))).toEqual([])
      expect((await server.ask(id, 'evaluate', arraysOf([0, 0, 0, 0], 0)).outcome).what).toBe('content')
      expect(await end(again.tab)).toBe('left')
      await context.close()
    })

    it('that are closed while they answer refuse the message when they are opened again, and go on', async () => {
      const context = await browser.newContext()
      const { tab, id } = await joined(context, service.url, { seed: 4, hold: true })
      const { outcome } = server.ask(id, 'train', arraysOf([0, 0, 0, 0], 0))
      await told(tab, 'message train')
      await tab.close()
      const again = await joined(context, service.url, { seed: 4, most: 1 })
      expect(again.id).toBe(id)
      expect(await outcome).toMatchObject({
        what: 'error',
        reason: 'the node was ended while it worked on this message',
      })
      expect((await server.ask(id, 'train', arraysOf([0, 0, 0, 0], 0)).outcome).what).toBe('content')
      expect(await end(again.tab)).toBe('left')
      await context.close()
    })

    it('are one tab at a time, whose place the next one takes; their key cannot be read', async () => {
      const context = await browser.newContext()
      const tabs = await Promise.all([open(context, service.url), open(context, service.url)])
      // Both draw a key, and one of them is the node's.
      const lines = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.fleet.keyLine())))
      expect(lines[0]).toMatch(/^ecdsa-sha2-nistp256 [\w+/]+=*$/)
      expect(lines[1]).toBe(lines[0])
      await Promise.all(tabs.map((tab) => tab.close()))

      const first = await joined(context, service.url, { seed: 5 })
      const second = await open(context, service.url)
      await begin(second, { seed: 5 })
      await told(second, 'waiting another tab')
      const other = await joined(context, service.url, { seed: 5, node: 'another' })
      expect(other.id).not.toBe(first.id)
      await first.tab.close()
      // The server has the first for online still.
      const id = BigInt((await told(second, 'joined')).split(' ')[1]!)
      expect(id).toBe(first.id)
      expect((await server.ask(id, 'train', arraysOf([0, 0, 0, 0], 0)).outcome).what).toBe('content')

      expect(await second.evaluate(() => window.fleet.keyLine())).toBe(lines[0])
      const kept = await second.evaluate(
        () =>
          new Promise<unknown>((resolve) => {
            const opening = indexedDB.open('frostglass-fleet')
            opening.onsuccess = () => {
              const asked = opening.result.transaction('nodes').objectStore('nodes').get(['node', 'key'])
              asked.onsuccess = async () => {
                const { privateKey } = asked.result as CryptoKeyPair
                const read = await crypto.subtle.exportKey('pkcs8', privateKey).catch((e: Error) => e.name)
                resolve([privateKey.extractable, privateKey.usages, read])
              }
            }
          }),
      )
      expect(kept).toEqual([false, ['sign'], 'InvalidAccessError'])
      for (const tab of [second, other.tab]) {
        await tab.evaluate(() => window.fleet.leave())
        expect(await end(tab)).toBe('left')
      }
      await context.close()
    })

    it('wait where nobody answers, and say why where the server refuses', async () => {
      const context = await browser.newContext()
      const { tab, id } = await joined(context, service.url, { seed: 6 })
      await context.route('**/v1/fleet/pull-messages', (route) => route.abort())
      await told(tab, 'waiting Failed to fetch')
      await context.unroute('**/v1/fleet/pull-messages')
      expect((await server.ask(id, 'train', arraysOf([0, 0, 0, 0], 0)).outcome).what).toBe('content')
      await tab.evaluate(() => window.fleet.leave())
      expect(await end(tab)).toBe('left')
      await context.close()

      // One that is told to leave, and nobody answers any more.
      const cut = await browser.newContext()
      const { tab: stuck } = await joined(cut, service.url, { seed: 6 })
      await cut.route('**/v1/fleet/*', (route) => route.abort())
      await told(stuck, 'waiting Failed to fetch')
      await stuck.evaluate(() => window.fleet.leave())

      const guarded = await serviceBefore(server.url, built, { token, openTo: () => true })
      const closed = await serviceBefore(server.url, built, {
        token,
        openTo: (path) => !path.startsWith('/v1'),
      })
      const stranger = await open(await browser.newContext(), closed.url)
      await begin(stranger, { seed: 7 })
      expect(await end(stranger)).toMatch(/refuses 'register-node': 401, the header Authorization: Bearer/)
      const unregistered = await open(await browser.newContext(), guarded.url)
      await begin(unregistered, { seed: 7, registered: true })
      expect(await end(unregistered)).toMatch(/a registered key is used over TLS alone/)
      for (const url of ['ftp://127.0.0.1', 'http://', 'data:x', 'http://u:p@127.0.0.1']) {
        const lost = await open(unregistered.context(), guarded.url)
        await begin(lost, { seed: 7, url })
        expect(await end(lost)).toMatch(/is no address of a service/)
      }
      expect(await end(stuck)).toBe('FrostglassError: stopped before the work was done')
      for (const one of [stranger, unregistered, stuck]) await one.context().close()
      await Promise.all([guarded.close({ grace: 0 }), closed.close({ grace: 0 })])
    })
  })

  describe.skipIf(!hasFlower)('with Flower’s own server', () => {
    let link: SuperLink
    let service: RunningService
    beforeAll(async () => {
      link = await startSuperLink()
      service = await serviceBefore(link.url, built)
    })
    afterAll(async () => {
      await service?.close({ grace: 0 })
      link?.stop()
    })

    it('finish three rounds of FedAvg, one of them closed and opened again: no reply is lost, and the line is found', async () => {
      const [steady, restless] = [await browser.newContext(), await browser.newContext()]
      const tab = await open(steady, service.url)
      await begin(tab, { seed: 0, most: 6 })
      const leaving = await open(restless, service.url)
      await begin(leaving, { seed: 1 })
      for (const one of [tab, leaving]) await told(one, 'joined')
      // The second is closed when it has answered the second round's training, and nothing of it has arrived.
      let pushed = 0
      const stalled = Promise.withResolvers<void>()
      await restless.route('**/v1/fleet/push-messages', async (route) => {
        if (++pushed <= 2) return route.continue()
        await route.abort()
        stalled.resolve()
      })
      const run = link.run(lineApp, { rounds: 3 })
      await stalled.promise
      expect((await newsOf(leaving)).filter((one) => one.startsWith('replied'))).toHaveLength(2)
      await leaving.close()
      await restless.unroute('**/v1/fleet/push-messages')
      const again = await open(restless, service.url)
      // Its reply is delivered first; then an evaluation, and the third round.
      await begin(again, { seed: 1, most: 3 })
      expect(await Promise.all([end(tab), end(again)])).toEqual(['left', 'left'])
      const { status, log } = await link.finished(run)
      expect(status).toBe('finished:completed')
      expect(log.match(/Received 2 results and 0 failures/g)).toHaveLength(6)
      isLine(JSON.parse(/FINAL (\[.*\])/.exec(log)![1]!) as number[])
      const whatOf = async (one: Tab) =>
        (await newsOf(one)).map((text) => text.split(' ').slice(0, 2).join(' '))
      const ofRound = (await whatOf(tab)).filter((text) => text.startsWith('replied'))
      expect(ofRound).toEqual([0, 1, 2].flatMap(() => ['replied train', 'replied evaluate']))
      expect((await whatOf(again)).filter((text) => /^(message|replied)/.test(text))).toEqual([
        'replied train',
        'message evaluate',
        'replied evaluate',
        'message train',
        'replied train',
        'message evaluate',
        'replied evaluate',
      ])
    })

    it('learn a model that they do not know, by the step that the operator’s program sends', async () => {
      const tabs = await Promise.all([0, 1].map(async () => open(await browser.newContext(), service.url)))
      for (const [seed, tab] of tabs.entries()) await begin(tab, { seed, steps: true, most: 4 })
      const at = (name: string) => join(link.folder, name)
      const first = initialWeights(corner, 1)
      const written = Object.entries(first).map(([name, { shape, data }]) => [
        name,
        { shape, data: Array.from(data as Float32Array) },
      ])
      writeFileSync(at('first.json'), JSON.stringify(Object.fromEntries(written)))
      writeFileSync(at('step.onnx'), writeStep(corner, 'categoricalCrossEntropy'))
      const run = link.run(join(lineApp, '../flowerStep'), {
        weights: at('first.json'),
        step: at('step.onnx'),
        out: at('learned.json'),
        rate: 0.5,
        epochs: 5,
        batch: 20,
      })
      expect(await Promise.all(tabs.map(end))).toEqual(['left', 'left'])
      const { status, log } = await link.finished(run)
      expect(status).toBe('finished:completed')
      expect(log.match(/Received 2 results and 0 failures/g)).toHaveLength(4)
      const learned = JSON.parse(readFileSync(at('learned.json'), 'utf8')) as typeof first
      const trainer = await openTrainer(corner, { loss: 'categoricalCrossEntropy', executor: 'plain' })
      const worth = async (weights: Readonly<Record<string, Tensor>>) => {
        const flat = weightsToVector(weights, trainer.layout)
        return (await trainer.learner(cornerRows(77)).measure(flat)).accuracy!
      }
      const tensors = Object.entries(learned).map(([name, { shape, data }]) => [
        name,
        tensor(data as never, shape),
      ])
      expect(await worth(Object.fromEntries(tensors) as Record<string, Tensor>)).toBeGreaterThan(0.9)
      expect(await worth(first)).toBeLessThan(0.9)
      await trainer.close()
    })

    it('are known by keys that its admin registers, over TLS on both sides', async () => {
      const secure = await startSuperLink({ secure: true })
      const guarded = await serviceBefore(secure.url, built, {
        fleet: { server: secure.url, ca: cert },
        tls: { cert, key },
      })
      const contexts = await Promise.all([0, 1].map(() => browser.newContext({ ignoreHTTPSErrors: true })))
      const tabs = await Promise.all(contexts.map((context) => open(context, guarded.url)))
      for (const [i, tab] of tabs.entries()) {
        const file = join(secure.folder, `browser ${i}.pub`)
        writeFileSync(file, `${await tab.evaluate(() => window.fleet.keyLine())}\n`)
        secure.flwr('supernode', 'register', file, 'here')
        await begin(tab, { seed: i, most: 2, registered: true })
      }
      const run = secure.run(lineApp, { rounds: 1 })
      expect(await Promise.all(tabs.map(end))).toEqual(['left', 'left'])
      const { status, log } = await secure.finished(run)
      expect(status).toBe('finished:completed')
      expect(log.match(/Received 2 results and 0 failures/g)).toHaveLength(2)
      await guarded.close({ grace: 0 })
      secure.stop()
    })
  })

  it('leave no error in the page', () => {
    expect(faults).toEqual([])
  })
})
