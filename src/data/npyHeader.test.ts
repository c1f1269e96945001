// Headers to the byte as NumPy 2.4 writes them: room for the first axis to grow, whole blocks of 64 bytes.

import { describe, expect, it } from 'vitest'
import { npyHeader, parseNpyHeader } from './npyHeader.ts'

/** What `numpy.save` wrote before the line feed that ends a header: its text, and how long all of it is. */
const lengths: [descr: string, shape: number[], bytes: number][] = [
  ['<f4', [], 128],
  ['<f4', [3, 4], 128],
  ['<f8', [1_000_000_000, 0], 128],
  ['<f4', Array(14).fill(1), 128],
  ['<f4', Array(15).fill(1), 192],
  ['|u1', Array(16).fill(2), 192],
  ['<i8', Array(32).fill(1), 192],
  // Its text ends on 64 bytes: a block of blanks follows.
  ['<f4', [...Array(17).fill(1), ...Array(19).fill(0)], 256],
]

describe('a header', () => {
  it.each(lengths)('of %s %j is as long as NumPy’s', (descr, shape, bytes) => {
    const header = npyHeader(descr, shape)
    expect(header.length).toBe(bytes)
    expect(header[8]! + 256 * header[9]!).toBe(bytes - 10)
    const text = new TextDecoder().decode(header.subarray(10))
    expect(text.endsWith('\n')).toBe(true)
    expect(parseNpyHeader(text)).toEqual({ descr, columnMajor: false, shape })
  })
})
