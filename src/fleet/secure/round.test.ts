// Whole rounds: the sum is exact, whoever drops out where, under either server, modulo either number.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SecureSetup, Stage, Vector } from './contract.ts'
import { openNode } from './node.ts'
import { openServer } from './server.ts'
import { fleetOf, nodeOf, runRound, type Somebody, vectorOf } from './testing.ts'

const stages: readonly Stage[] = ['share', 'mask', 'agree', 'unmask']

/** A round whose nodes are to give their numbers next. */
function maskStage(setup: SecureSetup, people: readonly Somebody[]) {
  const server = openServer(setup)
  const nodes = new Map(people.map((somebody) => [somebody.name, nodeOf(setup, somebody)]))
  for (const [name, node] of nodes) server.accept(name, node.advertise().send)
  for (const [name, message] of server.close('advertise'))
    server.accept(name, nodes.get(name)!.step(message).send)
  return { server, nodes, inbox: server.close('share') }
}

describe('a round', () => {
  it('adds up exactly, with up to the stated dropouts, each in any stage', () => {
    fc.assert(
      fc.property(
        fc.record({
          server: fc.constantFrom('active' as const, 'semi-honest' as const),
          bits: fc.constantFrom(32 as const, 64 as const),
          count: fc.integer({ min: 8, max: 12 }),
          drops: fc.array(fc.constantFrom(...stages), { maxLength: 2 }),
          order: fc.array(fc.nat(), { minLength: 2, maxLength: 2 }),
          values: fc.array(fc.integer({ min: -(2 ** 26), max: 2 ** 26 }), { minLength: 36, maxLength: 36 }),
        }),
        ({ server, bits, count, drops, order, values }) => {
          const range = bits === 32 ? 2n ** 26n : 2n ** 58n
          const scale = range / 2n ** 26n
          const { setup, people } = fleetOf(count, {
            server,
            bits,
            range,
            length: 3,
            dropouts: 2,
            corrupted: 1,
          })
          const held = people.map((_, i) =>
            Array.from({ length: 3 }, (_, j) => BigInt(values[3 * i + j]!) * scale),
          )
          const inputs = new Map<string, Vector>(
            people.map(({ name }, i) => [name, vectorOf(setup, held[i]!)]),
          )
          const dropsAt = new Map(drops.map((stage, i) => [people[(order[i]! + i) % count]!.name, stage]))
          const { server: done } = runRound(setup, people, inputs, { dropsAt })
          const sum = done.sum()
          const gone = (stage: Stage | undefined) => stage === 'share' || stage === 'mask'
          const left = people.flatMap(({ name }, i) => (gone(dropsAt.get(name)) ? [] : [i]))
          expect(sum.survivors).toEqual(left.map((i) => people[i]!.name))
          const expected = held[0]!.map((_, j) => left.reduce((total, i) => total + held[i]![j]!, 0n))
          expect([...sum.values].map(BigInt)).toEqual(expected)
          expect(done.faults).toEqual([])
        },
      ),
      { numRuns: 15 },
    )
  })

  it('is run by some of those who are enrolled', () => {
    const { setup, people } = fleetOf(12, { fewest: 8 })
    const inputs = new Map(people.map(({ name }) => [name, vectorOf(setup, [1n, 2n, 3n, 4n, 5n])]))
    const present = people.filter((_, i) => i % 3 !== 1)
    const { server } = runRound(setup, present, inputs)
    expect([...server.sum().values]).toEqual([8, 16, 24, 32, 40])
  })

  it('takes no numbers but those of its range, length and kind, and says which were wrong without saying what they were', () => {
    const { setup, people } = fleetOf(5)
    const { nodes, server, inbox } = maskStage(setup, people)
    const [name, message] = [...inbox][0]!
    const step = (input?: Vector) => () => nodes.get(name)!.step(message, input)
    expect(step(Int32Array.of(0, 0, 0, 12345, 0))).toThrow(/^number 3 lies beyond the range of ±1000$/)
    expect(step(Int32Array.of(0, -1001, 0, 0, 0))).toThrow(RangeError)
    expect(step(Int32Array.of(0, 0, 0, 0))).toThrow(RangeError)
    expect(step(BigInt64Array.of(0n, 0n, 0n, 0n, 0n))).toThrow(RangeError)
    expect(step()).toThrow(RangeError)
    server.accept(name, step(Int32Array.of(0, -1000, 1000, 0, 0))().send)
  })

  it('goes on from what node and server kept, at every step', () => {
    const { setup, people } = fleetOf(8)
    const inputs = people.map((_, i) => vectorOf(setup, [BigInt(i), 1n, 1n, 1n, -1n]))
    const log: (Stage | readonly [string, Uint8Array])[] = []
    /** A server that takes all of the log again: nothing is left of the one before. */
    const again = () => {
      const server = openServer(setup)
      for (const entry of log)
        if (typeof entry === 'string') server.close(entry)
        else server.accept(...entry)
      return server
    }
    let inbox = new Map<string, Uint8Array | undefined>(people.map(({ name }) => [name, undefined]))
    const kept = new Map<string, Uint8Array>()
    for (let server = again(); server.stage !== 'done'; server = again()) {
      people.forEach(({ name, identity }, i) => {
        const message = inbox.get(name)
        const reopen = () => {
          const state = kept.get(name)
          return openNode({ setup, name, identity }, state ? { kept: state } : { lastRound: -1 })
        }
        const step = message ? reopen().step(message, inputs[i]!) : reopen().advertise()
        kept.set(name, step.keep)
        // Killed before it could send: asked again, it sends the same bytes.
        const repeated = message ? reopen().step(message) : reopen().advertise()
        expect(repeated).toEqual({ ...step, faults: [] })
        log.push([name, step.send])
      })
      const now = again()
      const { stage } = now
      inbox = new Map(now.close(stage))
      log.push(stage)
    }
    expect([...again().sum().values]).toEqual([28, 8, 8, 8, -8])
  })
})
