// Random tables of every type and writing come back as they were, or are refused: some of them, quickly.

import { expect, test } from 'vitest'
import { checkRoundTrips } from './roundTripProperty.ts'

test('20 random tables come back as they were, or are refused before anything is written', async () => {
  const { restored, refusals } = await checkRoundTrips(20, 1)
  if (process.env.SHOW_REFUSALS) console.log(restored, [...refusals])
  expect(restored).toBeGreaterThan(8)
})
