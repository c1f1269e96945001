import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../errors.ts'
import { tensor } from '../graph/index.ts'
import { unpack } from './checkpoint.ts'
import { type Checkpoint, readCheckpoint, readWeights, writeCheckpoint, writeWeights } from './index.ts'

const weights = {
  'a.kernel': tensor([1.5, -2, Number.MIN_VALUE, 1 / 3, 5, 6], [2, 3], 'float64'),
  'a.bias': tensor([0.1, -0.2, 7], [3], 'float32'),
  rate: tensor([0.01], [], 'float64'),
}
const checkpoint: Checkpoint = {
  seed: 4,
  finished: false,
  history: [{ epoch: 1, loss: 0.1 + 0.2, learningRate: 0.1 }],
  states: [{ best: 0.3, wait: 2, cooldown: 0 }],
  learningRate: 0.1,
  best: { epoch: 1, weights },
  variables: weights,
}

it('weights come back to the last bit, whatever their names, shapes and dtypes', () => {
  const values = fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 9 })
  const record = fc.dictionary(
    fc.string({ minLength: 1 }),
    fc.tuple(values, fc.constantFrom('float32', 'float64')),
  )
  fc.assert(
    fc.property(record, (made) => {
      const before = Object.fromEntries(
        Object.entries(made).map(([name, [v, dtype]]) => [name, tensor(v, [v.length], dtype as 'float32')]),
      )
      expect(readWeights(writeWeights(before))).toEqual(before)
    }),
  )
})

it('comes back from a Buffer, too, as files are read into: its slices are no copies', () => {
  const bytes = Buffer.concat([Buffer.alloc(3), writeWeights(weights)]).subarray(3)
  expect(readWeights(bytes)).toEqual(weights)
})

it('a checkpoint comes back whole', () => {
  expect(readCheckpoint(writeCheckpoint(checkpoint))).toEqual(checkpoint)
  const young = { ...checkpoint, best: undefined }
  expect(readCheckpoint(writeCheckpoint(young))).toEqual(young)
})

describe('bytes that are not a checkpoint are an input error', () => {
  const bytes = writeCheckpoint(checkpoint)
  const refused = (b: Uint8Array) => {
    try {
      readCheckpoint(b)
    } catch (error) {
      expect(error).toBeInstanceOf(FrostglassError)
      expect((error as FrostglassError).code).toBe('input')
      return
    }
    expect.unreachable('it was accepted')
  }

  it('cut off anywhere', () => {
    for (let length = 0; length < bytes.length; length++) refused(bytes.slice(0, length))
  })

  it('something behind the end, another kind, another file', () => {
    refused(new Uint8Array([...bytes, 0]))
    refused(writeWeights(weights))
    refused(new TextEncoder().encode('{"weights": []}'))
  })

  /** With the checksum of what they are now. */
  const summed = (b: Uint8Array) => {
    const head = 'frostglass weights 2\n'.length
    return Uint8Array.from([...b.slice(0, head), ...sha256(b.slice(head + 32)), ...b.slice(head + 32)])
  }

  it('any bit that changed', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const damaged = bytes.slice()
        damaged[at]! ^= 1 << bit
        refused(damaged)
      }),
    )
  })

  it('a header that no program of ours writes, under a checksum that fits', () => {
    const text = new TextDecoder('latin1').decode(bytes)
    expect(readCheckpoint(summed(bytes))).toEqual(checkpoint)
    for (const [from, to] of [
      ['"shape":[2,3]', '"Shape":[2,3]'],
      ['"shape":[2,3]', '"shape":[9,9]'],
      ['"shape":[2,3]', '"shape":"a b"'],
      ['"shape":[2,3]', '"shape":[-1,]'],
      ['"dtype":"float32"', '"dtype":"float99"'],
      ['"name":"a.bias"', '"Name":"a.bias"'],
    ] as const) {
      const changed = text.replace(from, to)
      expect(changed).not.toBe(text)
      refused(summed(Uint8Array.from(changed, (c) => c.charCodeAt(0))))
    }
  })

  it('of version 1, which has no checksum, unless the caller has one', () => {
    const head = 'frostglass weights 2\n'.length
    const before = Uint8Array.from([
      ...new TextEncoder().encode('frostglass weights 1\n'),
      ...bytes.slice(head + 32),
    ])
    refused(before)
    expect(unpack(before, 'checkpoint', { checked: true })).toEqual(unpack(bytes, 'checkpoint'))
  })

  it('a header that was changed', () => {
    const text = new TextDecoder('latin1').decode(bytes)
    const edit = (from: string, to: string) =>
      refused(Uint8Array.from(text.replace(from, to), (c) => c.charCodeAt(0)))
    edit('"shape":[2,3]', '"shape":[2,4]')
    edit('"shape":[2,3]', '"shape":[-2]}')
    edit('"seed"', 'seed""')
  })
})
