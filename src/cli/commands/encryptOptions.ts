// What the commands of `frostglass encrypt` share: cards and models from files or services, images as pixels of 0 … 1.

import { readFile } from 'node:fs/promises'
import { unitPixels } from '../../data/images/imageSet.ts'
import type { ImageSet } from '../../data/index.ts'
import { fetchCard } from '../../edge/encrypted.ts'
import {
  type CompiledNetwork,
  compileNetwork,
  type EncryptedCard,
  type Packing,
  plansOf,
  readEncryptedCard,
  readPolynomialNetwork,
} from '../../encrypt/index.ts'
import { latencyPlanText } from '../../encrypt/inference/latencyPlan.ts'
import { throughputPlanText } from '../../encrypt/inference/throughputPlan.ts'
import { FrostglassError } from '../../errors.ts'
import { readModelFile } from '../../graph/onnx/files.ts'
import { parseJson } from '../../json.ts'

/** Reads a whole file. @throws FrostglassError `input` */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message
    throw new FrostglassError('input', `cannot read ${path}: ${why}`, 'Check the path.', cause)
  }
}

/** Opens and compiles a model. */
export async function openModel(path: string): Promise<CompiledNetwork> {
  const { network, classes } = await readPolynomialNetwork(await readModelFile(path), path)
  return compileNetwork(network, classes)
}

/**
 * The card of a model: from its ONNX file, from a service's address, or from a file of the card itself.
 * @throws FrostglassError `input`, `io`, `unsupported`
 */
export const cardFrom = async (source: string, signal: AbortSignal): Promise<EncryptedCard> =>
  (await modelFrom(source, signal)).card

/** The card of a model, and the model itself where the source is its file. @throws FrostglassError as {@link cardFrom} */
export async function modelFrom(
  source: string,
  signal: AbortSignal,
): Promise<{ readonly card: EncryptedCard; readonly model?: CompiledNetwork | undefined }> {
  if (isAddress(source)) return { card: await fetchCard(source, { signal }) }
  if (/\.json$/i.test(source)) {
    const text = new TextDecoder().decode(await readInput(source))
    return { card: readEncryptedCard(parseJson(text, source, { hint: 'Give a card, or a model.' }), source) }
  }
  const model = await openModel(source)
  return { card: model.card, model }
}

/** Whether a source is a service's. */
export const isAddress = (source: string): boolean => /^https?:\/\//.test(source)

/** The plans of a card in words; and why there is none of a packing, where that is known. */
export function plansText(card: EncryptedCard, why?: CompiledNetwork['why']): string {
  const { latency, throughput } = plansOf(card)
  const single = latency ? latencyPlanText(latency) : why?.latency && `not to be had: ${why.latency}`
  const batch = throughput
    ? throughputPlanText(throughput)
    : why?.throughput && `not to be had: ${why.throughput}`
  return [
    ...(single ? [`one image at a time (latency): ${single}`] : []),
    ...(batch ? [`thousands at once (throughput): ${batch}`] : []),
  ]
    .join('\n')
    .replaceAll('\n', '\n  ')
    .replace('\n  thousands', '\nthousands')
}

/**
 * How far an answer may be off what the network gives in the plain, and still pass its owner's checks; null where whole numbers are
 * computed, exactly.
 */
export const rightWithin = (card: EncryptedCard, packing: Packing): number | null =>
  packing === 'latency' ? (plansOf(card).latency?.error ?? null) : null

/** The same in a line. */
export const rightWithinText = (within: number | null): string =>
  within === null
    ? 'answers are exactly those of the network of whole numbers'
    : `answers are right within ${within.toPrecision(2)}; a service can be off by so much, unnoticed`

/** Images as a network takes them. @throws FrostglassError `shape` for another shape than the card's */
export function pixelsOf(set: ImageSet, { shape }: EncryptedCard): Float64Array[] {
  if (`${set.shape}` !== `${shape.input}`)
    throw new FrostglassError(
      'shape',
      `the model takes images of ${shape.input.join('×')}, and ${set.name} has ${set.shape.join('×')}`,
      'Give images of its size, or --size.',
    )
  return unitPixels(set)
}

/** A size for people. */
export const bytesText = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
