// A parcel whose head is an object: what all of ours have, and what anybody's JSON need not be.
// Source: ../seal/parcel.ts. What the object's fields are is for its readers to check.

import { FrostglassError } from '../../errors.ts'
import { openParcel, type Parcel, type ParcelKind } from '../seal/parcel.ts'

/** A parcel, opened, with the fields of its head. */
export interface HeadedParcel extends Parcel {
  readonly head: Readonly<Record<string, unknown>>
}

/** As `openParcel`. @throws FrostglassError `input` as it, and for a head that is null, a list, a number or words */
export function openWithHead(bytes: Uint8Array, name: string, wanted?: ParcelKind): HeadedParcel {
  const { kind, head, parts } = openParcel(bytes, name, wanted)
  if (typeof head !== 'object' || head === null || Array.isArray(head))
    throw new FrostglassError(
      'input',
      `${name}: its head is no object`,
      'Send or write it again: it may have been damaged on the way.',
    )
  return { kind, head: head as HeadedParcel['head'], parts }
}
