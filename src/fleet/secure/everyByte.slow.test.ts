// Every byte of every message to and from one node, changed: refused, named as wrong shares, or refused a step later.

import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { openNode } from './node.ts'
import { openServer } from './server.ts'
import { fleetOf, nodeOf, vectorOf } from './testing.ts'

const values = [1n, -2n, 3n, 40n, 900n]

describe('each byte of each message', () => {
  it.each(['active', 'semi-honest'] as const)('is looked at, when the server is %s', (model) => {
    const { setup, people } = fleetOf(5, { server: model })
    const { name, identity } = people[2]!
    const input = vectorOf(setup, values)
    const server = openServer(setup)
    const nodes = new Map(people.map((somebody) => [somebody.name, nodeOf(setup, somebody)]))
    let inbox = new Map<string, Uint8Array | undefined>(people.map((one) => [one.name, undefined]))
    let kept = new Uint8Array(0)
    /** What the node, as it was kept, makes of a message. */
    const taken = (message: Uint8Array) => openNode({ setup, name, identity }, { kept }).step(message, input)
    const passed: string[] = []
    while (server.stage !== 'done') {
      const { stage } = server
      const sent = new Map<string, Uint8Array>()
      for (const [who, message] of inbox) {
        const node = nodes.get(who)!
        if (who === name && message)
          message.forEach((byte, at) => {
            const changed = message.with(at, byte ^ (1 << (at % 8)))
            const outcome = outcomeOf(() => taken(changed))
            // Shares that were changed are taken for wrong ones, and what else passes the server refuses below.
            if (outcome === 'refused') return
            if (stage === 'mask' && outcome.faults.length > 0) return
            passed.push(`${stage} ${at}`)
            expect(outcomeOf(() => server.accept(who, outcome.send))).toBe('refused')
          })
        const step = message ? node.step(message, input) : node.advertise()
        if (who === name) kept = new Uint8Array(step.keep)
        sent.set(who, step.send)
      }
      const mine = sent.get(name)!
      mine.forEach((byte, at) => {
        const changed = mine.with(at, byte ^ (1 << (at % 8)))
        expect(outcomeOf(() => server.accept(name, changed))).toBe('refused')
      })
      for (const [who, message] of sent) server.accept(who, message)
      inbox = new Map(server.close(stage))
    }
    expect([...server.sum().values]).toEqual(values.map((value) => 5 * Number(value)))
    // A list of sharers or survivors without somebody who may be missing is one that an honest server could have shown.
    expect(passed.every((entry) => /^(mask|agree|unmask) 2$/.test(entry))).toBe(true)
  })
})

/** What a call gives, or that it was refused by an error that says so. */
function outcomeOf<T>(call: () => T): T | 'refused' {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    return 'refused'
  }
}
