// Heads of parcels come from anybody: whatever JSON they are, they are refused in words; and keys are named by what they are.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { wrap } from '../seal/envelope.ts'
import { ownOfSavedKey, savedKeyBytes } from '../seal/loadable.ts'
import { packParcel, parcelKinds } from '../seal/parcel.ts'
import { readQuestion } from './answering.ts'
import { compileNetwork } from './compiled.ts'
import { describeParcel } from './describe.ts'
import { openKeyHolder, readKeys } from './keyHolder.ts'
import { keyIdentityOf } from './keyIdentity.ts'
import { openWithHead } from './openWithHead.ts'

const { plans, card } = compileNetwork({
  input: [1, 1, 4],
  layers: [{ kind: 'dense', outputs: 1, weights: Float64Array.of(1, 2, 3, 4), bias: new Float64Array(1) }],
})
const [parameters] = plans.throughput!.moduli
const name = '0123456789abcdef'
/** Of the size of a key to encrypt with; `byte` is its first residue's. */
const saved = (byte: number) => {
  const bytes = new Uint8Array(savedKeyBytes(parameters!))
  bytes[ownOfSavedKey(parameters!).residues[0]] = byte
  return bytes
}
const part = (kind: Parameters<typeof wrap>[0], byte: number, own = name, payload = saved(byte)) =>
  wrap(kind, parameters!, own, payload)
const parts = [part('encryption key', 1), part('encryptions of zero', 1)]
const head = { packing: 'throughput', keys: [['encryption', 'zeros']] }

const inWords = async (work: () => unknown) => {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof FrostglassError)) throw error
    expect(['input', 'unsupported', 'key']).toContain(error.code)
    expect(error.message).toMatch(/\w+ \w+/)
  }
}

describe('heads', () => {
  it('that are no objects are refused when a parcel is opened', () => {
    for (const kind of parcelKinds)
      for (const none of [null, 5, 'x', true, [], [{}]])
        expect(() => openWithHead(packParcel(kind, none as never, []), 'it')).toThrow(
          'it: its head is no object',
        )
  })

  it('of any JSON are read, or refused in words', async () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.constant({ includes: 5 }),
      fc.constant({ toString: 1, valueOf: 1 }),
      fc.constant([null]),
    )
    const names = ['packing', 'keys', 'images', 'nonce', 'card', 'references'] as const
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), odd, fc.boolean(), async (field, value, bare) => {
        const given = bare ? value : { ...head, images: 1, nonce: '0'.repeat(32), card, [field]: value }
        const pack = (kind: (typeof parcelKinds)[number]) => packParcel(kind, given as object, parts)
        await inWords(() => readKeys(pack('keys'), plans))
        await inWords(() => readQuestion(pack('question'), plans))
        await inWords(() => openKeyHolder(pack('secret')))
        for (const kind of parcelKinds) await inWords(() => describeParcel(pack(kind), 'it'))
      }),
      { numRuns: 300 },
    )
  })
})

describe('the identity of keys', () => {
  const of = (more: object, own: readonly Uint8Array[]) =>
    keyIdentityOf(readKeys(packParcel('keys', { ...head, ...more }, own), plans).keys)
  it('is of the keys to encrypt with, however they are packed and called', () => {
    const first = of({}, parts)
    expect(first).toMatch(/^[0-9a-f]{64}$/)
    expect(of({ more: 1 }, parts)).toBe(first)
    expect(of({ keys: [['encryption', 'zeros', 'encryption', 'x']] }, parts)).toBe(first)
    const other = 'fedcba9876543210'
    expect(of({}, [part('encryption key', 1, other), part('encryptions of zero', 1, other)])).toBe(first)
    // Zeros are made anew for the same keys; the keys to encrypt with are not.
    expect(of({}, [parts[0]!, part('encryptions of zero', 7)])).toBe(first)
    expect(of({}, [part('encryption key', 7), parts[1]!])).not.toBe(first)
  })

  it('does not change with what SEAL does not read', () => {
    const first = of({}, parts)
    const with_ = (payload: Uint8Array) => () =>
      of({}, [part('encryption key', 1, name, payload as Uint8Array<ArrayBuffer>), parts[1]!])
    // Bytes of heads that are passed over.
    for (const at of [3, 4, 6, 7, 60, 92]) {
      const bytes = saved(1)
      bytes[at] = 1
      expect(with_(bytes)()).toBe(first)
    }
    // A byte behind the end was passed over, too.
    const longer = new Uint8Array(savedKeyBytes(parameters!) + 1)
    longer.set(saved(1))
    expect(with_(longer)).toThrow(/does not come of a seed/)
    const seed = saved(1)
    seed[seed.length - 1] = 1
    expect(with_(seed)()).not.toBe(first)
  })

  it('is none without a key to encrypt with, or of a damaged one', () => {
    expect(() => of({ keys: [['zeros']] }, [parts[1]!])).toThrow('the keys have none to encrypt with')
    const damaged = parts[0]!.slice()
    damaged[damaged.length - 1]! ^= 1
    expect(() => of({}, [damaged, parts[1]!])).toThrow(/checksum is wrong/)
  })
})
