// A tensor in memory that threads share: workers read it without a copy of their own.
// Source: SharedArrayBuffer. Nothing keeps a thread from writing it.

import { type Tensor, type TensorData, tensor } from '../graph/index.ts'

/** The tensor in shared memory: itself where it is there already, else a copy. */
export function inSharedMemory(t: Tensor): Tensor {
  if (t.data.buffer instanceof SharedArrayBuffer) return t
  const data = new (t.data.constructor as new (memory: SharedArrayBuffer) => TensorData)(
    new SharedArrayBuffer(t.data.byteLength),
  )
  ;(data as Float64Array).set(t.data as Float64Array)
  return tensor(data, t.shape, t.dtype)
}
