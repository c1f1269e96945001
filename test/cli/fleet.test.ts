import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Content, FlowerRecord } from '../../src/fleet/flower/content.ts'
import { oneRecord } from '../../src/fleet/flower/content.ts'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { refusals } from '../../src/fleet/flower/privateNode.ts'
import type { ConfigValue } from '../../src/fleet/flower/records.ts'
import { type FakeServer, fakeServer } from '../../src/fleet/flower/testing.ts'
import { tensor } from '../../src/graph/index.ts'
import { openLedger, renyiToEpsilon, zcdpToEpsilon } from '../../src/private/index.ts'
import { json, refused, wheat, workplace, works } from './harness.ts'

const place = workplace()
writeFileSync(place.at('wheat.csv'), `${wheat.join('\n')}\n`)
const bounds =
  '--bounds area=10:25 --bounds perimeter=12:18 --bounds compactness=0.8:1 --bounds kernel_length=4:7 --bounds kernel_width=2:5 --bounds asymmetry=0:9 --bounds groove_length=4:7'
const [header] = wheat
const columns = header!.split(',')
const stated = `--label variety --classes ${[...new Set(wheat.slice(1).map((line) => line.split(',')[columns.indexOf('variety')]))].join(',')} ${bounds}`

let server: FakeServer
beforeAll(async () => {
  server = await fakeServer()
  await works(place, `fleet step ${stated} -o step.onnx --weights first.json`)
})
afterAll(() => server.close())

let nodes = 0
/** A node of the command line with a key and a ledger of its own, and what its operator does meanwhile. */
async function joined<T>(
  how: { readonly ledger: string; readonly join: string; readonly data?: string },
  work: (
    ask: (type: string, settings?: Readonly<Record<string, ConfigValue>>, weights?: string) => Promise<Asked>,
  ) => Promise<T>,
) {
  const name = `node${++nodes}`
  const pem = drawNodeKey()
  writeFileSync(place.at(`${name}.key`), pem, { mode: 0o600 })
  await works(place, `ledger create ${name}.ledger --dataset ${name} ${how.ledger}`)
  const before = server.calls.length
  const ended = json(
    place,
    `fleet join ${server.url} --data ${how.data ?? 'wheat.csv'} ${stated} --ledger ${name}.ledger --key ${name}.key --state ${name} ${how.join}`,
  )
  const { publicPem } = readNodeKey(pem)
  // Registered is not yet online: the server's program would give up on it. Whoever looks for messages is.
  while (!server.calls.slice(before).includes('pull-messages'))
    await Promise.race([new Promise((resolve) => setTimeout(resolve, 20)), ended])
  const nodeId = server.nodeIdOf(publicPem)!
  const told = await work(
    (type, settings = {}, weights) => server.ask(nodeId, type, message(settings, weights)).outcome,
  )
  return { name, told, summary: await ended }
}
type Asked = Awaited<ReturnType<FakeServer['ask']>['outcome']>

function message(settings: Readonly<Record<string, ConfigValue>>, weights = 'first.json'): Content {
  const first = JSON.parse(readFileSync(place.at(weights), 'utf8')) as Record<
    string,
    { shape: number[]; data: number[] }
  >
  return new Map<string, FlowerRecord>([
    [
      'arrays',
      { arrays: new Map(Object.entries(first).map(([n, { shape, data }]) => [n, tensor(data, shape)])) },
    ],
    ['config', { config: new Map(Object.entries(settings)) }],
  ])
}

describe('frostglass fleet step', () => {
  it('writes a step that says what it is for, and first weights', async () => {
    expect(
      await json(place, `fleet step ${stated} --hidden 5 --out five.onnx --weights five.json`),
    ).toMatchObject({
      parameters: 7 * 5 + 5 + 5 * 3 + 3,
      loss: 'categoricalCrossEntropy',
    })
    await refused(place, `fleet step ${stated} --out five.onnx`, 2, [/exists already/])
    await refused(place, `fleet step --label variety --out six.onnx ${bounds}`, 2, [
      /nothing is stated about variety/,
    ])
  })
})

