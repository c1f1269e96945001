import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHalf, encodeHalf } from '../../graph/halves.ts'
import { joinRows, splitRows } from './batch.ts'
import { fromBinary, ofTexts, textsOf, toBinary, wholeText, wireSize } from './binaryTensors.ts'
import { type Datatype, datatypes, type WireTensor } from './datatypes.ts'
import { fromJson, toJson } from './jsonTensors.ts'
import { numberText, parseJson } from './jsonText.ts'

const numeric = (Object.keys(datatypes) as Datatype[]).filter((name) => name !== 'BYTES')
const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 })
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
  FP16: fc.integer({ min: -2047, max: 2047 }).map((v) => v / 64),
  FP32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  FP64: fc.double({ noNaN: true, noDefaultInfinity: true }),
  BYTES: fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed() && !text.includes('\0')),
}

const halfBits = (value: number) => encodeHalf(value, 'float16')
const halfValue = (bits: number) => decodeHalf(bits, 'float16')

describe('binary data', () => {
  it.each(numeric)('%s comes back byte for byte, from any place in a body', (datatype) => {
    const size = wireSize(datatype)
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
          const bytes = toBinary(wire('BYTES', [texts.length], ofTexts(texts)))
          expect(textsOf(fromBinary('x', 'BYTES', bytes, [texts.length]))).toEqual(texts)
        },
      ),
    )
  })

  it('is joined and cut by rows, BYTES by text', () => {
    const text = values['BYTES'] as fc.Arbitrary<string>
    const requests = fc.array(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }), {
      minLength: 1,
    })
    fc.assert(
      fc.property(requests, (lists) => {
        const tensors = lists.map((rows) => [
          wire('BYTES', [rows.length, 2], ofTexts(rows.flat())),
          wire('INT32', [rows.length, 1], Int32Array.from(rows, ([a]) => a.length).buffer),
        ])
        const counts = lists.map((rows) => rows.length)
        expect(splitRows(joinRows(tensors), counts)).toStrictEqual(tensors)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses every other number of bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...numeric), shapes, fc.nat(300), (datatype, shape, length) => {
        fc.pre(length !== count(shape) * wireSize(datatype))
        expect(() => fromBinary('x', datatype, new Uint8Array(length), shape)).toThrow(/takes \d+ bytes, but/)
      }),
    )
  })

  it('refuses texts that the runtime would cut or change', () => {
    for (const text of ['a\0b', '\ud800']) {
      expect(() => fromJson('x', 'BYTES', [text], [1])).toThrow('a text without NUL')
    }
    const bytes = toBinary(wire('BYTES', [1], ofTexts(['a\0b'])))
    expect(() => fromBinary('x', 'BYTES', bytes, [1])).toThrow('without NUL')
    expect(() => wholeText('x', Buffer.from('a\0b'))).toThrow('without NUL')
  })

  it('refuses BYTES that are cut short, too few, too many, or not UTF-8', () => {
    const bytes = toBinary(wire('BYTES', [2], ofTexts(['one', 'other'])))
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
          expect(JSON.parse(toJson(wire(datatype, [2, 3], data)))).toEqual(list)
        }
      }),
      { numRuns: 30 },
    )
  })

  it.each<[Datatype, unknown, RegExp]>([
    ['FP32', 'a', /element 0 of data is not a number/],
    ['FP32', null, /not a number: null came, which some clients write for NaN and for infinities alike/],
    ['FP32', true, /not a number/],
    ['FP32', 1e300, /within the range of FP32/],
    ['UINT8', 256, /a whole number from 0 to 255/],
    ['UINT8', -1, /a whole number from 0 to 255/],
    ['INT32', 1.5, /a whole number/],
    ['INT64', 2 ** 53, /binary data holds all of INT64/],
    ['BOOL', 2, /true or false/],
    ['BYTES', 3, /a string/],
    ['FP16', 65_520, /within the range of FP16/],
    ['BF16', 1, /JSON has no BF16/],
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
    expect(() => toJson(wire('FP16', [1], Uint16Array.of(0x7c00).buffer))).toThrow('a FP16 that JSON cannot')
    expect(() => toJson(wire('BF16', [1], new ArrayBuffer(4)))).toThrow('JSON has no BF16')
  })

  it('keeps the sign of zero, and writes NaN and infinities to those who wrote such', () => {
    const { NaN: nan, POSITIVE_INFINITY: much } = Number
    for (const [datatype, data] of [
      ['FP32', Float32Array.of(-0, 0, nan, much, -much, 0.5).buffer],
      ['FP64', Float64Array.of(-0, 0, nan, much, -much, 0.5).buffer],
      ['FP16', Uint16Array.of(0x8000, 0, 0x7e00, 0x7c00, 0xfc00, 0x3800).buffer],
    ] as const) {
      expect(toJson(wire(datatype, [6], data), true)).toBe('[-0.0,0,NaN,Infinity,-Infinity,0.5]')
    }
  })

  it('reads the words by what stands for them, and no text that looks like them', () => {
    const { value, numberOf } = parseJson('{"a": [NaN, -Infinity, 1, Infinity], "b": ["NaN", "number NaN"]}')
    const { a, b } = value as { a: unknown[]; b: string[] }
    for (const [datatype, view, wanted] of [
      ['FP32', Float32Array, Float32Array.of(Number.NaN, -1 / 0, 1, 1 / 0)],
      ['FP16', Uint16Array, Uint16Array.of(0x7e00, 0xfc00, 0x3c00, 0x7c00)],
    ] as const) {
      expect(new view(fromJson('x', datatype, a, [4], numberOf))).toEqual(wanted)
    }
    expect(textsOf(fromJson('x', 'BYTES', b, [2], numberOf))).toEqual(['NaN', 'number NaN'])
    expect(() => fromJson('x', 'FP32', b, [2], numberOf)).toThrow('element 0 of data is not a number')
    expect(() => fromJson('x', 'BYTES', a, [4], numberOf)).toThrow('element 0 of data is not a string')
    expect(() => fromJson('x', 'INT32', a, [4], numberOf)).toThrow('not a number')
  })
})

