// Bytes from anybody that SEAL would unpack to gigabytes before it looks at them.

import { zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CkksOwner, createCkksOwner } from '../ckks/owner.ts'
import { openCkksService } from '../ckks/service.ts'
import { readCiphertext } from './ciphertexts.ts'
import { type HeContext, openContext } from './context.ts'
import { unwrap, wrap } from './envelope.ts'
import { type EvaluationKeys, readEvaluationKeys } from './keys.ts'
import { loadableCiphertext, loadableKeys, savedKeyBytes } from './loadable.ts'
import { ckksParameters } from './parameters.ts'
import { openParcel, packParcel } from './parcel.ts'

const parameters = ckksParameters(3, 30)
const { degree } = parameters
let owner: CkksOwner
let keys: EvaluationKeys
let context: HeContext
beforeAll(async () => {
  owner = await createCkksOwner(parameters)
  keys = owner.evaluationKeys({ relinearisation: true, rotations: [1, 4], encryption: true })
  context = await openContext(parameters)
})
afterAll(() => {
  context.arena.close()
  owner.close()
})

/** As SEAL saves what is compressed. */
function packed(content: Uint8Array): Uint8Array {
  const body = zstdCompressSync(content)
  const bytes = new Uint8Array(16 + body.length)
  bytes.set([0x5e, 0xa1, 16, 4, 1, 2, 0, 0])
  new DataView(bytes.buffer).setBigUint64(8, BigInt(bytes.length), true)
  bytes.set(body, 16)
  return bytes
}

const rotationsOf = () => unwrap(keys.rotations!, 'rotation keys', parameters).payload
const loaded = (payload: Uint8Array, most = 2) =>
  loadableKeys(payload, parameters, { places: degree, most, name: 'the keys' })

describe('keys', () => {
  it('are unpacked to what SEAL loads', () => {
    const bytes = loaded(rotationsOf())
    expect(bytes.length).toBe(16 + 32 + 8 + 8 * degree + 2 * 4 * savedKeyBytes(parameters))
    // Uncompressed they are taken as they are.
    expect(loaded(bytes)).toBe(bytes)
    const plain = { ...keys, rotations: wrap('rotation keys', parameters, owner.key, bytes) }
    expect(() => readEvaluationKeys(context, plain, { rotations: [4, 1] })).not.toThrow()
  })

  it('of some kilobytes that stand for a gigabyte are refused before SEAL unpacks them', () => {
    const bomb = packed(new Uint8Array(2 ** 30))
    expect(bomb.length).toBeLessThan(200_000)
    for (const kind of ['rotations', 'relinearisation'] as const) {
      const own = wrap(
        kind === 'rotations' ? 'rotation keys' : 'relinearisation keys',
        parameters,
        owner.key,
        bomb,
      )
      const needs = { relinearisation: true, rotations: [1, 4] }
      expect(() => readEvaluationKeys(context, { ...keys, [kind]: own }, needs)).toThrow(
        /^the keys cannot be read$/,
      )
    }
    const ciphertext = wrap('ciphertext', parameters, owner.key, bomb)
    expect(() => readCiphertext(context, owner.key, ciphertext, 'a question')).toThrow(/cannot be read/)
    expect(() => owner.requireForm(ciphertext, { level: 0, scale: 1 }, 'the answer')).toThrow(
      /cannot be read/,
    )
  })

  it('are no more than are asked for, nor what was not asked for', () => {
    expect(() => loaded(rotationsOf(), 1)).toThrow(/cannot be read/)
    const more = owner.evaluationKeys({ relinearisation: true, rotations: [1, 2, 4], encryption: true })
    expect(() => readEvaluationKeys(context, more, { rotations: [1, 4] })).toThrow(/cannot be read/)
    // A batch rotates nothing: what is there is not opened.
    const none = { ...keys, rotations: Uint8Array.of(1) }
    expect(() => readEvaluationKeys(context, none, { relinearisation: true })).not.toThrow()
  })

  it('have the number of places that the parameters say, and nothing packed inside', () => {
    const bytes = loaded(rotationsOf())
    const changed = (at: number, value: bigint) => {
      const own = bytes.slice()
      new DataView(own.buffer).setBigUint64(at, value, true)
      return own
    }
    // SEAL would make room for as many as are said.
    for (const places of [0n, 1n, BigInt(degree + 1), 2n ** 28n, 2n ** 60n])
      expect(() => loaded(changed(48, places))).toThrow(/cannot be read/)
    for (const count of [1n, 5n, 2n ** 40n])
      expect(() => loaded(changed(56, count))).toThrow(/cannot be read/)
    // The first key: compression of it, and of its residues.
    const first = bytes.findIndex((byte, at) => at > 56 && byte === 0x5e && bytes[at + 1] === 0xa1)
    for (const at of [first, first + 89, first + savedKeyBytes(parameters) - 81]) {
      const own = bytes.slice()
      expect(own[at + 5]).toBe(0)
      own[at + 5] = 2
      expect(() => loaded(own)).toThrow(/cannot be read/)
    }
    for (const length of [0, 15, 16, 55, 56, 1000, bytes.length - 1]) {
      const own = bytes.slice(0, length)
      if (length >= 16) new DataView(own.buffer).setBigUint64(8, BigInt(length), true)
      expect(() => loaded(own)).toThrow(/cannot be read/)
    }
  })
})

describe('ciphertexts', () => {
  it('are fresh, or full, and hold nothing packed inside', () => {
    const fresh = unwrap(owner.encrypt([1]), 'ciphertext', parameters).payload
    const bytes = loadableCiphertext(fresh, parameters, 'it')
    expect(bytes.length).toBe(89 + 24 + 8 * degree * 4 + 81)
    expect(loadableCiphertext(bytes, parameters, 'it')).toBe(bytes)
    for (const at of [5, 89 + 5, bytes.length - 81 + 5]) {
      const own = bytes.slice()
      own[at] = 2
      expect(() => loadableCiphertext(own, parameters, 'it')).toThrow(/^it cannot be read$/)
    }
    const long = packed(new Uint8Array(8 * degree * 40))
    expect(() => loadableCiphertext(long, parameters, 'it')).toThrow(/^it cannot be read$/)
  })
})

describe('parcels', () => {
  it('of millions of empty parts are refused before one is made', () => {
    const parcel = packParcel('question', {}, [])
    const bytes = new Uint8Array(parcel.length + 4 * 2 ** 20)
    bytes.set(parcel)
    expect(() => openParcel(bytes, 'the question')).toThrow(/^the question: holds more than 131,072 parts$/)
    const some = packParcel('question', {}, [Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)])
    expect(openParcel(some, 'it').parts.map((part) => [...part])).toEqual([[1], [], [2, 3]])
    expect(() => openParcel(some.subarray(0, -1), 'it')).toThrow(/cut off/)
  })
})

describe('a service', () => {
  it('takes what an owner makes', async () => {
    const service = await openCkksService(keys)
    const sum = service.rotated(service.read(owner.encrypt([1, 2, 3, 4, 5])), 4)
    expect(owner.decryptAny(service.write(sum))[0]).toBeCloseTo(5, 3)
    service.close()
  })
})
