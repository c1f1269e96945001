// The noise of a node that adds a share: drawn once, kept with the numbers, and the same in every answer of a state put back.

import { expect, it } from 'vitest'
import { openNode } from './node.ts'
import { withOwnNoise } from './noiseOnce.ts'
import { fleetOf, runRound, vectorOf } from './testing.ts'

const noise = { numerator: 10_000n, denominator: 1n }

it.each([32, 64] as const)('of %i bits: a state put back answers one paid question in one way', (bits) => {
  const { setup, people } = fleetOf(5, { bits, noise })
  const bare = vectorOf(setup, [1n, 2n, 3n, 4n, 5n])
  const inputs = new Map(people.map(({ name }) => [name, bare]))
  const { server, steps } = runRound(setup, people, inputs, { until: 'share' })
  for (const [name, { send }] of steps) server.accept(name, send)
  const question = server.close('share').get('node-0')!
  const { name, identity } = people[0]!
  const kept = steps.get(name)!.keep
  const input = withOwnNoise(setup, bare)
  expect([...input].map(String)).not.toEqual([...bare].map(String))
  const answers = Array.from({ length: 20 }, () => {
    const { send } = openNode({ setup, name, identity }, { kept }).step(question, input)
    return Buffer.from(send).toString('hex')
  })
  expect(new Set(answers).size).toBe(1)
})

it('is not drawn where the setup has none, and bare numbers are within the range either way', () => {
  const { setup } = fleetOf(5)
  const input = vectorOf(setup, [1n, 2n, 3n, 4n, 1000n])
  expect(withOwnNoise(setup, input)).toBe(input)
  const beyond = vectorOf(setup, [1n, 2n, 3n, 4n, 1001n])
  for (const one of [setup, { ...setup, noise }]) expect(() => withOwnNoise(one, beyond)).toThrow(RangeError)
})