describe('JSON with words for numbers', () => {
  it('is JSON where there are none, and refuses what is neither', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual({ value: JSON.parse(text) })
      }),
    )
    for (const text of ['NaN NaN', '"NaN', '[Infinit]', '[-NaN]', '["\\"NaN]', '+Infinity', '-']) {
      expect(() => parseJson(text), text).toThrow(SyntaxError)
    }
  })

  it('finds each word, whatever stands in the texts beside it', () => {
    const item = fc.oneof(
      fc.string(),
      fc.constantFrom('NaN', '"', '\\', 'number NaN', 'number Infinity', '\\"Infinity'),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5, -0),
    )
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const text = items.map((v) => (typeof v === 'number' ? numberText(v) : JSON.stringify(v))).join(' , ')
        const { value, numberOf } = parseJson(`[${text}]`)
        expect((value as unknown[]).map((v) => numberOf?.(v) ?? v)).toEqual(items)
      }),
    )
  })

  it('takes no time that grows with the square of what came', () => {
    // A text that never ends, full of quotes that do not end it; and words alone.
    expect(() => parseJson(`NaN"${'\\"'.repeat(2 ** 20)}`)).toThrow(SyntaxError)
    expect((parseJson(`[${'NaN,'.repeat(2 ** 17)}0]`).value as unknown[]).length).toBe(2 ** 17 + 1)
  })
})

describe('halves', () => {
  it('stand for every number that a half can be, and back', () => {
    const all = Array.from({ length: 2 ** 16 }, (_, bits) => bits)
    const wrong = all.filter((bits) => {
      const value = halfValue(bits)
      return halfBits(value) !== (Number.isNaN(value) ? 0x7e00 : bits)
    })
    expect(wrong).toEqual([])
  })

  it('are the nearest, ties to even', () => {
    const halves = fc.integer({ min: 0, max: 0x7bff })
    fc.assert(
      fc.property(halves, fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean(), (bits, share, minus) => {
        const [low, high] = [halfValue(bits), bits === 0x7bff ? 65_536 : halfValue(bits + 1)]
        const value = low + share * (high - low)
        const middle = (low + high) / 2
        const up = value > middle || (value === middle && bits % 2 === 1)
        expect(halfBits(minus ? -value : value)).toBe((up ? bits + 1 : bits) + (minus ? 0x8000 : 0))
      }),
    )
    const middles = Array.from({ length: 0x7bff }, (_, bits) => bits).filter(
      (bits) => halfBits((halfValue(bits) + halfValue(bits + 1)) / 2) !== bits + (bits % 2),
    )
    expect(middles).toEqual([])
    expect([65_519.99, 65_520, -1e300, 2 ** -25, 2 ** -25 + 2 ** -40].map(halfBits)).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0, 1,
    ])
  })
})
