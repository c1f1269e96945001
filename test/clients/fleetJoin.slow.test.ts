// `frostglass fleet join` in a real fleet: Flower's own server and its FedAvg, nodes of the command line, budgets that add up.
// Optional, as flower.slow.test.ts: FROSTGLASS_FLOWER names a Python that has Flower; without one these tests are skipped.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { drawNodeKey, readNodeKey } from '../../src/fleet/flower/nodeKey.ts'
import { openLedger, renyiToEpsilon } from '../../src/private/index.ts'
import { type Ended, ended, program, workplace, works } from '../cli/harness.ts'
import { checkedApp, freePort, hasFlower, type SuperLink, startSuperLink } from './flowerFleet.ts'

const place = workplace()
const app = join(import.meta.dirname, 'flowerStep')
const bounds =
  '--bounds age=0:100 --bounds fnlwgt=0:1000000 --bounds education_num=0:16 --bounds capital_gain=0:20000 --bounds capital_loss=0:4000 --bounds hours_per_week=0:100'
const stated = `--label income --classes <=50K,>50K ${bounds}`

describe.skipIf(!hasFlower)('private nodes in Flower’s fleet', () => {
  let link: SuperLink
  beforeAll(async () => {
    const [head, ...people] = readFileSync(join(program, '../../src/data/embedded/adult-numeric.csv'), 'utf8')
      .trim()
      .split('\n')
    for (const i of [0, 1])
      writeFileSync(
        place.at(`${i}.csv`),
        `${[head, ...people.filter((_, row) => row % 2 === i)].join('\n')}\n`,
      )
    await works(place, `fleet step ${stated} --out step.onnx --weights first.json`)
  })
  afterEach(() => link?.stop())

  /** Nodes, each a process, and one run. */
  async function learn(
    name: string,
    how: string,
    config: Readonly<Record<string, string | number | boolean>>,
    which: readonly number[] = [0, 1],
    serving: string = app,
  ) {
    const ends: Promise<Ended>[] = []
    for (const i of which) {
      const [node, pem] = [`${name}${i}`, drawNodeKey()]
      writeFileSync(place.at(`${node}.key`), pem, { mode: 0o600 })
      writeFileSync(place.at(`${node}.pub`), `${readNodeKey(pem).openSsh}\n`)
      if (link.ca) {
        writeFileSync(place.at('ca.pem'), link.ca)
        link.flwr('supernode', 'register', place.at(`${node}.pub`), 'here')
      }
      await works(
        place,
        `ledger create ${node}.ledger --dataset ${node} --epsilon 3 --delta 1e-5 --composition renyi`,
      )
      const args = `fleet join ${link.url} --data ${i}.csv ${stated} --ledger ${node}.ledger --key ${node}.key --state ${node} --epsilon 3 --rounds 2 --replies 4 --json ${link.ca ? '--ca ca.pem --registered' : ''} ${how}`
      ends.push(ended(place.start(args.trim().split(/ +/))))
    }
    const run = link.run(serving, {
      ...config,
      rounds: 2,
      weights: place.at('first.json'),
      out: place.at(`${name}.json`),
    })
    const over = await link.finished(run)
    const nodes = (await Promise.all(ends)).map(({ code, out, err }) => {
      expect({ code, err }).toEqual({ code: 0, err: '' })
      return JSON.parse(out) as Record<string, unknown>
    })
    return { ...over, nodes }
  }

  /** What a run's log must say: both train, nobody evaluates, and the round goes on. */
  function requireRounds(log: string): void {
    expect(log.match(/aggregate_train: Received 2 results and 0 failures/g)).toHaveLength(2)
    expect(log.match(/aggregate_evaluate: Received 0 results and 2 failures/g)).toHaveLength(2)
    expect(log).toMatch(/this node tells no loss and no accuracy/)
  }

  it('are sent a step over TLS, with registered keys, and pay for each round what the books say', async () => {
    link = await startSuperLink({ secure: true })
    const { status, log, nodes } = await learn('table', '--unit table', {
      step: place.at('step.onnx'),
      rate: 0.5,
    })
    expect(status).toBe('finished:completed')
    requireRounds(log)
    for (const [i, told] of nodes.entries()) {
      expect(told).toMatchObject({ paid: 2, replied: 2, refused: 2 })
      const ledger = openLedger(place.at(`table${i}.ledger`))
      const entries = ledger.entries()
      expect(entries).toHaveLength(2)
      const z = told['noiseMultiplier'] as number
      // ρ of a round anew: two updates at both ends of a ball of radius C, and noise of z C.
      for (const { losses } of entries)
        expect((losses[0] as { rho: number }).rho / (2 / z ** 2)).toBeCloseTo(1, 4)
      const tight = renyiToEpsilon((order) => (order * 2 * 2) / z ** 2, 5e-6).epsilon
      const { spent } = ledger.state()
      expect(spent.epsilon / tight).toBeCloseTo(1, 2)
      expect(spent.epsilon).toBeLessThanOrEqual(3)
      ledger.close()
    }
    const learned = JSON.parse(place.read('table.json')) as Record<string, { data: number[] }>
    expect(Object.keys(learned).sort()).toEqual(Object.keys(JSON.parse(place.read('first.json'))).sort())
  })

  it('protect rows with a model that they know, beside each other', async () => {
    link = await startSuperLink()
    const { status, log, nodes } = await learn('row', '--unit row --batch 100 --epochs 2', { rate: 2 })
    expect(status).toBe('finished:completed')
    requireRounds(log)
    for (const told of nodes) expect((told['all'] as { epsilon: number }).epsilon).toBeLessThanOrEqual(3)
    const ledger = openLedger(place.at('row0.ledger'))
    expect(ledger.entries().map(({ losses: [loss] }) => loss)).toEqual(
      Array.from({ length: 2 }, () =>
        expect.objectContaining({ kind: 'sampled-gaussian', rate: 0.1, times: 20 }),
      ),
    )
    ledger.close()
  })

  it('learn behind the operator’s file of the guide, whose weights become a model', async () => {
    link = await startSuperLink()
    const { status, log, nodes } = await learn(
      'guide',
      '--unit row --batch 100 --epochs 2 --replies 2',
      { step: place.at('step.onnx'), rate: 2, metrics: '', evaluate: false },
      [0, 1],
      checkedApp(link.folder),
    )
    expect(status).toBe('finished:completed')
    expect(log).not.toMatch(/DROPPED/)
    expect(log.match(/aggregate_train: Received 2 results and 0 failures/g)).toHaveLength(2)
    expect(log).not.toMatch(/aggregate_evaluate/)
    for (const told of nodes) expect(told).toMatchObject({ paid: 2, replied: 2, refused: 0 })
    await works(place, `fleet model guide.json ${stated} --out guide.onnx`)
    await works(place, 'predict guide.onnx 0.csv --out guide.csv')
  })

  it('go along with a node of Flower’s own, whose metrics have names, and which evaluates', async () => {
    link = await startSuperLink()
    link.start(
      'flower-supernode',
      ...['--insecure', '--superlink', new URL(link.url).host, '--port', String(await freePort())],
    )
    const { status, log } = await learn(
      'beside',
      '--metric train_loss=0',
      { step: place.at('step.onnx') },
      [0],
    )
    expect(status).toBe('finished:completed')
    expect(log.match(/aggregate_train: Received 2 results and 0 failures/g)).toHaveLength(2)
    // What is averaged there is Flower's own node's alone; in training our 0 counts with the weight of 1.
    expect(log.match(/aggregate_evaluate: Received 1 results and 1 failures/g)).toHaveLength(2)
    expect(log).toMatch(/'eval_loss': '5\.0*e-01'/)
    expect(log).toMatch(/'train_loss': '3\.75\d*e-01'/)
  })
})
