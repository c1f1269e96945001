// Bytes from where they lie, and a session of ONNX Runtime from a file's bytes.
// Source: ONNX Runtime; `imports` of package.json says which: WebAssembly in @frostglass/edge, the native library in a clone.
// What the bytes are is for others to check.

import type { InferenceSession } from 'onnxruntime-web'
import { FrostglassError, throwIfAborted } from '../errors.ts'
import { silenceRuntime } from '../graph/native/telemetry.ts'

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

/** A session with the runtime that it is of. */
export interface Session {
  readonly ort: Runtime
  readonly session: InferenceSession
}

/** @throws FrostglassError `unsupported` when the runtime refuses the bytes, `aborted` */
export async function startSession(onnx: Uint8Array, options: OpenEdgePaneOptions): Promise<Session> {
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
  return { ort, session }
}

/**
 * The bytes at an address: `http:`, `https:`, and on Node `file:`.
 * @throws FrostglassError `io`, `aborted`
 */
export async function fetchBytes(
  address: URL | string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const url = String(address)
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
