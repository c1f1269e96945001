// What a value of the plain executor is brought to after its kernel: the numbers that its dtype has.
// Source: docs/architecture.md#the-engine; ONNX IR specification (element types); two's complement for integers.
// float32 is not rounded in a run: such graphs are computed in float64 on purpose. What planning computes is rounded, as sizes
// may follow from it. An integer beyond 2^53 − 1 is refused, not rounded.

import type { Buffer } from '../contract.ts'
import { inexact, isExact, isInteger, isRefusing, isWideInteger, wrapper } from '../integers.ts'
import { isCoded, roundCoded } from '../narrow.ts'

// 64-bit integers beyond 2^53 − 1 come with constants (the end of a Slice, the trip count of a Loop) and feeds, as the
// nearest float64. These operators hand them on as they are:
const movers = new Set([
  'Compress',
  'Concat',
  'DepthToSpace',
  'Expand',
  'Flatten',
  'Gather',
  'GatherElements',
  'GatherND',
  'Identity',
  'If',
  'Loop',
  'Pad',
  'Reshape',
  'Scan',
  'ScatterElements',
  'ScatterND',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
  'Where',
])

// and for these their magnitude is enough, as long as the result is exact, or no integer.
const magnitudes = new Set(['Clip', 'Max', 'Min', 'ReduceMax', 'ReduceMin', 'Shape', 'Size'])
const comparisons = new Set(['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'])

/** Whether an operator's results are elements of its inputs: in the numbers of their dtype already. */
export const isMover = (operator: string): boolean => movers.has(operator)

/** What brings `b` to the numbers of its dtype; undefined where all numbers are. @throws FrostglassError (when called) `unsupported`. */
export function storeStep({ data, dtype }: Buffer, what: string): (() => void) | undefined {
  if (isCoded(dtype)) return () => roundCoded(data, dtype)
  if (!isInteger(dtype)) return undefined
  const wrap = wrapper(dtype)
  if (!wrap) {
    const negative = dtype === 'int64'
    return () => {
      for (let i = 0; i < data.length; i++) {
        const v = data[i]!
        if (!isExact(v) || (v <= -1 && !negative && isRefusing()))
          throw inexact(`${what}: an ${dtype} of its result`)
        data[i] = Math.trunc(v) + 0
      }
    }
  }
  return () => {
    for (let i = 0; i < data.length; i++) {
      const v = data[i]!
      if (!isExact(v)) throw inexact(`${what}: an ${dtype} of its result`)
      data[i] = wrap(v)
    }
  }
}

/** Rounds float32 that a node has computed before any run: what {@link storeStep} leaves as it is. */
export function roundKnown({ data, dtype }: Buffer): void {
  if (dtype === 'float32') for (let i = 0; i < data.length; i++) data[i] = Math.fround(data[i]!)
}

/** Whether a buffer holds an integer beyond 2^53 − 1. */
export function holdsInexact({ data }: Buffer): boolean {
  for (let i = 0; i < data.length; i++) if (!isExact(data[i]!)) return true
  return false
}

/**
 * What refuses inexact integers before an operator computes with them; undefined where it need not.
 * @param suspects its inputs that may hold some
 * @param result the dtype of its first output
 */
export function guardStep(
  operator: string,
  suspects: readonly Buffer[],
  result: Buffer | undefined,
  what: string,
): (() => void) | undefined {
  if (suspects.length === 0 || movers.has(operator) || magnitudes.has(operator)) return undefined
  // The nearest float64 of an integer is what a cast to a float gives, and no cast changes whether it is 0.
  if (operator === 'Cast' && result && !isInteger(result.dtype)) return undefined
  if (comparisons.has(operator)) {
    // One side alone beyond 2^53 − 1 is told from all that is exact; two are not told apart.
    if (suspects.length < 2) return undefined
    return () => {
      if (suspects.every(holdsInexact)) throw inexact(`${what}: an integer of each input`)
    }
  }
  return () => {
    if (suspects.some(holdsInexact)) throw inexact(`${what}: an integer of its input`)
  }
}

/** Whether a buffer that no node has checked may hold an inexact integer. */
export const isSuspect = (b: Buffer): boolean => isWideInteger(b.dtype)
