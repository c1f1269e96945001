import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createKey,
  decrypt,
  encrypt,
  encryptionKey,
  linearKey,
  modular,
  noisy,
  published,
} from '../../encrypt/integer-vector/index.ts'
import { stream } from '../../secret/index.ts'
import { breakEncryptionKey, readWithoutKey } from './integerVector.ts'

const secretOf = (n: number) => Uint8Array.from({ length: 32 }, (_, i) => (n >> ((i % 4) << 3)) & 255)

describe('the break of integer-vector encryption', () => {
  it.each([
    ['published', published, 'one division'],
    ['noisy', noisy, 'least squares'],
    ['modular', modular, 'trying all'],
  ] as const)('finds every key (%s) from the public key alone', (_, parameters, how) => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 6 }), (seed, size) => {
        const key = createKey(size, parameters, stream(secretOf(seed), 'integer-vector key'))
        const open = encryptionKey(key, stream(secretOf(seed), 'integer-vector switch'))
        const found = breakEncryptionKey(open)
        expect(found.column).toEqual(key.column)
        expect(found.how).toBe(how)
        expect(found.residual <= parameters.noise).toBe(true)
        // The key that was found reads what the owner encrypts.
        const message = Array.from({ length: size }, (_, i) => BigInt(seed % 1000) - BigInt(i))
        expect(decrypt({ ...key, column: found.column }, encrypt(open, message))).toEqual(message)
      }),
      { numRuns: 25, examples: [[441240827, 1]] },
    )
  })

  it('reads messages with no key at all, unless there is a modulus', () => {
    const message = [12345n, -6n, 0n, 99n]
    const shown = [published, noisy, modular].map((parameters) => {
      const key = createKey(4, parameters, stream(secretOf(5), 'integer-vector key'))
      const open = encryptionKey(key, stream(secretOf(5), 'integer-vector switch'))
      return readWithoutKey(encrypt(open, message), parameters.weight)
    })
    expect(shown.slice(0, 2)).toEqual([message, message])
    expect(shown[2]).not.toEqual(message)
  })

  it('wants a public key for encryption, not any key switch', () => {
    const key = createKey(1, published, stream(secretOf(5), 'integer-vector key'))
    const two = createKey(2, published, stream(secretOf(6), 'integer-vector key'))
    const matrix = linearKey([[1n, 1n]], two, key, stream(secretOf(5), 'integer-vector switch'))
    expect(() => breakEncryptionKey(matrix)).toThrow(/another key than w I/)
  })
})
