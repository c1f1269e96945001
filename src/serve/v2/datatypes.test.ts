import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Datatype,
  datatypes,
  fromBinary,
  fromJson,
  toBinary,
  toJson,
  type WireTensor,
} from './datatypes.ts'

const numeric = (Object.keys(datatypes) as Datatype[]).filter((name) => name !== 'BYTES')
const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 })
const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
const wire = (datatype: Datatype, shape: readonly number[], data: WireTensor['data']): WireTensor => ({
  name: 'x',
  datatype,
  shape,
  data,
})

/** Values that JSON holds exactly, by type. */
const values: Record<string, fc.Arbitrary<unknown>> = {
  BOOL: fc.boolean(),
  UINT8: fc.integer({ min: 0, max: 255 }),
  UINT16: fc.integer({ min: 0, max: 65_535 }),
  UINT32: fc.integer({ min: 0, max: 0xffff_ffff }),
  UINT64: fc.maxSafeNat(),
  INT8: fc.integer({ min: -128, max: 127 }),
  INT16: fc.integer({ min: -32_768, max: 32_767 }),
  INT32: fc.integer(),
  INT64: fc.maxSafeInteger(),
  FP32: fc.float({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0),
  FP64: fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0),
  BYTES: fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
}

describe('binary data', () => {
  it.each(numeric)('%s comes back byte for byte, from any place in a body', (datatype) => {
    const { size } = datatypes[datatype]
    fc.assert(
      fc.property(shapes, fc.nat(9), fc.infiniteStream(fc.nat(255)), (shape, offset, stream) => {
        const bytes = Uint8Array.from(stream.take(offset + count(shape) * size)).subarray(offset)
        const data = fromBinary('x', datatype, bytes, shape)
        expect(toBinary(wire(datatype, shape, data))).toEqual(Uint8Array.from(bytes))
      }),
      { numRuns: 30 },
    )
  })

  it('BYTES come back, in any script and empty too', () => {
    fc.assert(
      fc.property(
        fc.array(values['BYTES'] as fc.Arbitrary<string>, { minLength: 1, maxLength: 6 }),
        (texts) => {
          const bytes = toBinary(wire('BYTES', [texts.length], texts))
          expect(fromBinary('x', 'BYTES', bytes, [texts.length])).toEqual(texts)
        },
      ),
    )
  })

  it('refuses every other number of bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...numeric), shapes, fc.nat(300), (datatype, shape, length) => {
        fc.pre(length !== count(shape) * datatypes[datatype].size)
        expect(() => fromBinary('x', datatype, new Uint8Array(length), shape)).toThrow(/takes \d+ bytes, but/)
      }),
    )
  })

  it('refuses BYTES that are cut short, too few, too many, or not UTF-8', () => {
    const bytes = toBinary(wire('BYTES', [2], ['one', 'other']))
    for (let end = 1; end < bytes.length; end++) {
      if (end === 7) continue
      expect(() => fromBinary('x', 'BYTES', bytes.subarray(0, end), [2])).toThrow('is cut short')
    }
    expect(() => fromBinary('x', 'BYTES', bytes.subarray(0, 7), [2])).toThrow(
      '2 elements, but binary data has 1',
    )
    expect(() => fromBinary('x', 'BYTES', bytes, [1])).toThrow('1 elements, but binary data has 2')
    expect(() => fromBinary('x', 'BYTES', Uint8Array.of(1, 0, 0, 0, 0xff), [1])).toThrow('not UTF-8')
    expect(() => fromBinary('x', 'BYTES', Uint8Array.of(255, 255, 255, 255, 1), [1])).toThrow('cut short')
  })
})

describe('JSON', () => {
  it.each(Object.keys(values) as Datatype[])('%s comes back, flat and nested', (datatype) => {
    const lists = fc.array(values[datatype]!, { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(lists, (list) => {
        const nested = [list.slice(0, 3), list.slice(3)]
        for (const given of [list, nested]) {
          const data = fromJson('x', datatype, given, [2, 3])
          expect(toJson(wire(datatype, [2, 3], data))).toEqual(list)
        }
      }),
      { numRuns: 30 },
    )
  })

  it.each<[Datatype, unknown, RegExp]>([
    ['FP32', 'a', /element 0 of data is not a number/],
    ['FP32', null, /not a number/],
    ['FP32', true, /not a number/],
    ['FP32', 1e300, /within the range of FP32/],
    ['UINT8', 256, /a whole number from 0 to 255/],
    ['UINT8', -1, /a whole number from 0 to 255/],
    ['INT32', 1.5, /a whole number/],
    ['INT64', 2 ** 53, /binary data holds all of INT64/],
    ['BOOL', 2, /true or false/],
    ['BYTES', 3, /a string/],
    ['FP16', 1, /JSON has no FP16/],
  ])('refuses %s of %s', (datatype, value, words) => {
    expect(() => fromJson('x', datatype, [value], [1])).toThrow(words)
  })

  it('refuses another number of elements, and another nesting', () => {
    expect(() => fromJson('x', 'FP32', [1, 2, 3], [2])).toThrow('shape [2] holds 2 elements, but data has 3')
    for (const nested of [
      [[1, 2], [3]],
      [[1, 2]],
      [[1, 2], 3],
      [
        [[1], [2]],
        [3, 4],
      ],
    ]) {
      expect(() => fromJson('x', 'FP32', nested, [2, 2])).toThrow(/nested data|is not a number/)
    }
  })

  it('refuses an answer that it cannot hold', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => toJson(wire('FP32', [1], Float32Array.of(value).buffer))).toThrow(
        'ask for it as binary data',
      )
    }
    expect(() => toJson(wire('INT64', [1], BigInt64Array.of(2n ** 53n).buffer))).toThrow('binary')
    expect(() => toJson(wire('FP16', [1], new ArrayBuffer(2)))).toThrow('JSON has no FP16')
  })
})
