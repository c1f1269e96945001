// What integers become after arithmetic in float64: they wrap as their dtype does, or are refused where float64 rounds them.
// Source: ONNX operator specifications leave overflow to two's complement, as NumPy and ONNX Runtime have it.
// It knows results alone: a kernel whose sums between could be rounded checks those itself (`refuseBeyond`).

import { FrostglassError } from '../../errors.ts'
import type { Buffer } from '../contract.ts'
import type { DType } from '../tensor.ts'

const narrow: Partial<Record<DType, (v: number) => number>> = {
  int8: (v) => (v << 24) >> 24,
  uint8: (v) => v & 0xff,
  int16: (v) => (v << 16) >> 16,
  uint16: (v) => v & 0xffff,
  int32: (v) => v | 0,
  uint32: (v) => v >>> 0,
}

/** True for the dtypes whose elements are whole numbers. */
export const isInteger = (dtype: DType): boolean => dtype.includes('int')

/** @throws FrostglassError `unsupported` for a whole number that float64 does not hold exactly. */
export function refuseBeyond(value: number, what: string): void {
  if (Number.isSafeInteger(value)) return
  throw new FrostglassError(
    'unsupported',
    `${what}: an integer beyond 2^53 (${value}), which the plain executor would round`,
    "Compile with executor: 'native'.",
  )
}

/** A step that brings a kernel's result into the range of its dtype; undefined where there is nothing to do. */
function wrapStep({ data, dtype }: Buffer, what: string): (() => void) | undefined {
  const wrap = narrow[dtype]
  if (wrap) {
    return () => {
      for (let i = 0; i < data.length; i++) {
        const v = data[i]!
        if (!Number.isSafeInteger(v)) refuseBeyond(v, what)
        data[i] = wrap(v)
      }
    }
  }
  if (dtype !== 'int64' && dtype !== 'uint64') return undefined
  const least = dtype === 'int64' ? -Infinity : 0
  return () => {
    for (let i = 0; i < data.length; i++) {
      const v = data[i]!
      // −1 of uint64 is 2^64 − 1.
      if (!Number.isSafeInteger(v) || v < least) refuseBeyond(v < least ? 2 ** 64 + v : v, what)
      data[i] = v + 0 // no −0
    }
  }
}

/** A kernel's step and what its integer result needs after it. */
export function wrapped(step: () => void, result: Buffer, what: string): () => void {
  const wrap = wrapStep(result, what)
  if (!wrap) return step
  return () => {
    step()
    wrap()
  }
}
