// The search of a mask's seeds as an exhibit, and what its failing under our masks does not show: that they have no such fold.

import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { addMask, pairMaskKey } from '../../fleet/secure/masks.ts'
import { isBroken } from './exhibit.ts'
import { foldedSeeds } from './foldedSeeds.ts'
import { foldedSeed, maskOf } from './secAggPlus/masks.ts'
import { placeOf, seedAt } from './secAggPlus/seedSpace.ts'

it('reads both updates of Flower’s two nodes, and none of ours', async () => {
  const before = await foldedSeeds.run('before', { quick: true })
  expect(before).toMatchObject({ allowed: 0, measured: 32 })
  expect(isBroken(before)).toBe(true)
  expect(isBroken(await foldedSeeds.run('today', { quick: true }))).toBe(false)
})

it('tells apart masks of Flower by 28 bits of their key alone, and ours by every one of 256', () => {
  const key = Buffer.from(`${randomBytes(32).toString('base64url')}=`)
  const agreed = randomBytes(32)
  const list = randomBytes(32)
  const oursOf = (bytes: Uint8Array) => {
    const mask = new Uint32Array(8)
    addMask(mask, pairMaskKey(bytes, list, 0, 1), 1, 32)
    return mask.join()
  }
  expect(oursOf(agreed)).toBe(oursOf(Uint8Array.from(agreed)))
  // Words of a text that change places, and a bit that two words change alike: other keys, the same mask.
  const turned = Buffer.concat([key.subarray(4), key.subarray(0, 4)])
  expect(turned.equals(key)).toBe(false)
  expect(maskOf(foldedSeed(turned), 8)).toEqual(maskOf(foldedSeed(key), 8))
  expect(foldedSeed(key)).toBe(seedAt(placeOf(foldedSeed(key))))
  const seen = new Set([oursOf(agreed)])
  for (let bit = 0; bit < 256; bit++) {
    const changed = Uint8Array.from(agreed)
    changed[bit >> 3]! ^= 1 << (bit & 7)
    seen.add(oursOf(changed))
  }
  for (let word = 1; word < 8; word++)
    seen.add(oursOf(Buffer.concat([agreed.subarray(4 * word), agreed.subarray(0, 4 * word)])))
  expect(seen.size).toBe(1 + 256 + 7)
})

it('ends when it is told to', async () => {
  await expect(foldedSeeds.run('before', { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  })
})
