// Rounds in one process, for the tests beside it: who drops out where, and hands that change what is sent.
// Source: ours. Nodes and server are the ones that ship; nothing here looks into them.
// It is no simulation of a network: messages come at once and in order.

import { randomBytes } from 'node:crypto'
import type { NodeStep, SecureNode, SecureServer, SecureSetup, Stage, Vector } from './contract.ts'
import { identityKey } from './crypto.ts'
import { openNode } from './node.ts'
import { withOwnNoise } from './noiseOnce.ts'
import { openServer } from './server.ts'

/** A node of a test and what it holds. */
export interface Somebody {
  readonly name: string
  readonly identity: Uint8Array
}

/** People and a setup of them; what is not given is small and ordinary. */
export function fleetOf(
  count: number,
  given: Partial<SecureSetup> = {},
): { readonly setup: SecureSetup; readonly people: readonly Somebody[] } {
  const people = Array.from({ length: count }, (_, i) => ({
    name: `node-${i}`,
    identity: new Uint8Array(randomBytes(32)),
  }))
  const setup: SecureSetup = {
    session: new Uint8Array(randomBytes(32)),
    purpose: new Uint8Array(randomBytes(32)),
    round: 0,
    population: people.map(({ name, identity }) => ({ name, identity: identityKey(identity) })),
    server: 'active',
    corrupted: 1,
    dropouts: 1,
    fewest: count,
    length: 5,
    bits: 32,
    range: 1000n,
    privacy: 40,
    delivery: 20,
    ...given,
  }
  return { setup, people }
}

/** The node of somebody, afresh. */
export const nodeOf = (setup: SecureSetup, { name, identity }: Somebody): SecureNode =>
  openNode({ setup, name, identity }, { lastRound: -1 })

/** Numbers as the setup wants them. */
export const vectorOf = ({ bits }: SecureSetup, values: readonly bigint[]): Vector =>
  bits === 32 ? Int32Array.from(values, Number) : BigInt64Array.from(values)

/** A round as far as it went: what everybody holds, and what was last sent. */
export interface Round {
  readonly server: SecureServer
  readonly nodes: ReadonlyMap<string, SecureNode>
  readonly steps: ReadonlyMap<string, NodeStep>
}

/**
 * Runs a round. `dropsAt` says before which stage's message a node is gone; `change` may put another message in place of one.
 * Ends before `until`, with that stage's messages sent and not taken, or with the server done.
 */
export function runRound(
  setup: SecureSetup,
  people: readonly Somebody[],
  inputs: ReadonlyMap<string, Vector>,
  options: {
    readonly dropsAt?: ReadonlyMap<string, Stage>
    readonly until?: Stage
    readonly change?: (stage: Stage, name: string, way: 'up' | 'down', message: Uint8Array) => Uint8Array
  } = {},
): Round {
  const { dropsAt = new Map<string, Stage>(), until, change = (_, __, ___, message) => message } = options
  const given = new Map([...inputs].map(([name, input]) => [name, withOwnNoise(setup, input)]))
  const server = openServer(setup)
  const nodes = new Map(people.map((somebody) => [somebody.name, nodeOf(setup, somebody)]))
  let steps = new Map<string, NodeStep>()
  let inbox = new Map<string, Uint8Array | undefined>(people.map(({ name }) => [name, undefined]))
  while (server.stage !== 'done') {
    const { stage } = server
    steps = new Map()
    for (const [name, message] of inbox) {
      if (dropsAt.get(name) === stage) continue
      const node = nodes.get(name)!
      const step = message
        ? node.step(change(stage, name, 'down', message), given.get(name))
        : node.advertise()
      steps.set(name, step)
    }
    if (stage === until) break
    for (const [name, { send }] of steps) server.accept(name, change(stage, name, 'up', send))
    inbox = new Map(server.close(stage))
  }
  return { server, nodes, steps }
}
