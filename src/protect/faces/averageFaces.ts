// Faces of a folder averaged by what somebody says of them: whose each is, and what is to be kept.
// Source: docs/how-to/anonymize-faces.md.
// It takes names as they are told: nobody looks whether two of them are one person.

import { withAttributes } from '../../data/images/attributeTable.ts'
import type { ImageSet, Labels } from '../../data/index.ts'
import { FrostglassError } from '../../errors.ts'
import type { AveragedFaces, FaceSpace } from './averaged.ts'
import { kSame } from './kSame.ts'
import { kSameSelect } from './kSameSelect.ts'
import { attributeOf } from './people.ts'

/** What is asked of faces. */
export interface FacesRequest {
  /** Least number of people who have the same faces. */
  readonly k: number
  /** Whose an image is: an attribute; `folder`, its class; `picture`: nobody has two. */
  readonly person: string
  /** A CSV file of attributes, with a column `file`. */
  readonly attributes?: string | undefined
  /** Attributes to keep. */
  readonly select?: readonly string[] | undefined
  readonly space?: FaceSpace | undefined
}

/** @throws FrostglassError `usage`, `input`: as `kSame`, `kSameSelect` and the reader of attributes */
export async function averageFaces(
  set: ImageSet,
  { k, person, attributes, select = [], space }: FacesRequest,
): Promise<AveragedFaces> {
  const told =
    attributes === undefined ? set : await withAttributes(set, attributes, Number.POSITIVE_INFINITY)
  const options = { k, space, person: personOf(told, person) }
  if (select.includes(person))
    throw new FrostglassError(
      'usage',
      `${person} says whose a picture is, and cannot be kept`,
      'Keep other attributes: this one names people.',
    )
  return select.length === 0 ? kSame(told, options) : kSameSelect(told, select, options)
}

function personOf(set: ImageSet, person: string): Labels | undefined {
  if (person === 'picture') return undefined
  if (person !== 'folder') return attributeOf(set, person)
  if (set.labels) return set.labels
  throw new FrostglassError(
    'usage',
    'the pictures lie in one folder: folders do not say whose they are',
    'Name a column of --attributes, or say --person picture where nobody has two.',
  )
}
