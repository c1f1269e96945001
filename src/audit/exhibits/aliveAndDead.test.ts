// Two secrets of one node, asked for at once: Flower's nodes give both, ours one; and ours would give both were they rolled back.

import { expect, it } from 'vitest'
import { aliveAndDead, readByTwoBooks } from './aliveAndDead.ts'
import { isBroken } from './exhibit.ts'

it('reads every update of Flower’s nodes, and none of ours', async () => {
  const before = await aliveAndDead.run('before')
  expect(before).toMatchObject({ allowed: 0, measured: 96 })
  expect(isBroken(before)).toBe(true)
  expect(await aliveAndDead.run('today')).toMatchObject({ allowed: 0, measured: 0 })
})

it('reads a node of ours when all of them have their states put back: so the attack on them is one', () => {
  expect(readByTwoBooks(() => 'with', true)).toBe(16)
})
