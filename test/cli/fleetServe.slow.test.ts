// frostglass fleet serve and key as processes: a fleet that learns wheat, is stopped, and goes on; in the clear and as a secure sum.

import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { trainAndDiffer } from '../../src/fleet/algorithms/fedAvg.ts'
import { readIdentity } from '../../src/fleet/coordinator/identity.ts'
import { type AnswerRound, joinCoordinator } from '../../src/fleet/coordinator/node.ts'
import { readWeights } from '../../src/fleet/coordinator/weightsFile.ts'
import { openStepTrainer } from '../../src/fleet/learner/stepTrainer.ts'
import { tensor } from '../../src/graph/index.ts'
import { seededStream } from '../../src/random/seeded.ts'
import { memoryOf } from '../fleets.ts'
import { ended, wheat, workplace } from './harness.ts'

const { run, start, at, has, read } = workplace()
const names = ['a', 'b', 'c', 'd', 'e']

const rows = wheat.slice(1).map((line) => line.split(','))
const kinds = ['Kama', 'Rosa', 'Canadian']
const bounds = rows[0]!.slice(0, 7).map((_, j) => {
  const column = rows.map((row) => Number(row[j]))
  return [Math.floor(Math.min(...column)), Math.ceil(Math.max(...column))] as const
})

/** Every fifth row, as the step takes it. */
const rowsOf = (place: number, of = 5) => {
  const own = rows.filter((_, i) => i % of === place)
  const x = own.flatMap((row) => bounds.map(([low, high], j) => (Number(row[j]) - low) / (high - low)))
  const y = own.flatMap((row) => kinds.map((kind) => (row[7] === kind ? 1 : 0)))
  return {
    x: tensor(Float64Array.from(x), [own.length, 7], 'float64'),
    y: tensor(Float64Array.from(y), [own.length, 3], 'float64'),
  }
}

/** A node that does what its task sends. */
const learning =
  (place: number): AnswerRound =>
  async (task, signal) => {
    const trainer = await openStepTrainer((await task.program())!)
    const random = seededStream(place, `round ${task.round}`)
    const learner = trainer.learner(rowsOf(place))
    const { contribution } = await trainAndDiffer(learner, task.instruction, { state: {}, random, signal })
    await trainer.close()
    return contribution
  }

/** What the file's weights are worth on all rows. */
async function lossOf(file: string): Promise<number> {
  const trainer = await openStepTrainer(new Uint8Array(readFileSync(at('step.onnx'))))
  const { weights } = readWeights(read(file), file)
  const { loss } = await trainer.learner(rowsOf(0, 1)).measure(weights)
  await trainer.close()
  return loss
}

const serve = (more: string) =>
  start(
    `fleet serve --nodes nodes.txt --step step.onnx --weights first.json --port 0 --poll-seconds 0.05 --learning-rate 0.5 --epochs 5 --min 5 ${more}`.split(
      ' ',
    ),
  )

/** The address that a server tells. */
async function addressOf(child: ReturnType<typeof serve>): Promise<string> {
  let text = ''
  for (;;) {
    const [part] = (await once(child.stderr!, 'data')) as [Buffer]
    text += part
    const url = /listening on (\S+):/.exec(text)?.[1]
    if (url) return url
  }
}

const join = (url: string, i: number, options = {}) =>
  joinCoordinator({
    url,
    identity: readIdentity(read(`${names[i]}.key`)),
    memory: memoryOf(),
    answer: learning(i),
    ...options,
  })

