// Parcels: what is packed is what is opened, to the bit; whatever else comes is refused by a typed error, and never half read.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrostglassError } from '../../errors.ts'
import { openParcel, packParcel } from './parcel.ts'

const array = fc
  .record({
    float32: fc.boolean(),
    shape: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    fill: fc.double(),
  })
  .map(({ float32, shape, fill }) => {
    const size = shape.reduce((n, d) => n * d, 1)
    const data = float32 ? new Float32Array(size) : new Float64Array(size)
    return { shape, data: data.fill(fill) }
  })

const parcels = fc
  .record({
    // A record of zod has no `__proto__` of a sender's.
    about: fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      fc.jsonValue(),
    ),
    arrays: fc.array(array, { maxLength: 4 }),
    blocks: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 }),
  })
  .map(({ about, arrays, blocks }) => ({
    // As JSON has it.
    about: JSON.parse(JSON.stringify(about)) as Record<string, unknown>,
    arrays: arrays.map((one, i) => ({ name: `array ${i}`, ...one })),
    blocks,
  }))

describe('a parcel', () => {
  it('is opened as it was packed, wherever its bytes lie', () => {
    fc.assert(
      fc.property(parcels, fc.integer({ min: 0, max: 9 }), (parcel, shift) => {
        const bytes = packParcel(parcel)
        const moved = Buffer.alloc(bytes.length + shift)
        moved.set(bytes, shift)
        expect(openParcel(moved.subarray(shift), 'it')).toEqual(parcel)
        expect(bytes.length % 8).toBe(0)
      }),
    )
  })

  it.each(['1e999', '[-0]', '-0.0', '1e2', '[ 1]', '"\\u0041"', '{"b":1,"1":2}', '9007199254740993'])(
    'whose header has %s, which would be packed otherwise, is refused',
    (text) => {
      const bytes = Buffer.from(packParcel({ about: { number: '@'.repeat(text.length - 2) } }))
      bytes.write(text, bytes.indexOf('"@'))
      expect(() => openParcel(bytes, 'it')).toThrow(/not written as one is packed|is no parcel/)
    },
  )

  it('that is changed anywhere is refused, or another parcel to the byte', () => {
    fc.assert(
      fc.property(parcels, fc.nat(), fc.integer({ min: 1, max: 255 }), (parcel, at, by) => {
        const bytes = packParcel(parcel)
        bytes[at % bytes.length]! ^= by
        let opened: ReturnType<typeof openParcel>
        try {
          opened = openParcel(bytes, 'it')
        } catch (error) {
          expect(error).toBeInstanceOf(FrostglassError)
          return
        }
        // Nothing of it is passed over, but for how its JSON is written.
        const again = packParcel(opened)
        if (again.length !== bytes.length) return
        const { about, ...binary } = openParcel(again, 'it')
        const { about: before, ...was } = opened
        // JSON writes −0, which "-7e-923" is read as, as 0.
        expect([JSON.stringify(about), binary]).toEqual([JSON.stringify(before), was])
      }),
    )
  })

  it('that is cut short or goes on is refused', () => {
    const bytes = packParcel({ about: { a: 1 }, blocks: [Uint8Array.of(1, 2, 3)] })
    for (let length = 0; length < bytes.length; length++)
      expect(() => openParcel(bytes.subarray(0, length), 'it')).toThrow(FrostglassError)
    expect(() => openParcel(new Uint8Array([...bytes, 0]), 'it')).toThrow(/tells of/)
    const gap = bytes.slice()
    gap[gap.length - 1] = 1
    expect(() => openParcel(gap, 'it')).toThrow(/something between its parts/)
  })

  it('of another version, of huge lengths, and with a name that stands twice is refused', () => {
    const bytes = packParcel({ about: {} })
    const later = bytes.slice()
    later[4] = 2
    expect(() => openParcel(later, 'it')).toThrow(/version 2, and this program reads 1/)
    const long = bytes.slice()
    new DataView(long.buffer).setUint32(8, 2 ** 32 - 1, true)
    expect(() => openParcel(long, 'it')).toThrow(/cut short, or too long/)
    const one = { name: 'w', shape: [1], data: new Float32Array(1) }
    expect(() => openParcel(packParcel({ about: {}, arrays: [one, one] }), 'it')).toThrow(/one name/)
    const huge = { ...one, shape: [2 ** 31, 2 ** 31] }
    expect(() => openParcel(packParcel({ about: {}, arrays: [huge] }), 'it')).toThrow(FrostglassError)
  })
})
