// The variables of a native program: inputs whose next contents are outputs, in arrays that are swapped after each run.
// Source: none; so parameters never cross into JavaScript objects in a step.
// It copies what is read and written by others, and nothing in a run.

import type { Tensor as OrtTensor } from 'onnxruntime-node'
import { FrostglassError } from '../../errors.ts'
import type { Graph, Value } from '../contract.ts'
import { nextName, nowName } from '../onnx/write.ts'
import { inDtype, type Tensor, type TensorData } from '../tensor.ts'

interface Kept {
  readonly value: Value
  /** What the next run reads. */
  now: OrtTensor
  readonly updated: boolean
  /** Where the next run writes; null where the runtime is to allocate. */
  next: OrtTensor | null
}

/** The variables of one program. */
export interface Variables {
  /** Adds what the next run reads, and where it is to write. */
  feed(given: Record<string, OrtTensor>, wanted: Record<string, OrtTensor | null>): void
  /** Takes what a run wrote. */
  advance(results: Readonly<Record<string, OrtTensor>>): void
  /** A copy of what the next run reads. @throws RangeError for what is no variable here. */
  read(v: Value): Tensor
  /** Puts a copy of `content` there. @throws RangeError; FrostglassError `shape` for another number of elements. */
  write(v: Value, content: Tensor): void
}

/**
 * The variables of `g`, with their first contents.
 * @param inPlace whether the runtime writes into arrays that it is given
 * @param wrap a tensor as the runtime's, over the same array
 */
export function createVariables(g: Graph, inPlace: boolean, wrap: (t: Tensor) => OrtTensor): Variables {
  const updated = new Set(g.updates.map(([target]) => target))
  const kept = new Map<Value, Kept>()
  for (const value of g.variables) {
    const initial = value.tensor!
    const copied = () => wrap({ ...initial, data: initial.data.slice() as TensorData })
    const now = copied()
    kept.set(value, {
      value,
      now,
      updated: updated.has(value),
      next: inPlace && updated.has(value) ? copied() : null,
    })
  }
  const keptOf = (v: Value): Kept => {
    const k = kept.get(v)
    if (!k) throw new RangeError(`'${v.name}' is not a variable of this program`)
    return k
  }
  return {
    feed(given, wanted) {
      for (const k of kept.values()) {
        given[nowName(k.value)] = k.now
        if (k.updated) wanted[nextName(k.value)] = k.next
      }
    },
    advance(results) {
      for (const k of kept.values()) {
        if (!k.updated) continue
        const before = k.now
        const result = results[nextName(k.value)]!
        if (inPlace) {
          release(result)
          k.now = k.next as OrtTensor
          k.next = before
        } else k.now = result
      }
    },
    read(v) {
      const { now } = keptOf(v)
      return { dtype: v.dtype, shape: now.dims, data: (now.data as Float32Array).slice() }
    },
    write(v, content) {
      const { now } = keptOf(v)
      const t = inDtype(content, v.dtype)
      if (t.data.length !== now.size) {
        throw new FrostglassError(
          'shape',
          `'${v.name}' has shape [${now.dims}], but [${content.shape}] was written`,
        )
      }
      ;(now.data as Float32Array).set(t.data as Float32Array)
    },
  }
}

/** Gives back the copy that the runtime makes of what it has written into an array of ours. */
export const release = ({ data }: OrtTensor) => void (data as Float32Array<ArrayBuffer>).buffer.transfer(0)
