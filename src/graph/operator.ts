// What every operator's file needs: attributes read with their defaults, and what shape inference says of an output.
// Source: ONNX operator specifications, opset 18; contract.ts for what an operator is.
// An attribute's type is the caller's word: reading a model checks it, building a graph in TypeScript has the compiler.

import { FrostglassError } from '../errors.ts'
import type { Attributes, AttributeValue, ValueInfo } from './contract.ts'
import type { Dim, Shape } from './shape.ts'
import type { DType } from './tensor.ts'

/** Reads an attribute with its default, checked only by the caller's type. */
export function attribute<T extends AttributeValue>(attributes: Attributes, name: string, fallback: T): T {
  return (attributes[name] as T | undefined) ?? fallback
}

/** A `ValueInfo` without known content. */
export function info(dtype: DType, shape: Shape, content?: readonly Dim[]): ValueInfo {
  return { dtype, shape, content }
}

/**
 * Reads a 0-or-1 attribute as a boolean.
 * @throws FrostglassError `unsupported` for another number: runtimes differ in whether 2 is true
 */
export function flag(attributes: Attributes, name: string, fallback = false): boolean {
  const value = attributes[name]
  if (value === undefined) return fallback
  if (value === 0 || value === 1) return value === 1
  throw new FrostglassError(
    'unsupported',
    `the attribute '${name}' is ${value}, neither 0 nor 1`,
    'Export the model again, or write 0 or 1.',
  )
}
