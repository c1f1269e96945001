// Rows in memory that threads share: workers read it without a copy of their own.
// Source: SharedArrayBuffer. Nothing keeps a thread from writing it.

import { type Tensor, type TensorData, tensor } from '../graph/index.ts'
import type { Dataset } from './dataset.ts'

/** Rows in shared memory: what is there already as it is, else a copy. */
export const inSharedMemory = ({ x, y }: Dataset): Dataset => ({ x: shared(x), y: shared(y) })

const shared = (t: Tensor): Tensor =>
  t.data.buffer instanceof SharedArrayBuffer ? t : tensor(sharedCopy(t.data), t.shape, t.dtype)

/** A copy in shared memory: sent to another thread, it costs that thread nothing to take. */
export function sharedCopy<Numbers extends TensorData>(data: Numbers): Numbers {
  const copy = new (data.constructor as new (memory: SharedArrayBuffer) => Numbers)(
    new SharedArrayBuffer(data.byteLength),
  )
  ;(copy as Float64Array).set(data as Float64Array)
  return copy
}
