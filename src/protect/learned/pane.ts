// A trained obfuscator: written with its card into one ONNX file, opened again, used on images.
// Source: docs/architecture.md#the-learned-protection (Protection: public panes); ONNX metadata for the card.
// BROKEN as a way to hide what an image shows: see BREAK.md.

import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../../data/files.ts'
import { imageSize } from '../../data/images/imageSet.ts'
import { FrostglassError, throwIfAborted } from '../../errors.ts'
import { compile, type Program, readOnnx } from '../../graph/index.ts'
import { loadOnnx } from '../../graph/onnx/files.ts'
import { formatShape } from '../../graph/shape.ts'
import { heldProgram } from '../heldProgram.ts'
import { cardKey, readPaneCard } from './card.ts'
import { sha256Of } from './classifier.ts'
import type { ObfuscatorPane, PaneCard } from './contract.ts'

// Of an image tensor that is run at once: large enough for full products, small beside the models.
const chunkBytes = 32 * 2 ** 20

/** How a pane computes. */
export interface PaneOptions {
  /** Threads of the runtime; the machine's cores by default. */
  readonly threads?: number | undefined
}

/**
 * Opens a pane from its file or the file's bytes. The model is made ready at the first use.
 * @throws FrostglassError `input` when it is no ONNX model, cut short, or no pane
 * @example const pane = await openPane('pane.onnx')
 */
export async function openPane(
  from: string | Uint8Array,
  options: PaneOptions = {},
): Promise<ObfuscatorPane> {
  const file = typeof from === 'string' ? from : 'the pane'
  const model = typeof from === 'string' ? await loadOnnx(from) : readOnnx(from, { file })
  const onnx = typeof from === 'string' ? new Uint8Array(await readFile(from)) : from
  const card = readPaneCard(model.metadata, file)
  const [x] = model.graph.inputs
  const y = model.graph.outputs['obfuscated']
  const takes = x?.name === 'image' && `${x.shape.slice(1)}` === `${card.input}`
  if (!takes || model.graph.inputs.length !== 1 || !y || `${y.shape.slice(1)}` !== `${card.output}`) {
    throw new FrostglassError(
      'input',
      `${file}: its graph is not the one of its card: image [N, ${card.input.join(', ')}] to obfuscated [N, ${card.output.join(', ')}]${x ? `, but ${x.name} ${formatShape(x.shape)}` : ''}`,
      'Take the file as it was written.',
    )
  }
  const size = imageSize(card.input)
  const answer = card.output.reduce((a, d) => a * d, 1)
  const chunk = Math.max(1, Math.floor(chunkBytes / (4 * size)))
  const held = heldProgram(() => compile(model.graph, { executor: 'native', threads: options.threads }))
  const protect = async (
    pixels: Uint8Array,
    { signal, onProgress }: NonNullable<Parameters<ObfuscatorPane['protect']>[1]>,
    ready: () => Promise<Program>,
  ) => {
    if (pixels.length % size !== 0) {
      throw new RangeError(`${pixels.length} bytes are no whole number of images of ${size} bytes`)
    }
    const count = pixels.length / size
    const out = new Float32Array(count * answer)
    const running = await ready()
    for (let start = 0; start < count; start += chunk) {
      throwIfAborted(signal)
      const rows = Math.min(chunk, count - start)
      const image = unitPixels(pixels.subarray(start * size, (start + rows) * size))
      const { obfuscated } = await running.run({
        image: { dtype: 'float32', shape: [rows, ...card.input], data: image },
      })
      out.set(obfuscated!.data as Float32Array, start * answer)
      onProgress?.((start + rows) / count)
    }
    return out
  }
  return Object.freeze({
    standing: 'public',
    scheme: 'learned-obfuscator',
    fingerprint: sha256Of(onnx).slice(0, 32),
    card,
    onnx,
    protect: (pixels, use = {}) => held.inTurn((ready) => protect(pixels, use, ready)),
    close: held.close,
  } satisfies ObfuscatorPane)
}

/** Bytes as float32 in 0 … 1, as the training graph divides them. */
export function unitPixels(pixels: Uint8Array): Float32Array {
  const out = new Float32Array(pixels.length)
  for (let i = 0; i < pixels.length; i++) out[i] = pixels[i]! / 255
  return out
}

/** The metadata of a pane's file. */
export const paneMetadata = (card: PaneCard): Record<string, string> => ({ [cardKey]: JSON.stringify(card) })

/**
 * Writes a pane's file whole or not at all. It is public: mode 0644.
 * @throws FrostglassError `usage` when it exists and `force` is not given, `io`
 */
export async function writePane(
  pane: ObfuscatorPane,
  path: string,
  options: { readonly force?: boolean | undefined } = {},
): Promise<void> {
  await writeFileAtomic(path, pane.onnx, { mode: 0o644, force: options.force ?? false })
}
