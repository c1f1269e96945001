// Bytes in hand: of all, and a client's share.

import { expect, it } from 'vitest'
import { hold, holdAnswer, noRoom, nothingHeld } from './held.ts'

const limits = { maxBody: 10, maxHeld: 80, perClient: 0.5 }

it('is full for a client beyond its share, and for all beyond the whole', () => {
  const held = nothingHeld()
  hold(held, 'a', 40)
  expect(noRoom(held, 'a', limits)).toBeUndefined()
  hold(held, 'a', 1)
  expect(noRoom(held, 'a', limits)).toMatchObject({ status: 429, retryAfter: 1 })
  expect(noRoom(held, 'b', limits)).toBeUndefined()
  expect(noRoom(held, undefined, limits)).toBeUndefined()
  hold(held, 'b', 40)
  expect(noRoom(held, 'b', limits)).toMatchObject({ status: 503 })
  hold(held, 'b', -40)
  hold(held, 'a', -41)
  expect([held.bytes, held.byClient.size]).toEqual([0, 0])
})

it('has room for one body of the largest size, whatever the share', () => {
  const held = nothingHeld()
  hold(held, 'a', 10)
  expect(noRoom(held, 'a', { ...limits, perClient: 0.001 })).toBeUndefined()
})

it('has an answer where its client has nothing else, and counts it as the share at most', () => {
  const held = nothingHeld()
  const release = holdAnswer(held, 'a', 1000, limits)
  expect(held.bytes).toBe(40)
  expect(() => holdAnswer(held, 'a', 1, limits)).toThrow(expect.objectContaining({ status: 429 }))
  const other = holdAnswer(held, 'b', 40, limits)
  expect(() => holdAnswer(held, 'c', 1, limits)).toThrow(expect.objectContaining({ status: 503 }))
  other()
  release()
  expect([held.bytes, held.byClient.size]).toEqual([0, 0])
  holdAnswer(held, 'a', 1000, { ...limits, maxHeld: 5 })()
})