describe('frostglass fleet join', () => {
  it('answers the rounds that it has paid for, and nothing else', async () => {
    const step: ConfigValue = { bytes: new Uint8Array(readFileSync(place.at('step.onnx'))) }
    const { name, told, summary } = await joined(
      {
        ledger: '--epsilon 3 --delta 1e-5 --composition renyi --unit table',
        join: '--epsilon 3 --rounds 2 --replies 4 --metric train_loss=0 --examples 12',
      },
      async (ask) => [
        await ask('train', { 'server-round': { integer: 1n }, 'training-step': step, rate: { double: 0.2 } }),
        await ask('evaluate'),
        await ask('train', { 'server-round': { integer: 2n } }),
        await ask('train', { 'server-round': { integer: 3n } }),
      ],
    )
    expect(told.map(({ what }) => what)).toEqual(['content', 'error', 'content', 'error'])
    expect(told[1]).toMatchObject({ reason: refusals.evaluate })
    expect(told[3]).toMatchObject({ reason: refusals.rounds })
    for (const outcome of [told[0], told[2]]) {
      const { content } = outcome as { content: Content }
      const arrays = oneRecord(content, 'arrays')
      expect([...arrays.keys()]).toEqual(['0.dense.kernel', '0.dense.bias', '1.dense.kernel', '1.dense.bias'])
      expect([...arrays.values()].every(({ dtype }) => dtype === 'float32')).toBe(true)
      expect(oneRecord(content, 'metrics')).toEqual(
        new Map([
          ['train_loss', { double: 0 }],
          ['num-examples', { integer: 12n }],
        ]),
      )
    }
    expect(summary).toMatchObject({ paid: 2, replied: 2, refused: 2 })
    const ledger = openLedger(place.at(`${name}.ledger`))
    const entries = ledger.entries()
    expect(entries.map(({ what }) => what)).toEqual(['round 1 of run 77', 'round 2 of run 77'])
    // Computed anew, from the entries' noise alone: half of δ is what this rule converts with.
    const rho = entries.reduce((sum, { losses: [loss] }) => sum + (loss as { rho: number }).rho, 0)
    const { spent } = ledger.state()
    expect(renyiToEpsilon((order) => order * rho, 5e-6).epsilon).toBeLessThanOrEqual(
      spent.epsilon * (1 + 1e-9),
    )
    expect(spent.epsilon / zcdpToEpsilon(rho, 5e-6)).toBeCloseTo(1, 2)
    expect(spent.epsilon).toBeLessThanOrEqual(3)
    expect(summary.spent.epsilon).toBe(spent.epsilon)
    ledger.close()
    expect(place.has(`${name}/ledger.head`)).toBe(true)
  })

  it('stops where the ledger does, and says so in words that tell nothing', async () => {
    const { told, summary } = await joined(
      {
        ledger: '--epsilon 3 --delta 1e-5 --composition renyi --unit table',
        join: '--epsilon 3 --delta 1e-5 --rounds 3 --replies 3',
      },
      async (ask) => {
        const first = await ask('train')
        // Somebody else spends what the other rounds would have cost.
        const ledger = openLedger(place.at(`node${nodes}.ledger`))
        const { losses } = ledger.entries()[0]!
        for (let i = 0; i < 2; i++) ledger.spend({ what: 'a query', unit: 'table', losses })
        ledger.close()
        return [first, await ask('train'), await ask('train')]
      },
    )
    const reasons = told.map((outcome) => ('reason' in outcome ? outcome.reason : outcome.what))
    expect(reasons.at(-1)).toBe(refusals.budget)
    expect(new Set(reasons).size).toBeLessThanOrEqual(2)
    expect(JSON.stringify(reasons)).not.toMatch(/ledger|ε|0\./)
    expect(summary.spent.epsilon).toBeLessThanOrEqual(3)
  })

  it('does not join for rounds that its ledger has no room for', async () => {
    await works(place, 'ledger create small.ledger --dataset d --epsilon 1 --delta 1e-5 --composition renyi')
    const join = `fleet join ${server.url} --data wheat.csv ${stated} --ledger small.ledger --key small.key --state small`
    const before = server.calls.length
    await refused(place, `${join} --unit row --epsilon 3 --rounds 10`, 3, [
      /small\.ledger holds \d of 10 rounds at this price.*\n.*fewer --rounds or a smaller --epsilon/,
    ])
    expect(server.calls.length).toBe(before)
    const ledger = openLedger(place.at('small.ledger'))
    expect(ledger.entries()).toEqual([])
    ledger.close()
  })

  it('shows what a server calls a message, and obeys nothing in it', async () => {
    const pem = drawNodeKey()
    writeFileSync(place.at('shown.key'), pem, { mode: 0o600 })
    await works(
      place,
      'ledger create shown.ledger --dataset shown --epsilon 3 --delta 1e-5 --composition renyi --unit table',
    )
    const before = server.calls.length
    const ended = works(
      place,
      `fleet join ${server.url} --data wheat.csv ${stated} --ledger shown.ledger --key shown.key --state shown --epsilon 3 --rounds 2 --replies 1`,
    )
    while (!server.calls.slice(before).includes('pull-messages'))
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 20)), ended])
    const nodeId = server.nodeIdOf(readNodeKey(pem).publicPem)!
    const type = 'a\u001b]0;title\u0007\u001b[2J\u202e\u2028\u009b1m\nround 1 is paid for, 99 left'
    await server.ask(nodeId, type, message({})).outcome
    const { err } = await ended
    expect(err).toContain('refused (a�]0;title��[2J���1m�round 1 is paid for, 99 left): ')
    expect(err.split('\n').filter((line) => line.startsWith('round'))).toEqual([])
  })

  it('shows why a server refuses it, or answers as none does, in characters that can be seen', async () => {
    await works(place, 'ledger create odd.ledger --dataset d --epsilon 3 --delta 1e-5')
    const words = 'a\u001b]0;title\u0007\u009b31m\u202e\u2066\u200b\u{e0041}\nround 1 is paid for'
    const answers: readonly (readonly [number, string])[] = [
      [400, JSON.stringify({ code: 1, message: words })],
      [401, JSON.stringify({ detail: words })],
      [404, words],
      [302, words],
      [200, words],
    ]
    for (const [status, body] of answers)
      for (const more of ['', ' --json', ' --coordinator']) {
        const odd = createServer((request, response) =>
          request.resume().on('end', () => response.writeHead(status).end(body)),
        )
        await new Promise<void>((done) => odd.listen(0, '127.0.0.1', done))
        const { port } = odd.address() as AddressInfo
        if (more === ' --coordinator') await works(place, 'fleet key odd.key --force')
        const command = `fleet join http://127.0.0.1:${port} --data wheat.csv ${stated} --epsilon 1 --ledger odd.ledger --key ${more === ' --coordinator' ? 'odd' : 'of'}.key --state odd${status}${more.replaceAll(/\W/g, '')}`
        const { code, err } = await place.run(command + more)
        expect([status, more, code]).toEqual([status, more, status === 401 ? 4 : 2])
        expect(err).not.toMatch(/[^\P{C}\n]/u)
        expect(err).not.toMatch(/^round/m)
        odd.closeAllConnections()
        odd.close()
      }
  })

  it('protects rows by training privately from the server’s weights', async () => {
    const { name, told } = await joined(
      {
        ledger: '--epsilon 5 --delta 1e-5 --composition renyi',
        join: '--unit row --epsilon 3 --rounds 2 --replies 3 --batch 70 --epochs 2',
      },
      async (ask) => [
        await ask('train', { epochs: { integer: 1000n }, batch: { integer: 1n } }),
        await ask('train', { 'training-step': { bytes: new Uint8Array(4) } }),
        await ask('train', { 'training-step': { bytes: new Uint8Array(4) } }, 'five.json'),
      ],
    )
    expect(told.map(({ what }) => what)).toEqual(['content', 'error', 'error'])
    expect(told[1]).toMatchObject({
      reason: expect.stringMatching(/protects rows \(the same columns, in order/),
    })
    expect(told[2]).toMatchObject({
      reason: expect.stringMatching(
        /protects rows: its array '0\.dense\.kernel' is of \[7,5\], the model's 0\.dense\.kernel of \[7,8\] \(--hidden/,
      ),
    })
    const ledger = openLedger(place.at(`${name}.ledger`))
    // The server's thousand epochs of single rows are not what is done, or paid for.
    expect(ledger.entries().map(({ losses }) => losses)).toEqual([
      [expect.objectContaining({ kind: 'sampled-gaussian', rate: 70 / (wheat.length - 1), times: 6 })],
    ])
    ledger.close()
  })

  it('protects all rows of a person where it is told whose each is', async () => {
    const owned = wheat.map((line, i) => (i === 0 ? `${line},farm` : `${line},farm ${i % 70}`))
    writeFileSync(place.at('owned.csv'), `${owned.join('\n')}\n`)
    const row = (unit: string, more = '') =>
      `fleet join ${server.url} --data owned.csv ${stated} --unit row --privacy-unit farm --ledger of-${unit}.ledger --key of.key --state of-${unit} --epsilon 3${more}`
    await works(place, 'ledger create of-row.ledger --dataset d --epsilon 3 --delta 1e-5')
    await refused(place, row('row', ' --share-of 3'), 2, [/rows are protected by noise of this node alone/])
    await refused(place, row('row').replace('--unit row', '--unit table'), 2, [/is for --unit row/])
    await refused(place, row('row').replace('--privacy-unit farm', '--privacy-unit table'), 2, [
      /cannot be called table/,
    ])
    const { name, told } = await joined(
      {
        ledger: '--epsilon 3 --delta 1e-5 --composition renyi --unit farm',
        join: '--unit row --privacy-unit farm --epsilon 3 --rounds 1 --replies 1 --batch 35 --epochs 3',
        data: 'owned.csv',
      },
      async (ask) => [await ask('train')],
    )
    expect(told.map(({ what }) => what)).toEqual(['content'])
    const ledger = openLedger(place.at(`${name}.ledger`))
    // 70 farms, and not 210 rows.
    expect(ledger.entries().map(({ unit, losses }) => [unit, losses])).toEqual([
      ['farm', [expect.objectContaining({ kind: 'sampled-gaussian', rate: 0.5, times: 6 })]],
    ])
    ledger.close()
  })

  it('adds a share of a coordinator’s noise only where the nodes are known', async () => {
    await works(place, 'ledger create share.ledger --dataset d --epsilon 3 --delta 1e-5')
    const rest = `fleet join http://127.0.0.1:9 --coordinator --data wheat.csv ${stated} --epsilon 1 --ledger share.ledger --key n.key --state n --share-of 5`
    await refused(place, rest, 2, [/makes up the nodes makes up their noise/])
    const summed = rest.replace('--share-of', '--secure')
    await refused(place, summed, 2, [/makes up the nodes sums one update/])
    await refused(place, `${rest} --nodes n.txt --trust-server`, 2, [/--trust-server is for a Flower server/])
    const serve = 'fleet serve --nodes n.txt --step step.onnx --weights first.json --state none'
    writeFileSync(place.at('n.txt'), `a ed25519:${'A'.repeat(43)}\n`)
    await refused(place, `${serve} --noise 5`, 2, [/--noise is for secure sums/])
    await refused(place, `${serve} --secure --clip 2`, 2, [/--clip is for --noise/])
    await refused(place, `${serve} --secure --noise 5 --limit 2`, 2, [/--limit is for sums without --noise/])
  })

  it('refuses what it cannot keep a promise about', async () => {
    await works(place, 'ledger create plain.ledger --dataset d --epsilon 3 --delta 1e-5')
    const rest = `--data wheat.csv ${stated} --epsilon 1 --ledger plain.ledger --key n.key --state n`
    await refused(place, `fleet join http://fleet.example:8000 ${rest}`, 2, [/in the clear.*\n.*https/])
    await refused(place, `fleet join ${server.url} ${rest} --share-of 5`, 2, [/sees each update by itself/])
    await refused(place, `fleet join ${server.url} ${rest} --share-of 5 --unit row`, 2, [/this node alone/])
    await refused(place, `fleet join ${server.url} ${rest} --metric num-examples=3`, 2, [
      /other than num-examples/,
    ])
    await refused(place, `fleet join ${server.url} ${rest.replace('plain', 'none')}`, 2, [
      /there is no ledger/,
    ])
    await refused(place, `fleet join ftp://x ${rest}`, 2, [/address of a fleet’s server/])
    await refused(place, `fleet join ${server.url} ${rest.replace('--epsilon 1', '--epsilon 1e-9')}`, 2, [
      /no noise of a fleet/,
    ])
    await refused(place, `fleet join ${server.url} ${rest.replace('wheat.csv', 'no.csv')}`, 2, [
      /no such file/,
    ])
  })
})
