// Every node's update read by a server that asks SecAgg+ of Flower for both of its secrets: one message, and no search.
// Source: secAggPlus/BREAK.md, section 4; Bonawitz et al. 2017, section 4. The form of before is Flower's, in secAggPlus/ here.
// Today's form is attacked by the same wish: two lists of survivors, one with a node and one without. Others stand in its own tests.

import { randomBytes } from 'node:crypto'
import { FrostglassError } from '../../errors.ts'
import type { SecureNode, SecureSetup, Stage } from '../../fleet/secure/contract.ts'
import { identityKey } from '../../fleet/secure/crypto.ts'
import { type NodeOptions, openNode } from '../../fleet/secure/node.ts'
import { openServer } from '../../fleet/secure/server.ts'
import { seededStream } from '../../random/seeded.ts'
import { systemRandom } from '../../random/source.ts'
import type { Exhibit } from './exhibit.ts'
import { bothLists, openByBoth } from './secAggPlus/bothLists.ts'
import { seenRound } from './secAggPlus/round.ts'
import { flowerSettings, valuesOf } from './secAggPlus/vector.ts'

const [count, length] = [6, 16]

/** Flower's own nodes: all numbers of all of them that one question tells. */
function readBefore(): number {
  const inputs = Array.from({ length: count }, (_, i) => {
    const random = seededStream(i, 'an update to hide')
    return {
      id: i + 1,
      parameters: Float64Array.from({ length }, () => random.normal() / 4),
      examples: 100 * (i + 1),
    }
  })
  const settings = { ...flowerSettings, shares: count, threshold: 4 }
  const vectors = openByBoth(seenRound(settings, inputs, systemRandom, bothLists))
  return inputs.reduce((sum, { id, parameters, examples }) => {
    const step = (2 * settings.clipping * settings.heaviest) / (settings.levels * examples)
    const told = valuesOf(vectors.get(id)!, settings)
    return sum + parameters.filter((value, j) => Math.abs(value - told[j]!) <= step * 1.001).length
  }, 0)
}

/** Which list a node is shown first: the one with the victim, or the one without. */
type Order = (node: number) => 'with' | 'without'

interface Fleet {
  readonly setup: SecureSetup
  readonly nodes: readonly { readonly options: NodeOptions; readonly input: Int32Array }[]
}

function fleet(): Fleet {
  const identities = Array.from({ length: count }, () => new Uint8Array(randomBytes(32)))
  const names = identities.map((_, i) => `node-${i}`)
  const setup: SecureSetup = {
    session: new Uint8Array(randomBytes(32)),
    purpose: new Uint8Array(32),
    round: 0,
    population: identities.map((identity, i) => ({ name: names[i]!, identity: identityKey(identity) })),
    server: 'active',
    corrupted: 1,
    dropouts: 1,
    fewest: count,
    length,
    bits: 32,
    range: 1000n,
    privacy: 40,
    delivery: 20,
  }
  const random = seededStream(1, 'updates to hide')
  return {
    setup,
    nodes: identities.map((identity, i) => ({
      options: { setup, name: names[i]!, identity },
      input: Int32Array.from({ length }, () => random.below(2001) - 1000),
    })),
  }
}

/**
 * Our nodes: a server keeps two books, one into which the first node's vector came and one into which it did not, and wants the
 * sum of both. Their difference is that vector.
 * @param rolledBack nodes whose state was put back answer each book as if there were no other, which they promise nothing for
 * @returns how many of the vector's numbers it read
 */
export function readByTwoBooks(order: Order, rolledBack = false): number {
  const { setup, nodes } = fleet()
  const books = { with: openServer(setup), without: openServer(setup) }
  const opened = nodes.map(({ options }) => openNode(options, { lastRound: -1 }))
  const at = new Map(nodes.map(({ options }, i) => [options.name, i]))
  let kept: Uint8Array[] = []
  let inbox = new Map<string, Uint8Array | undefined>(nodes.map(({ options }) => [options.name, undefined]))
  const lists = { with: inbox, without: inbox }
  for (const stage of ['advertise', 'share', 'mask'] satisfies Stage[]) {
    kept = []
    for (const [name, message] of inbox) {
      const i = at.get(name)!
      const step = message ? opened[i]!.step(message, nodes[i]!.input) : opened[i]!.advertise()
      kept[i] = step.keep
      books.with.accept(name, step.send)
      if (stage !== 'mask' || i !== 0) books.without.accept(name, step.send)
    }
    lists.with = new Map(books.with.close(stage))
    lists.without = new Map(books.without.close(stage))
    inbox = lists.with
  }
  const twin = (): SecureNode[] =>
    rolledBack ? nodes.map(({ options }, i) => openNode(options, { kept: kept[i]! })) : opened
  const asked = { with: twin(), without: twin() }
  const sums = { with: undefined, without: undefined } as Record<'with' | 'without', Int32Array | undefined>
  const questions = nodes.flatMap((_, i) => {
    const first = order(i)
    return [
      { i, book: first, turn: 0 },
      { i, book: first === 'with' ? ('without' as const) : ('with' as const), turn: 1 },
    ]
  })
  for (const stage of ['agree', 'unmask'] satisfies Stage[]) {
    for (const { i, book } of questions.toSorted((a, b) => a.turn - b.turn)) {
      const { name } = nodes[i]!.options
      const message = lists[book].get(name)
      if (message === undefined || books[book].stage !== stage) continue
      unlessRefused(() => books[book].accept(name, asked[book][i]!.step(message).send))
    }
    for (const book of ['with', 'without'] as const) {
      const next = unlessRefused(() => books[book].close(stage))
      lists[book] = new Map(next ?? [])
      if (next && stage === 'unmask') sums[book] = books[book].sum().values as Int32Array
    }
  }
  const { with: all, without: rest } = sums
  if (all === undefined || rest === undefined) return 0
  return nodes[0]!.input.filter((value, j) => ((all[j]! - rest[j]!) | 0) === value).length
}

/** What a call gives; nothing where a node or the server's own half refuses. */
function unlessRefused<T>(call: () => T): T | undefined {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    return undefined
  }
}

export const aliveAndDead: Exhibit = {
  name: 'alive-and-dead',
  title: 'A node that is alive and dead at once',
  claim: 'A node’s update stays hidden from a server that does what it likes, while enough nodes are honest.',
  source: 'Flower’s SecAgg+ (flwr 1.42), before; secAggPlus/BREAK.md; Bonawitz et al. 2017, section 4',
  mended:
    'Not in Flower, which claims nothing against such a server. Our nodes answer for one list of survivors, once, and only when enough others signed it.',
  async run(form) {
    const today = () =>
      Math.max(
        readByTwoBooks(() => 'with'),
        readByTwoBooks((node) => (node % 2 === 0 ? 'with' : 'without')),
      )
    return {
      allowed: 0,
      measured: form === 'before' ? readBefore() : today(),
      unit: 'numbers of single updates that were read',
    }
  },
}