it('makes keys, and refuses what is no list', async () => {
  for (const name of names) {
    const { code, out } = await run(`fleet key ${name}.key --name node-${name}`)
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^node-${name} ed25519:[\\w-]{43}\n$`))
    writeFileSync(at('nodes.txt'), out, { flag: 'a' })
    expect(statSync(at(`${name}.key`)).mode & 0o777).toBe(0o600)
  }
  expect((await run('fleet key a.key')).err).toMatch(/a\.key exists already/)
  expect((await run('fleet key flower.pem --flower')).out).toMatch(/^ecdsa-sha2-nistp384 \S+\n$/)
  expect((await run(['fleet', 'key', 'x.key', '--name', 'a b'])).err).toMatch(/'a b' is no name of a node/)
  expect(has('x.key')).toBe(false)
  const columns = bounds.map(([low, high], j) => `--bounds ${wheat[0]!.split(',')[j]}=${low}:${high}`)
  const step = await run(
    `fleet step --label variety --classes ${kinds.join(',')} ${columns.join(' ')} --out step.onnx --weights first.json`,
  )
  expect(step.err).toBe('')
  const broken: readonly [string, string, RegExp][] = [
    ['node-a\n', '', /bad\.txt, line 1: it is not a name and a key/],
    [`${read('nodes.txt')}x ed25519:${'A'.repeat(42)}\n`, '', /line 6: it is not a name and a key/],
    [`${read('nodes.txt')}${read('nodes.txt')}`, '', /line 6: its name or its key is that of 'node-a', too/],
    ['# nobody\n\n', '', /there is no node in the list/],
    [read('nodes.txt'), '--dropouts 1', /--dropouts is for secure sums/],
    [read('nodes.txt'), '--sample 3 --min 4', /fewer nodes are sampled than must reply/],
    [read('nodes.txt'), '--secure --min 8', /--min is of 8 nodes, and bad\.txt lists 5/],
    [read('nodes.txt'), '--sample none', /Expected a count such as 20, or a share such as 30%/],
    [read('nodes.txt'), '--secure --min 5 --dropouts 3', /would have to/],
    [read('nodes.txt'), '--weights nodes.txt', /nodes\.txt is not JSON/],
    [read('nodes.txt'), '--step nodes.txt', /nodes\.txt|training step/],
  ]
  for (const [list, more, why] of broken) {
    writeFileSync(at('bad.txt'), list)
    const words = `fleet serve --nodes bad.txt --step step.onnx --weights first.json --state none ${more}`
    const { code, err } = await run(words.trim())
    expect([code, err]).toEqual([2, expect.stringMatching(why)])
  }
  expect(has('none')).toBe(false)
})

it('learns over rounds, stops on Ctrl-C, and goes on with the same command', async () => {
  const leave = new AbortController()
  const first = serve('--rounds 6 --state clear')
  const url = await addressOf(first)
  const done = ended(first)
  const nodes = names.map((_, i) => join(url, i, { signal: leave.signal }))
  for (;;) {
    const status = (await (await fetch(`${url}/v1/fleet/status`)).json()) as { done: number }
    if (status.done >= 2) break
    await sleep(20)
  }
  first.kill('SIGINT')
  leave.abort()
  await Promise.all(nodes)
  expect((await done).code).toBe(130)
  expect(has('clear/weights-0002.json')).toBe(true)
  const other = await ended(serve('--rounds 6 --state clear --epochs 4'))
  expect([other.code, other.err]).toEqual([2, expect.stringMatching(/began with another --epochs\n/)])
  const second = serve('--rounds 6 --state clear')
  const again = await addressOf(second)
  const end = ended(second)
  const busy = await ended(serve('--rounds 6 --state clear'))
  expect([busy.code, busy.err]).toEqual([
    2,
    expect.stringMatching(/another process serves the fleet in clear/),
  ])
  await Promise.all(names.map((_, i) => join(again, i)))
  const { code, out } = await end
  expect([code, out]).toEqual([0, '6 of 6 rounds done\nwrote clear/weights-0006.json\n'])
  const losses = await Promise.all([0, 2, 6].map((n) => lossOf(`clear/weights-000${n}.json`)))
  expect(losses[1]).toBeLessThan(losses[0]!)
  expect(losses[2]).toBeLessThan(0.8 * losses[0]!)
})

it('learns as much from sums that nobody reads', async () => {
  const child = serve('--rounds 3 --state secure --secure --json')
  let out = ''
  child.stdout!.on('data', (part) => {
    out += part
  })
  const url = await addressOf(child)
  await Promise.all(names.map((_, i) => join(url, i, { secure: { fewest: 5 } })))
  const [code] = await once(child, 'close')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    aggregation: 'secure',
    done: 3,
    weights: 'secure/weights-0003.json',
  })
  const [secure, clear] = await Promise.all([
    lossOf('secure/weights-0003.json'),
    lossOf('clear/weights-0003.json'),
  ])
  // Equal nodes but for their numbers of rows, which are 42 each.
  expect(Math.abs(secure - clear)).toBeLessThan(1e-4)
})

it('is joined by private nodes as processes, each of which pays for what leaves it', async () => {
  const columns = bounds.map(([low, high], j) => `--bounds ${wheat[0]!.split(',')[j]}=${low}:${high}`)
  const stated = `--label variety --classes ${kinds.join(',')} ${columns.join(' ')}`
  for (const [i, name] of names.entries()) {
    const own = wheat.slice(1).filter((_, row) => row % 5 === i)
    writeFileSync(at(`${name}.csv`), `${[wheat[0], ...own].join('\n')}\n`)
    const ledger = `ledger create ${name}.ledger --dataset ${name} --epsilon 100 --delta 1e-5 --composition renyi`
    expect((await run(ledger)).code).toBe(0)
  }
  const child = serve('--rounds 2 --state private --secure --limit 64')
  const url = await addressOf(child)
  const end = ended(child)
  const joinAs = (name: string, more = '') =>
    `fleet join ${url} --coordinator --secure 5 --data ${name}.csv ${stated} --epsilon 50 --delta 1e-5 --rounds 2 --ledger ${name}.ledger --key ${name}.key --state state-${name} ${more}`.trim()
  const wrong: readonly [string, RegExp][] = [
    [joinAs('a').replace('--coordinator ', ''), /--secure is for --coordinator/],
    [joinAs('a').replace('--secure 5 ', '--nodes nodes.txt '), /--nodes is for --secure/],
    [joinAs('a'), /makes up the nodes sums one update/],
    [joinAs('a', '--nodes nodes.txt --registered'), /--registered is for a Flower server/],
    [joinAs('a', '--nodes nodes.txt').replace('a.key', 'none.key'), /none\.key: there is no such file/],
    [joinAs('a', '--nodes nodes.txt').replace('a.key', 'flower.pem'), /it is of ec, not Ed25519/],
  ]
  for (const [words, why] of wrong) {
    const { code, err } = await run(words)
    expect([code, err]).toEqual([expect.any(Number), expect.stringMatching(why)])
    expect(code).toBeGreaterThan(1)
  }
  const nodes = await Promise.all(
    names.map((name) => ended(start(joinAs(name, '--nodes nodes.txt --json').split(' ')))),
  )
  for (const { code, out, err } of nodes) {
    expect([code, err]).toEqual([0, expect.any(String)])
    expect(JSON.parse(out)).toMatchObject({ paid: 2, replied: 2, refused: 0 })
  }
  expect((await end).code).toBe(0)
  for (const name of names) {
    const { spends } = JSON.parse((await run(`ledger show ${name}.ledger --json`)).out)
    expect(spends).toHaveLength(2)
  }
  expect(has('private/weights-0002.json')).toBe(true)
})

it('is joined by nodes whose noise is together what one would need alone, and that pay for so much', async () => {
  const columns = bounds.map(([low, high], j) => `--bounds ${wheat[0]!.split(',')[j]}=${low}:${high}`)
  const stated = `--label variety --classes ${kinds.join(',')} ${columns.join(' ')}`
  for (const name of names)
    expect(
      (
        await run(
          `ledger create ${name}2.ledger --dataset ${name} --epsilon 3 --delta 1e-5 --composition renyi --unit table`,
        )
      ).code,
    ).toBe(0)
  const child = serve('--rounds 2 --state shared --secure --corrupted 1 --noise 9 --clip 1')
  const url = await addressOf(child)
  const end = ended(child)
  const joinAs = (name: string, more: string) =>
    `fleet join ${url} --coordinator --share-of 4 --corrupted 1 --nodes nodes.txt --data ${name}.csv ${stated} --rounds 2 --ledger ${name}2.ledger --key ${name}.key --state shared-${name} ${more}`.split(
      ' ',
    )
  const nodes = await Promise.all(names.map((name) => ended(start(joinAs(name, '--epsilon 3 --json')))))
  for (const { code, out, err } of nodes) {
    expect([code, err]).toEqual([0, expect.any(String)])
    const { paid, replied, refused, noiseMultiplier, spent } = JSON.parse(out)
    expect({ paid, replied, refused }).toEqual({ paid: 2, replied: 2, refused: 0 })
    // What is needed, and the less that is spent where more is stated.
    expect(noiseMultiplier).toBeGreaterThan(4)
    expect(noiseMultiplier).toBeLessThan(9)
    expect(spent.epsilon).toBeLessThan(3)
    expect(spent.epsilon).toBeGreaterThan(1)
  }
  expect((await end).code).toBe(0)
  expect(has('shared/weights-0002.json')).toBe(true)
})
