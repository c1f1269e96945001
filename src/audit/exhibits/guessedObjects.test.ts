// A node that asks the store for what another's reply may be: it reads both counts before, and neither today.

import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { chunkOf, countOf } from './flowerObjects/guesses.ts'
import { guessedObjects, madeUpTables, readByGuesses } from './guessedObjects.ts'

it('reads rows and ill of every table that is sent as it is, and of none with noise', async () => {
  const before = await guessedObjects.run('before', { quick: true })
  expect(before).toMatchObject({ allowed: 0, measured: 2 })
  expect(isBroken(before)).toBe(true)
  expect(await guessedObjects.run('today', { quick: true })).toMatchObject({ allowed: 0, measured: 0 })
})

it('reads the share of the ill all the same when only the count is made up', () => {
  const told = readByGuesses(madeUpTables(5), ({ rows, ill }) => [
    countOf(1),
    chunkOf(Float32Array.of(0.5 * (ill / rows - 0.5))),
  ])
  expect(told).toBe(1)
})
