import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHalves, encodeHalves, type HalfDType, roundHalves } from './halves.ts'
import { convert, inDtype, tensor, toFloat64 } from './tensor.ts'
import { filled } from './value.ts'

const rounded = (v: number, dtype: HalfDType): number => {
  const data = Float64Array.of(v)
  roundHalves(data, dtype)
  return data[0]!
}

describe.each<[HalfDType, number, number]>([
  ['float16', 0x7c00, 65_504],
  ['bfloat16', 0x7f80, 3.3895313892515355e38],
])('%s', (dtype, infinity, largest) => {
  const finite = Uint16Array.from({ length: infinity }, (_, i) => i)
  const numbers = decodeHalves(finite, dtype)

  it('has as many numbers as patterns, in their order, and each comes back as its bits', () => {
    expect(numbers.every((v, i) => i === 0 || v > numbers[i - 1]!)).toBe(true)
    expect(numbers[infinity - 1]).toBe(largest)
    expect(encodeHalves(numbers, dtype)).toEqual(finite)
    const negative = finite.map((bits) => bits | 0x8000)
    expect(encodeHalves(decodeHalves(negative, dtype), dtype)).toEqual(negative)
  })

  it('rounds to the nearest, ties to even: at each midpoint and beside it', () => {
    const wrong: number[] = []
    for (let i = 1; i < infinity; i++) {
      const [below, above] = [numbers[i - 1]!, numbers[i]!]
      const middle = below + (above - below) / 2
      const even = i % 2 === 0 ? above : below
      const nudge = (above - below) / 64
      const right =
        rounded(middle, dtype) === even &&
        rounded(-middle, dtype) === -even &&
        rounded(middle - nudge, dtype) === below &&
        rounded(middle + nudge, dtype) === above
      if (!right) wrong.push(i)
    }
    expect(wrong).toEqual([])
  })

  it('has infinities and no number, and goes to infinity where the next number would have been', () => {
    expect([...decodeHalves([infinity, infinity | 0x8000, infinity + 1, 0xffff], dtype)]).toEqual([
      Infinity,
      -Infinity,
      NaN,
      NaN,
    ])
    const last = largest - numbers[infinity - 2]!
    expect(rounded(largest + last / 2, dtype)).toBe(Infinity)
    expect(rounded(-largest - last / 2.01, dtype)).toBe(-largest)
    expect(rounded(-1e300, dtype)).toBe(-Infinity)
    expect(encodeHalves([Infinity, -Infinity], dtype)).toEqual(Uint16Array.of(infinity, infinity | 0x8000))
    expect(decodeHalves(encodeHalves([NaN], dtype), dtype)[0]).toBeNaN()
  })

  it('keeps the sign of 0, also of what is too small', () => {
    for (const v of [-0, -Number.MIN_VALUE, -numbers[1]! / 4]) {
      expect(rounded(v, dtype)).toBe(-0)
      expect(encodeHalves([v], dtype)[0]).toBe(0x8000)
    }
  })

  it('rounds once what is rounded', () => {
    fc.assert(
      fc.property(fc.double(), (v) => {
        const once = rounded(v, dtype)
        expect(rounded(once, dtype)).toBe(once)
        expect(decodeHalves(encodeHalves([v], dtype), dtype)[0]).toBe(once)
      }),
    )
  })

  it('comes as numbers and as bits', () => {
    const t = tensor([1.5, -2], [2], dtype)
    expect([...toFloat64(t)]).toEqual([1.5, -2])
    expect(tensor(t.data, [2], dtype).data).toBe(t.data)
    expect([...(inDtype(t, 'float32').data as Float32Array)]).toEqual([1.5, -2])
    expect(inDtype(tensor([1.5, -2], [2]), dtype).data).toEqual(t.data)
    expect([...toFloat64(filled([2], 0.25, dtype).tensor!)]).toEqual([0.25, 0.25])
  })
})

it('bfloat16 is the upper half of a float32', () => {
  const all = Uint32Array.from({ length: 65_536 }, (_, i) => i * 65_536)
  const single = Float64Array.from(new Float32Array(all.buffer))
  expect(
    decodeHalves(
      Uint16Array.from({ length: 65_536 }, (_, i) => i),
      'bfloat16',
    ),
  ).toEqual(single)
})

it('what no integer is does not become one', () => {
  expect([...(convert([1.9, -1.9], 'int64') as BigInt64Array)]).toEqual([1n, -1n])
  for (const v of [NaN, Infinity]) expect(() => convert([v], 'int64')).toThrow(`${v} is no int64`)
})
