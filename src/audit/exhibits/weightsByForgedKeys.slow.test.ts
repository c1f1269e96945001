import { expect, it } from 'vitest'
import { isBroken } from './exhibit.ts'
import { productAt } from './negacyclic.ts'
import { weightsByForgedKeys } from './weightsByForgedKeys.ts'

it('an asker with a forged key read every weight with one question, and reads none today', async () => {
  const before = await weightsByForgedKeys.run('before', { quick: true })
  expect(isBroken(before)).toBe(true)
  expect(before.measured).toBe(1)
  const today = await weightsByForgedKeys.run('today', { quick: true })
  expect(isBroken(today)).toBe(false)
})

it('products modulo X^N + 1 are those of the definition', () => {
  // Of 17, ψ = 2 is the smallest root of X⁴ + 1; a(X) = 1 + X at ψ^1, ψ^5, ψ^3, ψ^7 (bits reversed).
  const a = BigUint64Array.from([1, 5, 3, 7].map((e) => (1n + 2n ** BigInt(e)) % 17n))
  expect(productAt(a, [1, 0, -1, 1], 4, 17n)).toEqual([0n, 1n, 16n, 0n])
})
