// Checks that operators share: how many inputs came, and of which dtype.

import { FrostglassError } from '../../errors.ts'
import type { Attributes, ValueInfo } from '../contract.ts'
import { attribute } from '../operator.ts'
import { formatShape } from '../shape.ts'

/** The first `count` inputs, all present. @throws FrostglassError `shape`. */
export function requireInputs(
  inputs: readonly (ValueInfo | undefined)[],
  count: number,
  what: string,
): ValueInfo[] {
  const present = inputs.slice(0, count).filter((v) => v !== undefined)
  if (present.length < count) {
    throw new FrostglassError('shape', `${what}: expected ${count} inputs, got ${present.length}`)
  }
  return present
}

/** @throws FrostglassError `shape` naming both dtypes. */
export function requireSameDtype(a: ValueInfo, b: ValueInfo, what: string): void {
  if (a.dtype !== b.dtype) {
    throw new FrostglassError(
      'shape',
      `${what}: dtypes differ: ${a.dtype} ${formatShape(a.shape)} and ${b.dtype} ${formatShape(b.shape)}`,
      'Cast one of them.',
    )
  }
}

/** Into how many groups a convolution shares its channels. @throws FrostglassError `shape` for less than one. */
export function requireGroups(attributes: Attributes, what: string): number {
  const group = attribute(attributes, 'group', 1)
  if (group >= 1) return group
  throw new FrostglassError('shape', `${what}: ${group} groups`, 'Give one group, or more.')
}
