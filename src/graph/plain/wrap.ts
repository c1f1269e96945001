// What kernels of integers say of their own results before the executor brings those to their dtype (store.ts).
// Source: ONNX operator specifications leave overflow to two's complement, as NumPy and ONNX Runtime have it.
// It knows results alone: a kernel whose sums between could be rounded checks those itself (`refuseBeyond`).

import type { Buffer } from '../contract.ts'
import { inexact, isInteger } from '../integers.ts'
import { storeStep } from './store.ts'

export { isInteger }

/** @throws FrostglassError `unsupported` for a whole number that float64 does not hold exactly. */
export function refuseBeyond(value: number, what: string): void {
  if (!Number.isSafeInteger(value)) throw inexact(`${what}: an integer (${value})`)
}

/** A kernel's step and what its integer result needs after it, for a kernel that reads its own result again. */
export function wrapped(step: () => void, result: Buffer, what: string): () => void {
  const store = isInteger(result.dtype) ? storeStep(result, what) : undefined
  if (!store) return step
  return () => {
    step()
    store()
  }
}
