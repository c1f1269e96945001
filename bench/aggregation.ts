// Secure aggregation: 100,000 numbers of 100 nodes of which 10 drop out, in one process, an active server; what a node and the server spend.
// Source: goals of the fleet: a node ≤ 1 s of processor time and ≤ 2.5 times the plain bytes (4 a number).
// Messages go from memory to memory: a network's time is not in it.

import type { NodeStep, SecureSetup } from '../src/fleet/secure/index.ts'
import { decodeSetup, encodeSetup, identityKey, openNode, openServer } from '../src/fleet/secure/index.ts'
import { median } from '../src/statistics/median.ts'
import type { Context, Measurement, Row } from './measurement.ts'

// A third may be corrupted: the most for which no quorum is larger than two thirds.
const [nodes, gone, length] = [100, 10, 100_000]

/** Milliseconds of processor time, all threads. */
function processor(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** One round; what each survivor and the server spent, in milliseconds and bytes. */
function round(noise: SecureSetup['noise']): {
  readonly node: number
  readonly bytes: number
  readonly server: number
} {
  const people = Array.from({ length: nodes }, (_, i) => ({
    name: `node-${i}`,
    identity: globalThis.crypto.getRandomValues(new Uint8Array(32)),
  }))
  const setup: SecureSetup = {
    session: globalThis.crypto.getRandomValues(new Uint8Array(32)),
    purpose: new Uint8Array(32),
    round: 0,
    population: people.map(({ name, identity }) => ({ name, identity: identityKey(identity) })),
    server: 'active',
    corrupted: 33,
    dropouts: gone,
    fewest: nodes,
    length,
    bits: 32,
    range: 1n << 20n,
    noise,
    privacy: 40,
    delivery: 20,
  }
  const inputs = people.map((_, i) => Int32Array.from({ length }, (_, j) => ((i + 1) * (j + 7)) % 1000))
  // Every node reads the setup for itself, so that no key that one has read is read for the next.
  const sent = encodeSetup(setup)
  const spent = { node: people.map(() => 0), bytes: people.map(() => sent.length), server: 0 }
  const timed = <T>(work: () => T, add: (ms: number) => void): T => {
    const start = processor()
    const value = work()
    add(processor() - start)
    return value
  }
  const onServer = <T>(work: () => T) =>
    timed(work, (ms) => {
      spent.server += ms
    })
  const server = onServer(() => openServer(setup))
  const open = people.map(({ name, identity }, i) =>
    timed(
      () => openNode({ setup: decodeSetup(sent), name, identity }, { lastRound: -1 }),
      (ms) => {
        spent.node[i] = spent.node[i]! + ms
      },
    ),
  )
  let inbox = new Map<string, Uint8Array | undefined>(people.map(({ name }) => [name, undefined]))
  while (server.stage !== 'done') {
    const { stage } = server
    people.forEach(({ name }, i) => {
      const message = inbox.get(name)
      // Those who drop out have shared, and give no vector: the dearest stage to lose them in.
      if (!inbox.has(name) || (stage === 'mask' && i < gone)) return
      const step: NodeStep = timed(
        () => (message ? open[i]!.step(message, inputs[i]) : open[i]!.advertise()),
        (ms) => {
          spent.node[i] = spent.node[i]! + ms
        },
      )
      spent.bytes[i] = spent.bytes[i]! + (message?.length ?? 0) + step.send.length
      onServer(() => server.accept(name, step.send))
    })
    inbox = onServer(() => new Map(server.close(stage)))
  }
  const sum = onServer(() => server.sum())
  if (!noise)
    sum.values.forEach((value: number | bigint, j: number) => {
      const true_ = inputs.slice(gone).reduce((total, input) => total + input[j]!, 0)
      if (Number(value) !== true_) throw new Error(`number ${j} of the sum is ${value}, not ${true_}`)
    })
  const survivors = <T>(of: readonly T[]) => of.slice(gone)
  return { node: median(survivors(spent.node)), bytes: median(survivors(spent.bytes)), server: spent.server }
}

async function run({ quick, say }: Context): Promise<Row[]> {
  const rounds = Array.from({ length: quick ? 1 : 3 }, () => round(undefined))
  say('the same with noise of σ = 100 a node')
  const noisy = round({ numerator: 10_000n, denominator: 1n })
  const of = (name: 'node' | 'bytes' | 'server') => median(rounds.map((one) => one[name]))
  const what = `${length.toLocaleString('en')} numbers, ${nodes} nodes, ${gone} of them gone`
  return [
    {
      what: `${what}: a node’s processor time`,
      unit: 'ms',
      ours: of('node'),
      goal: { of: 'ours', bound: 'at most', value: 1000 },
    },
    {
      what: 'the bytes that it sends and takes, over its numbers in plain',
      unit: '×',
      ours: of('bytes') / (4 * length),
      goal: { of: 'ours', bound: 'at most', value: 2.5 },
    },
    { what: 'the server’s processor time, for all', unit: 's', ours: of('server') / 1000 },
    { what: 'a node’s, with discrete Gaussian noise of σ = 100', unit: 'ms', ours: noisy.node },
  ]
}

/** Secure aggregation. */
export const aggregation: Measurement = {
  name: 'aggregation',
  about: 'secure aggregation: a node’s processor time and bytes, and the server’s time',
  run,
}
