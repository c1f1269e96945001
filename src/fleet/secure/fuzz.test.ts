// Every message, changed on its way: an error with a code, or the sum of those who are said to be in it. Never another sum.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import type { ServerModel, Stage, Vector } from './contract.ts'
import { openNode } from './node.ts'
import { decodeSetup, encodeSetup } from './setup.ts'
import { fleetOf, runRound, vectorOf } from './testing.ts'

type Change = (message: Uint8Array) => Uint8Array

/** Bits that flip, bytes that are lost, doubled, set or behind the end. */
const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ at: fc.nat(), bit: fc.nat(7) }).map(
    ({ at, bit }): Change =>
      (message) => {
        const place = at % message.length
        return message.with(place, message[place]! ^ (1 << bit))
      },
  ),
  // The start of a message says what it is, and who is on it: what a flip anywhere seldom meets.
  fc.record({ at: fc.nat(11), value: fc.nat(255) }).map(
    ({ at, value }): Change =>
      (message) => {
        const place = at % message.length
        return message.with(place, value)
      },
  ),
  fc.nat().map(
    (at): Change =>
      (message) =>
        message.slice(0, at % message.length),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map(
    (more): Change =>
      (message) =>
        Uint8Array.of(...message, ...more),
  ),
  fc.record({ at: fc.nat(), count: fc.integer({ min: 1, max: 130 }) }).map(
    ({ at, count }): Change =>
      (message) => {
        const place = at % message.length
        return Uint8Array.of(
          ...message.slice(0, place),
          ...message.slice(place, place + count),
          ...message.slice(place),
        )
      },
  ),
  fc.uint8Array({ maxLength: 300 }).map(
    (other): Change =>
      () =>
        other,
  ),
)

const count = 6
const values = Array.from({ length: count }, (_, i) => [1n, -2n, BigInt(i), BigInt(i * i), 900n])

function sumUnder(
  server: ServerModel,
  stage: Stage,
  who: number,
  way: 'up' | 'down',
  change: Change,
): 'refused' | 'held' {
  const { setup, people } = fleetOf(count, { server })
  const inputs = new Map<string, Vector>(people.map(({ name }, i) => [name, vectorOf(setup, values[i]!)]))
  try {
    const round = runRound(setup, people, inputs, {
      change: (at, name, direction, message) =>
        at === stage && direction === way && name === `node-${who}` ? change(message) : message,
    })
    const { survivors, values: sum } = round.server.sum()
    const expected = values[0]!.map((_, j) =>
      survivors.reduce((total, name) => total + values[Number(name.slice(5))]![j]!, 0n),
    )
    expect([...sum].map(BigInt)).toEqual(expected)
    return 'held'
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    expect(error.code).toBe('input')
    return 'refused'
  }
}

describe('a message that is changed on its way', () => {
  it.each(['active', 'semi-honest'] as const)(
    'is refused, or changes no sum, when the server is %s',
    (server) => {
      const found = { refused: 0, held: 0 }
      fc.assert(
        fc.property(
          fc.constantFrom<Stage>('advertise', 'share', 'mask', 'agree', 'unmask'),
          fc.nat(count - 1),
          fc.constantFrom('up' as const, 'down' as const),
          changes,
          (stage, who, way, change) => {
            found[sumUnder(server, stage, who, way, change)]++
          },
        ),
        { numRuns: 60 },
      )
      expect(found.refused).toBeGreaterThan(20)
    },
  )
})

describe('bytes of others', () => {
  it('make no state of a node, and no setup', () => {
    const { setup, people } = fleetOf(count, { noise: { numerator: 7n, denominator: 2n } })
    const { name, identity } = people[0]!
    const { keep } = openNode({ setup, name, identity }, { lastRound: -1 }).advertise()
    const encoded = encodeSetup(setup)
    expect(decodeSetup(encoded)).toEqual(setup)
    fc.assert(
      fc.property(changes, (change) => {
        for (const read of [
          () => decodeSetup(change(encoded)),
          () => openNode({ setup, name, identity }, { kept: change(keep) }),
        ])
          try {
            read()
          } catch (error) {
            expect(error).toBeInstanceOf(FrostglassError)
          }
      }),
      { numRuns: 300 },
    )
  })
})
