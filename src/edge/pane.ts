// A pane on the device: loads the file, obfuscates images with it.
// Source: load.ts starts the runtime.
// BROKEN as a way to hide what an image shows: src/protect/learned/BREAK.md. The card says what it gives away.

import type { InferenceSession } from 'onnxruntime-web'
import { FrostglassError } from '../errors.ts'
import type { PaneCard } from '../protect/learned/contract.ts'
import { type Image, planesOf } from './image.ts'
import { fetchBytes, type OpenEdgePaneOptions, startSession } from './load.ts'
import { readMetadata } from './metadata.ts'

/** A pane that is ready. */
export interface EdgePane {
  readonly card: PaneCard
  /** Bytes of its file. */
  readonly bytes: number
  /**
   * Obfuscates images.
   * @returns float32, [images, …card.output]: what the service takes
   * @throws FrostglassError `shape`, `input` for what is no image of `card.input`
   */
  protect(image: Image): Promise<Float32Array>
  /** Frees the runtime's memory. */
  close(): Promise<void>
}

/**
 * Loads a pane.
 * @param source the file's bytes, or where it is: `http:`, `https:`, and on Node `file:`
 * @throws FrostglassError `io` when it cannot be fetched, `input` when it is no pane, `unsupported` when the runtime
 * refuses it, `aborted`
 * @example
 * const pane = await openEdgePane(new URL('/panes/mlp-64.onnx', location.href))
 * const sent = await pane.protect(canvas.getContext('2d').getImageData(0, 0, 28, 28))
 */
export async function openEdgePane(
  source: Uint8Array | ArrayBuffer | URL | string,
  options: OpenEdgePaneOptions = {},
): Promise<EdgePane> {
  const onnx = await bytesOf(source, options.signal)
  const card = cardOf(onnx)
  const { ort, session } = await startSession(onnx, options)
  requireEnds(session)
  const images = (length: number) => length / card.input.reduce((a, b) => a * b, 1)
  // One run at a time: the runtime for browsers holds no more.
  let turn: Promise<unknown> = Promise.resolve()
  return Object.freeze({
    card,
    bytes: onnx.length,
    async protect(image: Image) {
      const planes = planesOf(image, card.input)
      const run = async () => {
        const given = new ort.Tensor('float32', planes, [images(planes.length), ...card.input])
        const { obfuscated } = await session.run({ image: given })
        return obfuscated!.data as Float32Array
      }
      const mine = turn.then(run)
      turn = mine.catch(() => undefined)
      return mine
    },
    async close() {
      await turn
      await session.release()
    },
  })
}

async function bytesOf(
  source: Uint8Array | ArrayBuffer | URL | string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source
  return source instanceof ArrayBuffer ? new Uint8Array(source) : await fetchBytes(source, signal)
}

function cardOf(onnx: Uint8Array): PaneCard {
  const refuse = (why: string) =>
    new FrostglassError(
      'input',
      `this ONNX file is no pane: ${why}`,
      'Make one with frostglass obfuscate train.',
    )
  const text = readMetadata(onnx)['frostglass']
  if (text === undefined) throw refuse("its metadata has no 'frostglass'")
  let card: PaneCard
  try {
    card = JSON.parse(text)
  } catch {
    throw refuse('its card is not JSON')
  }
  if (card?.format !== 'frostglass-pane') throw refuse(`its card is a '${card?.format}'`)
  if (card.version !== 1)
    throw refuse(`its card has version ${card.version}, and this program knows version 1`)
  const sizes = (list: unknown) =>
    Array.isArray(list) && list.every((size) => Number.isSafeInteger(size) && size > 0)
  if (!sizes(card.input) || card.input.length !== 3 || !sizes(card.output))
    throw refuse('its card has no shapes')
  return card
}

function requireEnds({ inputNames, outputNames }: InferenceSession): void {
  if (inputNames.join() === 'image' && outputNames.includes('obfuscated')) return
  throw new FrostglassError(
    'input',
    `this pane takes '${inputNames.join("', '")}' and gives '${outputNames.join("', '")}', not image and obfuscated`,
    'Load the file of a pane as it was written.',
  )
}
