// A pane on the device: loads the file, obfuscates images with it.
// Source: ONNX Runtime; `imports` of package.json says which: WebAssembly in @frostglass/edge, the native library in a clone.
// BROKEN as a way to hide what an image shows: src/protect/learned/BREAK.md. The card says what it gives away.

import type { InferenceSession } from 'onnxruntime-web'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { silenceRuntime } from '../graph/native/telemetry.ts'
import type { PaneCard } from '../protect/learned/contract.ts'
import { type Image, planesOf } from './image.ts'
import { readMetadata } from './metadata.ts'

/** What a pane needs of ONNX Runtime: any build of `onnxruntime-web` has it. */
export type Runtime = Pick<typeof import('onnxruntime-web'), 'env' | 'InferenceSession' | 'Tensor'>

silenceRuntime()

/** How a pane is loaded, and where it runs. */
export interface OpenEdgePaneOptions {
  /**
   * The runtime's build for graphics processors, `await import('onnxruntime-web/webgpu')`: the pane then runs on WebGPU, else in
   * WebAssembly on the processor. The import is yours, so that a bundler copies its 27 MB only into an application that names it.
   */
  readonly webgpu?: Runtime | undefined
  /** Threads of one run; 1 by default, which is the fastest for one image through a small pane. */
  readonly threads?: number | undefined
  /** Browsers: the folder, as a URL, where the runtime's .wasm and .mjs files lie, when the bundler did not place them. */
  readonly wasm?: string | undefined
  /** Ends the download. */
  readonly signal?: AbortSignal | undefined
}

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
  const ort: Runtime = options.webgpu ?? (await import('#onnxruntime'))
  const browser = ort.env.versions.web !== undefined
  const { threads = 1 } = options
  if (browser) {
    ort.env.wasm.numThreads = threads
    if (options.wasm !== undefined) ort.env.wasm.wasmPaths = options.wasm
  }
  throwIfAborted(options.signal)
  const session = await ort.InferenceSession.create(onnx, {
    executionProviders: [options.webgpu ? 'webgpu' : browser ? 'wasm' : 'cpu'],
    logSeverityLevel: 3,
    intraOpNumThreads: threads,
  }).catch((cause: Error) => {
    throw new FrostglassError(
      'unsupported',
      `the runtime refuses this pane: ${cause.message}`,
      undefined,
      cause,
    )
  })
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
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  const url = String(source)
  const refuse = (why: string, cause?: unknown) =>
    new FrostglassError('io', `the pane ${url} cannot be loaded: ${why}`, 'Check the address.', cause)
  try {
    if (url.startsWith('file:')) {
      // Asked of the process, so that no bundler for browsers meets the name.
      const files = process.getBuiltinModule('fs/promises')
      return new Uint8Array(await files.readFile(new URL(url)))
    }
    const response = await fetch(url, { signal: signal ?? null, redirect: 'error' })
    if (!response.ok) throw refuse(`the server answers ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (cause) {
    throwIfAborted(signal)
    throw cause instanceof FrostglassError ? cause : refuse((cause as Error).message, cause)
  }
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
