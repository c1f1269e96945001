// What must become of altered models: no crash, no error that is not ours, no memory out of proportion.

import { expect } from 'vitest'
import { runMutations } from './run.ts'

const spare = 256 * 2 ** 20

/** Alters `count` models of a run. What hangs is ended, and counts as a crash. */
export async function expectHarmless(seed: number, count: number): Promise<void> {
  const { fates, crashes } = await runMutations(seed, 0, count)
  expect(crashes).toEqual([])
  expect(fates.length).toBe(count)
  const untyped = fates.filter((f) => [f.read, f.plain, f.native].some((said) => said.startsWith('untyped')))
  expect(untyped).toEqual([])
  expect(fates.filter((f) => f.memory > 20 * f.size + spare)).toEqual([])
  // Alterations that nobody notices and such that everybody refuses test nothing.
  const refused = fates.filter((f) => f.read !== 'done').length
  expect(refused).toBeGreaterThan(count / 3)
  expect(refused).toBeLessThan(0.9 * count)
  for (const executor of ['plain', 'native'] as const)
    expect(fates.filter((f) => f[executor] === 'done').length).toBeGreaterThan(count / 10)
}
