// ONNX Runtime itself: which build is loaded, the settings of a session, and a session whose runs may have to take turns.
// Source: onnxruntime-node and onnxruntime-web.
// It knows nothing of variables; a session of ours hands the runtime's own tensors through.

import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { FrostglassError } from '../../errors.ts'
import type { CompileOptions } from '../executor.ts'

export type Runtime = typeof import('onnxruntime-node')

const runtimes = new Map<'cpu' | 'webgpu', Promise<Runtime>>()

/**
 * ONNX Runtime: the native library on Node, WebAssembly or WebGPU in a browser. Loaded at first use. Which package is
 * said by `imports` of package.json, so that no bundler for browsers meets the native one. Browsers get a build for each
 * device: the one with WebGPU lacks most float64 kernels, and the one with everything (version 1.30) answers a `Concat`
 * of eight or more on WebGPU with wrong numbers and no error.
 */
export function loadRuntime(device?: CompileOptions['device']): Promise<Runtime> {
  const build = device === 'webgpu' ? 'webgpu' : 'cpu'
  const loaded =
    runtimes.get(build) ?? (build === 'webgpu' ? import('#onnxruntime/webgpu') : import('#onnxruntime'))
  runtimes.set(build, loaded)
  return loaded
}

// Microseconds that a thread waits awake for its part of the next operator before it sleeps. Two cores, a step of ObfNet-
// CNN before InfNet-CNN, milliseconds: 57.8 asleep at once, 56.5 after 20, 55.8 after 50, 55.6 after 100, 54.4 always
// awake. Beside other work on both cores: 121.5 asleep at once, 122.0 after 20, 123.5 after 50.
const awake = 20

/** Session options shared by all native work. Threads soon sleep rather than spin unless asked: machines are shared. */
export function sessionOptions(options: CompileOptions, browser: boolean): InferenceSession.SessionOptions {
  return {
    executionProviders: [providerOf(options.device, browser)],
    logSeverityLevel: 3,
    graphOptimizationLevel: 'all',
    // What is not asked for is left out: the runtime refuses undefined.
    ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    ...(options.keepMemory === false ? { enableCpuMemArena: false } : {}),
    extra: {
      // Version 1.30 ends the process on a quantised value that a branch or a loop captures, and merges pairs of two scales.
      optimization: {
        disable_specified_optimizers: 'DoubleQDQPairsRemover;QDQPropagationTransformer',
      },
      session: {
        intra_op: { allow_spinning: '1', ...(options.spin ? {} : { spin_duration_us: String(awake) }) },
      },
    },
  }
}

/** The runtime's name for a device. @throws FrostglassError `unsupported` for one that is not to be had here. */
function providerOf(device: CompileOptions['device'] = 'cpu', browser: boolean): string {
  if (device === (browser ? 'cuda' : 'wasm')) {
    throw new FrostglassError(
      'unsupported',
      `no device '${device}' ${browser ? 'in a browser' : 'on Node'}`,
      browser ? "Take 'wasm' or 'webgpu'." : "Take 'cpu', 'webgpu' or 'cuda'.",
    )
  }
  return browser && device === 'cpu' ? 'wasm' : device
}

let lastTurn: Promise<unknown> = Promise.resolve()

// The runtime for browsers holds one WebGPU state: a session that is opened while another runs breaks both.
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const next = lastTurn.then(work)
  lastTurn = next.catch(() => undefined)
  return next
}

/** An open session. */
export interface Session {
  readonly ort: Runtime
  /** Whether it can write an output into an array that it is given: the runtime for browsers leaves that as it was. */
  readonly inPlace: boolean
  /**
   * @param wanted outputs by name, null where the runtime is to allocate
   * @throws FrostglassError `unsupported` with the runtime's own words
   */
  run(
    given: Readonly<Record<string, OrtTensor>>,
    wanted: Readonly<Record<string, OrtTensor | null>>,
  ): Promise<Readonly<Record<string, OrtTensor>>>
  release(): Promise<void>
}

/** Opens a model. @throws FrostglassError `unsupported` with the runtime's own words. */
export async function openSession(bytes: Uint8Array, options: CompileOptions): Promise<Session> {
  const ort = await loadRuntime(options.device)
  const browser = ort.env.versions.web !== undefined
  // WebAssembly has one pool of threads for all sessions.
  if (browser && options.threads) ort.env.wasm.numThreads = options.threads
  const turns = browser && options.device === 'webgpu'
  const perhapsInTurn = <T>(work: () => Promise<T>) => (turns ? inTurn(work) : work())
  const settings = sessionOptions(options, browser)
  let session: InferenceSession
  try {
    session = await perhapsInTurn(() => ort.InferenceSession.create(bytes, settings))
  } catch (cause) {
    throw new FrostglassError(
      'unsupported',
      `ONNX Runtime refuses this graph: ${(cause as Error).message}`,
      options.device === 'webgpu' ? 'Try cpu: WebGPU may be missing here, and has no float64.' : undefined,
      cause,
    )
  }
  return {
    ort,
    inPlace: !browser,
    run: (given, wanted) =>
      perhapsInTurn(() => session.run(given, wanted as Record<string, OrtTensor>)).catch((cause: Error) => {
        throw new FrostglassError(
          'unsupported',
          `ONNX Runtime fails on these inputs: ${cause.message}`,
          "Check their shapes and values, or compile with executor: 'plain'.",
          cause,
        )
      }),
    release: () => perhapsInTurn(() => session.release()),
  }
}
