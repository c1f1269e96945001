// A server that calls every node alive and dead: Flower's own nodes answer it, and so does our copy of them.

import { describe, expect, it } from 'vitest'
import { seededStream } from '../../../random/seeded.ts'
import { systemRandom } from '../../../random/source.ts'
import { bothLists, openByBoth } from './bothLists.ts'
import { openSecAggPlusNode } from './node.ts'
import { seenRound, withoutToldMasks } from './round.ts'
import { golden, seenOf } from './testing.ts'
import { flowerSettings, minus, plus, valuesOf, weightedGrid, weightOf } from './vector.ts'

describe('both lists of every node', () => {
  it('lay open Flower’s own nodes, every number of each', () => {
    const seen = seenOf(golden.overlapping)
    const found = openByBoth(seen)
    expect(found.size).toBe(5)
    for (const { id, seen: node, secret } of golden.overlapping.nodes)
      expect(Array.from(found.get(id)!)).toEqual([
        weightOf(node.examples, seen.settings),
        ...secret.quantised,
      ])
  })

  it('lay open nodes that share with a few neighbours, by the weights that they have', () => {
    const random = seededStream(3, 'both lists')
    const inputs = Array.from({ length: 8 }, (_, i) => ({
      id: i + 1,
      parameters: Float64Array.from({ length: 4 }, () => random.normal()),
      examples: 50 * (i + 1),
    }))
    const settings = { ...flowerSettings, shares: 5, threshold: 3 }
    const found = openByBoth(seenRound(settings, inputs, systemRandom, bothLists))
    for (const { id, parameters, examples } of inputs) {
      const vector = found.get(id)!
      const weight = weightOf(examples, settings)
      expect(vector[0]).toBe(weight)
      for (const [j, value] of parameters.entries())
        expect(
          Math.abs(((vector[j + 1]! / settings.levels) * 16 - 8) * (settings.levels / weight) - value),
        ).toBeLessThan(1e-3)
    }
  })

  it('are not both answered one after the other: a round has one last stage', () => {
    const settings = { ...flowerSettings, shares: 2, threshold: 2 }
    const nodes = [1, 2].map((id) => openSecAggPlusNode(id, settings, systemRandom))
    const keys = new Map(nodes.map((node) => [node.id, node.keys]))
    const tokens = nodes.map((node) => node.shareKeys(keys))
    nodes[0]!.maskedVector(new Map([[2, tokens[1]!.get(1)!]]), [0.5], 10)
    expect(nodes[0]!.unmask([1, 2], []).length).toBe(2)
    expect(() => nodes[0]!.unmask([1], [2])).toThrow(/ends the round/)
  })
})

describe('a node’s own checks', () => {
  const settings = { ...flowerSettings, shares: 2, threshold: 2 }
  const opened = () => [1, 2].map((id) => openSecAggPlusNode(id, settings, systemRandom))
  it('are those of Flower: order, threshold, its own keys, keys all different, tokens that are its own', () => {
    const [a, b] = opened() as [ReturnType<typeof openSecAggPlusNode>, ReturnType<typeof openSecAggPlusNode>]
    expect(() => a.unmask([1, 2], [])).toThrow(/stage 4 came after stage 1/)
    expect(() => a.shareKeys(new Map([[1, a.keys]]))).toThrow(/threshold/)
    const [c, d] = opened() as [typeof a, typeof b]
    expect(() =>
      c.shareKeys(
        new Map([
          [1, d.keys],
          [2, d.keys],
        ]),
      ),
    ).toThrow(/same/)
    const [e, f] = opened() as [typeof a, typeof b]
    expect(() =>
      e.shareKeys(
        new Map([
          [1, c.keys],
          [2, f.keys],
        ]),
      ),
    ).toThrow(/its own/)
    const [g, h] = opened() as [typeof a, typeof b]
    const keys = new Map([
      [1, g.keys],
      [2, h.keys],
    ])
    g.shareKeys(keys)
    const token = h.shareKeys(keys).get(1)!
    expect(() => g.maskedVector(new Map([[2, `${token.slice(0, -2)}AA`]]), [0], 1)).toThrow(/not sealed/)
  })

  it('do not ask whose keys they are: a server that is all of a node’s neighbours reads its vector', () => {
    const victim = openSecAggPlusNode(7, settings, systemRandom)
    // No other node stands behind this one, and what it puts in is known: nothing.
    const server = openSecAggPlusNode(9, settings, systemRandom)
    const keys = new Map([
      [7, victim.keys],
      [9, server.keys],
    ])
    const tokens = [victim, server].map((node) => node.shareKeys(keys))
    const vectors = [
      victim.maskedVector(new Map([[9, tokens[1]!.get(7)!]]), [0.25, -1], 500),
      server.maskedVector(new Map([[7, tokens[0]!.get(9)!]]), [0, 0], 0),
    ]
    const seen = {
      settings,
      nodes: [victim, server].map((node, i) => ({
        id: node.id,
        keys: node.keys,
        neighbours: [16 - node.id],
        masked: vectors[i]!,
        examples: [500, 0][i]!,
        shares: node.unmask([7, 9], []),
      })),
    }
    const sum = [...withoutToldMasks(seen).values()].reduce(plus)
    const told = valuesOf(minus(sum, weightedGrid([0, 0], 0, settings, systemRandom)), settings)
    expect(told[0]).toBeCloseTo(0.25, 4)
    expect(told[1]).toBeCloseTo(-1, 4)
  })
})
