// A line of clients: turn by turn, nobody twice before everybody once.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createFairLine } from './fairLine.ts'

it('gives each client a turn, whoever came with how much', () => {
  const line = createFairLine<string>()
  for (const item of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) line.add(item[0], item)
  expect(line.inOrder()).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
  line.take(['a1'])
  expect(line.inOrder()).toEqual(['b1', 'c1', 'a2', 'b2', 'a3'])
  line.drop((item) => item === 'b1')
  expect(line.inOrder()).toEqual(['b2', 'c1', 'a2', 'a3'])
  line.take(['b2', 'c1'])
  line.add('b', 'b3')
  line.add(undefined, 'nobody')
  expect(line.inOrder()).toEqual(['a2', 'b3', 'nobody', 'a3'])
  expect(line.length()).toBe(4)
})

it('lets nobody wait for more than one turn of each other client, and loses nothing', () => {
  const sent = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', undefined), fc.boolean()), { maxLength: 60 })
  fc.assert(
    fc.property(sent, (steps) => {
      const line = createFairLine<{ readonly client: string | undefined }>()
      const all = steps.map(([client]): { readonly client: string | undefined } => ({ client }))
      const taken: typeof all = []
      /** Turns that others have had since a client that waits had one, or came. */
      const passed = new Map<string | undefined, (string | undefined)[]>()
      const take = () => {
        const [first] = line.inOrder()
        if (!first) return false
        line.take([first])
        taken.push(first)
        for (const others of passed.values()) others.push(first.client)
        if (line.inOrder().some(({ client }) => client === first.client)) passed.set(first.client, [])
        else passed.delete(first.client)
        for (const others of passed.values()) expect(new Set(others).size).toBe(others.length)
        return true
      }
      for (const [i, [client, one]] of steps.entries()) {
        line.add(client, all[i]!)
        if (!passed.has(client)) passed.set(client, [])
        if (one) take()
      }
      while (take()) expect(taken.length).toBeLessThanOrEqual(all.length)
      expect(new Set(taken)).toEqual(new Set(all))
      expect(taken).toHaveLength(all.length)
      // Of one client, first come, first served.
      for (const name of ['a', 'b', 'c', undefined]) {
        const own = ({ client }: { readonly client: string | undefined }) => client === name
        expect(taken.filter(own).map((item) => all.indexOf(item))).toEqual(
          all.filter(own).map((item) => all.indexOf(item)),
        )
      }
    }),
    { seed: 4 },
  )
})
