// The device's whole turn: protect an image, ask the service, decode its answer.
// Source: docs/architecture.md#the-round-that-everything-serves; "voluntary": the same service takes raw samples too.

import { softmax } from '../statistics/softmax.ts'
import { type Image, preprocessImages } from './image.ts'
import type { EdgePane } from './pane.ts'
import type { EdgeService, InferAnswer } from './service.ts'

/** What one row of an answer says. */
export interface Decoded {
  /** Name of the likeliest class; its index as text without names. */
  readonly label: string
  readonly index: number
  readonly probability: number
  /** All classes, in the service's order. */
  readonly all: readonly { readonly label: string; readonly probability: number }[]
}

/**
 * Classes and probabilities of an answer of shape [rows, classes]. Rows that are no probabilities are taken as logits.
 * @param names of the classes in the service's order
 * @throws RangeError for another number of names than of classes, or an answer without classes
 */
export function decode(
  { shape, values }: Pick<InferAnswer, 'shape' | 'values'>,
  names?: readonly string[],
): Decoded[] {
  const [rows = 0] = shape
  const classes = values.length / rows
  if (!(classes >= 1) || (names && names.length !== classes)) {
    throw new RangeError(
      `an answer of shape [${shape}] does not have ${names?.length ?? 'any'} classes a row`,
    )
  }
  return Array.from({ length: rows }, (_, row) => {
    const probabilities = likelihoods(values.subarray(row * classes, (row + 1) * classes))
    const all = Array.from(probabilities, (probability, i) => ({
      label: names?.[i] ?? String(i),
      probability,
    }))
    const index = probabilities.indexOf(Math.max(...probabilities))
    return { ...all[index]!, index, all }
  })
}

function likelihoods(row: Float32Array): number[] {
  const values = Array.from(row)
  const total = values.reduce((a, b) => a + b, 0)
  if (values.every((v) => v >= 0 && v <= 1) && Math.abs(total - 1) < 1e-3) return values
  return Array.from(softmax(values))
}

/** How {@link ask} asks. */
export interface AskOptions {
  /** Of the classes, in the service's order. */
  readonly names?: readonly string[] | undefined
  /** Sends the image as it is, only preprocessed. Default false. */
  readonly raw?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/** An answer and what it took. */
export interface Asked {
  /** One a row. */
  readonly decoded: readonly Decoded[]
  /** What the service got. */
  readonly sent: Float32Array
  readonly sentBytes: number
  readonly receivedBytes: number
  readonly milliseconds: { readonly protect: number; readonly service: number }
}

/**
 * Protects an image, asks, decodes.
 * @throws FrostglassError as the three
 * @example
 * const { decoded } = await ask(pane, service, imageData)
 */
export async function ask(
  pane: EdgePane,
  service: EdgeService,
  image: Image,
  { names, raw = false, signal }: AskOptions = {},
): Promise<Asked> {
  const start = performance.now()
  const { card } = pane
  const sent = raw ? preprocessImages(image, card.preprocessing, card.input) : await pane.protect(image)
  const middle = performance.now()
  const answer = await service.infer(sent, signal ? { signal } : {})
  const end = performance.now()
  return {
    decoded: decode(answer, names),
    sent,
    sentBytes: answer.sentBytes,
    receivedBytes: answer.receivedBytes,
    milliseconds: { protect: middle - start, service: end - middle },
  }
}
